"""Decode the names of a ZIP archive, most of which do not say how they are encoded.

Without the UTF-8 flag a name is in code page 437 (APPNOTE.TXT, appendix D), but programs write
other encodings without the flag, and set the flag for names that are not UTF-8.
"""

from __future__ import annotations

from collections.abc import Sequence

from .name_encodings import decoded_alike
from .zip_directory import ZipEntry

_UTF8_FLAG = 0x800


def decoded_names(entries: Sequence[ZipEntry]) -> list[str]:
    """Return the entries' names in their order, with ``/`` between the parts of a path.

    Old programs of Windows wrote backslashes. They are told from a byte of a character that only
    looks like one by decoding first.
    """
    names = [_declared_name(entry) for entry in entries]
    unclear = [entry.raw_name for entry, name in zip(entries, names, strict=True) if name is None]
    guessed = iter(decoded_alike(unclear))
    return [(next(guessed) if name is None else name).replace("\\", "/") for name in names]


def _declared_name(entry: ZipEntry) -> str | None:
    """Return the name if its encoding is known: ASCII, or UTF-8 that is valid."""
    if entry.raw_name.isascii():
        return entry.unicode_name or entry.raw_name.decode("ascii")
    if entry.unicode_name is not None:
        return entry.unicode_name
    if entry.flags & _UTF8_FLAG:
        try:
            return entry.raw_name.decode()
        except UnicodeDecodeError:
            return None  # Programs set the flag and write another encoding all the same.
    return None
