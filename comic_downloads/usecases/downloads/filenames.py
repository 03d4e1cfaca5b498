"""Name the files of downloads by the pattern of their account."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...db import accounts
from ...db.session import Session
from ...domain.comic_names import filename_values
from ...domain.devices import DEVICES
from ...domain.filename_pattern import FilenamePattern, parse_pattern
from ...domain.filenames import MAX_FILENAME_BYTES, safe_filename
from ...domain.options import KEPUB_EXTENSION
from .resolve import ResolvedRequest

# Room for what tells equal names apart.
_NUMBER_BYTES = len(" (1000)")


def account_filenames(
    session: Session, user_id: str, resolved: Sequence[ResolvedRequest]
) -> list[str]:
    """Return the name of each file, as the account wants them; no two of them are the same.

    A file of several comics keeps its own name, and so does one that stays untouched.
    """
    pattern = accounts.filename_pattern(session, user_id)
    if not pattern:
        return [one.filename for one in resolved]
    checked = parse_pattern(pattern)
    return unique_filenames(_named(checked, one) for one in resolved)


def unique_filenames(names: Iterable[str]) -> list[str]:
    """Return the names, repeated ones with `` (2)`` before the extension.

    Names that differ only in case count as repeated.
    """
    taken: set[str] = set()
    # The highest number of each repeated name, so that a thousand equal names are quickly told
    # apart.
    highest: dict[str, int] = {}
    result = []
    for name in names:
        end = f".{KEPUB_EXTENSION}"
        stem, extension = (
            (name.removesuffix(end), KEPUB_EXTENSION)
            if name.endswith(end)
            else name.rpartition(".")[::2]
        )
        unique, number = name, highest.get(name.casefold(), 1)
        while unique.casefold() in taken:
            number += 1
            unique = f"{stem} ({number}).{extension}"
        highest[name.casefold()] = number
        taken.add(unique.casefold())
        result.append(unique)
    return result


def _named(pattern: FilenamePattern, resolved: ResolvedRequest) -> str:
    part = resolved.request.part
    keeps_name = (part is not None and part.comics > 1) or resolved.manifest.options.untouched
    if len(resolved.manifest.comics) != 1 or keeps_name:
        return resolved.filename
    comic = resolved.manifest.comics[0]
    quality = resolved.request.quality
    device = DEVICES.get(quality)
    values = {
        **filename_values(comic.metadata),
        "quality": quality,
        "device": device.label if device else "",
    }
    extension = resolved.manifest.options.extension
    suffix = part.suffix if part else ""
    max_bytes = MAX_FILENAME_BYTES - len(f"{suffix}.{extension}") - _NUMBER_BYTES
    return safe_filename(pattern.stem(values, max_bytes) + suffix, extension)
