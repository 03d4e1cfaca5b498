"""Black and white for electronic paper: ink becomes black, and paper white.

Scans of old prints are gray on gray, which paper that is gray itself shows even flatter.
"""

from __future__ import annotations

from PIL import Image, ImageChops

# The colours of a page are judged on a picture with sides of about this many pixels.
_PROBE_SIDE = 300
# A pixel whose colour differs from that of the paper by more than this, of 255, is coloured; and a
# page is in colour if it has more such pixels than this part.
_TINT, _COLOURED_PART = 14, 0.005
# Gray values up to here can become black, and those from there on white.
_MAX_BLACK, _MIN_WHITE = 64, 192
# The part of the pixels that may become black.
_INK_PART = 0.005
# A page has paper if this part of its pixels is within so many values of the most frequent one.
_PAPER_PART, _PAPER_SPREAD = 0.08, 6
_WHITE_PART = 0.005
# Smaller changes are not seen.
_LEAST_GAIN = 4


def level_table(image: Image.Image) -> list[int] | None:
    """Return the new value of every gray value from 0 to 255.

    Return None if nothing is to be gained, and for a page in colour. Paper that has yellowed is no
    colour.

    Args:
        image: A picture with one of the modes L, LA, RGB and RGBA.
    """
    if _is_in_colour(image):
        return None
    counts = image.convert("L").histogram()
    black, white = _black(counts), _white(counts)
    if black < _LEAST_GAIN and white > 255 - _LEAST_GAIN:
        return None
    return [
        min(255, max(0, round((value - black) * 255 / (white - black)))) for value in range(256)
    ]


def with_levels(image: Image.Image, table: list[int]) -> Image.Image:
    """Return the picture with these gray values; transparency stays as it is."""
    return image.point(
        [new for band in image.getbands() for new in (range(256) if band == "A" else table)]
    )


def _black(counts: list[int]) -> int:
    """Return the gray value of ink: hardly any pixel is darker."""
    darker, allowed = 0, sum(counts) * _INK_PART
    for value in range(_MAX_BLACK):
        darker += counts[value]
        if darker > allowed:
            return value
    return _MAX_BLACK


def _white(counts: list[int]) -> int:
    """Return the gray value of paper, or of the brightest part of a page without paper."""
    total = sum(counts)
    paper = max(range(_MIN_WHITE, 256), key=counts.__getitem__)
    like_paper = sum(counts[max(0, paper - _PAPER_SPREAD) : paper + _PAPER_SPREAD + 1])
    if like_paper >= total * _PAPER_PART:
        # Half of the grain of the paper is darker than its most frequent value.
        return max(_MIN_WHITE, paper - _PAPER_SPREAD) if paper < 255 else 255
    brighter, value = 0, 255
    while value > _MIN_WHITE and brighter + counts[value] <= total * _WHITE_PART:
        brighter += counts[value]
        value -= 1
    return value


def _is_in_colour(image: Image.Image) -> bool:
    """Return True unless all pixels are gray, or have the tint of the paper."""
    if image.mode in {"L", "LA"}:
        return False
    probe = image.reduce(max(1, min(image.size) // _PROBE_SIDE))
    brightness, *tints = probe.convert("RGB").convert("YCbCr").split()
    return any(_differs(brightness, tint) for tint in tints)


def _differs(brightness: Image.Image, tint: Image.Image) -> bool:
    """Return True if many pixels have another tint than ink on this paper has.

    The tint of paper fades with its brightness, down to that of black, which has none.
    """
    paper = _median(tint, mask=brightness.point([0] * _MIN_WHITE + [255] * (256 - _MIN_WHITE)))
    expected = brightness.point([round(128 + (paper - 128) * value / 255) for value in range(256)])
    counts = ImageChops.difference(tint, expected).histogram()
    return sum(counts[_TINT + 1 :]) > sum(counts) * _COLOURED_PART


def _median(band: Image.Image, mask: Image.Image) -> int:
    counts = band.histogram(mask)
    half, seen = sum(counts) / 2, 0
    if not half:
        return 128
    for value, count in enumerate(counts):
        seen += count
        if seen >= half:
            return value
    return 128
