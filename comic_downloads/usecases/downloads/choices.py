"""Choices: what can be chosen for files, whatever their comics.

They are fields of a ``DownloadRequest``, and ``split``, as plain values. They are stored with saved
presets, so they can name what this version does not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from ...domain.errors import InvalidFormat, InvalidRequest
from ...domain.own_file import UNTOUCHED
from ...domain.split import parse_split
from .options import parse_options
from .request import DownloadRequest

SPLIT = "split"
_OF_COMICS = {"comic_ids", "series_id", "pages", "part"}
_OF_REQUEST = {field.name for field in fields(DownloadRequest)} - _OF_COMICS
_DEFAULTS = {
    **{field.name: field.default for field in fields(DownloadRequest) if field.name in _OF_REQUEST},
    SPLIT: None,
}


def check_choices(choices: Mapping[str, Any]) -> None:
    """Refuse choices that no request could be made with.

    Raises the errors of ``parse_options`` and ``parse_split``, and InvalidFormat without a format.
    """
    if unknown := sorted(choices.keys() - _DEFAULTS.keys()):
        raise InvalidRequest(f"“{unknown[0]}” cannot be chosen.")
    if not choices.get("format") and choices.get("quality") != UNTOUCHED:
        raise InvalidFormat("Choose a format.")
    parse_options(request_of(choices))
    parse_split(choices.get(SPLIT))


def request_of(choices: Mapping[str, Any], **comics: Any) -> DownloadRequest:
    """Return the request for these choices and comics; ``split`` is not a part of it."""
    known = {name: value for name, value in choices.items() if name in _OF_REQUEST}
    return DownloadRequest(**known, **comics)


def with_defaults(choices: Mapping[str, Any]) -> dict[str, Any]:
    """Return the choices with the default of everything that was not chosen."""
    return {**_DEFAULTS, **choices}
