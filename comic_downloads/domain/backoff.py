"""How long a job waits before its next attempt."""

from __future__ import annotations

FIRST_DELAY_SECONDS = 2.0
FACTOR = 4.0
CEILING_SECONDS = 300.0
JITTER = 0.25


def retry_delay(attempt: int, randomness: float) -> float:
    """Return the seconds to wait: 2, 8, 32, … up to the ceiling, plus or minus a quarter.

    The jitter keeps jobs that failed together from coming back together.

    Args:
        attempt: The attempt that failed, counted from 1.
        randomness: A number from 0 to 1.
    """
    delay = min(FIRST_DELAY_SECONDS * FACTOR ** max(attempt - 1, 0), CEILING_SECONDS)
    return min(delay * (1 + JITTER * (2 * randomness - 1)), CEILING_SECONDS)
