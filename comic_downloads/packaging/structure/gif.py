"""The structure of a GIF (GIF89a specification)."""

from __future__ import annotations

from ...domain.library import ImageTrait

_SCREEN_BYTES = 13
_IMAGE_BYTES = 10
_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B


class GifStructure:
    """Walk the blocks of a GIF to its trailer."""

    def __init__(self) -> None:
        self.fault = ""
        self._images = 0
        self._rest = b""
        # The bytes to pass over before the next block is looked at.
        self._skip = 0
        self._at_screen = True
        self._in_data = False
        self._ended = False

    @property
    def whole(self) -> bool:
        """Return True if the file does not end within a picture; the trailer may be missing."""
        at_block = not self._skip and not self._rest
        return self._ended or (self._images > 0 and at_block)

    @property
    def may_be_complete(self) -> bool:
        """Return False: the structure tells it."""
        return False

    @property
    def traits(self) -> frozenset[ImageTrait]:
        """Return LOOSE if the trailer is missing, and ANIMATED for several pictures."""
        found = set() if self._ended else {ImageTrait.LOOSE}
        return frozenset(found | {ImageTrait.ANIMATED} if self._images > 1 else found)

    @property
    def ending(self) -> bytes:
        """Return what is missing at the end of a file that is whole."""
        if self._ended:
            return b""
        return b"\0;" if self._in_data else b";"

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the file."""
        if self._ended:
            return
        if self._skip >= len(chunk):
            self._skip -= len(chunk)
            return
        data = self._rest + chunk
        position, self._skip, self._rest = self._skip, 0, b""
        while position < len(data) and not self._ended:
            step = self._step(data, position)
            if step is None:
                self._rest = data[position:]
                return
            position += step
        self._skip = max(0, position - len(data))

    def _step(self, data: bytes, position: int) -> int | None:
        """Return the length of the next part of a block; None if more of it has to be here."""
        if self._at_screen:
            return self._screen(data[position : position + _SCREEN_BYTES])
        kind = data[position]
        if self._in_data:
            # A part of data states its length; an empty one ends the block.
            self._in_data = kind != 0
            return 1 + kind
        if kind == _EXTENSION:
            self._in_data = position + 1 < len(data)
            return 2 if self._in_data else None
        if kind == _IMAGE:
            return self._image(data[position : position + _IMAGE_BYTES])
        # Anything else is as good as the trailer, for browsers too.
        self._ended = True
        return 1

    def _screen(self, head: bytes) -> int | None:
        if len(head) < _SCREEN_BYTES:
            return None
        self._at_screen = False
        return _SCREEN_BYTES + _colour_table_bytes(head[10])

    def _image(self, head: bytes) -> int | None:
        if len(head) < _IMAGE_BYTES:
            return None
        self._images += 1
        self._in_data = True
        # The least length of codes follows the colours.
        return _IMAGE_BYTES + _colour_table_bytes(head[9]) + 1


def _colour_table_bytes(flags: int) -> int:
    """Return the size of the colour table that the flags announce, if any."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0
