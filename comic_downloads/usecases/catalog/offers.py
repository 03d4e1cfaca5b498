"""What a catalogue offers of every comic: its own file, the formats, and the account's presets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...domain.errors import NotFound
from ...domain.formats import Format
from ...domain.options import OnPageError
from ...domain.own_file import UNTOUCHED
from ...domain.saved_preset import preset_name_key
from ..context import Context
from ..downloads.choices import request_of
from ..downloads.options import parse_options
from ..downloads.request import DownloadRequest
from ..downloads.saved_presets import PresetView, list_presets

# A catalogue offers one file for a comic, so what divides files is left out of presets.
_DIVIDES = {"split", "max_part_bytes"}


@dataclass(frozen=True)
class Offer:
    """A file that comics can be had as.

    Attributes:
        key: Names it in addresses: a format, ``untouched``, or the id of a preset.
        title: What people read on its button.
        media_type: Of the file; empty for an untouched file, which has its own.
        extension: Of the file's name, without the first dot; empty for an untouched file.
        choices: What is chosen for the file.
    """

    key: str
    title: str
    media_type: str = ""
    extension: str = ""
    choices: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_untouched(self) -> bool:
        """Return True if it is the library's own file."""
        return self.choices.get("quality") == UNTOUCHED

    @property
    def is_built_in(self) -> bool:
        """Return True unless it is a preset of the account."""
        return self.key in _BUILT_IN

    def request(self, comic_id: str, *, skip_damaged: bool = False) -> DownloadRequest:
        """Return the request for the file of a comic."""
        choices = dict(self.choices)
        if skip_damaged and not self.is_untouched:
            choices["on_page_error"] = OnPageError.SKIP
        return request_of(choices, comic_ids=(comic_id,))


def _of_format(format: Format) -> Offer:
    facts = format.facts
    return Offer(
        format, str(format).upper(), facts.media_type, facts.extension, {"format": str(format)}
    )


# ZIP is left out: reading apps take CBZ, which is the same with a description.
_BUILT_IN = {
    UNTOUCHED: Offer(UNTOUCHED, "Original file", choices={"quality": UNTOUCHED}),
    **{str(one): _of_format(one) for one in (Format.CBZ, Format.PDF, Format.EPUB)},
}


def offers_of(context: Context, user_id: str) -> tuple[Offer, ...]:
    """Return everything that is offered to the user, in order.

    Presets that cannot be used any more are left out.
    """
    presets = [_of_preset(one) for one in list_presets(context, user_id) if not one.problem]
    return (*_BUILT_IN.values(), *presets)


def presets_among(offers: tuple[Offer, ...]) -> tuple[Offer, ...]:
    """Return those of the offers that are presets of the account."""
    return tuple(one for one in offers if not one.is_built_in)


def find_offer(offers: tuple[Offer, ...], name: str) -> Offer:
    """Return the offer of this key, or the preset of this name. Raises NotFound."""
    key = preset_name_key(name)
    for one in offers:
        if one.key == name:
            return one
    for one in offers:
        if preset_name_key(one.title) == key:
            return one
    raise NotFound(f"You have no preset “{name}” that can be used.")


def _of_preset(preset: PresetView) -> Offer:
    choices = {name: value for name, value in preset.choices.items() if name not in _DIVIDES}
    if choices.get("quality") == UNTOUCHED:
        return Offer(preset.id, preset.name, choices=choices)
    options = parse_options(request_of(choices))
    media_type = options.format.facts.media_type
    return Offer(preset.id, preset.name, media_type, options.extension, choices)
