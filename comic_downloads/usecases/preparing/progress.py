"""The progress of one attempt: what is done so far, never going back, written through the lease."""

from __future__ import annotations

from ...domain.job import Phase
from ...domain.progress import percent
from .heartbeat import LeaseHeartbeat

_AFTER_BUILDING = frozenset({Phase.VERIFYING, Phase.STORING})


class AttemptProgress:
    """One for the whole attempt, however often the file is made in it: ``begin`` says what a build has to do."""

    def __init__(self, watch: LeaseHeartbeat) -> None:
        self._watch = watch
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
        """A build begins. ``pages_total`` and ``total_bytes`` are its input; unless it ``is_last``, another may follow."""
        self._converting = converting
        self._pages_total = pages_total
        self._total_bytes = max(total_bytes, 1)
        self._is_last = is_last
        self._percent_before = self._percent

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
        self._percent = max(self._percent, self._percent_at(phase, fraction))
        self._watch.report(
            phase,
            force=force,
            progress=self._percent,
            pages_done=self._pages_done,
            bytes_done=self._bytes_before + self._bytes_done,
        )

    def _percent_at(self, phase: Phase, fraction: float) -> int:
        """A build takes what the builds before have left, and two thirds of it where another may follow: seldom more do."""
        shown = percent(phase, fraction, converting=self._converting)
        if phase in _AFTER_BUILDING:
            return shown
        end = percent(Phase.VERIFYING, 0.0, converting=self._converting)
        share, of = (1, 1) if self._is_last else (2, 3)
        return self._percent_before + (end - self._percent_before) * shown * share // (end * of)
