"""Qualities a user can pick, and the pixel arithmetic behind them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum

from .errors import InvalidQuality

HEIGHTS = (2160, 1440, 1080, 720, 480)
AUTO_HEIGHT = 2160  # the tallest common tablet screen; larger pages gain nothing on it


class OutputImage(StrEnum):
    """How a converted page is encoded: as its source was, or always as one kind."""

    SOURCE = "source"
    JPEG = "jpeg"
    WEBP = "webp"


@dataclass(frozen=True)
class Preset:
    """What is done to every page. Sizes in pixels; None leaves a dimension free.

    ``gray_levels`` (2 to 256) applies to gray output only. ``jpeg_quality`` is Pillow's 1 to 95.
    """

    name: str
    max_width: int | None = None
    max_height: int | None = None
    grayscale: bool = False
    gray_levels: int = 256
    crop_margins: bool = False
    split_strips: bool = False
    output: OutputImage = OutputImage.SOURCE
    jpeg_quality: int = 85

    @property
    def keeps_originals(self) -> bool:
        """True if no page is ever decoded: bytes are moved."""
        return (
            self.max_width is None
            and self.max_height is None
            and not self.grayscale
            and not self.crop_margins
            and not self.split_strips
            and self.output is OutputImage.SOURCE
        )

    def fit(self, width: int, height: int) -> tuple[int, int]:
        """The size a page of width x height gets: same shape, never enlarged, at least 1 x 1."""
        scale = 1.0
        if self.max_height is not None and height > self.max_height:
            scale = self.max_height / height
        if self.max_width is not None and width * scale > self.max_width:
            scale = self.max_width / width
        return max(1, round(width * scale)), max(1, round(height * scale))

    def changes(self, width: int, height: int) -> bool:
        """True if a page of this size has to be converted."""
        if self.keeps_originals:
            return False
        if self.grayscale or self.crop_margins or self.split_strips or self.output is not OutputImage.SOURCE:
            return True
        return self.fit(width, height) != (width, height)

    def as_dict(self) -> dict[str, object]:
        """Plain values for the content key; the name is left out: equal settings are equal presets."""
        values = asdict(self)
        del values["name"]
        return values


ORIGINAL = Preset("original")

_DEVICES: dict[str, tuple[str, Preset]] = {
    "kindle-paperwhite": ("Kindle Paperwhite", Preset("kindle-paperwhite", 1236, 1648, grayscale=True, gray_levels=16)),
    "kindle-scribe": ("Kindle Scribe", Preset("kindle-scribe", 1860, 2480, grayscale=True, gray_levels=16)),
    "kobo-clara": ("Kobo Clara", Preset("kobo-clara", 1072, 1448, grayscale=True, gray_levels=16)),
    "kobo-libra": ("Kobo Libra", Preset("kobo-libra", 1264, 1680, grayscale=True, gray_levels=16)),
    "remarkable-2": ("reMarkable 2", Preset("remarkable-2", 1404, 1872, grayscale=True, gray_levels=16)),
    "ipad": ("iPad", Preset("ipad", 1640, 2360)),
    "phone": ("Phone", Preset("phone", 1080, None)),
}

DEVICES: dict[str, Preset] = {name: preset for name, (_, preset) in _DEVICES.items()}
DEVICE_LABELS: dict[str, str] = {name: label for name, (label, _) in _DEVICES.items()}

PRESETS: dict[str, Preset] = {
    "original": ORIGINAL,
    "auto": Preset("auto", max_height=AUTO_HEIGHT),
    **{f"{height}p": Preset(f"{height}p", max_height=height) for height in HEIGHTS},
    **DEVICES,
}


def parse_quality(name: str) -> Preset:
    """The preset of that name.

    Raises InvalidQuality, naming the ones there are.
    """
    preset = PRESETS.get(name)
    if preset is None:
        raise InvalidQuality(f"“{name}” is not a quality. Choose one of: {', '.join(PRESETS)}.")
    return preset
