"""Decode images of which Pillow alone would get some pixels wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO, cast

from PIL import Image, ImageChops, ImageMath

from ..spliced import Part, Span, spliced
from ..strict import whole_file
from .tiff import check_packing

# The head of a JPEG 2000 codestream, wherever it is in the file (ITU-T T.800, A.5.1).
_SIZ = b"\xff\x4f\xff\x51"
_JP2_HEAD_BYTES = 1024 * 1024
_COMPONENTS_AT, _FIRST_DEPTH_AT, _DEPTH_STEP = 40, 42, 3
# TIFF 6.0: how gray is coded, the bits of a sample, and whether samples have signs.
_PHOTOMETRIC, _BITS, _SAMPLE_FORMAT = 262, 258, 339
_WHITE_IS_ZERO, _UNSIGNED = 0, 1
_DEEP_MODES = ("I;16", "I;16L", "I;16B")


def load(image: Image.Image, view: BinaryIO) -> Image.Image:
    """Decode the image, which was opened from this view of its file, and return it."""
    if image.format == "GIF":
        return _loaded_gif(image)
    if image.format == "PNG":
        _fit_transparency(image)
    load_pixels(image)
    if image.format == "TIFF":
        return _right_tiff(image)
    if image.format == "JPEG2000" and image.mode in {"RGB", "RGBA"}:
        return _with_whites(image, view)
    return image


def load_pixels(image: Image.Image) -> None:
    """Decode the image as Pillow does.

    Raises:
        PageUnreadable: It is packed in a way that is not known here.
    """
    try:
        image.load()
    except (OSError, RuntimeError):
        check_packing(image)
        raise


def _loaded_gif(image: Image.Image) -> Image.Image:
    """Decode the first picture; what it leaves free of the canvas is transparent.

    Pillow paints it in the background colour, which no browser does.
    """
    tiles = _tiles(image)
    covered = tiles[0].extents if tiles else None
    image.load()
    if covered is None or covered == (0, 0, *image.size):
        return image
    drawn = image.convert("RGBA")
    canvas = Image.new("RGBA", image.size)
    canvas.paste(drawn.crop(covered), covered[:2])
    return canvas


def _tiles(image: Image.Image) -> Sequence[Any]:
    """Return what Pillow knows about the parts of a picture before it decodes them."""
    return getattr(image, "tile", ())


def _fit_transparency(image: Image.Image) -> None:
    """Give the transparent colour of a PNG with 16 bits as many bits as its pixels will have."""
    key = image.info.get("transparency")
    if isinstance(key, tuple) and [tile.args for tile in _tiles(image)] == ["RGB;16B"]:
        image.info["transparency"] = tuple(value >> 8 for value in key)


def deep_alpha(image: Image.Image) -> Image.Image | None:
    """Return the alpha channel of a gray picture with 16 bits and a transparent value, or None."""
    key = image.info.get("transparency")
    if image.mode not in _DEEP_MODES or not isinstance(key, int):
        return None
    gray = image.convert("I")
    return cast(
        Image.Image, ImageMath.lambda_eval(lambda args: (args["gray"] != key) * 255, gray=gray)
    ).convert("L")


def _right_tiff(image: Image.Image) -> Image.Image:
    """Return gray of 16 and 32 bits as the file means it.

    Pillow takes 0 for black and samples of 32 bits for signed in any case.
    """
    tags = getattr(image, "tag_v2", {})
    info = image.info
    if image.mode in _DEEP_MODES and tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
        image = image.convert("I").point(lambda value: value * -1 + 0xFFFF).convert("I;16")
    elif image.mode == "I" and tags.get(_BITS) == (16,):
        # Signed samples. Other programs show their positive values like those of unsigned ones.
        image = image.convert("I;16")
    elif image.mode == "I" and _is_unsigned(tags):
        image = cast(
            Image.Image,
            ImageMath.lambda_eval(
                lambda args: args["gray"] + (args["gray"] < 0) * 2.0**32, gray=image.convert("F")
            ),
        )
    image.info = info
    return image


def _is_unsigned(tags: dict[int, object]) -> bool:
    return tags.get(_BITS) == (32,) and tags.get(_SAMPLE_FORMAT, (_UNSIGNED,)) == (_UNSIGNED,)


def _with_whites(image: Image.Image, view: BinaryIO) -> Image.Image:
    """Return the picture with those whites that became black.

    Pillow rounds samples of more than 8 bits, and the highest ones become 0. The same data, read
    as samples of one bit more, is darker and has no such values, so it tells black from white.
    """
    deeper = _one_bit_deeper(view)
    if deeper is None:
        return image
    with Image.open(deeper, formats=("JPEG2000",)) as other:
        other.load()
        channels = [
            ImageChops.lighter(
                channel,
                ImageChops.darker(
                    channel.point([255, *[0] * 255]),
                    guide.point([0] * 129 + [255] * 127),
                ),
            )
            for channel, guide in zip(image.split(), other.split(), strict=True)
        ]
    right = Image.merge(image.mode, channels)
    right.info = image.info
    return right


def _one_bit_deeper(view: BinaryIO) -> BinaryIO | None:
    """Return the file with one bit more for each sample; None if all have 8 bits or signs."""
    view.seek(0)
    head = view.read(_JP2_HEAD_BYTES)
    start = head.find(_SIZ)
    if start < 0:
        return None
    count = int.from_bytes(head[start + _COMPONENTS_AT : start + _FIRST_DEPTH_AT])
    places = [start + _FIRST_DEPTH_AT + _DEPTH_STEP * number for number in range(count)]
    # The field holds the bits less one, and the highest bit is the sign.
    depths = [head[place] for place in places if place < len(head)]
    if len(depths) < count or not all(7 < depth < 30 for depth in depths):
        return None
    parts: list[Part] = []
    position = 0
    for place, depth in zip(places, depths, strict=True):
        parts += [Span(position, place - position), bytes([depth + 1])]
        position = place + 1
    return spliced(view, [*parts, Span(position, whole_file(view).length - position)])
