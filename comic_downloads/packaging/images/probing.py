"""What an image is, and whether it is whole."""

from __future__ import annotations

import hashlib
from typing import BinaryIO

from zlib_ng import zlib_ng

from ...domain.errors import PageUnreadable
from ...domain.library import ImageFacts
from ..reading import CHUNK_BYTES
from ..structure import structure_of
from .opening import faults_named, media_type, open_image, seekable, upright_size

_CLOSED = frozenset(
    {"image/png", "image/webp", "image/gif"}
)  # kinds whose end is sure: without it they are damaged


def probe(stream: BinaryIO, max_pixels: int) -> ImageFacts:
    """What the image is, read in one pass in constant memory; the stream starts at its first byte.

    Raises PageUnreadable with the reason when it is no image of a known kind, has too many pixels, or is damaged or
    cut short. JPEG, PNG and WebP are judged by their structure, other kinds by decoding them.
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
        if structure is not None and structure.fault:
            raise PageUnreadable(structure.fault)
        if structure is not None and not structure.whole and kind in _CLOSED:
            raise PageUnreadable("Its image data is cut short.")
        if structure is None or not structure.whole or kind == "image/gif":
            check_decodes(source, max_pixels)
    return ImageFacts(kind, width, height, size_bytes, crc32, digest.hexdigest())


def check_decodes(stream: BinaryIO, max_pixels: int) -> None:
    """Decodes the first picture to its last row. Raises PageUnreadable when that fails."""
    with faults_named():
        stream.seek(0)
        with open_image(stream, max_pixels) as image:
            image.draft(
                None, (max(1, image.width // 8), max(1, image.height // 8))
            )  # enough to meet the end of a JPEG
            image.load()
