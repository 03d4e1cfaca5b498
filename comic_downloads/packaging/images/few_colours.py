"""Pages of few colours, which a palette holds: drawn anew in full colour, they would come out larger than they were.

Measured on drawn pages of 1988 x 3056 pixels without shades between their colours, 39 to 89 kB: made 1080 high they take 86 to
230 kB in full colour, and 37 to 59 kB with a palette that is 39 to 46 dB from it. JPEG would take 110 kB and smear the edges.
"""

from __future__ import annotations

import io
import math

from PIL import Image, ImageChops, ImageStat

from .colours import fitting_profile, without_idle_channels
from .encoding import Encoded, Encoding

_PALETTE = 256  # colours in that of a PNG
_FEW = {"L": 16, "RGB": _PALETTE}  # a gray scan has more shades, and shows when they are taken away
_MAX_ERROR = 3.5  # of 255, root mean square: 37 dB
_STRIP_ROWS = 256


def has_few_colours(image: Image.Image) -> bool:
    """True for an opaque picture with at most as many colours as a palette holds, or at most 16 grays.

    Counted as it is, for a copy without the channels that say nothing would take twice the memory of a large page.
    """
    counted = image.getcolors(_PALETTE)
    if counted is None:
        return False
    colours = [colour if isinstance(colour, tuple) else (colour,) for _, colour in counted]
    if image.mode in {"LA", "RGBA"}:
        if any(colour[-1] != 255 for colour in colours):
            return False
        colours = [colour[:-1] for colour in colours]
    are_grays = all(len(set(colour)) == 1 for colour in colours)
    return len(colours) <= _FEW["L" if are_grays else "RGB"]


def encoded_with_few_colours(image: Image.Image, how: Encoding) -> Encoded | None:
    """The picture, made from one of few colours, as a PNG with a palette; None where it would not look the same.

    Where shades came between the colours because the picture was made smaller, the nearest of 256 stand for them.
    """
    picture = without_idle_channels(image)
    profile = fitting_profile(how.profile, picture)
    if picture.mode not in _FEW or (
        picture.mode == "L" and profile
    ):  # a palette is of RGB: its grays would be other ones
        return None
    coloured = picture if picture.mode == "RGB" else picture.convert("RGB")
    few = _all_colours(coloured, _FEW[picture.mode]) or _nearest_colours(coloured)
    return None if few is None else _as_png(few, profile)


def with_all_its_few_colours(image: Image.Image, profile: bytes | None) -> Encoded | None:
    """A picture in RGB as a PNG with a palette of all its colours; None where it has too many."""
    few = _all_colours(image, _PALETTE) if image.mode == "RGB" else None
    return None if few is None else _as_png(few, fitting_profile(profile, image))


def _as_png(few: Image.Image, profile: bytes | None) -> Encoded:
    output = io.BytesIO()
    few.save(output, "PNG", optimize=True, icc_profile=profile)
    return Encoded(output.getvalue(), "image/png", few.size)


def _all_colours(picture: Image.Image, most: int) -> Image.Image | None:
    """With each of its colours in the palette; None where they are more than that."""
    colours = picture.getcolors(most)
    if colours is None:
        return None
    few = picture.quantize(max(2, len(colours)), Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    return few if _error(few, picture) == 0 else None


def _nearest_colours(picture: Image.Image) -> Image.Image | None:
    """Without dithering, which takes more bytes than the colours it stands for; None where it shows."""
    few = picture.quantize(_PALETTE, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    return few if _error(few, picture) <= _MAX_ERROR else None


def _error(few: Image.Image, picture: Image.Image) -> float:
    """How far the two are from each other (of 255, root mean square), looked at a strip after the other to save memory."""
    squares = 0.0
    for top in range(0, picture.height, _STRIP_ROWS):
        box = (0, top, picture.width, min(top + _STRIP_ROWS, picture.height))
        squares += sum(
            ImageStat.Stat(
                ImageChops.difference(few.crop(box).convert("RGB"), picture.crop(box))
            ).sum2
        )
    return math.sqrt(squares / (3 * picture.width * picture.height))
