"""Black and white for electronic paper, never on pages in colour."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw

from comic_downloads.domain.devices import DEVICES
from comic_downloads.domain.presets import parse_quality
from comic_downloads.domain.quality import Preset
from comic_downloads.packaging.images.levels import level_table
from tests.packaging.zoo import MAX_PIXELS, convert, encoded, facts_of

LEVELS = Preset("", levels=True)
SIZE = (300, 450)


def scan(paper: tuple[int, int, int], ink: int, *, grain: int = 4) -> Image.Image:
    """Return strokes of ink on paper, with the grain of a scan."""
    image, chance = Image.new("RGB", SIZE, paper), random.Random(1)
    draw = ImageDraw.Draw(image)
    for _ in range(40):
        x, y = chance.randrange(SIZE[0]), chance.randrange(SIZE[1])
        draw.line((x, y, x + chance.randrange(80), y + chance.randrange(80)), (ink,) * 3, 4)
    noise = Image.frombytes("L", SIZE, bytes(chance.choices(range(grain), k=SIZE[0] * SIZE[1])))
    return ImageChops.subtract(image, Image.merge("RGB", (noise,) * 3))


def converted(data: bytes, preset: Preset, target: Path) -> tuple[bytes, Image.Image]:
    """Convert the page and return its new bytes and picture."""
    convert(io.BytesIO(data), facts_of(data), preset, target, MAX_PIXELS)
    return target.read_bytes(), Image.open(target)


def most_frequent(image: Image.Image) -> int:
    counts = image.convert("L").histogram()
    return counts.index(max(counts))


@pytest.mark.parametrize("paper", [(225, 225, 225), (238, 224, 196)], ids=["gray", "yellowed"])
def test_ink_becomes_black_and_paper_white(paper: tuple[int, int, int], tmp_path: Path):
    data = encoded(scan(paper, 50), "PNG")
    gray = Preset("", grayscale=True, levels=True)
    _, image = converted(data, gray, tmp_path / "page")
    darkest, brightest = image.convert("L").getextrema()
    assert (darkest, brightest) == (0, 255)
    assert most_frequent(image) == 255
    plain = converted(data, Preset("", grayscale=True), tmp_path / "plain")[1]
    assert most_frequent(plain) < 240


@pytest.mark.parametrize(
    "panel", [(200, 40, 40), (240, 200, 170), (60, 90, 160)], ids=["red", "skin", "blue"]
)
def test_pages_in_colour_stay_as_they_are(panel: tuple[int, int, int], tmp_path: Path):
    page = scan((225, 225, 225), 50)
    ImageDraw.Draw(page).rectangle((50, 50, 150, 150), fill=panel)
    data = encoded(page, "PNG")
    assert level_table(page) is None
    stored, _ = converted(data, LEVELS, tmp_path / "page")
    assert stored == data


def test_a_page_that_is_black_and_white_already_keeps_its_bytes(tmp_path: Path):
    page = Image.new("L", SIZE, "white")
    ImageDraw.Draw(page).rectangle((50, 50, 150, 150), fill="black")
    data = encoded(page, "PNG")
    assert converted(data, LEVELS, tmp_path / "page")[0] == data


@pytest.mark.parametrize("gray", [0, 30, 100, 128, 180, 200, 255])
def test_changes_are_bounded_for_pages_without_ink_or_paper(gray: int):
    table = level_table(Image.new("L", SIZE, gray)) or list(range(256))
    assert table == sorted(table)
    assert (table[0], table[255]) == (0, 255)
    assert all(abs(new - old) <= 64 for old, new in enumerate(table))


def test_transparency_stays(tmp_path: Path):
    page = scan((225, 225, 225), 50).convert("RGBA")
    page.paste((0, 0, 0, 0), (0, 0, 20, 20))
    _, image = converted(encoded(page, "PNG"), LEVELS, tmp_path / "page")
    assert image.convert("RGBA").getpixel((5, 5)) == (0, 0, 0, 0)


def test_paper_has_it_by_default_and_lit_screens_have_not():
    for name, device in DEVICES.items():
        is_paper = device.maker not in {"Apple", "Other"}
        preset = parse_quality(name)
        assert (preset.levels, preset.crop_margins, preset.crops_alike) == (is_paper,) * 3
