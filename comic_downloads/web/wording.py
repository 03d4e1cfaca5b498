"""Format numbers, sizes and times for people; pure functions."""

from __future__ import annotations

from datetime import timedelta

NO_BREAK = "\u00a0"  # Stands between a number and its unit.
# Each unit with its number of decimals.
_UNITS = (("bytes", 0), ("kB", 0), ("MB", 1), ("GB", 1), ("TB", 1))


def size(size_bytes: float | None) -> str:
    """Return ``104.9 MB``, in decimal units as browsers show them; empty if unknown."""
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
    """Return ``34.2 MB of 104.9 MB``."""
    return f"{size(done_bytes)} of {size(total_bytes)}"


def speed(bytes_per_second: float | None) -> str:
    """Return ``12.4 MB/s``; empty if unknown."""
    return f"{size(bytes_per_second)}/s" if bytes_per_second else ""


def duration(seconds: float) -> str:
    """Return ``3 s``, ``2 min``, ``5 h`` or ``3 days``, rounded up, at least one second."""
    whole = max(1, int(-(-seconds // 1)))
    if whole < 60:
        return f"{whole}{NO_BREAK}s"
    if whole < 3600:
        return f"{-(-whole // 60)}{NO_BREAK}min"
    if whole < 48 * 3600:
        return f"{-(-whole // 3600)}{NO_BREAK}h"
    return f"{-(-whole // 86400)}{NO_BREAK}days"


def time_left(seconds: float | None) -> str:
    """Return ``3 s left``; empty if unknown."""
    return f"{duration(seconds)} left" if seconds is not None else ""


def until(delay: timedelta) -> str:
    """Return ``in 8 s``, or ``now`` if no time is left."""
    return f"in {duration(delay.total_seconds())}" if delay.total_seconds() > 0 else "now"


def count(number: int, singular: str, plural: str = "") -> str:
    """Return ``1 page`` or ``2 pages``."""
    return f"{number:,}{NO_BREAK}{singular if number == 1 else plural or singular + 's'}"


def page_range(pages: str) -> str:
    """Return ``pages 9–400, 402`` or ``page 7`` for a requested range; empty for all."""
    parts = [part.strip() for part in pages.split(",") if part.strip()]
    if not parts or parts == ["all"]:
        return ""
    is_one = len(parts) == 1 and parts[0].isdecimal()
    return f"{'page' if is_one else 'pages'}{NO_BREAK}{', '.join(parts).replace('-', '–')}"


def listed(names: list[str]) -> str:
    """Return ``a``, ``a and b`` or ``a, b and c``."""
    return (
        " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part) if names else ""
    )


def facts(*parts: str) -> str:
    """Join the parts that are not empty with a middle dot."""
    return " · ".join(part for part in parts if part)
