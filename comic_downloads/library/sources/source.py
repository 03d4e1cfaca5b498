"""The contract of everything a comic can be read from, and the limits that hold for all of them."""

from __future__ import annotations

import errno
from abc import ABC, abstractmethod
from types import TracebackType
from typing import BinaryIO, Self, TypeGuard

from ...domain.errors import ComicUnreadable, PageOutOfReach

MIB = 1024**2
MAX_PAGES = 20_000  # the longest complete editions have some 5,000
MAX_PAGE_BYTES = (
    512 * MIB
)  # an uncompressed 100-megapixel scan with 16 bits a channel is 600 MB; none was ever met
MAX_COMIC_INFO_BYTES = MIB  # a real one has some 4 KiB
FIRST_SECONDS = 60.0  # to unpack anything at all …
UNPACKED_BYTES_A_SECOND = (
    4 * MIB
)  # … and then for each second so much more: `unar` does five times that on a small board
BOMB_RATIO = 100  # images hardly shrink; only a bomb unpacks to a hundred times its size …
BOMB_BYTES = 1024 * MIB  # … and to this much


def is_passing(error: BaseException) -> TypeGuard[OSError]:
    """True for an error of the operating system (disk, memory, permissions), which says nothing about the comic.

    Libraries raise OSError without a number for damage, and a damaged table of contents leads to places before the file's
    beginning, which is EINVAL.
    """
    return isinstance(error, OSError) and error.errno not in {None, errno.EINVAL}


def seconds_for(size_bytes: int) -> float:
    """How long unpacking so much may take."""
    return FIRST_SECONDS + size_bytes / UNPACKED_BYTES_A_SECOND


def timeout_error(seconds: float) -> PageOutOfReach:
    """The error for an archive whose unpacking was stopped after so many seconds."""
    return PageOutOfReach(
        f"Unpacking the archive took longer than {seconds:g} seconds and was stopped. "
        "Pack its pages as a CBZ, or scan the library again when the machine is less busy."
    )


def password_error() -> ComicUnreadable:
    """The error for an archive whose pages nobody can see without its password."""
    return ComicUnreadable(
        "The archive is locked with a password. Unpack it and pack it again without one."
    )


class ComicSource(ABC):
    """A comic opened for reading; a context manager. Pages may be read by several threads, and after its end."""

    @abstractmethod
    def names(self) -> list[str]:
        """The pages in reading order, each name once, as ``open_page`` takes it."""

    @abstractmethod
    def open_page(self, name: str) -> BinaryIO:
        """A seekable stream at the page's first byte; the caller closes it.

        Raises PageUnreadable, here or on reading, when the page is damaged or gone.
        """

    def checksum(self, name: str) -> int | None:
        """The CRC-32 the archive declares for the page, where reading the page does not compare it by itself."""
        return None

    @abstractmethod
    def comic_info(self) -> bytes | None:
        """The ComicInfo.xml beside the pages, as it is; None where there is none that can be read."""

    @abstractmethod
    def close(self) -> None: ...

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
    """Raises ComicUnreadable when there are no pages, or more than can be one comic."""
    if count > MAX_PAGES:
        raise ComicUnreadable(
            f"It has {count:,} pages; the limit is {MAX_PAGES:,}. Split it into several comics."
        )
    if count == 0 and nested_archives:
        raise ComicUnreadable(
            "It holds other archives instead of pages. Unpack it: each archive inside is a comic of its own."
        )
    if count == 0:
        raise ComicUnreadable("It has no pages: nothing in it is an image.")


def require_plausible_size(unpacked_bytes: int, packed_bytes: int) -> None:
    """Raises ComicUnreadable for an archive that would unpack to a multiple no images ever do."""
    if unpacked_bytes > BOMB_BYTES and unpacked_bytes > packed_bytes * BOMB_RATIO:
        raise ComicUnreadable(
            f"It claims to unpack from {packed_bytes / MIB:,.0f} MB to {unpacked_bytes / MIB:,.0f} MB, "
            "which only happens in archives made to do harm. Remove it."
        )
