"""Find out what an image is, and whether it is complete."""

from __future__ import annotations

import hashlib
from typing import BinaryIO

from zlib_ng import zlib_ng

from ...domain.errors import PageUnreadable
from ...domain.library import ImageFacts
from ..reading import CHUNK_BYTES
from ..structure import structure_of
from .opening import faults_named, media_type, open_image, seekable, upright_size

# Kinds with a marked end: without it they are damaged.
_CLOSED = frozenset({"image/png", "image/webp", "image/gif"})


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
        if structure is not None and structure.fault:
            raise PageUnreadable(structure.fault)
        if structure is not None and not structure.whole and kind in _CLOSED:
            raise PageUnreadable("Its image data is cut short.")
        if structure is None or not structure.whole or kind == "image/gif":
            check_decodes(source, max_pixels)
    return ImageFacts(kind, width, height, size_bytes, crc32, digest.hexdigest())


def check_decodes(stream: BinaryIO, max_pixels: int) -> None:
    """Decode the first picture to its last row.

    Raises:
        PageUnreadable: Decoding fails.
    """
    with faults_named():
        stream.seek(0)
        with open_image(stream, max_pixels) as image:
            # An eighth of the size is enough to reach the end of a JPEG.
            image.draft(None, (max(1, image.width // 8), max(1, image.height // 8)))
            image.load()
