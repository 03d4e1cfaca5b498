"""The Range header of RFC 9110, section 14.2, for the unit ``bytes``. Pure."""

from __future__ import annotations

import re

from ....domain.ranges import ByteRange, merged

MAX_RANGES = (
    8  # after merging; a client that wants more pieces is better served with the whole file
)
MAX_SPECIFIERS = 100  # before merging; bounds the work a header can cause
_UNIT = re.compile(r"bytes=(.*)", re.IGNORECASE | re.ASCII | re.DOTALL)
_SPECIFIER = re.compile(r"([0-9]+)-([0-9]*)|-([0-9]+)", re.ASCII)
_ENDLESS = 2**63  # no file is that long; longer numbers are not worth the arithmetic


class RangeNotSatisfiable(Exception):
    """The header is valid, and none of its ranges lies in the file: 416."""


def parse_range(header: str, size_bytes: int) -> tuple[ByteRange, ...] | None:
    """The parts to send, overlapping and touching ones merged, in the order they were asked for.

    None means the header is to be ignored and the whole file sent: another unit, invalid syntax (RFC 9110, section
    14.2, allows that), or more than MAX_RANGES parts. Raises RangeNotSatisfiable if no range lies in the file.
    """
    match = _UNIT.fullmatch(header.strip(" \t"))
    if match is None:
        return None
    specifiers = [part.strip(" \t") for part in match[1].split(",")]
    specifiers = [
        part for part in specifiers if part
    ]  # empty list elements are allowed (RFC 9110, section 5.6.1.2)
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
    """The bytes meant, cut to the file's size (empty if they lie outside it); None for invalid syntax."""
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
