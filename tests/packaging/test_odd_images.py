"""A page that browsers show whole is a page, and one whose pixels are lost is found at the scan."""

from __future__ import annotations

import io
import tracemalloc

import pytest
from PIL import Image

from comic_downloads.domain.errors import PageUnreadable
from comic_downloads.packaging.images import lossless_png, thumbnail
from tests.packaging.odd_images import DAMAGED, SHOWN, chunk, png_with
from tests.packaging.zoo import HEIGHT, MAX_PIXELS, WIDTH, drawing, facts_of

MEGABYTE = 1_000_000


def corners(image: Image.Image) -> list[tuple[int, ...]]:
    """Return the colours within the four corners: upper left and right, then lower."""
    x, y = image.width // 4, image.height // 4
    places = ((x, y), (3 * x, y), (x, 3 * y), (3 * x, 3 * y))
    found = [image.convert("RGB").getpixel(place) for place in places]
    return [colour for colour in found if isinstance(colour, tuple)]


@pytest.mark.parametrize("kind", SHOWN)
def test_page_that_is_shown_whole_is_a_page_with_all_its_pixels(kind: str):
    data = SHOWN[kind]()
    facts = facts_of(data)
    assert (facts.width, facts.height) == (WIDTH, HEIGHT)
    mode = "L" if "gray" in kind else "RGB"
    wanted = corners(drawing().convert(mode))
    shown, _ = thumbnail(io.BytesIO(data), MAX_PIXELS, HEIGHT)
    for drawn in (shown, lossless_png(io.BytesIO(data), MAX_PIXELS)):
        with Image.open(io.BytesIO(drawn)) as image:
            pairs = zip(corners(image), wanted, strict=True)
            assert max(abs(a - b) for pair in pairs for a, b in zip(*pair, strict=True)) < 12


@pytest.mark.parametrize("kind", DAMAGED)
def test_page_whose_pixels_are_lost_is_found_damaged(kind: str):
    with pytest.raises(PageUnreadable) as refused:
        facts_of(DAMAGED[kind]())
    assert refused.value.detail.startswith("It")


def test_text_beside_a_picture_takes_no_memory():
    data = png_with(*(chunk(b"tEXt", b"k\0" + bytes(2 * MEGABYTE)) for _ in range(20)))
    tracemalloc.start()
    try:
        facts_of(data)
        thumbnail(io.BytesIO(data), MAX_PIXELS, HEIGHT)
        assert tracemalloc.get_traced_memory()[1] < 3 * MEGABYTE
    finally:
        tracemalloc.stop()
