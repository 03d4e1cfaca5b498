"""Find out what an image is, and whether it is complete."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import BinaryIO

from zlib_ng import zlib_ng

from ...domain.errors import PageUnreadable
from ...domain.library import ImageFacts, ImageTrait
from ..reading import CHUNK_BYTES
from ..strict import JPEG_END
from ..structure import Structure, structure_of
from .opening import faults_named, media_type, open_image, seekable, upright_size
from .right_pixels import load_pixels

# What takes the place of a missing end, to see whether pixels depend on it. A decoder that still
# needs data takes the noise for pixels.
_NOISE = hashlib.shake_128(b"noise").digest(4096).replace(b"\xff", b"\x7f")
_ENDINGS = {
    "image/jpeg": (JPEG_END, _NOISE + JPEG_END),
    "image/webp": (b"\x00", b"\xff"),
}
_BAND_ROWS = 256
_CUT_SHORT = "Its image data is cut short."


def probe(stream: BinaryIO, max_pixels: int) -> ImageFacts:
    """Return the facts of an image, read in one pass in constant memory.

    JPEG, PNG and WebP are judged by their structure, other kinds by decoding them. The stream
    starts at its first byte.

    Raises:
        PageUnreadable: It is not an image of a known kind, has too many pixels, or is damaged or
            cut short.
    """
    with faults_named(), seekable(stream) as source:
        image = open_image(source, max_pixels)
        kind, (width, height) = media_type(image), upright_size(image)
        structure = structure_of(kind)
        source.seek(0)
        digest, crc32, size_bytes = hashlib.sha256(), 0, 0
        while chunk := source.read(CHUNK_BYTES):
            digest.update(chunk)
            crc32 = zlib_ng.crc32(chunk, crc32)
            size_bytes += len(chunk)
            if structure is not None:
                structure.feed(chunk)
        if structure is None:
            check_decodes(source, max_pixels)
            is_animated = kind == "image/avif" and getattr(image, "is_animated", False)
            traits = frozenset({ImageTrait.ANIMATED} if is_animated else ())
        else:
            _check_structure(structure, source, kind, max_pixels)
            traits = structure.traits
    facts = ImageFacts(kind, width, height, size_bytes, crc32, digest.hexdigest())
    return replace(facts, traits=tuple(sorted(traits)))


def _check_structure(structure: Structure, source: BinaryIO, kind: str, max_pixels: int) -> None:
    """Raise PageUnreadable unless the whole picture is there."""
    if structure.fault:
        raise PageUnreadable(structure.fault)
    if not structure.whole:
        if kind not in _ENDINGS or not structure.may_be_complete:
            raise PageUnreadable(_CUT_SHORT)
        _check_shows_all(source, max_pixels, _ENDINGS[kind])
    elif kind == "image/gif":
        check_decodes(source, max_pixels)


def _check_shows_all(source: BinaryIO, max_pixels: int, endings: tuple[bytes, bytes]) -> None:
    """Raise PageUnreadable unless the picture is the same whatever its missing end was."""
    first, second = (_digest(source, max_pixels, ending) for ending in endings)
    if first != second:
        raise PageUnreadable(_CUT_SHORT)


def _digest(source: BinaryIO, max_pixels: int, ending: bytes) -> bytes:
    """Return the SHA-256 of the pixels, taken in bands to save memory."""
    digest = hashlib.sha256()
    with open_image(source, max_pixels, ending) as image:
        image.load()
        for top in range(0, image.height, _BAND_ROWS):
            bottom = min(top + _BAND_ROWS, image.height)
            digest.update(image.crop((0, top, image.width, bottom)).tobytes())
    return digest.digest()


def check_decodes(stream: BinaryIO, max_pixels: int) -> None:
    """Decode the first picture to its last row.

    Raises:
        PageUnreadable: Decoding fails.
    """
    with faults_named(), open_image(stream, max_pixels, b"") as image:
        # An eighth of the size is enough to reach the end of a JPEG.
        image.draft(None, (max(1, image.width // 8), max(1, image.height // 8)))
        load_pixels(image)
