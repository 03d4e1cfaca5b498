"""Pixels that Pillow alone gets wrong are right in covers, conversions, PDF and EPUB."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Sequence

import pytest
from PIL import Image, ImageCms

from comic_downloads.domain.errors import PageUnreadable
from comic_downloads.packaging.images import lossless_png, opaque_png, thumbnail
from tests.packaging.odd_images import chunk
from tests.packaging.zoo import CORNERS, MAX_PIXELS, drawing, encoded, exif, facts_of, profile

STEP = 16  # The pixels that each value is wide.


def shown(data: bytes) -> Image.Image:
    """Return the page as conversions and EPUBs have it."""
    with Image.open(io.BytesIO(lossless_png(io.BytesIO(data), MAX_PIXELS))) as image:
        return image.convert("RGBA")


def values_of(data: bytes, count: int, step: int = STEP) -> list[tuple[int, ...]]:
    image = shown(data)
    found = [image.getpixel((number * step + step // 2, 0)) for number in range(count)]
    return [value for value in found if isinstance(value, tuple)]


def gray_jpeg_2000(values: Sequence[int]) -> bytes:
    """Return a lossless codestream with 16 bits, whose tile is one packet."""
    row = b"".join(value.to_bytes(2, "little") * STEP for value in values)
    image = Image.frombytes("I;16", (STEP * len(values), STEP), row * STEP)
    return encoded(image, "JPEG2000", no_jp2=True, irreversible=False, num_resolutions=1)


def colour_jpeg_2000(*channels: Sequence[int]) -> bytes:
    """Put three codestreams of one channel together: the packets follow each other."""
    streams = [gray_jpeg_2000(values) for values in channels]
    tile_at, data_at = streams[0].index(b"\xff\x90"), streams[0].index(b"\xff\x93") + 2
    head, tile = bytearray(streams[0][:tile_at]), bytearray(streams[0][tile_at:data_at])
    packets = b"".join(stream[stream.index(b"\xff\x93") + 2 : -2] for stream in streams)
    # The length of SIZ, the number of components, and what it says about each.
    head[4:6] = (int.from_bytes(head[4:6]) + 6).to_bytes(2)
    head[40:42] = (3).to_bytes(2)
    head[45:45] = head[42:45] * 2
    tile[6:10] = (len(tile) + len(packets)).to_bytes(4)
    return bytes(head + tile) + packets + b"\xff\xd9"


def test_whites_of_a_deep_jpeg_2000_stay_white():
    data = colour_jpeg_2000(
        [0, 0x4000, 0xFFFF, 0xFFFF], [0, 0x4000, 0xFFFF, 127], [100, 0x4000, 0xFFFF, 0xFF7F]
    )
    assert facts_of(data).media_type == "image/jp2"
    assert values_of(data, 4) == [
        (0, 0, 0, 255),
        (64, 64, 64, 255),
        (255, 255, 255, 255),
        (255, 0, 255, 255),
    ]


def png(width: int, depth: int, colour_type: int, row: bytes, key: bytes) -> bytes:
    """Return a PNG of one row with a transparent colour."""
    head = struct.pack(">IIBBBBB", width, 1, depth, colour_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(kind, data)
        for kind, data in (
            (b"IHDR", head),
            (b"tRNS", key),
            (b"IDAT", zlib.compress(b"\0" + row)),
            (b"IEND", b""),
        )
    )


def test_transparent_value_of_a_gray_png_with_16_bits_is_transparent():
    data = png(2, 16, 0, struct.pack(">2H", 1000, 0xFFFF), struct.pack(">H", 1000))
    assert [value[3] for value in values_of(data, 2, step=1)] == [0, 255]
    opaque, alpha = opaque_png(io.BytesIO(data), MAX_PIXELS)
    assert alpha is not None
    assert [Image.open(io.BytesIO(part)).mode for part in (opaque, alpha)] == ["L", "L"]


def test_transparent_colour_of_a_png_with_16_bits_is_transparent():
    row = struct.pack(">6H", 1000, 2000, 3000, 0xFFFF, 0xFFFF, 0xFFFF)
    data = png(2, 16, 2, row, row[:6])
    assert [value[3] for value in values_of(data, 2, step=1)] == [0, 255]


def gray_tiff(bits: int, photometric: int, values: Sequence[int]) -> bytes:
    """Return a TIFF of one row of unsigned gray values."""
    data = b"".join(value.to_bytes(bits // 8, "little") for value in values)
    tags = {
        **{256: len(values), 257: 1, 258: bits, 259: 1, 262: photometric, 273: 0},
        **{277: 1, 278: 1, 279: len(data), 339: 1},
    }
    start = 8 + 2 + 12 * len(tags) + 4
    entries = b"".join(
        struct.pack("<HHII", tag, 4, 1, start if tag == 273 else value)
        for tag, value in tags.items()
    )
    return struct.pack("<4sIH", b"II*\0", 8, len(tags)) + entries + bytes(4) + data


@pytest.mark.parametrize(("photometric", "first"), [(0, 255), (1, 0)])
def test_gray_tiff_with_16_bits_is_no_negative(photometric: int, first: int):
    data = gray_tiff(16, photometric, [0, 0xFFFF])
    assert [value[0] for value in values_of(data, 2, step=1)] == [first, 255 - first]
    deep, _ = opaque_png(io.BytesIO(data), MAX_PIXELS)
    assert Image.open(io.BytesIO(deep)).getpixel((0, 0)) == first * 257


def test_bright_values_of_a_gray_tiff_with_32_bits_stay_bright():
    data = gray_tiff(32, 1, [0, 0x8000_0000, 0xFFFF_FFFF])
    assert [value[0] for value in values_of(data, 3, step=1)] == [0, 127, 255]


def test_canvas_that_a_gif_leaves_free_is_transparent():
    picture = Image.new("P", (10, 10), 1)
    picture.putpalette([0, 0, 0, 255, 0, 0])
    data = bytearray(encoded(picture, "GIF"))
    data[6:10] = struct.pack("<HH", 20, 20)
    image = shown(bytes(data))
    assert image.getpixel((5, 5)) == (255, 0, 0, 255)
    assert image.getpixel((15, 15)) == (0, 0, 0, 0)


@pytest.mark.parametrize("kind", ["WEBP", "JXL"])
def test_page_that_needs_no_turn_is_not_turned_by_its_exif_data(kind: str):
    if kind == "JXL":
        pytest.importorskip("pillow_jxl")
    data = encoded(drawing(), kind, exif=exif(6).tobytes())
    red = shown(data).convert("RGB").getpixel((30, 50))
    assert isinstance(red, tuple)
    assert max(abs(a - b) for a, b in zip(red, CORNERS["red"], strict=True)) < 12


def test_orientation_in_xmp_does_not_count():
    xmp = b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/>'
    for kind in ("AVIF", "WEBP", "JPEG"):
        facts = facts_of(encoded(drawing(), kind, xmp=xmp))
        assert (facts.width, facts.height) == drawing().size


def test_thumbnail_has_the_colours_of_the_profile():
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    swapped = bytearray(lab.tobytes())
    # With the curves of a linear profile, middle gray is lighter.
    gamma = swapped.index(b"para")
    swapped[gamma + 12 : gamma + 16] = (0x10000).to_bytes(4)
    gray = Image.new("RGB", (50, 50), (100, 100, 100))
    made = {
        name: thumbnail(io.BytesIO(encoded(gray, "PNG", icc_profile=icc)), MAX_PIXELS, 50)[0]
        for name, icc in (("sRGB", profile()), ("linear", bytes(swapped)))
    }
    values = {}
    for name, data in made.items():
        with Image.open(io.BytesIO(data)) as image:
            assert "icc_profile" not in image.info
            values[name] = image.convert("L").getpixel((25, 25))
    assert abs(values["sRGB"] - 100) < 4
    assert values["linear"] > values["sRGB"] + 20


def directory_at(data: bytes, tag: int) -> int:
    """Return where a field of the only directory of a little-endian TIFF begins."""
    (start,) = struct.unpack("<I", data[4:8])
    (count,) = struct.unpack("<H", data[start : start + 2])
    places = range(start + 2, start + 2 + 12 * count, 12)
    return next(at for at in places if struct.unpack("<H", data[at : at + 2]) == (tag,))


@pytest.mark.parametrize("tag", [259, 262, 277, 284])
def test_small_numbers_of_a_tiff_may_be_stored_in_one_byte(tag: int):
    data = bytearray(encoded(drawing(), "TIFF"))
    at = directory_at(bytes(data), tag)
    data[at + 2 : at + 4] = (1).to_bytes(2, "little")
    assert facts_of(bytes(data)).media_type == "image/tiff"
    assert shown(bytes(data)).tobytes() == drawing().convert("RGBA").tobytes()


def test_small_numbers_of_a_big_endian_tiff_may_be_stored_in_one_byte():
    values = bytes(range(0, 64, 4))
    entries = [
        (256, 3, 1, 16 << 16),
        (257, 3, 1, 1 << 16),
        (258, 1, 1, 8 << 24),
        (259, 1, 1, 1 << 24),
        (262, 1, 1, 1 << 24),
        (273, 4, 1, 8 + 2 + 12 * 9 + 4),
        (277, 1, 1, 1 << 24),
        (278, 3, 1, 1 << 16),
        (279, 4, 1, 16),
    ]
    directory = b"".join(struct.pack(">HHII", *entry) for entry in entries)
    data = b"MM\0*" + struct.pack(">IH", 8, len(entries)) + directory + bytes(4) + values
    assert facts_of(data).width == 16
    assert shown(data).convert("L").tobytes() == values


def test_signed_samples_of_16_bits_are_as_bright_as_unsigned_ones():
    values = [0, 0x1000, 0x4000, 0x7FFF]
    row = b"".join(value.to_bytes(2, "little") * STEP for value in values)
    image = Image.frombytes("I;16", (STEP * 4, STEP), row * STEP)
    data = encoded(image, "TIFF", tiffinfo={339: 2})
    assert facts_of(data).media_type == "image/tiff"
    assert [value[0] for value in values_of(data, 4)] == [0, 15, 63, 127]


def test_tiff_packed_in_a_way_that_is_not_known_here_is_not_called_damaged():
    data = bytearray(encoded(drawing(), "TIFF", compression="tiff_lzw"))
    at = directory_at(bytes(data), 259)
    data[at + 8 : at + 10] = (50001).to_bytes(2, "little")
    with pytest.raises(PageUnreadable, match="TIFF packed with WebP"):
        facts_of(bytes(data))
