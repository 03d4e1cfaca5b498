"""Return the image that is all of a page, unchanged where its colours are as they are shown."""

from __future__ import annotations

from pypdfium2 import PdfImage, PdfPage
from pypdfium2.raw import FPDF_COLORSPACE_UNKNOWN

from .colours import EXACT_COLOURS, PLAIN_COLOURS, jpeg_channels, looks_alike
from .content import content_of
from .jpeg import upright
from .jpeg2000 import is_jpeg2000, is_shown_as_stored
from .mending import copied_dictionary
from .placement import Turn, fills, keeps_proportions, turn_of
from .png import png
from .source_file import SourceFile

MAX_PICTURE_PIXELS = 100_000_000
_INKS = 4  # The channels of a JPEG in CMYK.


def picture_data(page: PdfPage, index: int, file: SourceFile) -> bytes | None:
    """Return the data of the single image that is a page, or None if the page must be drawn.

    JPEG and JPEG 2000 stay unchanged if they look as in the PDF; a JPEG that is turned on the page
    is turned, and other images become lossless PNG. A JPEG in inks is drawn, because PDF viewers
    mix inks as printers do, and other programs by a formula that makes them glaring.
    """
    pictures, is_all = content_of(page)
    if not is_all or len(pictures) != 1 or not fills(pictures[0], page):
        return None
    picture, turn = pictures[0], turn_of(pictures[0], page)
    if turn is None or not keeps_proportions(picture, page):
        return None
    if is_jpeg2000(picture):
        if turn is not Turn.NONE:
            return None
        dictionary = file.dictionary(picture) or copied_dictionary(page, index, picture)
        is_stored = is_shown_as_stored(picture, dictionary)
        return bytes(picture.get_data(decode_simple=True)) if is_stored else None
    width, height = picture.get_px_size()
    if width * height > MAX_PICTURE_PIXELS:
        raise ValueError(f"its picture has {width} x {height} pixels")
    if picture.get_filters(skip_simple=True) == ["DCTDecode"]:
        data = bytes(picture.get_data(decode_simple=True))
        if not _looks_the_same(picture, data, file):
            return None
        return upright(data, turn)
    return _lossless(picture) if turn is Turn.NONE else None


def _looks_the_same(picture: PdfImage, jpeg: bytes, file: SourceFile) -> bool:
    colours, channels = picture.get_metadata().colorspace, jpeg_channels(jpeg)
    if channels == _INKS:
        return False
    plain = colours in PLAIN_COLOURS and channels in {1, 3}
    return (plain and not file.alters_values) or looks_alike(
        picture, jpeg, roughly=plain and colours not in EXACT_COLOURS
    )


def _lossless(picture: PdfImage) -> bytes | None:
    # The page defines the colour of a stencil mask, and pixels hidden by a mask have any colour.
    if picture.get_metadata().colorspace == FPDF_COLORSPACE_UNKNOWN or _has_holes(picture):
        return None
    return png(picture.get_bitmap())


def _has_holes(picture: PdfImage) -> bool:
    bitmap = picture.get_bitmap(render=True)
    return bitmap.n_channels == 4 and bytes(bitmap.buffer)[3::4].strip(b"\xff") != b""
