"""Images that break rules which do not matter to their pixels, and others whose pixels are lost.

All are made here from the drawing of the zoo. Those of ``SHOWN`` are shown whole by browsers.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from functools import partial

from tests.packaging.zoo import ZOO, drawing, encoded, exif, profile

SIGNATURE_BYTES, HEADER_BYTES, END_BYTES = 8, 25, 12


def chunk(kind: bytes, data: bytes, crc: int | None = None) -> bytes:
    """Return a chunk of a PNG, by default with the right CRC."""
    right = zlib.crc32(kind + data)
    return (
        struct.pack(">I", len(data))
        + kind
        + data
        + struct.pack(">I", right if crc is None else crc)
    )


def png_with(*chunks: bytes, kind: str = "png") -> bytes:
    """Return a PNG with further chunks behind its header."""
    data = ZOO[kind]()
    behind = SIGNATURE_BYTES + HEADER_BYTES
    return data[:behind] + b"".join(chunks) + data[behind:]


def png_of(pixels: bytes, before: bytes = b"") -> bytes:
    """Return a PNG whose image data is this."""
    data = ZOO["png"]()
    head, end = data[: SIGNATURE_BYTES + HEADER_BYTES], data[-END_BYTES:]
    return head + before + chunk(b"IDAT", pixels) + end


def rows() -> bytes:
    """Return the unpacked image data of the PNG: a filter and 360 bytes for each row."""
    data = ZOO["png"]()
    return zlib.decompress(data[SIGNATURE_BYTES + HEADER_BYTES + 8 : -END_BYTES - 4])


def _altered(data: bytes, at: int, value: int) -> bytes:
    return data[:at] + bytes([value]) + data[at + 1 :]


def with_exif(jpeg: bytes, block: bytes) -> bytes:
    """Return a JPEG with an EXIF segment behind its first one."""
    segment = b"\xff\xe1" + (len(block) + 8).to_bytes(2) + b"Exif\0\0" + block
    return jpeg[:20] + segment + jpeg[20:]


def branded(brand: bytes) -> bytes:
    """Return an AVIF with another major brand."""
    data = ZOO["avif"]()
    return data[:8] + brand + data[12:]


def _riff(more: int) -> bytes:
    data = ZOO["webp"]()
    return data[:4] + (int.from_bytes(data[4:8], "little") + more).to_bytes(4, "little") + data[8:]


def _cut(kind: str, less: int, more: bytes = b"") -> bytes:
    return ZOO[kind]()[:-less] + more


_PACKED_PROFILE = zlib.compress(profile())
_ANCILLARY = {
    b"tEXt": b"key\0text",
    b"iTXt": b"key\0\0\0\0\0text",
    b"zTXt": b"key\0\0" + zlib.compress(b"text"),
    b"gAMA": (45_455).to_bytes(4),
    b"pHYs": bytes(9),
    b"cHRM": bytes(32),
    b"sRGB": b"\0",
    b"tIME": bytes(7),
    b"eXIf": b"II*\0\x08\0\0\0\0\0",
    b"iCCP": b"profile\0\0" + _PACKED_PROFILE,
    b"prVt": b"private",
}
_SHORT = {b"gAMA": b"0", b"pHYs": b"0", b"sRGB": b"", b"cHRM": b"0", b"acTL": b"0", b"tRNS": b"0"}
_BRANDS = (b"mif1", b"msf1", b"miaf", b"MA1B", b"avio", b"mif2", b"heic", b"heix")
_JPEGS = ("jpeg", "jpeg gray", "jpeg progressive", "jpeg cmyk", "jpeg with restarts")

SHOWN: dict[str, Callable[[], bytes]] = {
    **{
        f"png with a wrong checksum of {kind.decode()}": partial(png_with, chunk(kind, data, 0))
        for kind, data in _ANCILLARY.items()
    },
    **{
        f"png with a short {kind.decode()}": partial(png_with, chunk(kind, data))
        for kind, data in _SHORT.items()
    },
    "png with a profile packed in an unknown way": lambda: png_with(
        chunk(b"iCCP", b"profile\0\x07" + _PACKED_PROFILE)
    ),
    "png with a profile without a name": lambda: png_with(chunk(b"iCCP", b"profile")),
    "png with text packed in an unknown way": lambda: png_with(chunk(b"zTXt", b"key\0\x07text")),
    "png with much text": lambda: png_with(
        chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(5 << 20)))
    ),
    "png with much text behind the image data": lambda: (
        ZOO["png"]()[:-END_BYTES]
        + chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(5 << 20)))
        + ZOO["png"]()[-END_BYTES:]
    ),
    "png with much text in Unicode": lambda: png_with(
        chunk(b"iTXt", b"k\0\1\0\0\0" + zlib.compress(bytes(5 << 20)))
    ),
    "png of an animation without frames": lambda: png_with(
        chunk(b"acTL", (2).to_bytes(4) + bytes(4))
    ),
    "png with a large profile": lambda: png_with(
        chunk(b"iCCP", b"profile\0\0" + zlib.compress(profile() + bytes(9 << 20)))
    ),
    "png with image data behind the picture": lambda: (
        ZOO["png"]()[:-END_BYTES] + chunk(b"IDAT", b"more") + ZOO["png"]()[-END_BYTES:]
    ),
    **{f"png without its last {less} bytes": partial(_cut, "png", less) for less in (1, 2, 4, 12)},
    **{
        f"png with EXIF data {block!r}": partial(png_with, chunk(b"eXIf", block))
        for block in (b"\0\0\x11\0", b"II", bytes(8))
    },
    **{
        f"jpeg with EXIF data {block!r}": lambda block=block: with_exif(ZOO["jpeg"](), block)
        for block in (bytes(8), b"Exif\0\0" + bytes(8), b"II")
    },
    "webp with EXIF data that is none": lambda: encoded(drawing(), "WEBP", exif=b"garbage!"),
    **{f"{kind} without its end": partial(_cut, kind, 2) for kind in _JPEGS},
    **{f"{kind} without its last byte": partial(_cut, kind, 1) for kind in _JPEGS},
    **{f"{kind} with a zero for its end": partial(_cut, kind, 2, b"\0") for kind in _JPEGS},
    "gif without its end": partial(_cut, "gif", 1),
    "gif with other data behind it": lambda: ZOO["gif"]() + b"\r\n<xmp>",
    "bmp without its last byte": partial(_cut, "bmp", 1),
    "webp that is one byte too short": partial(_cut, "webp", 1),
    "webp without padding": partial(_cut, "webp lossless", 1),
    "webp whose length is 1 too large": partial(_riff, 1),
    "webp whose length is 8 too large": partial(_riff, 8),
    **{f"avif of the brand {brand.decode()}": partial(branded, brand) for brand in _BRANDS},
}
DAMAGED: dict[str, Callable[[], bytes]] = {
    **{f"{kind} without its last 6 bytes": partial(_cut, kind, 6) for kind in _JPEGS},
    **{
        f"{kind} filled up with zeros": lambda kind=kind: (
            ZOO[kind]()[: len(ZOO[kind]()) // 2] + bytes(len(ZOO[kind]()) // 2)
        )
        for kind in _JPEGS
    },
    "jpeg progressive without its last scan": lambda: ZOO["jpeg progressive"]()[
        : ZOO["jpeg progressive"]().rindex(b"\xff\xda")
    ],
    "png without image data": lambda: (
        ZOO["png"]()[: SIGNATURE_BYTES + HEADER_BYTES] + ZOO["png"]()[-END_BYTES:]
    ),
    "png with image data that is not packed": lambda: png_of(b"not packed at all"),
    "png with a wrong checksum of the rows": lambda: png_of(
        _altered(zlib.compress(rows()), -1 % len(zlib.compress(rows())), 0)
    ),
    "png with half of the image data": lambda: png_of(zlib.compress(rows())[:200]),
    "png with half of the rows": lambda: png_of(zlib.compress(rows()[: 361 * 100])),
    "png with an unknown filter": lambda: png_of(zlib.compress(_altered(rows(), 361 * 50, 9))),
    "png with an unknown chunk that is needed": lambda: png_with(chunk(b"NEED", b"")),
    "png with an empty palette": lambda: png_with(chunk(b"PLTE", b"")),
    "png with two headers": lambda: png_with(
        ZOO["png"]()[SIGNATURE_BYTES : SIGNATURE_BYTES + HEADER_BYTES]
    ),
    "png of Apple's kind": lambda: (
        ZOO["png"]()[:SIGNATURE_BYTES] + chunk(b"CgBI", b"P\0 \2") + ZOO["png"]()[SIGNATURE_BYTES:]
    ),
    "gif cut in its picture": partial(_cut, "gif", 20),
    "webp without its last 20 bytes": partial(_cut, "webp", 20),
    "bmp without its last row": partial(_cut, "bmp", 360),
}
if "heic" in ZOO:

    def _heic_with_broken_exif() -> bytes:
        data = encoded(drawing(), "HEIF", exif=exif(1).tobytes())
        at = data.rindex(b"MM\0*") if b"MM\0*" in data else data.rindex(b"II*\0")
        return data[:at] + b"none" + data[at + 4 :]

    SHOWN["heic with EXIF data that is none"] = _heic_with_broken_exif
