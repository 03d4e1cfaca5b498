"""Text from untrusted documents, cleaned and limited in length."""

from __future__ import annotations

import unicodedata

MAX_TEXT_LENGTH = 500
MAX_SUMMARY_LENGTH = 10_000
MAX_LIST_LENGTH = 10_000
MOST_BLANKS = 8  # Characters that are looked at for each that is kept; indents take some.


def cleaned(text: str, limit: int = MAX_TEXT_LENGTH) -> str:
    """Return at most ``limit`` characters of NFC text without control characters.

    Lines stay lines; other white space becomes single blanks.
    """
    text = unicodedata.normalize("NFC", text[: limit * MOST_BLANKS])
    lines = (
        "".join(c for c in line if unicodedata.category(c)[0] != "C") for line in text.splitlines()
    )
    return "\n".join(" ".join(line.split()) for line in lines).strip()[:limit]


def cleaned_list(text: str, separator: str = ",", limit: int = MAX_LIST_LENGTH) -> str:
    """Return the text as ``cleaned`` does, without the items that would be cut at the limit."""
    whole = cleaned(text, limit + 1)
    if len(whole) <= limit:
        return whole
    return whole.rpartition(separator)[0].rstrip() or whole[:limit]
