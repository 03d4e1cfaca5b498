"""Converted pages and thumbnails."""

from __future__ import annotations

import io
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageOps, ImageStat

from comic_downloads.domain.errors import PageUnreadable
from comic_downloads.domain.library import ImageFacts
from comic_downloads.domain.quality import ImageEncoding, Preset
from comic_downloads.packaging.images import thumbnail, working_bytes
from tests.packaging.tools import run
from tests.packaging.zoo import (
    CORNERS,
    HEIGHT,
    MAX_PIXELS,
    TURNED,
    WIDTH,
    ZOO,
    convert,
    drawing,
    encoded,
    facts_of,
)

HALF = Preset("half", max_height=HEIGHT // 2)


def converted(data: bytes, preset: Preset, target: Path) -> tuple[ImageFacts, Image.Image]:
    facts = convert(io.BytesIO(data), facts_of(data), preset, target, MAX_PIXELS)
    return facts, Image.open(target)


def corners(image: Image.Image) -> list[tuple[int, ...]]:
    """The colours in the middle of the four corners of the picture, in reading order."""
    picture = image.convert("RGB")
    places = [(x, y) for y in (0.2, 0.85) for x in (0.2, 0.85)]
    pixels = [picture.getpixel((int(x * image.width), int(y * image.height))) for x, y in places]
    return [pixel for pixel in pixels if isinstance(pixel, tuple)]


def near(colours: list[tuple[int, ...]], expected: list[tuple[int, ...]], tolerance: int) -> bool:
    pairs = zip(colours, expected, strict=True)
    return all(
        abs(a - b) <= tolerance for one, other in pairs for a, b in zip(one, other, strict=True)
    )


OUTPUT_KINDS = {
    "jpeg": "JPEG",
    "png": "PNG",
    "webp": "WEBP",
    "gif": "PNG",
    "bmp": "PNG",
    "tiff": "PNG",
    "avif": "JPEG",
    "heic": "JPEG",
}


@pytest.mark.parametrize("kind", [kind for kind in ZOO if kind != "png interlaced"])
def test_converted_page_is_smaller_upright_and_of_a_kind_readers_open(kind: str, tmp_path: Path):
    facts, image = converted(ZOO[kind](), HALF, tmp_path / "page")
    source = facts_of(ZOO[kind]())
    assert image.format == OUTPUT_KINDS[kind.split()[0]]
    assert image.size == (facts.width, facts.height) == HALF.fit(source.width, source.height)
    assert image.getexif().get(0x0112, 1) == 1
    assert (facts.size_bytes, facts.crc32) == (
        (tmp_path / "page").stat().st_size,
        zlib.crc32((tmp_path / "page").read_bytes()),
    )
    assert facts == facts_of((tmp_path / "page").read_bytes())


COLOURLESS = {
    "jpeg gray",
    "png gray",
    "png gray alpha",
    "png 16-bit",
    "png bilevel",
    "png clear palette",
    "png interlaced",
}


@pytest.mark.parametrize("kind", [kind for kind in ZOO if kind not in COLOURLESS])
def test_converted_page_keeps_its_colours(kind: str, tmp_path: Path):
    with Image.open(io.BytesIO(ZOO[kind]())) as original:
        expected = corners(ImageOps.exif_transpose(original))
    _, image = converted(ZOO[kind](), HALF, tmp_path / "page")
    assert near(corners(image), expected, 16)
    assert kind in TURNED or near(expected, list(CORNERS.values()), 40)


def test_converted_sixteen_bit_page_is_not_blown_out(tmp_path: Path):
    _, image = converted(ZOO["png 16-bit"](), HALF, tmp_path / "page")
    assert near(corners(image), corners(drawing().convert("L")), 3)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("png alpha", "RGBA"),
        ("png gray alpha", "LA"),
        ("png gray", "L"),
        ("png bilevel", "L"),
        ("png clear palette", "RGBA"),
        ("jpeg gray", "L"),
        ("jpeg cmyk", "RGB"),
    ],
)
def test_converted_page_has_the_channels_it_needs(kind: str, mode: str, tmp_path: Path):
    assert converted(ZOO[kind](), HALF, tmp_path / "page")[1].mode == mode


def test_colour_png_without_colour_becomes_gray(tmp_path: Path):
    data = encoded(drawing().convert("L").convert("RGBA"), "PNG")
    assert converted(data, HALF, tmp_path / "page")[1].mode == "L"


@pytest.mark.parametrize("kind", ["jpeg with profile", "png with profile"])
def test_converted_page_keeps_its_profile_as_long_as_it_fits(kind: str, tmp_path: Path):
    with Image.open(io.BytesIO(ZOO[kind]())) as original:
        profile = original.info["icc_profile"]
    assert converted(ZOO[kind](), HALF, tmp_path / "page")[1].info["icc_profile"] == profile
    gray = Preset("gray", max_height=100, grayscale=True)
    assert "icc_profile" not in converted(ZOO[kind](), gray, tmp_path / "gray")[1].info


def test_converting_never_enlarges(tmp_path: Path):
    facts, image = converted(
        ZOO["jpeg"](),
        Preset("large", max_height=1000, output=ImageEncoding.WEBP),
        tmp_path / "page",
    )
    assert image.size == (WIDTH, HEIGHT)
    assert facts.media_type == "image/webp"


@pytest.mark.parametrize("output", [ImageEncoding.JPEG, ImageEncoding.WEBP])
@pytest.mark.parametrize("kind", ["png alpha", "jpeg", "gif", "webp"])
def test_output_kind_can_be_chosen(kind: str, output: ImageEncoding, tmp_path: Path):
    _, image = converted(ZOO[kind](), Preset("", output=output), tmp_path / "page")
    assert image.format == output.upper()
    assert near(corners(image), list(CORNERS.values()), 16)


def test_transparent_parts_become_paper_where_there_is_no_alpha(tmp_path: Path):
    _, image = converted(
        ZOO["png alpha"](), Preset("", output=ImageEncoding.JPEG), tmp_path / "page"
    )
    assert near([image.convert("RGB").getpixel((60, 60))], [(255, 255, 255)], 8)  # pyright: ignore[reportArgumentType]


def test_grayscale_takes_the_colour_out(tmp_path: Path):
    for kind in ("jpeg", "png", "webp"):
        _, image = converted(ZOO[kind](), Preset("", grayscale=True), tmp_path / kind)
        assert near(corners(image), corners(drawing().convert("L")), 8)


def test_conversion_gives_the_same_bytes_in_any_thread(tmp_path: Path):
    data = encoded(drawing(600, 900), "JPEG")

    def once(number: int) -> str:
        return converted(data, Preset("", max_height=300), tmp_path / str(number))[0].sha256

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(once, range(12)))) == 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_large_page_is_known_to_take_more_memory_than_a_small_one(kind: str):
    small, large = (facts_of(encoded(drawing(*size), kind)) for size in ((300, 400), (900, 1200)))
    preset = Preset("", max_height=150)
    assert working_bytes(large, Preset("", max_height=1100)) >= 900 * 1200 * 4
    assert working_bytes(small, preset) < working_bytes(large, Preset("", max_height=1100))
    # The decoder of JPEG can return a smaller image.
    if kind == "JPEG":
        assert working_bytes(large, preset) < working_bytes(large, Preset("", max_height=1100)) / 10


CONVERTS = """
import io, re, sys
from pathlib import Path
from comic_downloads.packaging.images import convert_parts, probe, working_bytes
from comic_downloads.domain.quality import Preset

def most_memory():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024

data, preset = Path(sys.argv[1]).read_bytes(), Preset("", max_height=1080)
facts = probe(io.BytesIO(data), 10**8)
before = most_memory()
(made,) = convert_parts(io.BytesIO(data), facts, preset, {0}, 10**8)
Path(sys.argv[2]).write_bytes(made.data)
print(most_memory() - before, working_bytes(facts, preset))
"""


def test_large_page_takes_no_more_memory_than_was_reckoned(tmp_path: Path):
    page = tmp_path / "page.png"
    page.write_bytes(encoded(Image.new("RGB", (6000, 5000), "white"), "PNG"))
    taken, reckoned = map(int, run(sys.executable, "-c", CONVERTS, page, tmp_path / "made").split())
    assert reckoned / 2 < taken <= reckoned


def flat_page(colours: int, kind: str, **options: Any) -> bytes:
    """Draw flat shapes with hard edges in that many colours.

    The page is many times larger than the tests ask for.
    """
    image = Image.new("RGB", (1200, 1800), "white")
    draw = ImageDraw.Draw(image)
    for number in range(120):
        x, y = number * 397 % 1100, number * 613 % 1700
        value = number % (colours - 1)
        draw.ellipse(
            (x, y, x + 180, y + 120), fill=(value * 37 % 256, value * 91 % 256, value * 53 % 256)
        )
    return encoded(image.quantize(colours, dither=Image.Dither.NONE), kind, **options)


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
@pytest.mark.parametrize("colours", [2, 5, 60, 200])
def test_flat_page_made_smaller_takes_no_more_bytes(kind: str, colours: int, tmp_path: Path):
    data = flat_page(colours, kind)
    facts, image = converted(data, Preset("", max_height=640), tmp_path / "page")
    assert (image.format, image.mode, image.height) == ("PNG", "P", 640)
    assert facts.size_bytes < len(data)
    with Image.open(io.BytesIO(data)) as original:
        expected = original.convert("RGB").resize(image.size, Image.Resampling.LANCZOS)
    assert max(ImageStat.Stat(ImageChops.difference(image.convert("RGB"), expected)).rms) < 4


def test_few_colours_are_all_kept_where_no_others_come_between_them(tmp_path: Path):
    data = flat_page(60, "GIF")
    facts, image = converted(
        data, Preset("", crop_margins=True, output=ImageEncoding.SOURCE), tmp_path / "page"
    )
    with Image.open(io.BytesIO(data)) as original:
        same = (
            original.convert("RGB").crop((0, 0, *image.size))
            if image.size != original.size
            else original.convert("RGB")
        )
    assert ImageChops.difference(image.convert("RGB"), same).getbbox() is None
    assert facts.size_bytes <= 1.2 * len(data)


def test_few_grays_keep_the_profile_that_says_which(tmp_path: Path):
    header = bytearray(128)
    header[16:20] = b"GRAY"
    picture = (
        Image.open(io.BytesIO(flat_page(8, "PNG")))
        .convert("L")
        .quantize(8, dither=Image.Dither.NONE)
        .convert("L")
    )
    _, made = converted(
        encoded(picture, "PNG", icc_profile=bytes(header)),
        Preset("", max_height=640),
        tmp_path / "page",
    )
    assert (made.mode, made.info.get("icc_profile")) == ("L", bytes(header))
    _, made = converted(encoded(picture, "PNG"), Preset("", max_height=640), tmp_path / "page")
    assert made.mode == "P"


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_page_of_many_shades_keeps_them(mode: str, tmp_path: Path):
    shades = Image.linear_gradient("L").resize((600, 900))
    image = shades if mode == "L" else Image.merge("RGB", (shades, shades.rotate(180), shades))
    _, made = converted(encoded(image, "PNG"), Preset("", max_height=450), tmp_path / "page")
    assert made.mode == mode


def test_dithered_page_is_not_made_to_have_bands(tmp_path: Path):
    shades = Image.linear_gradient("L").resize((1200, 1800))
    dithered = Image.merge(
        "RGB", (shades, shades.rotate(90).resize(shades.size), shades.rotate(180))
    ).quantize(256)
    _, made = converted(encoded(dithered, "PNG"), Preset("", max_height=900), tmp_path / "page")
    with Image.open(io.BytesIO(encoded(dithered, "PNG"))) as original:
        expected = original.convert("RGB").resize(made.size, Image.Resampling.LANCZOS)
    assert max(ImageStat.Stat(ImageChops.difference(made.convert("RGB"), expected)).rms) < 4


def test_damaged_page_leaves_nothing_behind(tmp_path: Path):
    data = ZOO["png"]()
    with pytest.raises(PageUnreadable):
        convert(
            io.BytesIO(data[: len(data) // 2]), facts_of(data), HALF, tmp_path / "page", MAX_PIXELS
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ZOO)
def test_thumbnail_is_small_upright_webp(kind: str):
    data, media_type = thumbnail(io.BytesIO(ZOO[kind]()), MAX_PIXELS, 50)
    source = facts_of(ZOO[kind]())
    image = Image.open(io.BytesIO(data))
    assert (image.format, media_type) == ("WEBP", "image/webp")
    assert image.size == (
        max(1, round(source.width * min(1, 50 / source.height))),
        min(50, source.height),
    )


def test_thumbnail_of_a_tiny_page_has_its_exact_pixels():
    tiny = Image.new("RGB", (16, 16), "white")
    tiny.putpixel((3, 4), (216, 180, 8))
    data, _ = thumbnail(io.BytesIO(encoded(tiny, "PNG")), MAX_PIXELS, 480)
    with Image.open(io.BytesIO(data)) as shown:
        assert shown.convert("RGB").tobytes() == tiny.tobytes()


def test_thumbnail_is_never_enlarged():
    data = encoded(drawing(400, 100), "PNG")
    assert Image.open(io.BytesIO(thumbnail(io.BytesIO(data), MAX_PIXELS, 5000)[0])).size == (
        400,
        100,
    )
