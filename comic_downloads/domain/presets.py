"""The presets that users can name: qualities, devices, and a screen of one's own."""

from __future__ import annotations

import re
from dataclasses import replace

from .devices import DEVICES, Device
from .errors import InvalidQuality
from .own_file import UNTOUCHED
from .quality import Preset

HEIGHTS = (2160, 1440, 1080, 720, 480, 360)
# A screen of one's own: width and height in pixels. No leading zeros, so that equal screens have
# equal names.
SCREEN = re.compile(r"([1-9][0-9]{1,4})x([1-9][0-9]{1,4})", re.ASCII)
SCREEN_PIXELS = range(64, 10_001)
# The tallest common tablet screen, on which larger pages do not look better.
AUTO_HEIGHT = 2160

# Pages that are encoded again at full size, such as gray or cropped ones, should look as before.
ORIGINAL = Preset("original", jpeg_quality=90)


def device_preset(device: Device) -> Preset:
    """Return what is done to pages for a device.

    Strips are cut into screens, except for phones: strips are made for scrolling on one.
    """
    return Preset(
        device.name,
        device.width,
        device.height,
        grayscale=device.gray_levels is not None,
        gray_levels=device.gray_levels or 256,
        split_strips=device.height is not None,
        double_pages=device.double_pages,
        levels=device.levels,
        crop_margins=device.crop_margins,
        crops_alike=device.crop_margins,
    )


PRESETS: dict[str, Preset] = {
    "original": ORIGINAL,
    UNTOUCHED: replace(ORIGINAL, name=UNTOUCHED),
    "auto": Preset("auto", max_height=AUTO_HEIGHT),
    **{f"{height}p": Preset(f"{height}p", max_height=height) for height in HEIGHTS},
    **{name: device_preset(device) for name, device in DEVICES.items()},
}
_QUALITIES = [name for name in PRESETS if name not in DEVICES]


def parse_quality(name: str) -> Preset:
    """Return the preset of a quality, of a device, or of a screen such as ``1264x1680``.

    Raises:
        InvalidQuality: There is no such preset; the message lists those there are.
    """
    preset = PRESETS.get(name) or _screen_preset(name)
    if preset is None:
        raise InvalidQuality(
            f"“{name}” is not a quality. Choose one of: {', '.join(_QUALITIES)}, a device that "
            f"GET /api/v1/devices lists, or a width and height in pixels from {SCREEN_PIXELS[0]} "
            f"to {SCREEN_PIXELS[-1]}, such as 1264x1680."
        )
    return preset


def _screen_preset(name: str) -> Preset | None:
    """Return the preset of ``WIDTHxHEIGHT``; None if it is something else, or out of range."""
    size = SCREEN.fullmatch(name)
    if size is None:
        return None
    width, height = map(int, size.groups())
    if width not in SCREEN_PIXELS or height not in SCREEN_PIXELS:
        return None
    return Preset(name, width, height, split_strips=True)
