"""Shape a decoded page before it is encoded: cut, crop, reduce gray levels."""

from __future__ import annotations

from PIL import Image

# Margins are searched on a picture with sides of at most this many pixels: specks of dirt vanish.
_PROBE_SIDE = 400
# The least contrast, of 255, between a margin and the drawing.
_CONTRAST = 40
# The largest margin, as a part of the side. More is composition, not margin.
_MAX_MARGIN = 0.2
# The border that stays around the drawing, as a part of the side.
_KEPT_MARGIN = 0.01
ROUNDINGS_A_BIT = 8
# At this step, four bits of every colour are gone.
MAX_ROUNDING = 4 * ROUNDINGS_A_BIT
# Rows are rounded in bands, to save memory.
_BAND_ROWS = 256
# How far to search for a plain row around the even place to cut, as a part of a screen.
_GUTTER_SEARCH = 0.2


def without_margins(image: Image.Image) -> Image.Image:
    """Crop the plain border around the drawing, whether white, black or coloured.

    At most a fifth of each side is cropped.
    """
    small = image.convert("L")
    small.thumbnail((_PROBE_SIDE, _PROBE_SIDE), Image.Resampling.BOX)
    width, height = small.size
    corners = [small.getpixel((x, y)) for x in (0, width - 1) for y in (0, height - 1)]
    paper = sorted(int(value) for value in corners if isinstance(value, int | float))[
        len(corners) // 2
    ]
    drawn = small.point(
        [255 if abs(value - paper) > _CONTRAST else 0 for value in range(256)]
    ).getbbox()
    if drawn is None:
        return image
    left, top, right, bottom = drawn
    across, down = image.width / width, image.height / height
    pad_x, pad_y = image.width * _KEPT_MARGIN, image.height * _KEPT_MARGIN
    return image.crop(
        (
            round(min(max(0, left * across - pad_x), image.width * _MAX_MARGIN)),
            round(min(max(0, top * down - pad_y), image.height * _MAX_MARGIN)),
            round(max(min(image.width, right * across + pad_x), image.width * (1 - _MAX_MARGIN))),
            round(max(min(image.height, bottom * down + pad_y), image.height * (1 - _MAX_MARGIN))),
        )
    )


def cuts_of_strip(image: Image.Image, parts: int) -> list[int]:
    """Return the rows where the screens of a strip begin, and its height at the end.

    A cut goes between panels if there is a plain row nearby.
    """
    rows = image.resize((16, image.height), Image.Resampling.BOX).convert("L")
    return [0, *(_gutter(rows, cut, parts) for cut in range(1, parts)), image.height]


def _gutter(rows: Image.Image, cut: int, parts: int) -> int:
    """Return the plainest row around the even place to cut, and of several the nearest."""
    screen = rows.height / parts
    even = round(cut * screen)
    reach = round(screen * _GUTTER_SEARCH)
    data = rows.tobytes()

    def unrest(row: int) -> int:
        pixels = data[row * rows.width : (row + 1) * rows.width]
        return max(pixels) - min(pixels)

    return min(
        range(even - reach, even + reach + 1), key=lambda row: (unrest(row) // 8, abs(row - even))
    )


def to_gray_levels(image: Image.Image, levels: int) -> Image.Image:
    """Reduce a gray picture to evenly spaced levels, dithered, as an e-ink screen shows it.

    The result is a palette image.
    """
    palette = Image.new("P", (1, 1))
    steps = [round(step * 255 / (levels - 1)) for step in range(levels)]
    palette.putpalette([value for step in steps for value in (step, step, step)])
    return image.convert("RGB").quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)


def rounded_colours(image: Image.Image, step: int) -> Image.Image:
    """Round the colours to multiples of 2, 4, 8 or 16; black and white stay.

    Every ROUNDINGS_A_BIT steps remove one more bit. The steps between remove it from a part of the
    rows only. Transparency stays as it is.
    """
    bits, part = divmod(step, ROUNDINGS_A_BIT)
    rows = image.height * part // ROUNDINGS_A_BIT
    rounded = _without_bits(image, bits)
    for top in range(0, rows, _BAND_ROWS):
        band = image.crop((0, top, image.width, min(top + _BAND_ROWS, rows)))
        rounded.paste(_without_bits(band, bits + 1), (0, top))
    return rounded


def _without_bits(image: Image.Image, bits: int) -> Image.Image:
    step = 1 << bits
    values = [min(255, (value + step // 2) // step * step) for value in range(256)]
    return image.point(
        [new for band in image.getbands() for new in (range(256) if band == "A" else values)]
    )
