"""Return the image that is all of a page, unchanged where its colours are as they are shown."""

from __future__ import annotations

from collections.abc import Callable

from pypdfium2 import PdfImage, PdfPage
from pypdfium2.raw import FPDF_COLORSPACE_UNKNOWN, FPDFPageObj_HasTransparency

from .colours import EXACT_COLOURS, PLAIN_COLOURS, jpeg_channels, looks_alike
from .encoding import png
from .placement import fills, is_cut, shown

MAX_PICTURE_PIXELS = 100_000_000


def picture_data(page: PdfPage, alters: Callable[[], bool]) -> bytes | None:
    """Return the data of the single image that is the page, or None if there is no such image.

    JPEG and JPEG 2000 stay unchanged if they look as in the PDF; other images become lossless PNG.
    """
    picture = _only_picture(page)
    if picture is None:
        return None
    filters = picture.get_filters(skip_simple=True)
    if filters == ["JPXDecode"]:
        return bytes(picture.get_data(decode_simple=True))
    width, height = picture.get_px_size()
    if width * height > MAX_PICTURE_PIXELS:
        raise ValueError(f"its picture has {width} x {height} pixels")
    colours = picture.get_metadata().colorspace
    if filters == ["DCTDecode"]:
        data = bytes(picture.get_data(decode_simple=True))
        plain = colours in PLAIN_COLOURS and jpeg_channels(data) in {1, 3}
        as_it_is = (plain and not alters()) or looks_alike(
            picture, data, roughly=plain and colours not in EXACT_COLOURS
        )
        return data if as_it_is else png(picture.get_bitmap())
    # The page defines the colour of a stencil mask, and pixels hidden by a mask have any colour.
    return (
        None
        if colours == FPDF_COLORSPACE_UNKNOWN or _has_holes(picture)
        else png(picture.get_bitmap())
    )


def _has_holes(picture: PdfImage) -> bool:
    bitmap = picture.get_bitmap(render=True)
    return bitmap.n_channels == 4 and bytes(bitmap.buffer)[3::4].strip(b"\xff") != b""


def _only_picture(page: PdfPage) -> PdfImage | None:
    """Return the page's image if it is upright, fills the page and nothing else is visible.

    Invisible text, as from text recognition, may cover it.
    """
    pictures, alone = shown(page)
    if not alone or len(pictures) != 1 or page.get_rotation() != 0:
        return None
    (picture,) = pictures
    whole = (
        fills(picture, page)
        and not FPDFPageObj_HasTransparency(picture)
        and not is_cut(picture, page)
    )
    return picture if whole else None
