"""What is done to a decoded page between decoding and encoding: cut, crop, shrink, reduce gray levels."""

from __future__ import annotations

from PIL import Image

_PROBE_SIDE = 400  # margins are looked for on a picture this small: specks of dirt vanish in it
_CONTRAST = 40  # of 255, between a margin and what is drawn
_MAX_MARGIN = 0.2  # of a side: more is composition, not margin
_KEPT_MARGIN = 0.01  # of a side, around what is drawn
ROUNDINGS_A_BIT = 8
MAX_ROUNDING = 4 * ROUNDINGS_A_BIT  # four bits of every colour are gone
_BAND_ROWS = 256  # rounded at a time, to save memory
_GUTTER_SEARCH = 0.2  # of a screen, before and after the even place to cut


def resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS)


def without_margins(image: Image.Image) -> Image.Image:
    """Without the plain border around what is drawn, white, black or coloured; at most a fifth from each side."""
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
    """The rows where the screens of a strip begin, and its height: between panels where a plain row is near."""
    rows = image.resize((16, image.height), Image.Resampling.BOX).convert("L")
    return [0, *(_gutter(rows, cut, parts) for cut in range(1, parts)), image.height]


def _gutter(rows: Image.Image, cut: int, parts: int) -> int:
    """The row nearest to the even place to cut among the plainest rows around it."""
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
    """The gray picture in so many even steps, dithered, as a palette image: what an e-ink screen can show."""
    palette = Image.new("P", (1, 1))
    steps = [round(step * 255 / (levels - 1)) for step in range(levels)]
    palette.putpalette([value for step in steps for value in (step, step, step)])
    return image.convert("RGB").quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)


def rounded_colours(image: Image.Image, step: int) -> Image.Image:
    """The picture with its colours rounded to multiples of two, four, eight or 16; black and white stay.

    A bit more for every ROUNDINGS_A_BIT steps, and between them for a part of the rows. Transparency stays as it is.
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
