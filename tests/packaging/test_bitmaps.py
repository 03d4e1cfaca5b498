"""Bitmaps (BMP, DIB) of every kind that browsers show are pages, with the right pixels."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Sequence

import pytest
from PIL import Image

from comic_downloads.domain.errors import PageUnreadable
from comic_downloads.packaging.images import lossless_png
from tests.packaging.zoo import MAX_PIXELS, encoded, facts_of

WIDTH, HEIGHT = 5, 4
COLOURS = [(0, 0, 0), (255, 0, 0), (0, 255, 0), (255, 255, 255)]
PALETTE = b"".join(bytes([blue, green, red, 0]) for red, green, blue in COLOURS)
# The picture, from the uppermost row on.
INDEXES = [[0, 1, 2, 3, 0], [1, 1, 1, 1, 1], [2, 0, 2, 0, 2], [3, 3, 0, 0, 3]]
Picture = list[list[tuple[int, int, int, int]]]
PICTURE: Picture = [[(*COLOURS[index], 255) for index in row] for row in INDEXES]
NONE, RLE8, RLE4, FIELDS, JPEG, PNG, FIELDS_WITH_ALPHA = range(7)


def info(bits: int, compression: int = NONE, colours: int = 0, size: int = 40) -> bytes:
    """Return a header of OS/2 2.x or of Windows; less than 40 bytes end before the last fields."""
    full = struct.pack(
        "<IiiHHIIiiII", size, WIDTH, HEIGHT, 1, bits, compression, 0, 0, 0, colours, 0
    )
    return full[:size]


def bitmap(
    header: bytes, pixels: bytes, before: bytes = b"", pixels_at: int | None = None
) -> bytes:
    """Put a file together; ``before`` is what stands between the header and the pixels."""
    begin = 14 + len(header) + len(before) if pixels_at is None else pixels_at
    length = 14 + len(header) + len(before) + len(pixels)
    return b"BM" + struct.pack("<III", length, 0, begin) + header + before + pixels


def packed(rows: Sequence[Sequence[int]], bits: int) -> bytes:
    """Return rows of numbers from the lowest up, each filled up to whole words of 32 bits."""
    found = []
    for row in reversed(rows):
        if bits < 8:
            number = "".join(f"{value:0{bits}b}" for value in row)
            data = int(number.ljust(-len(number) % 8 + len(number), "0"), 2).to_bytes(
                (len(number) + 7) // 8
            )
        else:
            data = b"".join(value.to_bytes(bits // 8, "little") for value in row)
        found.append(data + bytes(-len(data) % 4))
    return b"".join(found)


def masked(picture: Picture, masks: Sequence[int]) -> list[list[int]]:
    """Return the pixels as numbers that have each channel under its mask."""

    def number(pixel: Sequence[int]) -> int:
        found = 0
        for value, mask in zip(pixel, masks, strict=False):
            lowest = (mask & -mask).bit_length() - 1 if mask else 0
            found |= round(value * (mask >> lowest) / 255) << lowest
        return found

    return [[number(pixel) for pixel in row] for row in picture]


def with_masks(bits: int, *masks: int, size: int = 40) -> bytes:
    """Return a bitmap of the picture with these masks, behind the header or within it."""
    compression = FIELDS_WITH_ALPHA if len(masks) == 4 and size == 40 else FIELDS
    stored = struct.pack(f"<{len(masks)}I", *masks)
    pixels = packed(masked(PICTURE, masks), bits)
    if size == 40:
        return bitmap(info(bits, compression), pixels, stored)
    header = struct.pack("<I", size) + info(bits, compression)[4:] + stored
    return bitmap(header.ljust(size, b"\0"), pixels)


def runs(compression: int) -> bytes:
    """Return the picture as runs: repeated, plain, skipped, too long, and moved past."""
    three = bytes([3, 3, 0, 0, 3, 0]) if compression == RLE8 else bytes([0x33, 0x00, 0x30, 0])
    green_black = bytes([2, 0, 2, 0, 2, 0]) if compression == RLE8 else bytes([0x20, 0x20, 0x20, 0])
    red, green, white = (1, 2, 3) if compression == RLE8 else (0x11, 0x22, 0x33)
    return b"".join(
        [
            bytes([0, 5]) + three + bytes([0, 0]),
            bytes([0, 5]) + green_black + bytes([0, 0]),
            bytes([99, red, 0, 0]),  # More than the row has room for.
            bytes([0, 2, 1, 0, 1, red, 1, green, 1, white, 0, 1]),
        ]
    )


def file_inside(kind: str, compression: int) -> bytes:
    image = Image.new("RGB", (WIDTH, HEIGHT))
    image.putdata([pixel[:3] for row in PICTURE for pixel in row])
    header = struct.pack("<I", 124) + info(0, compression)[4:]
    return bitmap(header.ljust(124, b"\0"), encoded(image, kind))


KINDS: dict[str, Callable[[], bytes]] = {
    "2 bits": lambda: bitmap(info(2, colours=4), packed(INDEXES, 2), PALETTE),
    "4 bits": lambda: bitmap(info(4, colours=4), packed(INDEXES, 4), PALETTE),
    "8 bits": lambda: bitmap(info(8, colours=4), packed(INDEXES, 8), PALETTE),
    "more colours than a pixel can name": lambda: bitmap(
        info(8, colours=300), packed(INDEXES, 8), PALETTE.ljust(1200, b"\0")
    ),
    "millions of colours, of which four are there": lambda: bitmap(
        info(8, colours=305_402_420), packed(INDEXES, 8), PALETTE
    ),
    "pixels that are said to begin at the palette": lambda: bitmap(
        info(8, colours=4), packed(INDEXES, 8), PALETTE, pixels_at=54
    ),
    "header of OS/2 1.x": lambda: bitmap(
        struct.pack("<IHHHH", 12, WIDTH, HEIGHT, 1, 8),
        packed(INDEXES, 8),
        b"".join(bytes([blue, green, red]) for red, green, blue in COLOURS),
    ),
    "short header of OS/2 2.x": lambda: bitmap(info(8, size=16), packed(INDEXES, 8), PALETTE),
    "runs of 8 bits": lambda: bitmap(info(8, RLE8, 4), runs(RLE8), PALETTE),
    "runs of 4 bits": lambda: bitmap(info(4, RLE4, 4), runs(RLE4), PALETTE),
    "upside down": lambda: bitmap(
        struct.pack("<IiiHHIIiiII", 40, WIDTH, -HEIGHT, 1, 8, NONE, 0, 0, 0, 4, 0),
        packed(INDEXES[::-1], 8),
        PALETTE,
    ),
    "without a file header": lambda: bitmap(
        info(32), packed(masked(PICTURE, (0xFF0000, 0xFF00, 0xFF)), 32)
    )[14:],
    "24 bits with a palette that is not used": lambda: bitmap(
        info(24, colours=4), packed(masked(PICTURE, (0xFF0000, 0xFF00, 0xFF)), 24), PALETTE
    ),
    "masks of 5, 6 and 5 bits": lambda: with_masks(16, 0xF800, 0x7E0, 0x1F),
    "masks of 2, 3 and 1 bits": lambda: with_masks(16, 0x30, 0x0E, 0x01),
    "masks of 4 bits with alpha": lambda: with_masks(16, 0xF00, 0xF0, 0xF, 0xF000, size=124),
    "masks of 11, 11 and 10 bits": lambda: with_masks(32, 0xFFE00000, 0x1FFC00, 0x3FF),
    "masks across bytes": lambda: with_masks(32, 0xFF000000, 0xFF0, 0xFF0000),
    "masks of 24 bits for one channel": lambda: with_masks(32, 0xFFFFFF00, 0xF0, 0xF),
    "masks with alpha behind the header": lambda: with_masks(
        32, 0xFF000000, 0xFF00, 0xFF, 0xFF0000
    ),
    "masks in a header of 52 bytes": lambda: with_masks(32, 0xFF, 0xFF00, 0xFF0000, size=52),
    "masks in a header of 56 bytes": lambda: with_masks(
        32, 0xFF, 0xFF00, 0xFF0000, 0xFF000000, size=56
    ),
    "PNG in place of pixels": lambda: file_inside("PNG", PNG),
}


def shown(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(lossless_png(io.BytesIO(data), MAX_PIXELS))) as image:
        return image.convert("RGBA")


@pytest.mark.parametrize("kind", KINDS)
def test_bitmap_has_the_pixels_of_its_file(kind: str):
    data = KINDS[kind]()
    facts = facts_of(data)
    assert (facts.media_type, facts.width, facts.height) == ("image/bmp", WIDTH, HEIGHT)
    pixels = list(shown(data).get_flattened_data())
    assert pixels == [pixel for row in PICTURE for pixel in row]


def test_alpha_of_a_bitmap_counts():
    picture = [[(255, 0, 0, 85 * column) for column in range(4)] + [(0, 0, 0, 0)]] * HEIGHT
    masks = (0xF00, 0xF0, 0xF, 0xF000)
    header = struct.pack("<I", 56) + info(16, FIELDS)[4:] + struct.pack("<4I", *masks)
    image = shown(bitmap(header, packed(masked(picture, masks), 16)))
    alpha = list(image.getchannel("A").crop((0, 0, 4, 1)).get_flattened_data())
    assert alpha == [0, 85, 170, 255]


def test_wide_channels_keep_their_shades():
    masks = (0xFFE00000, 0x1FFC00, 0x3FF)
    picture = [[(shade, 255 - shade, shade, 255) for shade in (0, 50, 100, 200, 255)]] * HEIGHT
    image = shown(
        bitmap(info(32, FIELDS), packed(masked(picture, masks), 32), struct.pack("<3I", *masks))
    )
    wanted = bytes(value for row in picture for pixel in row for value in pixel)
    pairs = zip(image.tobytes(), wanted, strict=True)
    assert max(abs(one - other) for one, other in pairs) <= 1


@pytest.mark.parametrize(
    "kind", ["2 bits", "runs of 8 bits", "masks of 2, 3 and 1 bits", "PNG in place of pixels"]
)
def test_bitmap_that_is_cut_short_is_damaged(kind: str):
    data = KINDS[kind]()
    with pytest.raises(PageUnreadable, match="damaged or cut short"):
        facts_of(data[: len(data) * 3 // 4])


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (info(30_000), "beginning is damaged"),
        (
            struct.pack("<IiiHHI", 40, -WIDTH, HEIGHT, 1, 24, 0).ljust(40, b"\0"),
            "beginning is damaged",
        ),
        (struct.pack("<I", 2000) + info(24)[4:], "beginning is damaged"),
        (info(1, compression=9), "rare kind"),
        (info(24, FIELDS), "rare kind"),
    ],
)
def test_bitmap_that_is_none_is_refused_with_true_words(header: bytes, reason: str):
    with pytest.raises(PageUnreadable, match=reason):
        facts_of(bitmap(header, bytes(200)))


def test_file_inside_a_bitmap_cannot_be_larger_than_the_bitmap_says():
    large = encoded(Image.new("RGB", (100, 100)), "PNG")
    header = struct.pack("<I", 124) + info(0, PNG)[4:]
    with pytest.raises(PageUnreadable, match="damaged"):
        facts_of(bitmap(header.ljust(124, b"\0"), large))
