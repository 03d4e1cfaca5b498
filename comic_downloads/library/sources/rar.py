"""Read CBR and RAR archives. Compressed pages need an external program that unpacks RAR.

No program reads every archive: unar 1.10.1 fails on solid RAR 5, and bsdtar on solid RAR 4.
Therefore each installed program is tried in turn.
"""

from __future__ import annotations

import logging
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import rarfile

from ...domain.errors import ComicOutOfReach, ComicUnreadable, PageOutOfReach, PageUnreadable
from ...domain.library import NOTHING_LISTED, ListedPage
from .documents import MAX_DOCUMENT_BYTES, Document, file_documents
from .names import distinct, entry_name, is_nested_archive
from .page_kinds import HEAD_BYTES, is_page, may_be_page, pages_among, require_picture
from .page_order import reading_order
from .rar_tool import PackedFile, TimedPipe, unpack_whole, using_tool, working_tools
from .source import (
    MAX_PAGE_BYTES,
    MIB,
    ComicSource,
    is_transient,
    password_error,
    require_pages,
    require_plausible_size,
    seconds_for,
)
from .spool import Spool

CHUNK_BYTES = MIB
IN_MEMORY_BYTES = 16 * MIB
log = logging.getLogger(__name__)
_FAULTS = (
    rarfile.Error,
    EOFError,
    OSError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    OverflowError,
    AssertionError,
)


class RarComic(ComicSource):
    """A RAR archive. ``seconds`` maps a size to the time that unpacking to it may take."""

    def __init__(self, path: Path, seconds: Callable[[int], float] = seconds_for) -> None:
        self._path = path
        self._seconds = seconds
        self._given_up: PageOutOfReach | None = None
        self._archive = _open_archive(path)
        self._lock = threading.Lock()
        self._spool: Spool | None = None
        self._tools: list[rarfile.ToolSetup] = []
        files = [entry for entry in self._archive.infolist() if entry.is_file()]
        self._entries = dict(
            zip(distinct(entry_name(entry.filename or "") for entry in files), files, strict=True)
        )
        require_plausible_size(sum(entry.file_size or 0 for entry in files), path.stat().st_size)
        wanted = {
            name: entry
            for name, entry in self._entries.items()
            if is_page(name) or may_be_page(name)
        }
        if any(entry.needs_password() for entry in wanted.values()):
            raise password_error()
        try:
            self._pages = reading_order(pages_among(wanted, self._read_head))
            require_pages(len(self._pages), sum(map(is_nested_archive, self._entries)))
            if not all(_is_stored(wanted[name]) for name in self._pages):
                self._require_tools()
        except BaseException:
            self.close()
            raise

    def _read_head(self, name: str) -> bytes:
        with self.open_page(name) as file:
            return file.read(HEAD_BYTES)

    @property
    def opens_as_a_whole(self) -> bool:
        """Return True if a page needs all those before it."""
        return self._archive.is_solid() and not all(map(_is_stored, self._entries.values()))

    def names(self) -> list[str]:
        """Return the names of the images in reading order."""
        return self._pages

    def listed(self, name: str) -> ListedPage:
        """Return the page's size and CRC-32 from its header."""
        entry = self._entries.get(name)
        return ListedPage(entry.file_size, entry.CRC) if entry is not None else NOTHING_LISTED

    def open_page(self, name: str) -> BinaryIO:
        """Unpack the page; the first page of a solid archive unpacks all of them."""
        require_picture(name)
        entry = self._entries.get(name)
        if entry is None:
            raise PageUnreadable(f"“{name}” is no longer in the archive.")
        if (entry.file_size or 0) > MAX_PAGE_BYTES:
            raise PageUnreadable(f"“{name}” is too large for a page.")
        # Otherwise every page of a hostile archive would take the full time limit.
        if self._given_up is not None:
            raise PageOutOfReach(self._given_up.detail)
        try:
            if _is_stored(entry) or not self._archive.is_solid():
                return self._unpacked_page(entry, name)
            with self._lock:
                if self._spool is None:
                    self._spool = self._unpacked()
                spool = self._spool
        except PageOutOfReach as error:
            self._given_up = error
            raise
        with self._lock:
            return spool.open(name)

    def _require_tools(self) -> list[rarfile.ToolSetup]:
        """Return the programs, looking for them once. Raises ComicOutOfReach if there are none."""
        self._tools = self._tools or working_tools()
        return self._tools

    def _unpacked_page(self, entry: rarfile.RarInfo, name: str) -> BinaryIO:
        """Unpack one page. Raises PageUnreadable if no program can."""
        seconds = self._seconds(entry.file_size or 0)
        if _is_stored(entry):
            return _unpacked_page(
                self._archive, entry, name, seconds, next(iter(self._tools), None)
            )
        *others, last = self._require_tools()
        for tool in others:
            try:
                return _unpacked_page(self._archive, entry, name, seconds, tool)
            except PageOutOfReach:
                raise
            except PageUnreadable as error:
                log.info(
                    "%s failed to unpack a page: %s",
                    tool.setup["open_cmd"][0],
                    error.detail,
                    extra={"action": "rar_tool"},
                )
        return _unpacked_page(self._archive, entry, name, seconds, last)

    def _unpacked(self) -> Spool:
        """Unpack all files of a solid archive at once, because each needs those before it."""
        files = {
            name: PackedFile(entry.file_size or 0, entry.CRC)
            for name, entry in self._entries.items()
        }
        return unpack_whole(self._require_tools(), self._path, files, self._seconds)

    def documents(self) -> list[Document]:
        """Return the archive's ComicInfo.xml and its kin."""
        return file_documents(self._entries, self._pages, self._read_documents)

    def _read_documents(self, names: Sequence[str]) -> dict[str, bytes]:
        read: dict[str, bytes] = {}
        for name in names:
            if (self._entries[name].file_size or 0) > MAX_DOCUMENT_BYTES:
                continue
            try:
                with self.open_page(name) as file:
                    read[name] = file.read()
            except (PageUnreadable, ComicUnreadable):
                continue  # A comic without metadata is still a comic.
        return read

    def close(self) -> None:
        """Close the archive and the unpacked pages."""
        self._archive.close()
        with self._lock:
            if self._spool is not None:
                self._spool.close()


def is_solid(path: Path) -> bool:
    """Return whether a page needs those before it. Raises ComicUnreadable if it cannot be told."""
    with _open_archive(path) as archive:
        return archive.is_solid()


def _open_archive(path: Path) -> rarfile.RarFile:
    try:
        # Without “strict”, pages after the damage would be missing without an error.
        archive = rarfile.RarFile(path, errors="strict")
    except rarfile.NeedFirstVolume as error:
        raise ComicUnreadable(
            "It is a later part of a split archive. The first part is read instead of it."
        ) from error
    except _FAULTS as error:
        if "next volume" in str(error):
            raise ComicUnreadable(
                "A later part of this split archive is missing. Put all parts into one folder."
            ) from error
        if is_transient(error):
            raise ComicOutOfReach(f"The archive cannot be read now: {error.strerror}.") from error
        raise ComicUnreadable(
            "The archive is damaged or cut short. Copy or download it again."
        ) from error
    if archive.needs_password() and not archive.infolist():
        raise password_error()  # Even the table of contents is encrypted.
    return archive


def _is_stored(entry: rarfile.RarInfo) -> bool:
    return entry.compress_type == rarfile.RAR_M0


def _unpacked_page(
    archive: rarfile.RarFile,
    entry: rarfile.RarInfo,
    name: str,
    seconds: float,
    tool: rarfile.ToolSetup | None,
) -> BinaryIO:
    page = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115  # the caller closes it
    try:
        with using_tool(tool):
            opened = archive.open(entry)
        with opened as stream, _limited(stream, seconds):
            while chunk := stream.read(CHUNK_BYTES):
                page.write(chunk)
    except PageOutOfReach:
        page.close()
        raise
    except _FAULTS as error:
        page.close()
        if is_transient(error):
            raise PageOutOfReach(f"“{name}” cannot be unpacked now: {error.strerror}.") from error
        raise PageUnreadable(
            f"“{name}” is damaged in the archive, or cannot be unpacked here."
        ) from error
    page.seek(0)
    return cast(BinaryIO, page)


@contextmanager
def _limited(stream: object, seconds: float) -> Iterator[None]:
    """Limit the time of the program behind a compressed page, for which rarfile waits forever.

    Relies on internals of the pinned version of rarfile.
    """
    tool: subprocess.Popen[bytes] | None = getattr(stream, "_proc", None)
    if tool is None:
        yield
        return
    setattr(stream, "_fd", TimedPipe(tool, seconds))  # noqa: B010  # The name is private.
    try:
        yield
    finally:
        tool.kill()
