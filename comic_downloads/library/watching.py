"""Notice changes in the library folder as they happen, where the system tells of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePath
from threading import Event

from ..files.network_disks import network_file_system
from .sources.names import is_left_out

# The pause after which changes that come together are told together, and the longest pause.
_STEP_MILLISECONDS, _DEBOUNCE_MILLISECONDS = 200, 2000
# How often the folder itself is looked at: another one may be mounted in its place.
_LOOK_MILLISECONDS = 5000


class NotWatchable(Exception):
    """The system does not tell of all changes in the folder. The text says why."""


def changes(library: Path, stop: Event) -> Iterator[None]:
    """Yield after each burst of changes, until ``stop`` is set or another folder is in its place.

    Hidden files, such as those of uploads and of programs that copy, are no change.

    Raises:
        NotWatchable: The folder is on a network disk, is missing, or has more folders than the
            system watches.
    """
    # Imported here, because only one process of a machine watches.
    from watchfiles import watch

    kind = network_file_system(library)
    if kind:
        raise NotWatchable(f"it is on a network disk ({kind})")
    try:
        folder = _identity(library)
        for found in watch(
            library,
            watch_filter=None,
            debounce=_DEBOUNCE_MILLISECONDS,
            step=_STEP_MILLISECONDS,
            stop_event=stop,
            rust_timeout=_LOOK_MILLISECONDS,
            yield_on_timeout=True,
            raise_interrupt=False,
        ):
            if any(_matters(library, path) for _, path in found):
                yield
            if _identity(library) != folder:
                yield
                return
    except (OSError, RuntimeError) as error:
        raise NotWatchable(str(error)) from error


def _identity(folder: Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino


def _matters(library: Path, path: str) -> bool:
    changed = PurePath(path)
    if not changed.is_relative_to(library):
        return True
    return not any(map(is_left_out, changed.relative_to(library).parts))
