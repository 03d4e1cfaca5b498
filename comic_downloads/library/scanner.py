"""Find the comics in the library folder, and read those that are new or changed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from ..domain.errors import ComicUnreadable, PageUnreadable
from ..domain.library import ComicMetadata, ImageFacts, Page, ReadingDirection, ScannedComic
from ..domain.quality import is_strip
from .metadata.declared import declared_metadata
from .metadata.describe import describe
from .sources import ComicOutOfReach, ComicSource, PageOutOfReach, detect_kind, open_comic
from .sources.documents import is_document
from .sources.folder import page_files
from .sources.names import is_archive, is_junk, reading_order

READER_VERSION = 5  # Increase it if all comics must be read again after a change of the readers.

Probe = Callable[[BinaryIO, int], ImageFacts]


@dataclass(frozen=True)
class FoundComic:
    """A comic in the library folder, with a fingerprint of its files.

    ``path`` is relative to the library, in POSIX form.
    """

    path: str
    fingerprint: str


@dataclass(frozen=True)
class Problem:
    """A file or folder that cannot be scanned. ``path`` is relative to the library."""

    path: str
    reason: str


@dataclass(frozen=True)
class Findings:
    """The result of a walk through the library folder.

    Comics in ``unread_folders`` may still exist although they were not found. ``mounts`` are
    folders on another file system than the folder they are in.
    """

    comics: tuple[FoundComic, ...]
    problems: tuple[Problem, ...] = ()
    unread_folders: tuple[str, ...] = ()
    mounts: tuple[str, ...] = ()

    def may_hold(self, path: str) -> bool:
        """Return whether the comic may exist although it was not found."""
        return any(
            path.startswith(f"{folder}/") or path == folder for folder in self.unread_folders
        )


@dataclass
class _Walk:
    library: Path
    comics: list[FoundComic] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    mounts: list[str] = field(default_factory=list)

    def relative(self, path: str) -> str:
        return Path(path).relative_to(self.library).as_posix()


def find_comics(library: Path, on_folder: Callable[[], None]) -> Findings:
    """Find every comic below the folder, in natural order, without opening any of them.

    An archive is a comic, and so is a folder that directly contains images; a folder of comics is
    a series. Symbolic links are not followed. ``on_folder`` is called for each folder and may raise
    to stop.

    Raises:
        ComicUnreadable: the library folder itself cannot be read.
    """
    walk = _Walk(library)
    waiting = [str(library)]
    while waiting:
        on_folder()
        folder = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                listed = [entry for entry in entries if not is_junk(entry.name)]
            if folder != str(library) and is_mount(Path(folder)):
                walk.mounts.append(walk.relative(folder))
        except OSError as error:
            if folder == str(library):
                raise ComicUnreadable(
                    f"The library folder {library} cannot be read: {error.strerror}."
                ) from error
            walk.problems.append(
                Problem(
                    _shown(walk.relative(folder)), f"The folder cannot be read: {error.strerror}."
                )
            )
            walk.unread.append(walk.relative(folder))
            continue
        waiting.extend(_look_through(walk, folder, listed))
    by_path = {comic.path: comic for comic in walk.comics}
    return Findings(
        tuple(by_path[path] for path in reading_order(by_path)),
        tuple(walk.problems),
        tuple(walk.unread),
        tuple(walk.mounts),
    )


def is_mount(folder: Path) -> bool:
    """Return True if the folder is on another file system than its parent."""
    try:
        return folder.stat().st_dev != folder.parent.stat().st_dev
    except OSError:
        return False


def _look_through(walk: _Walk, folder: str, entries: list[os.DirEntry[str]]) -> list[str]:
    """Add the comics of one folder to the walk, and return the paths of its subfolders."""
    files: dict[str, os.DirEntry[str]] = {}
    folders: list[str] = []
    for entry in entries:
        is_folder = entry.is_dir(follow_symlinks=False)
        if entry.is_symlink():
            _note_link(walk, entry)
        elif (is_folder or is_archive(entry.name)) and not _is_text(entry.name):
            walk.problems.append(
                Problem(
                    _shown(walk.relative(entry.path)), "Its name is not valid UTF-8. Rename it."
                )
            )
        elif is_folder:
            folders.append(entry.path)
        elif entry.is_file(follow_symlinks=False):
            files[entry.name] = entry
    for name, entry in files.items():
        if is_archive(name):
            walk.comics.append(
                FoundComic(walk.relative(entry.path), _fingerprint([entry], named=False))
            )
    pages = page_files(files, holds_folders=bool(folders))
    if pages:
        watched = [*pages, *(name for name in files if is_document(name))]
        walk.comics.append(
            FoundComic(walk.relative(folder), _fingerprint([files[name] for name in watched]))
        )
    return folders


def _note_link(walk: _Walk, entry: os.DirEntry[str]) -> None:
    if Path(entry.path).is_dir() or is_archive(entry.name):
        reason = (
            "It is a symbolic link, and links are not followed. "
            "Put the files themselves there, or mount their folder."
        )
        walk.problems.append(Problem(_shown(walk.relative(entry.path)), reason))


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in name


def _shown(path: str) -> str:
    return path.encode(errors="replace").decode()


def _fingerprint(entries: list[os.DirEntry[str]], *, named: bool = True) -> str:
    """Return a hash of the files' sizes and times, and of their names if ``named``.

    It changes if a file is changed, added, removed or, with ``named``, renamed.
    """
    digest = hashlib.sha256(f"{READER_VERSION}".encode())
    if any(entry.name.lower().endswith(".pdf") for entry in entries):
        # Imported here, because PDFium takes 6 MB that a library without PDFs does not need.
        from .sources.pdf import RENDERER

        digest.update(RENDERER.encode())
    for entry in sorted(entries, key=lambda entry: entry.name):
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:
            digest.update(b"gone\0")  # It was just removed; reading the comic will report that.
            continue
        digest.update(os.fsencode(entry.name) if named else b"")
        digest.update(f"\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
    return digest.hexdigest()


def read_comic(
    library: Path, found: FoundComic, probe: Probe, max_pixels: int, on_page: Callable[[], None]
) -> ScannedComic:
    """Open the comic and examine every page; damage becomes an ``error`` of the comic or a page.

    A failure that may be temporary leaves the fingerprint empty, so that the next scan reads the
    comic again. ``on_page`` is called before each page and may raise to stop.
    """
    kind = ""
    path = library / found.path
    try:
        kind = detect_kind(path)
        with open_comic(path, kind) as source:
            metadata = describe(
                _named_path(library, found.path), declared_metadata(source.documents())
            )
            pages, complete = _read_pages(source, probe, max_pixels, on_page)
    except ComicUnreadable as error:
        unreadable = unreadable_comic(library, found, error.detail, kind)
        return (
            replace(unreadable, fingerprint="")
            if isinstance(error, ComicOutOfReach)
            else unreadable
        )
    fingerprint = found.fingerprint if complete else ""
    return ScannedComic(
        found.path, kind, fingerprint, _directed(metadata, pages), pages, _common_error(pages)
    )


def unreadable_comic(library: Path, found: FoundComic, reason: str, kind: str = "") -> ScannedComic:
    """Return the comic with the metadata of its path, and the reason as its error."""
    return ScannedComic(
        found.path,
        kind,
        found.fingerprint,
        describe(_named_path(library, found.path)),
        error=reason,
    )


def _named_path(library: Path, path: str) -> str:
    """Return the path that names the comic.

    Images directly in the library folder are one comic, named like that folder.
    """
    return library.name or "library" if path == "." else path


def _read_pages(
    source: ComicSource, probe: Probe, max_pixels: int, on_page: Callable[[], None]
) -> tuple[tuple[Page, ...], bool]:
    """Return the pages, and False if one of them failed for a reason that may be temporary."""
    pages = []
    complete = True
    for index, name in enumerate(source.names()):
        on_page()
        try:
            with source.open_page(name) as stream:
                facts = probe(stream, max_pixels)
            if source.checksum(name) not in {None, facts.crc32}:
                raise PageUnreadable(f"“{name}” is damaged in the archive.")
            pages.append(Page(index, name, facts))
        except PageUnreadable as error:
            pages.append(Page(index, name, None, error.detail))
            complete = complete and not isinstance(error, PageOutOfReach)
        except OSError as error:
            pages.append(
                Page(
                    index,
                    name,
                    None,
                    f"It cannot be read from the disk: {error.strerror or error}.",
                )
            )
            complete = False
    return tuple(pages), complete


def _common_error(pages: tuple[Page, ...]) -> str:
    """Return the error of a comic without a single readable page, else an empty string."""
    if any(page.facts for page in pages):
        return ""
    return f"None of its {len(pages)} pages can be read. The first one: {pages[0].error}"


def _directed(metadata: ComicMetadata, pages: tuple[Page, ...]) -> ComicMetadata:
    """Return the metadata, with vertical reading direction if most pages are long strips."""
    readable = [page.facts for page in pages if page.facts]
    strips = sum(is_strip(facts.width, facts.height) for facts in readable)
    if metadata.reading_direction is ReadingDirection.LEFT_TO_RIGHT and strips * 2 > len(readable):
        return replace(metadata, reading_direction=ReadingDirection.VERTICAL)
    return metadata
