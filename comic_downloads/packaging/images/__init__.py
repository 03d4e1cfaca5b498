"""Read images, check that they are whole, and make new ones. The only owner of Pillow.

Pixels are limited before anything is decoded, and only known kinds of images are opened. Every
fault of a file becomes PageUnreadable with a reason that a reader understands.
"""

from .converting import (
    common_jpeg,
    convert_parts,
    convert_screens,
    decoded_strip_page,
    jpeg_thumbnail,
    lossless_png,
    measured_margins,
    opaque_png,
    thumbnail,
)
from .memory import working_bytes
from .probing import check_decodes, probe
from .resizing import RESIZER
from .screens import DecodedPage, PageOfStrip, StripPage
from .shaping import margins_of_all

__all__ = [
    "RESIZER",
    "DecodedPage",
    "PageOfStrip",
    "StripPage",
    "check_decodes",
    "common_jpeg",
    "convert_parts",
    "convert_screens",
    "decoded_strip_page",
    "jpeg_thumbnail",
    "lossless_png",
    "margins_of_all",
    "measured_margins",
    "opaque_png",
    "probe",
    "thumbnail",
    "working_bytes",
]
