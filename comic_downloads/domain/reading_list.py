"""Rules for reading lists: their names, and how much one may hold."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from .errors import InvalidRequest

MAX_LISTS = 200
MAX_BOOKS = 10_000
MAX_NAME_LENGTH = 100
MAX_FILE_BYTES = 10_000_000


@dataclass(frozen=True)
class Book:
    """What a list says about one of its comics, so that it can be named when it is missing.

    ``year`` is the year of publication, and ``volume`` may be the year in which its series began.
    """

    series: str
    number: str = ""
    volume: str = ""
    year: str = ""
    title: str = ""

    @property
    def name(self) -> str:
        """The book as people write it: “Owl (2011) #3”."""
        run = f" ({self.volume})" if self.volume and self.series else ""
        number = f" #{self.number}" if self.number and self.series else ""
        return f"{self.series}{run}{number}" or self.title


def checked_list_name(text: str) -> str:
    """Return the name as it is stored, without surplus blanks.

    Raises:
        InvalidRequest: It is empty, too long, or has characters that cannot be seen.
    """
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not 1 <= len(name) <= MAX_NAME_LENGTH or not name.isprintable():
        raise InvalidRequest(
            f"A list needs a name of 1 to {MAX_NAME_LENGTH} characters, such as “Next to read”."
        )
    return name
