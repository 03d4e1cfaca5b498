"""Reading pages for the writers: in chunks, with every fault named."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager

from zlib_ng import zlib_ng  # its CRC-32 takes 5 ms for 100 MB, that of zlib 24

from ..domain.errors import ComicChanged, PageUnreadable, StorageUnavailable
from .pages import OutputPage

CHUNK_BYTES = (
    256 * 1024
)  # stays in the cache between read, checksum, hash and write: 1.5x `cp`, against 1.7x with 1 MiB


def page_changed_error() -> PageUnreadable:
    """The error for bytes that are not those that were measured when the page came into the library."""
    return PageUnreadable(
        "Its bytes changed after the library was scanned. Scan the library again, then try again."
    )


@contextmanager
def read_errors() -> Iterator[None]:
    """Raises ComicChanged for a file that is gone, StorageUnavailable for a disk that fails, PageUnreadable for damage."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError, KeyError) as error:
        raise ComicChanged(
            "The comic's file is no longer there. Scan the library again."
        ) from error
    except OSError as error:
        raise StorageUnavailable(f"Reading a page failed: {error.strerror or error}.") from error
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise PageUnreadable("Its data in the archive is damaged.") from error


def page_chunks(page: OutputPage) -> Generator[bytes]:
    """The page's bytes. Raises as ``read_errors`` says; length and CRC are for the caller to check."""
    with read_errors(), page.open() as stream:
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk


def checked_chunks(page: OutputPage) -> Generator[bytes]:
    """Like ``page_chunks``; after the last chunk raises PageUnreadable if length or CRC-32 differ from the facts."""
    size_bytes, crc32 = 0, 0
    for chunk in page_chunks(page):
        size_bytes += len(chunk)
        crc32 = zlib_ng.crc32(chunk, crc32)
        yield chunk
    if (size_bytes, crc32) != (page.facts.size_bytes, page.facts.crc32):
        raise page_changed_error()
