"""The percentage of a job, computed from the progress of its current phase."""

from __future__ import annotations

from .job import Phase

# The percentages at which each phase starts and ends. They follow the measured share of time, so
# that the bar moves evenly. Few jobs have comics to read; the other phases take what that leaves.
_WITH_CONVERTING = {
    Phase.READING: (0, 20),
    Phase.CONVERTING: (0, 85),
    Phase.PACKAGING: (85, 93),
    Phase.VERIFYING: (93, 97),
    Phase.STORING: (97, 99),
}
_WITHOUT_CONVERTING = {
    Phase.READING: (0, 40),
    Phase.PACKAGING: (0, 75),
    Phase.VERIFYING: (75, 92),
    Phase.STORING: (92, 99),
}


def percent(phase: Phase, fraction: float, *, converting: bool) -> int:
    """Return the percentage of the whole job, 0 to 99; only a ready job has 100.

    Args:
        phase: The current phase.
        fraction: How much of the phase is done, from 0 to 1.
        converting: True if the job converts pages.
    """
    start, end = (_WITH_CONVERTING if converting else _WITHOUT_CONVERTING)[phase]
    return int(start + (end - start) * min(max(fraction, 0.0), 1.0))
