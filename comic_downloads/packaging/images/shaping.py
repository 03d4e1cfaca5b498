"""Shape a decoded page before it is encoded: cut, crop, reduce gray levels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PIL import Image

from ...domain.quality import Margins, SpreadPart

# Margins are searched on a picture with sides of at most this many pixels: specks of dirt vanish.
_PROBE_SIDE = 400
# The least contrast, of 255, between a margin and the drawing.
_CONTRAST = 40
# The largest margin, as a part of the side. More is composition, not margin.
_MAX_MARGIN = 0.2
# The border that stays around the drawing, as a part of the side.
_KEPT_MARGIN = 0.01
# A page number is a line of at most this height and width, as parts of the sides, with nothing
# above and below it for at least the gap.
_NUMBER_HEIGHT, _NUMBER_WIDTH, _NUMBER_GAP = 0.035, 0.16, 0.008
# Pages with a smaller margin than this part of the side are drawn up to the edge there. If more
# than half of a comic's are, nothing is cropped on that side.
_LEAST_MARGIN = 0.01
# Of the margins that pages have, so many are larger than the one that is cropped from all.
_LARGER_MARGINS = 0.85
ROUNDINGS_A_BIT = 8
# At this step, four bits of every colour are gone.
MAX_ROUNDING = 4 * ROUNDINGS_A_BIT
# Rows are rounded in bands, to save memory.
_BAND_ROWS = 256


def without_margins(image: Image.Image) -> Image.Image:
    """Crop the plain border around the drawing, whether white, black or coloured.

    At most a fifth of each side is cropped.
    """
    mask = _drawn(image)
    drawn = mask.getbbox()
    if drawn is None:
        return image
    left, top, right, bottom = drawn
    across, down = image.width / mask.width, image.height / mask.height
    pad_x, pad_y = image.width * _KEPT_MARGIN, image.height * _KEPT_MARGIN
    return image.crop(
        (
            round(min(max(0, left * across - pad_x), image.width * _MAX_MARGIN)),
            round(min(max(0, top * down - pad_y), image.height * _MAX_MARGIN)),
            round(max(min(image.width, right * across + pad_x), image.width * (1 - _MAX_MARGIN))),
            round(max(min(image.height, bottom * down + pad_y), image.height * (1 - _MAX_MARGIN))),
        )
    )


def _drawn(image: Image.Image) -> Image.Image:
    """Return a small picture that is white where something is drawn, and black on plain paper."""
    small = image.convert("L")
    small.thumbnail((_PROBE_SIDE, _PROBE_SIDE), Image.Resampling.BOX)
    width, height = small.size
    corners = [small.getpixel((x, y)) for x in (0, width - 1) for y in (0, height - 1)]
    paper = sorted(int(value) for value in corners if isinstance(value, int | float))[
        len(corners) // 2
    ]
    return small.point([255 if abs(value - paper) > _CONTRAST else 0 for value in range(256)])


def margins_of(image: Image.Image) -> Margins | None:
    """Return the margins around the drawing; a page number in a margin is no part of the drawing.

    Return None for a page without a drawing.
    """
    mask = _drawn(image)
    box = mask.getbbox()
    if box is None:
        return None
    left, top, right, bottom = _without_page_numbers(mask, box)
    width, height = mask.size
    return Margins(
        1000 * left // width,
        1000 * top // height,
        1000 * (width - right) // width,
        1000 * (height - bottom) // height,
    )


def margins_of_all(measured: Iterable[Margins | None]) -> Margins | None:
    """Return the margins to crop from every page of a comic, or None if there is nothing to crop.

    They are nearly the smallest that pages have. Pages that are drawn up to an edge do not count,
    since they are left whole.

    Args:
        measured: Those of some of its pages; None for empty ones.
    """
    pages = [margins for margins in measured if margins is not None]
    cropped = Margins(*(_common([page[side] for page in pages]) for side in range(4)))
    return cropped if any(cropped) else None


def _common(margins: Sequence[int]) -> int:
    present = sorted((one for one in margins if one >= 1000 * _LEAST_MARGIN), reverse=True)
    if not present or 2 * len(present) < len(margins):
        return 0
    common = present[min(len(present) - 1, int(len(present) * _LARGER_MARGINS))]
    return max(0, min(common, int(1000 * _MAX_MARGIN)) - int(1000 * _KEPT_MARGIN))


def cropped(image: Image.Image, margins: Margins) -> Image.Image:
    """Return the picture without these margins, or all of it if they would cut into the drawing."""
    own = margins_of(image)
    if own is not None and any(mine < common for mine, common in zip(own, margins, strict=True)):
        return image
    width, height = image.size
    return image.crop(
        (
            width * margins.left // 1000,
            height * margins.top // 1000,
            width - width * margins.right // 1000,
            height - height * margins.bottom // 1000,
        )
    )


def _without_page_numbers(
    mask: Image.Image, box: tuple[int, int, int, int]
) -> tuple[int, int, int, int]:
    """Return the box around what is drawn, without a page number at its bottom or top."""
    _, top, _, bottom = box
    rows = mask.resize((1, mask.height), Image.Resampling.BOX).tobytes()
    above_number = _past_number(mask, rows, range(bottom - 1, top, -1))
    if above_number is not None:
        bottom = above_number + 1
    below_number = _past_number(mask, rows, range(top, bottom))
    if below_number is not None:
        top = below_number
    inside = mask.crop((0, top, mask.width, bottom)).getbbox()
    return box if inside is None else (inside[0], top + inside[1], inside[2], top + inside[3])


def _past_number(mask: Image.Image, rows: bytes, inwards: range) -> int | None:
    """Return the row at which the drawing begins behind a page number, or None without one.

    ``inwards`` are the rows from the edge of what is drawn to its other edge.
    """
    blank = next((row for row in inwards if not rows[row]), None)
    if blank is None or abs(blank - inwards.start) > mask.height * _NUMBER_HEIGHT:
        return None
    drawing = next((row for row in range(blank, inwards.stop, inwards.step) if rows[row]), None)
    if drawing is None or abs(drawing - blank) < mask.height * _NUMBER_GAP:
        return None
    low, high = sorted((inwards.start, blank))
    line = mask.crop((0, low, mask.width, high + 1)).getbbox()
    is_number = line is not None and line[2] - line[0] <= mask.width * _NUMBER_WIDTH
    return drawing if is_number else None


def spread_part(image: Image.Image, part: SpreadPart) -> Image.Image:
    """Return a half of a double page, or all of it turned a quarter to the right."""
    if part is SpreadPart.TURNED:
        return image.transpose(Image.Transpose.ROTATE_270)
    middle = image.width // 2
    left, right = (0, middle) if part is SpreadPart.LEFT else (middle, image.width)
    return image.crop((left, 0, right, image.height))


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
