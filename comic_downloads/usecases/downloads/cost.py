"""What preparing a file costs: something for each job, each byte, and each converted pixel.

The three are fitted to what recent jobs took, so that the typical factor between estimate and truth
is as small as possible; small and large jobs count alike, and one that stood still or found its
pages converted hardly counts. Where little is known, they stay near a first guess.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, log

# The logarithm of a factor that is tried on each number first, and of the smallest one.
_FIRST_STEP = log(4)
_LAST_STEP = log(1.03)
# How much being away from the first guess counts, as a part of a job.
_GUESS_COUNTS = 0.1
_SHORTEST_SECONDS = 0.01


@dataclass(frozen=True)
class Work:
    """What a job has to do: the bytes of its file, and the pixels of the pages it converts."""

    size_bytes: int
    pixels: int


@dataclass(frozen=True)
class Cost:
    """Seconds for each job, each byte and each converted pixel."""

    per_job: float
    per_byte: float
    per_pixel: float

    def seconds(self, work: Work, jobs: float = 1) -> float:
        """Return how long jobs take one after the other that have this work together."""
        by_size = self.per_byte * work.size_bytes + self.per_pixel * work.pixels
        return self.per_job * jobs + by_size


# Half a second of waking, checking and storing, 100 MB and 8 megapixels a second.
FIRST_GUESS = Cost(0.5, 1 / 100_000_000, 1 / 8_000_000)
_NUMBERS = ("per_job", "per_byte", "per_pixel")


def fit(measured: Sequence[tuple[Work, float]]) -> Cost:
    """Return the cost that fits best to the work of jobs and the seconds that each took."""
    best, error = FIRST_GUESS, _error(FIRST_GUESS, measured)
    step = _FIRST_STEP
    while step > _LAST_STEP:
        before = error
        for name in _NUMBERS:
            for factor in (exp(step), exp(-step)):
                tried = replace(best, **{name: getattr(best, name) * factor})
                if (found := _error(tried, measured)) < error:
                    best, error = tried, found
        if error == before:
            step /= 2
    return best


def _error(cost: Cost, measured: Sequence[tuple[Work, float]]) -> float:
    """Return the sum of the logarithms of the factors between what was estimated and what was."""
    away = sum(abs(log(getattr(cost, name) / getattr(FIRST_GUESS, name))) for name in _NUMBERS)
    wrong = sum(
        abs(log(cost.seconds(work) / max(seconds, _SHORTEST_SECONDS))) for work, seconds in measured
    )
    return wrong + _GUESS_COUNTS * away
