"""Images: what is in them, whether they are whole, and others made from them. The only owner of Pillow.

Pixels are bounded before anything is decoded, formats are a white list, and every fault of a file ends as
PageUnreadable with a reason that a reader understands.
"""

from .converting import convert_parts, lossless_png, opaque_png, thumbnail
from .memory import working_bytes
from .probing import check_decodes, probe

__all__ = [
    "check_decodes",
    "convert_parts",
    "lossless_png",
    "opaque_png",
    "probe",
    "thumbnail",
    "working_bytes",
]
