"""The interface of all sources of comics, and the limits that apply to each of them."""

from __future__ import annotations

import errno
from abc import ABC, abstractmethod
from types import TracebackType
from typing import BinaryIO, Self, TypeGuard

from ...domain.errors import ComicUnreadable, PageOutOfReach
from ...domain.library import NOTHING_LISTED, ListedPage
from .chapters import folder_chapters
from .documents import Document

MIB = 1024**2
MAX_PAGES = 20_000  # The longest complete editions have about 5,000 pages.
MAX_PAGE_BYTES = 512 * MIB  # Only uncompressed scans of about 100 megapixels are larger.
# Unpacking may take FIRST_SECONDS, plus one second for each MIN_BYTES_PER_SECOND of output. On a
# single-board computer `unar` is five times faster than that.
FIRST_SECONDS = 60.0
MIN_BYTES_PER_SECOND = 4 * MIB
# Images hardly compress: an archive that unpacks to more than BOMB_BYTES and to more than
# BOMB_RATIO times its size is a decompression bomb.
BOMB_RATIO = 100
BOMB_BYTES = 1024 * MIB


def is_transient(error: BaseException) -> TypeGuard[OSError]:
    """Return whether the error comes from disk, memory or permissions, and not from the comic.

    Libraries raise OSError without a number for damaged data, and EINVAL results from a damaged
    table of contents that points before the start of the file.
    """
    return isinstance(error, OSError) and error.errno not in {None, errno.EINVAL}


def seconds_for(size_bytes: int) -> float:
    """Return how many seconds unpacking to this size may take."""
    return FIRST_SECONDS + size_bytes / MIN_BYTES_PER_SECOND


def timeout_error(seconds: float) -> PageOutOfReach:
    """Return the error for an archive whose unpacking was stopped after so many seconds."""
    return PageOutOfReach(
        f"Unpacking the archive took longer than {seconds:g} seconds and was stopped. "
        "Pack its pages as a CBZ, or scan the library again when the machine is less busy."
    )


def password_error() -> ComicUnreadable:
    """Return the error for an archive whose pages are encrypted."""
    return ComicUnreadable(
        "The archive is locked with a password. Unpack it and pack it again without one."
    )


class ComicSource(ABC):
    """An open comic; also a context manager.

    Threads may read pages in parallel, and streams of pages stay readable after ``close``.
    """

    def expect_few_reads(self) -> None:  # noqa: B027 - most sources have no use for it
        """Note that only few of the pages will be opened. The source may read less then."""

    @property
    def opens_as_a_whole(self) -> bool:
        """Return True if the first page that is opened costs as much as all of them."""
        return False

    @abstractmethod
    def names(self) -> list[str]:
        """Return the unique names of the pages in reading order."""

    def listed(self, name: str) -> ListedPage:
        """Return what is known about the page's bytes without reading them."""
        return NOTHING_LISTED

    @abstractmethod
    def open_page(self, name: str) -> BinaryIO:
        """Return a seekable stream at the page's first byte. The caller closes it.

        Raises:
            PageUnreadable: the page is damaged or missing. Reading the stream may raise it too.
        """

    def checksum(self, name: str) -> int | None:
        """Return the page's CRC-32 from the archive if the stream does not verify it itself."""
        return None

    @abstractmethod
    def documents(self) -> list[Document]:
        """Return the documents about the whole comic, the most trusted first."""

    def left_out(self) -> str:
        """Return what of the comic is not among its pages and why, or an empty string."""
        return ""

    def chapters(self) -> dict[str, str]:
        """Return the titles of the chapters by the name of the first page of each."""
        return folder_chapters(self.names())

    @abstractmethod
    def close(self) -> None:
        """Release files and processes."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def require_pages(count: int, nested_archives: int = 0) -> None:
    """Check the number of pages.

    Raises:
        ComicUnreadable: there are no pages, or more than MAX_PAGES.
    """
    if count > MAX_PAGES:
        raise ComicUnreadable(
            f"It has {count:,} pages; the limit is {MAX_PAGES:,}. Split it into several comics."
        )
    if count == 0 and nested_archives:
        raise ComicUnreadable(
            "It contains archives instead of pages. "
            "Unpack it: each archive inside is a comic of its own."
        )
    if count == 0:
        raise ComicUnreadable("It has no pages: it contains no images.")


def require_plausible_size(unpacked_bytes: int, packed_bytes: int) -> None:
    """Check that the archive is not a decompression bomb.

    Raises:
        ComicUnreadable: it would unpack to a size that archives of images never reach.
    """
    if unpacked_bytes > BOMB_BYTES and unpacked_bytes > packed_bytes * BOMB_RATIO:
        raise ComicUnreadable(
            f"It would unpack from {packed_bytes / MIB:,.0f} MB to "
            f"{unpacked_bytes / MIB:,.0f} MB, as only malicious archives do. Remove it."
        )
