"""The progress of one attempt: what is done so far, never going back, written through the lease."""

from __future__ import annotations

from ..domain.job import Phase
from ..domain.progress import percent
from .lease_watch import LeaseWatch


class AttemptProgress:
    """``converting`` says whether pages are converted in this attempt; ``pages_total`` and ``total_bytes`` are its input."""

    def __init__(self, watch: LeaseWatch, *, converting: bool, pages_total: int, total_bytes: int) -> None:
        self._watch = watch
        self._converting = converting
        self._pages_total = pages_total
        self._total_bytes = max(total_bytes, 1)
        self._percent = 0
        self._pages_done = 0
        self._bytes_before = 0
        self._bytes_done = 0

    def start(self, phase: Phase) -> None:
        """Enters the phase, showing it at once."""
        self._bytes_before += self._bytes_done
        self._bytes_done = 0
        self._report(phase, 0.0, force=True)

    def converted(self, pages: int, fraction: float, source_bytes: int) -> None:
        """``pages`` were made from ``source_bytes``, which is this ``fraction`` of what there is to convert."""
        self._pages_done = max(self._pages_done, min(pages, self._pages_total))
        self._bytes_done = source_bytes
        self._report(Phase.CONVERTING, fraction)

    def packaged(self, pages_done: int, bytes_done: int) -> None:
        """What the writers call after every page and every few MiB."""
        self._pages_done = max(self._pages_done, min(pages_done, self._pages_total))
        self._bytes_done = bytes_done
        self._report(Phase.PACKAGING, bytes_done / self._total_bytes)

    def stored(self, bytes_done: int) -> None:
        """What a storage calls that takes a file in parts."""
        self._bytes_done = bytes_done
        self._report(Phase.STORING, bytes_done / self._total_bytes)

    def _report(self, phase: Phase, fraction: float, *, force: bool = False) -> None:
        self._percent = max(self._percent, percent(phase, fraction, converting=self._converting))
        self._watch.report(
            phase,
            force=force,
            progress=self._percent,
            pages_done=self._pages_done,
            bytes_done=self._bytes_before + self._bytes_done,
        )
