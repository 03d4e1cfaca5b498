"""CBR and RAR archives. Stored pages are read right away; compressed ones need a program that unpacks RAR."""

from __future__ import annotations

import subprocess
import tempfile
import threading
import zlib
from pathlib import Path
from typing import BinaryIO, cast

import rarfile

from ...domain.errors import ComicUnreadable, PageUnreadable
from .names import comic_info_name, distinct, is_nested_archive, is_page, printable, reading_order
from .source import MAX_COMIC_INFO_BYTES, MAX_PAGE_BYTES, MIB, ComicOutOfReach, ComicSource, refuse_bomb, require_pages
from .spool import Spool

CHUNK_BYTES = MIB
IN_MEMORY_BYTES = 16 * MIB
_FAULTS = (rarfile.Error, EOFError, OSError, ValueError, TypeError, KeyError, IndexError, OverflowError, AssertionError)
_LOCKED = "The archive is locked with a password. Unpack it and pack it again without one."
NO_TOOL = (
    "The pages are compressed, and no program that unpacks RAR is installed here. Install “unar” or “unrar” "
    "and scan the library again, or pack the pages as a CBZ."
)


class RarComic(ComicSource):
    def __init__(self, path: Path) -> None:
        self._path = path
        self._archive = _open_archive(path)
        self._lock = threading.Lock()
        self._spool: Spool | None = None
        files = [entry for entry in self._archive.infolist() if entry.is_file()]
        self._entries = dict(zip(distinct(printable(entry.filename or "") for entry in files), files, strict=True))
        self._pages = reading_order(name for name in self._entries if is_page(name))
        pages = [self._entries[name] for name in self._pages]
        require_pages(len(pages), sum(map(is_nested_archive, self._entries)))
        if any(entry.needs_password() for entry in pages):
            raise ComicUnreadable(_LOCKED)
        refuse_bomb(sum(entry.file_size or 0 for entry in files), path.stat().st_size)
        if any(entry.compress_type != rarfile.RAR_M0 for entry in pages):
            _require_tool()

    def names(self) -> list[str]:
        return self._pages

    def open_page(self, name: str) -> BinaryIO:
        entry = self._entries.get(name)
        if entry is None:
            raise PageUnreadable(f"“{name}” is no longer in the archive.")
        if (entry.file_size or 0) > MAX_PAGE_BYTES:
            raise PageUnreadable(f"“{name}” is too large for a page.")
        if not self._archive.is_solid():
            return _unpacked_page(self._archive, entry, name)
        with self._lock:
            if self._spool is None:
                self._spool = self._unpacked()
            return self._spool.open(name)

    def _unpacked(self) -> Spool:
        """All files of a solid archive in one go: each needs all that lie before it."""
        spool = Spool(sum(entry.file_size or 0 for entry in self._entries.values()))
        command = rarfile.tool_setup().open_cmdline(None, str(self._path))
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as tool:
            assert tool.stdout is not None
            for name, entry in self._entries.items():
                start = spool.begin()
                if not _copy_entry(cast(BinaryIO, tool.stdout), entry, spool):
                    tool.kill()
                    break
                spool.finish(name, start)
        return spool

    def comic_info(self) -> bytes | None:
        name = comic_info_name(self._entries)
        if name is None or (self._entries[name].file_size or 0) > MAX_COMIC_INFO_BYTES:
            return None
        try:
            with self.open_page(name) as file:
                return file.read()
        except (PageUnreadable, ComicUnreadable):
            return None  # a comic without metadata is still a comic

    def close(self) -> None:
        self._archive.close()
        with self._lock:
            if self._spool is not None:
                self._spool.close()


def _open_archive(path: Path) -> rarfile.RarFile:
    try:
        archive = rarfile.RarFile(path, errors="strict")  # otherwise pages behind the damage would be lost in silence
    except rarfile.NeedFirstVolume as error:
        raise ComicUnreadable("It is a later part of a split archive. The first part is read instead of it.") from error
    except _FAULTS as error:
        if "next volume" in str(error):
            raise ComicUnreadable("A later part of this split archive is missing. Put all parts into one folder.") from error
        raise ComicUnreadable("The archive is damaged or cut short. Copy or download it again.") from error
    if archive.needs_password() and not archive.infolist():
        raise ComicUnreadable(_LOCKED)  # its very table of contents is encrypted
    return archive


def _require_tool() -> None:
    """Picks the program that unpacks. 7-Zip comes last: where it is built without RAR it still says that it is there."""
    try:
        try:
            rarfile.tool_setup(sevenzip=False, sevenzip2=False, force=True)
        except rarfile.RarCannotExec:
            rarfile.tool_setup(force=True)
    except rarfile.RarCannotExec as error:
        raise ComicOutOfReach(NO_TOOL) from error


def _unpacked_page(archive: rarfile.RarFile, entry: rarfile.RarInfo, name: str) -> BinaryIO:
    page = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115  # the caller closes it
    try:
        with archive.open(entry) as stream:
            while chunk := stream.read(CHUNK_BYTES):
                page.write(chunk)
    except _FAULTS as error:
        page.close()
        raise PageUnreadable(f"“{name}” is damaged in the archive, or cannot be unpacked here.") from error
    page.seek(0)
    return cast(BinaryIO, page)


def _copy_entry(source: BinaryIO, entry: rarfile.RarInfo, spool: Spool) -> bool:
    """Copies one file from the program's output; False when it ends early or is not what it should be."""
    left, checksum = entry.file_size or 0, 0
    while left > 0:
        chunk = source.read(min(left, CHUNK_BYTES))
        if not chunk:
            return False
        spool.write(chunk)
        checksum = zlib.crc32(chunk, checksum)
        left -= len(chunk)
    return entry.CRC is None or checksum == entry.CRC
