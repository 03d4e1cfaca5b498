"""What the person who shares suggests to guests: the choices of their default preset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...db.tables import Share
from ...domain.own_file import UNTOUCHED
from ..context import Context
from ..downloads.choices import with_defaults
from ..downloads.saved_presets import default_choices

# What a file takes over besides format and quality. How long files are kept and what becomes of
# damaged pages is not up to guests.
_FURTHER = frozenset(
    {
        "grayscale",
        "crop_margins",
        "levels",
        "strips",
        "double_pages",
        "epub_for",
        "image_format",
        "page_names",
        "target_size_bytes",
        "max_part_bytes",
        "metadata",
    }
)


def further_choices(choices: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the choices that are made besides format and quality."""
    if choices.get("quality") == UNTOUCHED:
        return {}
    return {name: value for name, value in choices.items() if name in _FURTHER}


def suggestion(context: Context, share: Share) -> dict[str, Any] | None:
    """Return format, quality and further choices; None if the share does not offer the format."""
    default = with_defaults(default_choices(context, share.user_id) or {})
    if default["format"] not in share.formats:
        return None
    named = {name: default[name] for name in ("format", "quality")}
    return named | further_choices(default)
