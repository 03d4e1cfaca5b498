"""Keep a palette for pages of few colours, which would otherwise come out larger than they were.

Measured on drawn pages of 1988 x 3056 pixels without shades between their colours, 39 to 89 kB.
At a height of 1080 they take 86 to 230 kB in full colour, and 37 to 59 kB with a palette that is
39 to 46 dB from it. JPEG would take 110 kB and smear the edges.
"""

from __future__ import annotations

import io
import math

from PIL import Image, ImageChops, ImageStat

from .colours import fitting_profile, without_idle_channels
from .encoding import Encoded, Encoding

# The most colours in the palette of a PNG.
_PALETTE = 256
# A gray scan has more shades than 16, and it shows if they are taken away.
_FEW = {"L": 16, "RGB": _PALETTE}
# The largest root mean square difference, of 255: 37 dB.
_MAX_ERROR = 3.5
_STRIP_ROWS = 256


def has_few_colours(image: Image.Image) -> bool:
    """Return True for an opaque picture that fits a palette, or has at most 16 grays.

    The picture is counted as it is, because a copy without idle channels would take twice the
    memory of a large page.
    """
    colours = _few_colours(image)
    if colours is None:
        return False
    if image.mode in {"LA", "RGBA"}:
        if any(colour[-1] != 255 for colour in colours):
            return False
        colours = [colour[:-1] for colour in colours]
    are_grays = all(len(set(colour)) == 1 for colour in colours)
    return len(colours) <= _FEW["L" if are_grays else "RGB"]


def _few_colours(image: Image.Image) -> list[tuple[int, ...]] | None:
    """Return the colours of the picture, or None if a palette is too small for them.

    They are counted strip by strip, because other threads wait while Pillow counts.
    """
    colours: set[tuple[int, ...]] = set()
    for top in range(0, image.height, _STRIP_ROWS):
        strip = image.crop((0, top, image.width, min(top + _STRIP_ROWS, image.height)))
        counted = strip.getcolors(_PALETTE)
        if counted is None:
            return None
        colours.update(
            colour if isinstance(colour, tuple) else (int(colour),) for _, colour in counted
        )
        if len(colours) > _PALETTE:
            return None
    return list(colours)


def encoded_with_few_colours(image: Image.Image, how: Encoding) -> Encoded | None:
    """Encode a picture that was made from one of few colours as a PNG with a palette.

    Where shades came between the colours because the picture was shrunk, the nearest of 256 colours
    stand for them. Return None if it would not look the same.
    """
    picture = without_idle_channels(image)
    profile = fitting_profile(how.profile, picture)
    # A palette is RGB, to which a gray profile does not apply.
    if picture.mode not in _FEW or (picture.mode == "L" and profile):
        return None
    coloured = picture if picture.mode == "RGB" else picture.convert("RGB")
    few = _all_colours(coloured, _FEW[picture.mode]) or _nearest_colours(coloured)
    return None if few is None else _as_png(few, profile)


def with_all_its_few_colours(image: Image.Image, profile: bytes | None) -> Encoded | None:
    """Encode an RGB picture as a PNG with all its colours in the palette; None if too many."""
    few = _all_colours(image, _PALETTE) if image.mode == "RGB" else None
    return None if few is None else _as_png(few, fitting_profile(profile, image))


def _as_png(few: Image.Image, profile: bytes | None) -> Encoded:
    output = io.BytesIO()
    few.save(output, "PNG", optimize=True, icc_profile=profile)
    return Encoded(output.getvalue(), "image/png", few.size)


def _all_colours(picture: Image.Image, most: int) -> Image.Image | None:
    """Return the picture with each of its colours in the palette; None if they exceed ``most``."""
    colours = picture.getcolors(most)
    if colours is None:
        return None
    few = picture.quantize(max(2, len(colours)), Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    return few if _error(few, picture) == 0 else None


def _nearest_colours(picture: Image.Image) -> Image.Image | None:
    """Return the picture with its nearest 256 colours; None if the difference shows.

    It is not dithered: that takes more bytes than the colours it stands for.
    """
    few = picture.quantize(_PALETTE, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    return few if _error(few, picture) <= _MAX_ERROR else None


def _error(few: Image.Image, picture: Image.Image) -> float:
    """Return the root mean square difference of the two pictures, of 255.

    One strip after the other is compared, to save memory.
    """
    squares = 0.0
    for top in range(0, picture.height, _STRIP_ROWS):
        box = (0, top, picture.width, min(top + _STRIP_ROWS, picture.height))
        squares += sum(
            ImageStat.Stat(
                ImageChops.difference(few.crop(box).convert("RGB"), picture.crop(box))
            ).sum2
        )
    return math.sqrt(squares / (3 * picture.width * picture.height))
