"""Tell whether an image file is complete from its structure, in one pass, without a decoder.

Measured on a JPEG page of 3.9 MB: 1.3 ms here, and 28 ms for the cheapest real decode (an eighth of
the size). The decode finds nothing more: libjpeg only warns about damaged data inside a scan.
"""

from __future__ import annotations

from typing import Protocol

from ...domain.library import ImageTrait
from .gif import GifStructure
from .jpeg import JpegStructure
from .png import PngStructure
from .webp import WebpStructure

__all__ = ["GifStructure", "JpegStructure", "PngStructure", "Structure", "structure_of"]


class Structure(Protocol):
    """The structure of one kind of image, fed with a file's bytes in order.

    Attributes:
        fault: Damage that a decoder may not notice, in words; empty if there is none.
    """

    fault: str

    @property
    def traits(self) -> frozenset[ImageTrait]:
        """Return what matters to a file that the image goes into."""
        ...

    @property
    def whole(self) -> bool:
        """Return True if all of the picture is there."""
        ...

    @property
    def may_be_complete(self) -> bool:
        """Return True if a picture that is not whole may still have all its pixels.

        Then only decoding can tell.
        """
        ...

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the file."""
        ...


def structure_of(media_type: str) -> Structure | None:
    """Return the walker for an image of this media type, or None if only decoding can tell."""
    kind = _STRUCTURES.get(media_type)
    return kind() if kind else None


_STRUCTURES: dict[str, type[JpegStructure | PngStructure | WebpStructure | GifStructure]] = {
    "image/jpeg": JpegStructure,
    "image/png": PngStructure,
    "image/webp": WebpStructure,
    "image/gif": GifStructure,
}
