"""Read the dates that documents write, as far as they go."""

from __future__ import annotations

import re

# ISO 8601, and the form of PDF (ISO 32000-1, 7.9.4).
_DATE = re.compile(r"(?:D:)?(\d{4})(?:(?P<dash>[-/.]?)(\d\d?)(?:(?P=dash)(\d\d?))?)?(?!\d{5})")
MIN_YEAR = 1400  # Programs write 0101 or 0001 for an unknown date.


def date_parts(text: str) -> tuple[str, str, str]:
    """Return year, month and day of the date, each as digits, or empty where it is not known."""
    found = _DATE.match(text.strip())
    if found is None or int(found[1]) < MIN_YEAR:
        return "", "", ""
    return found[1], found[3] or "", found[4] or ""
