"""A monotonic clock for code that is passed one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class SecondsClock:
    """Counts seconds, and stands still until a test sets it forward."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now
