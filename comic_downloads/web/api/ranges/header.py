"""Parse the Range header for the unit ``bytes`` (RFC 9110, section 14.2)."""

from __future__ import annotations

import re

from ....domain.ranges import ByteRange, merged

# After merging. A client that wants more ranges gets the whole file, which is cheaper.
MAX_RANGES = 8
# Before merging. Limits the work that one header can cause.
MAX_SPECIFIERS = 100
_UNIT = re.compile(r"bytes=(.*)", re.IGNORECASE | re.ASCII | re.DOTALL)
_SPECIFIER = re.compile(r"([0-9]+)-([0-9]*)|-([0-9]+)", re.ASCII)
# Stands for every number with more than 18 digits, because no file is that long.
_ENDLESS = 2**63


class RangeNotSatisfiable(Exception):
    """The header is valid, but none of its ranges lies in the file: 416."""


def parse_range(header: str, size_bytes: int) -> tuple[ByteRange, ...] | None:
    """Return the ranges to send, merged where they overlap, in the requested order.

    Returns None if the header is to be ignored and the whole file sent: another unit, invalid
    syntax (which section 14.2 allows), or more than MAX_RANGES ranges. Raises
    RangeNotSatisfiable if no range lies in the file.
    """
    match = _UNIT.fullmatch(header.strip(" \t"))
    if match is None:
        return None
    specifiers = [part.strip(" \t") for part in match[1].split(",")]
    # Empty list elements are allowed (RFC 9110, section 5.6.1.2).
    specifiers = [part for part in specifiers if part]
    if not 0 < len(specifiers) <= MAX_SPECIFIERS:
        return None
    ranges: list[ByteRange] = []
    for specifier in specifiers:
        part = _parse_specifier(specifier, size_bytes)
        if part is None:
            return None
        ranges.append(part)
    wanted = [part for part in ranges if part.end > part.start]
    if not wanted:
        raise RangeNotSatisfiable
    parts = _merged_in_order(wanted)
    return parts if len(parts) <= MAX_RANGES else None


def _parse_specifier(specifier: str, size_bytes: int) -> ByteRange | None:
    """Return the range, clipped to the file (empty if outside); None for bad syntax."""
    match = _SPECIFIER.fullmatch(specifier)
    if match is None:
        return None
    first, last, suffix = match.groups()
    if suffix is not None:
        return ByteRange(max(size_bytes - _number(suffix), 0), size_bytes)
    start, end = _number(first), _number(last) + 1 if last else size_bytes
    if last and end <= start:
        return None
    return ByteRange(min(start, size_bytes), min(end, size_bytes))


def _number(digits: str) -> int:
    digits = digits.lstrip("0")
    return _ENDLESS if len(digits) > 18 else int(digits or "0")


def _merged_in_order(ranges: list[ByteRange]) -> tuple[ByteRange, ...]:
    def first_asked(part: ByteRange) -> int:
        return next(
            place for place, asked in enumerate(ranges) if part.start <= asked.start < part.end
        )

    return tuple(sorted(merged(ranges), key=first_asked))
