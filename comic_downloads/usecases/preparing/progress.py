"""The progress of one attempt, which never goes back and is written through the heartbeat."""

from __future__ import annotations

from ...domain.job import Phase
from ...domain.progress import percent
from .heartbeat import LeaseHeartbeat

_AFTER_BUILDING = frozenset({Phase.VERIFYING, Phase.STORING})


class AttemptProgress:
    """The progress of a whole attempt; ``begin`` is called for each build of its file.

    Attributes:
        pages_packaged: How many pages the file that is being written contains so far.
    """

    def __init__(self, heartbeat: LeaseHeartbeat) -> None:
        self.pages_packaged = 0
        self._heartbeat = heartbeat
        self._converting = False
        self._pages_total = 0
        self._total_bytes = 1
        self._is_last = True
        self._percent_before = 0
        self._percent = 0
        self._pages_done = 0
        self._bytes_before = 0
        self._bytes_done = 0

    def begin(
        self, *, converting: bool, pages_total: int, total_bytes: int, is_last: bool = True
    ) -> None:
        """Begin a build.

        Args:
            converting: Whether pages are converted before they are packaged.
            pages_total: How many pages the file will have.
            total_bytes: The size of the original pages.
            is_last: False if another build may follow.
        """
        self._converting = converting
        self._pages_total = pages_total
        self._total_bytes = max(total_bytes, 1)
        self._is_last = is_last
        self._percent_before = self._percent

    def start(self, phase: Phase) -> None:
        """Enter the phase and write it at once. Raises as ``LeaseHeartbeat.check`` does."""
        self.pages_packaged = 0
        self._bytes_before += self._bytes_done
        self._bytes_done = 0
        self._report(phase, 0.0, force=True)

    def read(self, pages: int, pages_total: int) -> None:
        """Report how many of the pages that were not known have been read."""
        percentage = percent(Phase.READING, pages / max(pages_total, 1), converting=False)
        self._percent = max(self._percent, percentage)
        self._heartbeat.report(Phase.READING, progress=self._percent, pages_read=pages)

    def converted(self, pages: int, fraction: float, source_bytes: int) -> None:
        """Report the pages converted so far.

        Args:
            pages: How many pages of the file are converted.
            fraction: Their share of all pages to convert, from 0 to 1.
            source_bytes: The size of their originals.
        """
        self._pages_done = max(self._pages_done, min(pages, self._pages_total))
        self._bytes_done = source_bytes
        self._report(Phase.CONVERTING, fraction)

    def packaged(self, pages_done: int, bytes_done: int) -> None:
        """Report the pages written so far; writers call it after every page and every few MiB."""
        self.pages_packaged = pages_done
        self._pages_done = max(self._pages_done, min(pages_done, self._pages_total))
        self._bytes_done = bytes_done
        self._report(Phase.PACKAGING, bytes_done / self._total_bytes)

    def stored(self, bytes_done: int) -> None:
        """Report the bytes stored so far; storages call it that take a file in parts."""
        self._bytes_done = bytes_done
        self._report(Phase.STORING, bytes_done / self._total_bytes)

    def _report(self, phase: Phase, fraction: float, *, force: bool = False) -> None:
        self._percent = max(self._percent, self._percent_at(phase, fraction))
        self._heartbeat.report(
            phase,
            force=force,
            progress=self._percent,
            pages_done=self._pages_done,
            bytes_done=self._bytes_before + self._bytes_done,
        )

    def _percent_at(self, phase: Phase, fraction: float) -> int:
        """Return the percentage to show.

        A build takes what earlier builds have left of the bar, or two thirds of it if another
        build may follow: more than two are rare.
        """
        shown = percent(phase, fraction, converting=self._converting)
        if phase in _AFTER_BUILDING:
            return shown
        end = percent(Phase.VERIFYING, 0.0, converting=self._converting)
        share, of = (1, 1) if self._is_last else (2, 3)
        return self._percent_before + (end - self._percent_before) * shown * share // (end * of)
