"""Find the comics in the library folder, without opening any of them."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ..domain.errors import ComicUnreadable
from .sources.documents import is_document
from .sources.loose_pages import page_files
from .sources.names import is_archive, is_left_out
from .sources.other_kinds import other_kinds
from .sources.page_kinds import is_page
from .sources.page_order import natural_order

READER_VERSION = 6  # Increase it if all comics must be read again after a change of the readers.
# Comics that earlier versions have read are recognized by their fingerprint of that time.
EARLIER_VERSIONS = (5, 4, 3)
# What stat says of links to nothing, below a file, in a circle.
_LEADS_NOWHERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)


@dataclass(frozen=True, slots=True)
class FoundComic:
    """A comic in the library folder, with a fingerprint of its files.

    ``path`` is relative to the library, in POSIX form. ``earlier_fingerprints`` are those that
    earlier versions of the readers took of the same files. ``modified_ns`` is the time of its
    newest file, in nanoseconds since 1970.
    """

    path: str
    fingerprint: str
    earlier_fingerprints: tuple[str, ...] = ()
    modified_ns: int = 0

    def has_fingerprint(self, fingerprint: str) -> bool:
        """Return True if this or an earlier version took the fingerprint of the same files."""
        return fingerprint == self.fingerprint or fingerprint in self.earlier_fingerprints


class KnownFiles(Protocol):
    """The files of a comic as they were when it was listed."""

    @property
    def path(self) -> str:
        """The path of the comic, as in FoundComic."""
        ...

    @property
    def fingerprint(self) -> str:
        """The fingerprint that was taken then."""
        ...


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
    known: Mapping[str, KnownFiles] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.root = str(self.library)
        self.start = len(self.root.rstrip(os.sep)) + 1

    def relative(self, path: str) -> str:
        inside = path[self.start :].replace(os.sep, "/")
        return "." if path == self.root else inside

    def is_known(self, comic: FoundComic) -> bool:
        known = self.known.get(comic.path)
        return known is not None and known.fingerprint == comic.fingerprint

    def add_problem(self, path: str, reason: str) -> None:
        self.problems.append(Problem(_shown(self.relative(path)), reason))

    def pass_over(self, path: str, reason: str) -> None:
        """Add a problem. Comics that are known at or below the path stay as they are."""
        self.add_problem(path, reason)
        self.unread.append(self.relative(path))


def find_comics(
    library: Path, on_folder: Callable[[], None], known: Mapping[str, KnownFiles] | None = None
) -> Findings:
    """Find every comic below the folder, without opening any of them.

    Those that are known come first, and then the others in natural order.

    An archive is a comic, and so is a folder that directly contains images; a folder of comics is
    a series. Symbolic links are not followed.

    Args:
        library: The folder.
        on_folder: Called for each folder, and may raise to stop.
        known: Known comics by their paths. Those whose fingerprint is the same are neither sorted
            nor have they fingerprints of earlier versions, and they share the strings.

    Raises:
        ComicUnreadable: the library folder itself cannot be read.
    """
    walk = _Walk(library, known=known or {})
    waiting = [str(library)]
    while waiting:
        on_folder()
        folder = waiting.pop()
        try:
            with os.scandir(folder) as entries:
                listed = [entry for entry in entries if not is_left_out(entry.name)]
            if folder != str(library) and is_mount(Path(folder)):
                walk.mounts.append(walk.relative(folder))
        except OSError as error:
            if folder == str(library):
                raise ComicUnreadable(
                    f"The library folder {library} cannot be read: {error.strerror}."
                ) from error
            walk.pass_over(folder, f"The folder cannot be read: {error.strerror}.")
            continue
        waiting.extend(_look_through(walk, folder, listed))
    same = [comic for comic in walk.comics if walk.is_known(comic)]
    others = {comic.path: comic for comic in walk.comics if not walk.is_known(comic)}
    return Findings(
        (*same, *(others[path] for path in natural_order(others))),
        tuple(walk.problems),
        tuple(walk.unread),
        tuple(walk.mounts),
    )


def find_comic(library: Path, path: str) -> FoundComic | None:
    """Return the comic at this path as ``find_comics`` would now; None if there is none.

    ``path`` is relative to the library, in POSIX form.
    """
    walk = _Walk(library)
    place = library / path
    try:
        if not stat.S_ISDIR(place.lstat().st_mode):
            if place.is_symlink():
                return None
            _add_comic(walk, str(place), {place.name: place.lstat()}, named=False)
        else:
            with os.scandir(place) as entries:
                listed = [entry for entry in entries if not is_left_out(entry.name)]
            _look_through(walk, str(place), listed)
    except (OSError, ValueError):
        return None
    return next((comic for comic in walk.comics if comic.path == path), None)


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
        try:
            kind = _kind_of(entry)
        except OSError as error:
            walk.pass_over(entry.path, f"It cannot be looked at: {error.strerror}.")
            continue
        problem = _problem_of(entry, kind)
        if problem:
            walk.add_problem(entry.path, problem)
        elif kind == "folder":
            folders.append(entry.path)
        elif kind == "file":
            files[entry.name] = entry
    archives = frozenset(filter(is_archive, files))
    for name in files:
        if name in archives:
            _add_entries(walk, files[name].path, [files[name]], named=False)
    for other in other_kinds(files, archives):
        walk.add_problem(files[other.name].path, other.reason)
    paths = {name: entry.path for name, entry in files.items()}
    pages = page_files(paths, folders, is_library=folder == str(walk.library))
    if pages:
        watched = [*pages, *filter(is_document, files)]
        _add_entries(walk, folder, [files[name] for name in watched], named=True)
    return folders


def _kind_of(entry: os.DirEntry[str]) -> str:
    """Return ``link``, ``folder``, ``file`` or ``other``, such as a pipe or a device.

    Raises:
        OSError: The entry cannot be looked at. Some file systems list names without their kinds.
    """
    if entry.is_symlink():
        return "link"
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    return "file" if entry.is_file(follow_symlinks=False) else "other"


def _problem_of(entry: os.DirEntry[str], kind: str) -> str:
    """Return why an entry that could be a comic or a page is passed over, or an empty string."""
    if kind == "link":
        return _problem_of_link(entry)
    if kind == "other":
        is_wanted = is_archive(entry.name) or is_page(entry.name)
        return "It is a pipe, a socket or a device, not a file." if is_wanted else ""
    is_wanted = kind == "folder" or is_archive(entry.name)
    return (
        "Its name is not valid UTF-8. Rename it." if is_wanted and not _is_text(entry.name) else ""
    )


def _problem_of_link(link: os.DirEntry[str]) -> str:
    """Return the problem of a link to a folder or to a comic; other links are not missed."""
    try:
        is_wanted = is_archive(link.name) or stat.S_ISDIR(Path(link.path).stat().st_mode)
    except OSError as error:
        if error.errno in _LEADS_NOWHERE:
            return ""
        return f"It is a symbolic link whose target cannot be looked at: {error.strerror}."
    reason = (
        "It is a symbolic link, and links are not followed. "
        "Put the files themselves there, or mount their folder."
    )
    return reason if is_wanted else ""


def _add_entries(walk: _Walk, path: str, entries: list[os.DirEntry[str]], *, named: bool) -> None:
    """Add the comic of these files to the walk.

    Files of it that cannot be looked at are a problem. If no others are left, the comic is not
    added, and stays as it is known.
    """
    files: dict[str, os.stat_result | None] = {}
    failed = ""
    for entry in entries:
        try:
            files[entry.name] = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            files[entry.name] = None  # It was just removed; reading the comic will report that.
        except OSError as error:
            failed = failed or f"“{entry.name}” cannot be looked at: {error.strerror}."
    if not files:
        walk.pass_over(path, failed)
        return
    if failed:
        walk.add_problem(path, failed)
    _add_comic(walk, path, files, named=named)


def _add_comic(
    walk: _Walk, path: str, files: Mapping[str, os.stat_result | None], *, named: bool
) -> None:
    relative = walk.relative(path)
    current = _fingerprint(files, READER_VERSION, named=named)
    modified_ns = max((status.st_mtime_ns for status in files.values() if status), default=0)
    known = walk.known.get(relative)
    if known is not None and known.fingerprint == current:
        # Its own strings would take a fifth of the memory of a scan that finds nothing new.
        walk.comics.append(FoundComic(known.path, known.fingerprint, modified_ns=modified_ns))
        return
    earlier = tuple(_fingerprint(files, version, named=named) for version in EARLIER_VERSIONS)
    walk.comics.append(FoundComic(relative, current, earlier, modified_ns))


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in name


def _shown(path: str) -> str:
    return path.encode(errors="replace").decode()


def _fingerprint(
    files: Mapping[str, os.stat_result | None], reader_version: int, *, named: bool
) -> str:
    """Return a hash of the files' sizes and times, and of their names if ``named``.

    It changes if a file is changed, added, removed or, with ``named``, renamed.
    """
    digest = hashlib.sha256(f"{reader_version}".encode())
    if any(name.lower().endswith(".pdf") for name in files):
        # Imported here, because PDFium takes 6 MB that a library without PDFs does not need.
        from .sources.pdf import RENDERER

        digest.update(RENDERER.encode())
    for name, status in sorted(files.items()):
        if status is None:
            digest.update(b"gone\0")
            continue
        digest.update(os.fsencode(name) if named else b"")
        digest.update(f"\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
    return digest.hexdigest()
