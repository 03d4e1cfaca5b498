"""What presets are called and what they mean, in one line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...domain.own_file import UNTOUCHED
from ...domain.split import EACH, NO_SPLIT, VOLUME
from ...usecases.downloads.choices import SPLIT, with_defaults
from ...usecases.downloads.saved_presets import PresetView
from .. import labels, wording
from . import device_field

_STRIPS = {"split": "strips split", "keep": "strips whole"}
_DOUBLE_PAGES = {
    "keep": "double pages whole",
    "split": "double pages split",
    "turn": "double pages turned",
    "both": "double pages turned and split",
}
_SPLITS = {
    EACH: "one file each",
    NO_SPLIT: "all in one file",
    VOLUME: "one file per volume",
    None: "",
}


@dataclass(frozen=True)
class PresetRow:
    """A preset in a list. ``problem`` says why it cannot be used any more, or is empty."""

    id: str
    name: str
    is_default: bool
    meaning: str
    problem: str


def preset_row(preset: PresetView) -> PresetRow:
    """Return the row of a preset."""
    meaning = "" if preset.problem else describe_choices(preset.choices)
    return PresetRow(preset.id, preset.name, preset.is_default, meaning, preset.problem)


def describe_choices(choices: Mapping[str, Any]) -> str:
    """Return ``EPUB · 1264 × 1680 pixels · 16 grays · margins cropped · one file each``."""
    chosen = with_defaults(choices)
    return wording.facts(describe_pages(chosen), _split_words(chosen[SPLIT]))


def describe_pages(choices: Mapping[str, Any]) -> str:
    """Return the same without how several comics are divided among files."""
    chosen = with_defaults(choices)
    if chosen["quality"] == UNTOUCHED:
        return labels.quality_name(UNTOUCHED)
    quality, images = chosen["quality"], chosen["image_format"]
    size_bytes, seconds = chosen["target_size_bytes"], chosen["expires_in_seconds"]
    part_bytes = chosen["max_part_bytes"]
    return wording.facts(
        labels.format_name(chosen["format"]),
        device_field.describe(quality) or labels.quality_name(quality),
        "shades of gray" if chosen["grayscale"] else "",
        "margins cropped" if chosen["crop_margins"] else "",
        _DOUBLE_PAGES.get(chosen["double_pages"] or "", ""),
        _STRIPS.get(chosen["strips"] or "", ""),
        f"{labels.IMAGE_FORMATS[images]} images" if images != "source" else "",
        f"at most {wording.size(size_bytes)}" if size_bytes else "",
        f"at most {wording.size(part_bytes)} per file" if part_bytes else "",
        f"kept for {wording.duration(seconds)}" if seconds else "",
    )


def _split_words(split: str | int | None) -> str:
    if split in _SPLITS:
        return _SPLITS[split]
    return f"{wording.count(int(split or 0), 'comic')} per file"
