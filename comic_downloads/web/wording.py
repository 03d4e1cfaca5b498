"""Numbers and states in the words people read: pure functions."""

from __future__ import annotations

from datetime import timedelta

NO_BREAK = "\u00a0"  # between a number and its unit
_UNITS = (("bytes", 0), ("kB", 0), ("MB", 1), ("GB", 1), ("TB", 1))  # each with its decimals


def size(size_bytes: float | None) -> str:
    """``104.9 MB``: decimal units, as browsers and shops write them; empty when unknown."""
    if size_bytes is None:
        return ""
    if size_bytes == 1:
        return f"1{NO_BREAK}byte"
    number, larger = float(size_bytes), list(_UNITS)
    unit, decimals = larger.pop(0)
    while larger and round(number, decimals) >= 1000:
        number /= 1000
        unit, decimals = larger.pop(0)
    return f"{number:.{decimals}f}{NO_BREAK}{unit}"


def part(done_bytes: int, total_bytes: int | None) -> str:
    """``34.2 MB of 104.9 MB``."""
    return f"{size(done_bytes)} of {size(total_bytes)}"


def speed(bytes_per_second: float | None) -> str:
    return f"{size(bytes_per_second)}/s" if bytes_per_second else ""


def duration(seconds: float) -> str:
    """``3 s``, ``2 min``, ``5 h``, ``3 days``: one unit, rounded up, at least one second."""
    whole = max(1, int(-(-seconds // 1)))
    if whole < 60:
        return f"{whole}{NO_BREAK}s"
    if whole < 3600:
        return f"{-(-whole // 60)}{NO_BREAK}min"
    if whole < 48 * 3600:
        return f"{-(-whole // 3600)}{NO_BREAK}h"
    return f"{-(-whole // 86400)}{NO_BREAK}days"


def time_left(seconds: float | None) -> str:
    return f"{duration(seconds)} left" if seconds is not None else ""


def until(delay: timedelta) -> str:
    """``in 8 s``; ``now`` when the time has come."""
    return f"in {duration(delay.total_seconds())}" if delay.total_seconds() > 0 else "now"


def count(number: int, singular: str, plural: str = "") -> str:
    """``1 page``, ``2 pages``."""
    return f"{number:,}{NO_BREAK}{singular if number == 1 else plural or singular + 's'}"


def page_range(pages: str) -> str:
    """``pages 9–400, 402``, ``page 7``, from what was asked for; empty for all."""
    parts = [part.strip() for part in pages.split(",") if part.strip()]
    if not parts or parts == ["all"]:
        return ""
    is_one = len(parts) == 1 and parts[0].isdecimal()
    return f"{'page' if is_one else 'pages'}{NO_BREAK}{', '.join(parts).replace('-', '–')}"


def listed(names: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return (
        " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part) if names else ""
    )


def facts(*parts: str) -> str:
    """The known facts in one line; empty ones are left out."""
    return " · ".join(part for part in parts if part)
