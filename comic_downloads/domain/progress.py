"""How far a job is, in percent, from how far its present phase is."""

from __future__ import annotations

from .job import Phase

# Where each phase starts and ends; measured shares of the time, so that the bar moves evenly.
_WITH_CONVERTING = {
    Phase.CONVERTING: (0, 85),
    Phase.PACKAGING: (85, 93),
    Phase.VERIFYING: (93, 97),
    Phase.STORING: (97, 99),
}
_WITHOUT_CONVERTING = {Phase.PACKAGING: (0, 75), Phase.VERIFYING: (75, 92), Phase.STORING: (92, 99)}


def percent(phase: Phase, fraction: float, *, converting: bool) -> int:
    """Percent of the whole, 0 to 99: only a job that is ready has 100. ``fraction`` of the phase is from 0 to 1."""
    start, end = (_WITH_CONVERTING if converting else _WITHOUT_CONVERTING)[phase]
    return int(start + (end - start) * min(max(fraction, 0.0), 1.0))
