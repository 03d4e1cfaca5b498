"""Read JPEG and PNG headers far enough to put the image into a PDF without decoding it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

# The largest ICC profile in a PNG, unpacked. Those of printers have about 2 MB, some have 9.
_MAX_PROFILE_BYTES = 32 * 1024 * 1024
# The length of the signature.
_PNG_START = 8
# Baseline, extended and progressive: what DCTDecode takes (ISO 32000-1, section 7.4.8).
_SOF_EMBEDDABLE = frozenset({0xC0, 0xC1, 0xC2})
_SOF = frozenset({*range(0xC0, 0xD0)}) - {0xC4, 0xC8, 0xCC}
_SOS, _APP1, _APP2, _APP14 = 0xDA, 0xE1, 0xE2, 0xEE
# The channels of each colour space (ICC.1, section 7.2.6).
_PROFILE_SPACES = {b"GRAY": 1, b"RGB ": 3, b"CMYK": 4}


class Incomplete(Exception):
    """The header continues beyond the bytes at hand."""


@dataclass(frozen=True)
class Header:
    """How the pixels of an image are stored.

    Attributes:
        width: Pixels, before EXIF rotation.
        height: Pixels, before EXIF rotation.
        channels: 1, 3 or 4.
        bits: Bits per channel.
        orientation: The EXIF orientation, 1 to 8.
        palette: RGB triples, or nothing.
        profile: An ICC profile that fits the channels.
        inverted: True if 0 is full ink, as in CMYK JPEGs.
        transform: The colour transform to state in a PDF because the JPEG does not, or None.
    """

    width: int
    height: int
    channels: int
    bits: int
    orientation: int = 1
    palette: bytes = b""
    profile: bytes | None = None
    inverted: bool = False
    transform: int | None = None


def exif_orientation(block: bytes) -> int:
    """Return the orientation (1 to 8) in an EXIF block that starts at its TIFF header.

    It is 1 if the block says nothing sensible.
    """
    order = {b"II*\0": "little", b"MM\0*": "big"}.get(block[:4])
    if order is None:
        return 1

    def number(at: int, size: int) -> int:
        return int.from_bytes(block[at : at + size], "little" if order == "little" else "big")

    directory = number(4, 4)
    for entry in range(directory + 2, directory + 2 + 12 * number(directory, 2), 12):
        if entry + 12 > len(block):
            break
        if number(entry, 2) == 0x0112:
            value = number(entry + 8, 2)
            return value if 1 <= value <= 8 else 1
    return 1


def _fitting(profile: bytes | None, channels: int) -> bytes | None:
    return profile if profile and _PROFILE_SPACES.get(profile[16:20]) == channels else None


@dataclass
class _JpegNotes:
    """What the marker segments before the first scan say."""

    orientation: int = 1
    adobe_transform: int | None = None
    jfif: bool = False
    frame: bytes = b""
    profile_parts: dict[int, bytes] = field(default_factory=dict)
    profile_count: int = 0

    def take(self, marker: int, data: bytes) -> None:
        """Note what a segment says."""
        if marker == 0xE0 and data.startswith(b"JFIF\0"):
            self.jfif = True
        elif marker == _APP1 and data.startswith(b"Exif\0\0"):
            self.orientation = exif_orientation(data[6:])
        elif marker == _APP2 and data.startswith(b"ICC_PROFILE\0") and len(data) > 14:
            self.profile_parts[data[12]] = data[14:]
            self.profile_count = data[13]
        elif marker == _APP14 and data.startswith(b"Adobe") and len(data) >= 12:
            self.adobe_transform = data[11]

    def profile(self) -> bytes | None:
        """Return the ICC profile, or None unless all its parts are there."""
        numbers = range(1, self.profile_count + 1)
        whole = self.profile_count and all(number in self.profile_parts for number in numbers)
        return b"".join(self.profile_parts[number] for number in numbers) if whole else None


def jpeg_header(data: bytes) -> Header | None:
    """Return the header of a JPEG, or None for a kind that PDF readers do not decode.

    Raises:
        Incomplete: The header continues beyond ``data``.
    """
    notes, position = _JpegNotes(), 2
    while True:
        if position + 4 > len(data):
            raise Incomplete
        if data[position] != 0xFF:
            return None
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        if marker == _SOS:
            return _jpeg_facts(notes)
        length = int.from_bytes(data[position + 2 : position + 4])
        segment = data[position + 4 : position + 2 + length]
        if position + 2 + length > len(data):
            raise Incomplete
        if marker in _SOF:
            if marker not in _SOF_EMBEDDABLE:
                return None
            notes.frame = segment
        notes.take(marker, segment)
        position += 2 + length


def _jpeg_facts(notes: _JpegNotes) -> Header | None:
    frame = notes.frame
    # The first byte is the number of bits per sample.
    if len(frame) < 6 or frame[0] != 8:
        return None
    height, width, channels = int.from_bytes(frame[1:3]), int.from_bytes(frame[3:5]), frame[5]
    if not width or not height or channels not in {1, 3, 4}:
        return None
    # As libjpeg does, components named R, G, B are taken as RGB without a JFIF or Adobe marker.
    unmarked_rgb = not notes.jfif and notes.adobe_transform is None and frame[6:15:3] == b"RGB"
    return Header(
        width,
        height,
        channels,
        bits=8,
        orientation=notes.orientation,
        profile=_fitting(notes.profile(), channels),
        # Pillow and browsers invert them even without an Adobe marker.
        inverted=channels == 4,
        transform=0 if unmarked_rgb else None,
    )


def png_header(data: bytes) -> Header | None:
    """Return the header of a PNG, or None if its data cannot go into a PDF as it is.

    That is so for interlaced and transparent images.

    Raises:
        Incomplete: The header continues beyond ``data``.
    """
    position = _PNG_START
    chunks: dict[bytes, bytes] = {}
    while True:
        if position + 8 > len(data):
            raise Incomplete
        length, kind = (
            int.from_bytes(data[position : position + 4]),
            data[position + 4 : position + 8],
        )
        if kind == b"IDAT":
            return _png_facts(chunks)
        if position + 8 + length > len(data):
            raise Incomplete
        chunks.setdefault(kind, data[position + 8 : position + 8 + length])
        position += 12 + length


def _png_facts(chunks: dict[bytes, bytes]) -> Header | None:
    head = chunks.get(b"IHDR", b"")
    if len(head) != 13 or b"tRNS" in chunks:
        return None
    bits, colour_type, interlaced = head[8], head[9], head[12]
    if interlaced or colour_type not in {0, 2, 3}:
        return None
    palette = chunks.get(b"PLTE", b"") if colour_type == 3 else b""
    if colour_type == 3 and (not palette or len(palette) % 3):
        return None
    colours = 1 if colour_type == 0 else 3
    return Header(
        int.from_bytes(head[:4]),
        int.from_bytes(head[4:8]),
        channels=3 if colour_type == 2 else 1,
        bits=bits,
        orientation=exif_orientation(chunks.get(b"eXIf", b"").removeprefix(b"Exif\0\0")),
        palette=palette,
        profile=_fitting(_png_profile(chunks.get(b"iCCP", b"")), colours),
    )


def _png_profile(chunk: bytes) -> bytes | None:
    _, _, packed = chunk.partition(b"\0")
    unpacker = zlib.decompressobj()
    try:
        profile = unpacker.decompress(packed[1:], _MAX_PROFILE_BYTES)
    except zlib.error:
        return None
    return profile if unpacker.eof else None
