"""Tell a library that is away from one that is empty.

A disk that is not mounted leaves an empty folder, or none. So does a reader who removes every
comic, but that is rare, and the folder then holds comics that were known a moment ago.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path, PurePosixPath

from ..domain.errors import DiskFull, LibraryAway, StorageUnavailable
from ..files.output import write_whole
from .scanner import Findings, Problem, is_mount

PROBE_SECONDS = 2.0
_ON_PURPOSE = "If they were removed on purpose, put any file into the folder and scan again."


def is_away(folder: Path) -> bool:
    """Return True if the folder is missing, unreadable or empty."""
    try:
        return next(folder.iterdir(), None) is None
    except OSError:
        return True


def away_message(library: Path) -> str:
    """Return what to tell about a library folder that is away."""
    return (
        f"The library folder {library} is empty or cannot be read. Its disk may not be mounted, so "
        f"its comics stay in the list. {_ON_PURPOSE}"
    )


def away_error() -> LibraryAway:
    """Return the error for a comic whose disk is not mounted; it names no path."""
    return LibraryAway(
        "The library folder is empty or cannot be read. Its disk may not be mounted."
    )


class KnownMounts:
    """The folders of the library that were on a disk of their own, kept in a file of this machine.

    Only other file systems are noticed: a folder that is mounted from the library's own disk looks
    like any other.
    """

    def __init__(self, library: Path, file: Path) -> None:
        self._library = library
        self._file = file

    def is_away(self, path: str) -> bool:
        """Return True if the comic's disk, or the whole library, is not mounted now."""
        return is_away(self._library) or any(
            path == mount or path.startswith(f"{mount}/") for mount in self.away()
        )

    def away(self) -> tuple[str, ...]:
        """Return the folders, relative to the library, whose disk is not mounted now."""
        return tuple(mount for mount in self._read() if self._is_away(mount))

    def checked(self, findings: Findings, listed: Iterable[str]) -> Findings:
        """Return the findings without the claim that comics of an absent disk are gone.

        The mounts among the findings are written down, and those that hold no listed comic are
        forgotten.

        Args:
            findings: The result of a walk through the library.
            listed: The paths of all comics that are listed now.
        """
        holding = {path for comic in listed for path in (comic, *_folders_of(comic))}
        away = [mount for mount in self.away() if mount in holding]
        self._write({*findings.mounts, *away})
        problems = (
            Problem(
                mount,
                "Its disk may not be mounted, so its comics stay in the list. " + _ON_PURPOSE,
            )
            for mount in away
        )
        return replace(
            findings,
            problems=(*findings.problems, *problems),
            unread_folders=(*findings.unread_folders, *away),
        )

    def _is_away(self, mount: str) -> bool:
        folder = self._library / mount
        return is_away(folder) and not is_mount(folder)

    def _read(self) -> list[str]:
        try:
            mounts = json.loads(self._file.read_bytes())
        except (OSError, ValueError):
            return []  # It is written again by the next scan that finds a mount.
        return [str(mount) for mount in mounts] if isinstance(mounts, list) else []

    def _write(self, mounts: Collection[str]) -> None:
        if sorted(mounts) == self._read():
            return
        with contextlib.suppress(DiskFull, StorageUnavailable):  # The next scan tries again.
            write_whole(self._file, json.dumps(sorted(mounts)).encode())


def _folders_of(path: str) -> Iterable[str]:
    return map(str, PurePosixPath(path).parents)


class LibraryProbe:
    """Looks whether the library is away without waiting long for a disk that hangs.

    A network disk whose server is gone may block those who read it for minutes.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._looking: threading.Thread | None = None
        self._away = False

    def is_away(self, library: Path) -> bool:
        """Return True if the folder is away, or does not answer within PROBE_SECONDS."""
        with self._lock:
            looking = self._looking
            if looking is None or not looking.is_alive():
                looking = threading.Thread(target=self._look, args=(library,), daemon=True)
                self._looking = looking
                looking.start()
        looking.join(PROBE_SECONDS)
        return looking.is_alive() or self._away

    def _look(self, library: Path) -> None:
        self._away = is_away(library)
