"""Rules for the names of saved presets."""

from __future__ import annotations

import unicodedata

from .errors import InvalidRequest
from .text_keys import name_key

MAX_PRESETS = 50
MAX_NAME_LENGTH = 60


def checked_preset_name(text: str) -> str:
    """Return the name as it is stored, without surplus blanks.

    Raises:
        InvalidRequest: It is empty, too long, or has characters that cannot be seen.
    """
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not 1 <= len(name) <= MAX_NAME_LENGTH or not name.isprintable():
        raise InvalidRequest(
            f"A preset needs a name of 1 to {MAX_NAME_LENGTH} characters, such as “My Kobo”."
        )
    return name


def preset_name_key(name: str) -> str:
    """Return a key that is equal for names that differ only in case, width or blanks."""
    return name_key(name)
