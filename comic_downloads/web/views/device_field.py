"""Understand what people type into the field for their device."""

from __future__ import annotations

import unicodedata

from ...domain.devices import DEVICES
from ...domain.errors import InvalidQuality
from ...domain.presets import parse_quality
from .. import wording

# The value of the choice that shows the field.
DEVICE = "device"
UNKNOWN_DEVICE = (
    "This device is not in the list. Choose one of the list, or type the width and height of your "
    "screen in pixels, such as 1264x1680."
)


def find_quality(text: str) -> str | None:
    """Return the quality for a typed device or screen; None if it is not clear which is meant.

    The text is a device's label, a part of exactly one label, or ``width x height``.
    """
    typed = _key(text)
    screen = "".join(text.split()).lower().replace("×", "x")
    matching = [device for device in DEVICES.values() if typed and typed in _key(device.label)]
    for device in matching:
        if len(matching) == 1 or _key(device.label) == typed:
            return device.name
    return screen if screen not in DEVICES and _is_screen(screen) else None


def describe(quality: str) -> str:
    """Return what a device is made for: ``1264 × 1680 pixels · 16 grays``; else nothing."""
    device = DEVICES.get(quality)
    if device is None:
        return ""
    height = f" × {device.height}" if device.height else " wide"
    grays = "in colour" if device.gray_levels is None else f"{device.gray_levels} grays"
    return wording.facts(f"{device.width}{height} pixels", grays)


def _is_screen(text: str) -> bool:
    if "x" not in text:
        return False
    try:
        parse_quality(text)
    except InvalidQuality:
        return False
    return True


def _key(text: str) -> str:
    """Return the letters and digits of the text, in lower case and without accents."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(filter(str.isalnum, plain))
