"""What presets for devices do to pages: gray levels, margins, strips."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageCms, ImageDraw

from comic_downloads.domain.devices import DEVICES, Device
from comic_downloads.domain.library import ImageFacts
from comic_downloads.domain.presets import parse_quality
from comic_downloads.domain.quality import Preset
from tests.packaging.zoo import MAX_PIXELS, ZOO, convert, drawing, encoded, facts_of


def converted(
    image: Image.Image, preset: Preset, folder: Path, part: int = 0
) -> tuple[ImageFacts, Image.Image]:
    data = encoded(image, "PNG")
    facts = convert(io.BytesIO(data), facts_of(data), preset, folder / "page", MAX_PIXELS, part)
    return facts, Image.open(folder / "page")


@pytest.mark.parametrize("levels", [2, 4, 16])
def test_gray_levels_are_no_more_than_the_screen_has(levels: int, tmp_path: Path):
    smooth = Image.radial_gradient("L").resize((300, 400)).convert("RGB")
    facts, image = converted(smooth, Preset("", grayscale=True, gray_levels=levels), tmp_path)
    shades = image.convert("L").getcolors()
    assert facts.media_type == "image/png"
    assert shades is not None and len(shades) == levels
    average = sum(count * shade for count, shade in shades if isinstance(shade, int)) / (300 * 400)
    gray = smooth.convert("L").tobytes()
    # Dithering keeps the average, so it looks the same from a distance.
    assert abs(average - sum(gray) / len(gray)) < 4


@pytest.mark.parametrize("kind", ["jpeg with profile", "lab"])
def test_gray_levels_have_no_profile_of_other_colours(kind: str, tmp_path: Path):
    """Pillow adds a profile to what it converts from LAB or CMYK.

    The profile holds the time, so the bytes would differ every second.
    """
    data = ZOO[kind]() if kind in ZOO else encoded(_lab(), "TIFF")
    convert(
        io.BytesIO(data),
        facts_of(data),
        Preset("", grayscale=True, gray_levels=16),
        tmp_path / "page",
        MAX_PIXELS,
    )
    with Image.open(tmp_path / "page") as page:
        assert "icc_profile" not in page.info


def _lab() -> Image.Image:
    profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    made = ImageCms.profileToProfile(drawing(), *profiles, outputMode="LAB")
    assert made is not None
    return made


def test_transparent_page_has_no_more_gray_levels_either(tmp_path: Path):
    smooth = Image.new("RGBA", (300, 400), "black")
    smooth.putalpha(Image.radial_gradient("L").resize((300, 400)))
    _, image = converted(smooth, Preset("", grayscale=True, gray_levels=16), tmp_path)
    shades = image.convert("LA").getcolors(1000)
    assert shades is not None and len(shades) == 16
    assert all(isinstance(shade, tuple) and shade[1] == 255 for _, shade in shades)


# One device for each size of a screen.
_SCREENS = {(one.width, one.height): one for one in DEVICES.values() if one.height is not None}


@pytest.mark.parametrize("device", _SCREENS.values(), ids=lambda device: device.name)
def test_pages_fit_the_screens_of_devices(device: Device, tmp_path: Path):
    # Without its margins, the drawing would be smaller than the largest screens.
    preset = replace(parse_quality(device.name), crop_margins=False)
    for size in ((1900, 2900), (2600, 1900)):
        facts, image = converted(drawing(*size), preset, tmp_path)
        assert device.height is not None
        assert image.width <= device.width and image.height <= device.height
        if size[0] > device.width or size[1] > device.height:
            assert image.width == device.width or image.height == device.height
        assert image.size == (facts.width, facts.height)


@pytest.mark.parametrize("paper", ["white", "black"])
def test_margins_are_cropped(paper: str, tmp_path: Path):
    page = Image.new("RGB", (1000, 1400), paper)
    page.paste(drawing(800, 1200), (100, 60))
    _, image = converted(page, Preset("", crop_margins=True), tmp_path)
    assert 800 <= image.width <= 840 and 1200 <= image.height <= 1250


def test_specks_do_not_keep_a_margin(tmp_path: Path):
    page = Image.new("RGB", (1000, 1400), "white")
    page.paste(drawing(800, 1200), (100, 60))
    ImageDraw.Draw(page).point([(5, 5), (990, 1390)], fill="gray")
    assert converted(page, Preset("", crop_margins=True), tmp_path)[1].width <= 840


def test_blank_page_and_lonely_drawing_are_not_cropped_away(tmp_path: Path):
    blank = Image.new("RGB", (1000, 1400), "white")
    assert converted(blank, Preset("", crop_margins=True), tmp_path)[1].size == (1000, 1400)
    blank.paste("black", (480, 680, 520, 720))
    _, image = converted(blank, Preset("", crop_margins=True), tmp_path)
    assert image.size == (600, 840)


def test_cropped_page_fills_the_screen(tmp_path: Path):
    page = Image.new("RGB", (1000, 1400), "white")
    page.paste(drawing(800, 1120), (100, 140))
    _, image = converted(
        page, Preset("", max_width=400, max_height=560, crop_margins=True), tmp_path
    )
    assert image.width == 400 and image.height >= 550


def strip() -> Image.Image:
    """Draw five panels of 300 rows with white gutters of 30 rows between them."""
    image = Image.new("RGB", (200, 5 * 330), "white")
    for panel in range(5):
        image.paste(drawing(200, 300), (0, panel * 330))
    return image


def test_strip_is_bound_by_its_width(tmp_path: Path):
    _, image = converted(strip(), Preset("", max_height=150), tmp_path)
    assert image.size == (100, 825)


def test_ordinary_pages_are_never_cut():
    assert Preset("", split_strips=True).parts(1000, 1500) == 1
    assert Preset("").parts(100, 10_000) == 1
