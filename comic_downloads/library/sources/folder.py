"""Read a folder whose files are the pages of a comic."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, cast

from ...domain.errors import ComicOutOfReach, PageOutOfReach, PageUnreadable
from ...domain.library import NOTHING_LISTED, ListedPage
from .documents import MAX_DOCUMENT_BYTES, Document, file_documents, is_document
from .loose_pages import page_files
from .names import distinct, is_left_out, printable
from .page_kinds import require_picture
from .page_order import reading_order
from .source import MAX_PAGE_BYTES, ComicSource, require_pages


class FolderComic(ComicSource):
    """The images directly in the folder. Symbolic links are not followed."""

    def __init__(self, path: Path) -> None:
        entries = _entries(path)
        files = {
            entry.name: entry.path for entry in entries if entry.is_file(follow_symlinks=False)
        }
        folders = [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
        pages = page_files(files, folders)
        require_pages(len(pages))
        self._pages = {
            shown: files[name]
            for name, shown in zip(pages, distinct(map(printable, pages)), strict=True)
        }
        self._documents = {name: files[name] for name in files if is_document(name)}

    def names(self) -> list[str]:
        """Return the names of the images in reading order."""
        return reading_order(self._pages)

    def listed(self, name: str) -> ListedPage:
        """Return the size of the page's file."""
        try:
            return ListedPage(Path(self._pages[name]).lstat().st_size)
        except (KeyError, OSError):
            return NOTHING_LISTED

    def open_page(self, name: str) -> BinaryIO:
        """Open the page's file."""
        require_picture(name)
        path = self._pages.get(name)
        if path is None:
            raise PageUnreadable(f"“{name}” is no longer in the folder.")
        return _open_file(path, name)

    def documents(self) -> list[Document]:
        """Return the folder's ComicInfo.xml and its kin."""
        return file_documents(self._documents, self._pages, self._read_documents)

    def _read_documents(self, names: Sequence[str]) -> dict[str, bytes]:
        read: dict[str, bytes] = {}
        for name in names:
            try:
                with _open_file(self._documents[name], name) as file:
                    data = file.read(MAX_DOCUMENT_BYTES + 1)
            except PageUnreadable:
                continue  # A comic without metadata is still a comic.
            if len(data) <= MAX_DOCUMENT_BYTES:
                read[name] = data
        return read

    def close(self) -> None:
        """Do nothing, because no file is kept open."""


def _entries(path: Path) -> list[os.DirEntry[str]]:
    """Return the folder's files and subfolders, without symbolic links and junk."""
    try:
        with os.scandir(path) as entries:
            return [
                entry for entry in entries if not entry.is_symlink() and not is_left_out(entry.name)
            ]
    except OSError as error:
        raise ComicOutOfReach(
            f"The folder cannot be read: {error.strerror}. Check its permissions."
        ) from error


def _open_file(path: str, name: str) -> BinaryIO:
    """Open the file if it is a regular one.

    Opening a pipe could block forever, and a symbolic link could lead out of the library.
    """
    try:
        descriptor = os.open(
            path,
            os.O_RDONLY
            | getattr(os, "O_NOFOLLOW", 0)
            | getattr(os, "O_NONBLOCK", 0)
            | getattr(os, "O_BINARY", 0),
        )
    except FileNotFoundError as error:
        raise PageUnreadable(f"“{name}” is no longer in the folder.") from error
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise PageUnreadable(f"“{name}” is a link, and links are not followed.") from error
        raise PageOutOfReach(f"“{name}” cannot be opened: {error.strerror}.") from error
    # Without a buffer: pages are read at once or in large pieces.
    file = cast(BinaryIO, os.fdopen(descriptor, "rb", buffering=0))
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_PAGE_BYTES:
        file.close()
        problem = "is too large for a page" if stat.S_ISREG(status.st_mode) else "is not a file"
        raise PageUnreadable(f"“{name}” {problem}.")
    return file
