"""The structure of a PNG (PNG specification, third edition)."""

from __future__ import annotations

from zlib_ng import zlib_ng

from ...domain.library import ImageTrait
from .png_pixels import PngPixels

_SIGNATURE_BYTES = 8
_HEAD_BYTES = 8
_CRC_BYTES = 4
_HEADER_BYTES = 13
# The first bytes of a chunk that are kept until its end: all of the header, and the name and method
# of packed text.
_KEPT_BYTES = 128
_MAX_LENGTH = 0x7FFF_FFFF
_CRITICAL = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
# The bits per channel that each colour type can have (table 7).
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_PALETTE = 3
# The lengths that ancillary chunks can have. That of tRNS depends on the colour type.
LENGTHS_OF_CHUNKS = {
    kind: (length,)
    for kind, length in {
        b"gAMA": 4,
        b"cHRM": 32,
        b"sRGB": 1,
        b"pHYs": 9,
        b"tIME": 7,
        b"acTL": 8,
        b"cICP": 4,
    }.items()
}
TRANSPARENCY_LENGTHS = {0: range(2, 3), 2: range(6, 7), 3: range(1, 257)}
_FRAMES = frozenset({b"fcTL", b"fdAT"})
_PACKED_TEXTS = frozenset({b"iCCP", b"zTXt"})
# Strict programs refuse a PNG with more than 1 MiB of text in a chunk. Deflate makes 1032 bytes of
# one at most, so shorter chunks need not be unpacked to be known as harmless.
_MAX_PACKED_TEXT_BYTES = 1024 * 1024 // 1032
_HEADER_DAMAGED = "Its beginning is damaged."


class PngStructure:
    """Walk the chunks of a PNG, and unpack the image data.

    What decides the pixels has to be right; any other chunk may be broken, as for browsers.
    """

    def __init__(self) -> None:
        self.fault = ""
        self._before = _SIGNATURE_BYTES
        self._head = b""
        # The bytes of the chunk's data that are still to come.
        self._left = 0
        self._crc = 0
        self._start = b""
        self._tail = b""
        self._rules = _Rules()
        self._ended = False

    @property
    def whole(self) -> bool:
        """Return True once all pixels were unpacked."""
        return self._rules.whole

    @property
    def may_be_complete(self) -> bool:
        """Return False: the structure tells it."""
        return False

    @property
    def traits(self) -> frozenset[ImageTrait]:
        """Return what matters to a file that the image goes into.

        It is LOOSE if a chunk that does not matter is broken or may hold much text, or the last one
        is missing.
        """
        is_loose = self._rules.broken or self._rules.lacks_frames or not self._ended
        found = {ImageTrait.LOOSE} if is_loose else set()
        return frozenset(found | {ImageTrait.ANIMATED} if self._rules.frames > 1 else found)

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the file."""
        view = memoryview(chunk)
        skipped = min(self._before, len(view))
        self._before -= skipped
        view = view[skipped:]
        while view and not self._ended and not self.fault:
            view = self._take(view)

    def _take(self, view: memoryview) -> memoryview:
        if len(self._head) < _HEAD_BYTES:
            missing = _HEAD_BYTES - len(self._head)
            self._head += bytes(view[:missing])
            if len(self._head) == _HEAD_BYTES:
                self._begin_chunk(int.from_bytes(self._head[:4]), self._head[4:])
            return view[missing:]
        if self._left:
            data = view[: self._left]
            self._take_data(data)
            return view[len(data) :]
        missing = _CRC_BYTES - len(self._tail)
        self._tail += bytes(view[:missing])
        if len(self._tail) == _CRC_BYTES:
            self._end_chunk(self._head[4:])
        return view[missing:]

    def _begin_chunk(self, length: int, kind: bytes) -> None:
        self._left, self._crc, self._start = length, zlib_ng.crc32(kind), b""
        self.fault = self._rules.begin(kind, length)
        # Behind the pixels, a chunk that cannot be one ends the file.
        if not _can_be_chunk(kind, length):
            self._ended = self._rules.broken = True

    def _take_data(self, data: memoryview) -> None:
        self._left -= len(data)
        self._crc = zlib_ng.crc32(data, self._crc)
        if len(self._start) < _KEPT_BYTES:
            self._start += bytes(data[: _KEPT_BYTES - len(self._start)])
        self.fault = self._rules.take(data)

    def _end_chunk(self, kind: bytes) -> None:
        is_right = self._crc == int.from_bytes(self._tail)
        self.fault = self._rules.end(kind, self._start, is_right=is_right)
        self._ended = kind == b"IEND"
        self._head = self._tail = b""


def _can_be_chunk(kind: bytes, length: int) -> bool:
    return kind.isalpha() and length <= _MAX_LENGTH


def _is_sound_text(kind: bytes, start: bytes, length: int) -> bool:
    """Return whether a text or a profile begins as it should, and is none of much packed text."""
    name, end, rest = start.partition(b"\0")
    if kind == b"iTXt":
        is_packed = rest[:1] == b"\1"
        return not is_packed or length <= _MAX_PACKED_TEXT_BYTES
    is_much = kind == b"zTXt" and length > _MAX_PACKED_TEXT_BYTES
    return 0 < len(name) < 80 and bool(end) and rest[:1] == b"\0" and not is_much


class _Rules:
    """What may come where, and what is wrong so far. Each step returns a fault, or nothing.

    Attributes:
        broken: A chunk that does not matter to the pixels is broken.
        frames: How many frames of an animation have begun.
    """

    def __init__(self) -> None:
        self.broken = False
        self.frames = 0
        self._is_animation = False
        self._length = 0
        self._header = b""
        self._has_palette = False
        self._pixels: PngPixels | None = None
        # Further image data behind another chunk is not part of the picture.
        self._takes_pixels = False
        # The number that the next chunk of an animation should have.
        self._next_in_sequence = 0

    @property
    def whole(self) -> bool:
        """Return True once all pixels were unpacked."""
        return self._pixels is not None and self._pixels.whole

    @property
    def lacks_frames(self) -> bool:
        """Return True for an animation without frames, of which some browsers show nothing."""
        return self._is_animation and not self.frames

    def begin(self, kind: bytes, length: int) -> str:
        """Check that the chunk may come here."""
        self._length = length
        if self._pixels is not None:
            self._takes_pixels = self._takes_pixels and kind == b"IDAT"
            return ""
        if kind == b"CgBI":
            return "It is a PNG for the programs of one maker (CgBI), which no browser shows."
        if not _can_be_chunk(kind, length) or (not self._header) != (kind == b"IHDR"):
            return _HEADER_DAMAGED
        if kind[:1].isupper() and kind not in _CRITICAL:
            return f"It needs the unknown extension {kind.decode()} of PNG."
        if kind == b"IHDR" and length != _HEADER_BYTES:
            return _HEADER_DAMAGED
        if kind == b"PLTE":
            self._has_palette = True
            return self._fault_of_palette(length)
        return self._begin_pixels() if kind == b"IDAT" else ""

    def take(self, data: memoryview) -> str:
        """Take a part of the chunk's data."""
        if not self._takes_pixels or self._pixels is None:
            return ""
        self._pixels.feed(data)
        return self._pixels.fault

    def end(self, kind: bytes, start: bytes, *, is_right: bool) -> str:
        """Check the chunk, whose first bytes are ``start``; ``is_right`` is that of its CRC."""
        if kind == b"IHDR" and is_right:
            self._header = start
            return "" if self._header_is_valid() else _HEADER_DAMAGED
        if kind in _CRITICAL and not is_right and (not self.whole or self._takes_pixels):
            return "Its image data is damaged."
        if not is_right or not self._may_hold(kind, start):
            self.broken = True
        return ""

    def _header_is_valid(self) -> bool:
        depth, colour_type, method, filters, interlaced = self._header[8:]
        return depth in _DEPTHS.get(colour_type, ()) and not method | filters and interlaced < 2

    def _fault_of_palette(self, length: int) -> str:
        is_needed = self._header[9] == _PALETTE
        wrong = not length or (is_needed and (length % 3 or length > 768))
        return "Its palette is damaged." if wrong and self._header[9] in {2, 3, 6} else ""

    def _begin_pixels(self) -> str:
        depth, colour_type = self._header[8:10]
        if colour_type == _PALETTE and not self._has_palette:
            return "Its palette is missing."
        size = int.from_bytes(self._header[:4]), int.from_bytes(self._header[4:8])
        self._pixels = PngPixels(
            size, depth * _CHANNELS[colour_type], interlaced=bool(self._header[12])
        )
        self._takes_pixels = True
        return ""

    def _may_hold(self, kind: bytes, start: bytes) -> bool:
        """Return True if an ancillary chunk begins as it should, and is not too long."""
        if kind == b"tRNS" and self._header:
            return len(start) in TRANSPARENCY_LENGTHS.get(self._header[9], ())
        self.frames += kind == b"fcTL"
        self._is_animation = self._is_animation or kind == b"acTL"
        if kind in _FRAMES:
            self._next_in_sequence += 1
            return int.from_bytes(start[:4]) == self._next_in_sequence - 1
        if kind in _PACKED_TEXTS | {b"iTXt"}:
            return _is_sound_text(kind, start, self._length)
        return len(start) in LENGTHS_OF_CHUNKS.get(kind, (len(start),))
