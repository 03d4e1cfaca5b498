"""The structure of a WebP (WebP container specification)."""

from __future__ import annotations

from ...domain.library import ImageTrait

_RIFF_BYTES = 12
_HEAD_BYTES = 8
# What holds pixels: a lossy or lossless picture, its transparency, and a frame of an animation.
_PIXELS = frozenset({b"VP8 ", b"VP8L", b"ALPH", b"ANMF"})


class WebpStructure:
    """Walk the chunks of a WebP, and compare the lengths that are stated with what is there.

    Attributes:
        missing_bytes: How many bytes of the chunks are missing at the end of the file.
    """

    def __init__(self) -> None:
        self.fault = ""
        self._riff = b""
        self._seen = 0
        # Where the next chunk begins, and its header as far as it is here.
        self._next = _RIFF_BYTES
        self._head = b""
        self._has_pixels = False
        self._frames = 0

    @property
    def whole(self) -> bool:
        """Return True if no byte of any chunk is missing, except for padding."""
        return self._has_pixels and not self.missing_bytes

    @property
    def missing_bytes(self) -> int:
        """Return how many bytes of the chunks are missing."""
        return max(0, self._next - self._seen)

    @property
    def may_be_complete(self) -> bool:
        """Return True if only the last byte is missing: it may be padding."""
        return self._has_pixels and self.missing_bytes <= 1

    @property
    def traits(self) -> frozenset[ImageTrait]:
        """Return LOOSE if the length in the first bytes is wrong, and ANIMATED for frames."""
        is_right = self._stated == self._next + self._next % 2 and self._stated <= self._seen
        found = set() if is_right else {ImageTrait.LOOSE}
        return frozenset(found | {ImageTrait.ANIMATED} if self._frames > 1 else found)

    @property
    def _stated(self) -> int:
        return int.from_bytes(self._riff[4:8], "little") + 8

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the file."""
        self._riff += chunk[: _RIFF_BYTES - len(self._riff)]
        begin, self._seen = self._seen, self._seen + len(chunk)
        # Other data may follow behind the stated length.
        while self._next + self._next % 2 < min(self._seen, self._stated):
            start = self._next + self._next % 2
            at = start + len(self._head) - begin
            self._head += chunk[at : at + _HEAD_BYTES - len(self._head)]
            if len(self._head) < _HEAD_BYTES:
                return
            self._has_pixels = self._has_pixels or self._head[:4] in _PIXELS
            self._frames += self._head[:4] == b"ANMF"
            self._next = start + _HEAD_BYTES + int.from_bytes(self._head[4:], "little")
            self._head = b""
