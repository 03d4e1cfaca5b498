"""Read Windows and OS/2 bitmaps (BMP, DIB) of every kind that browsers show.

Pillow's own reader knows few bit fields, no palettes of four or of more than 256 colours, no short
OS/2 headers and no bitmap without a file header, and puts run-length encoded rows that are too long
or too short in the wrong place. Sources: "Bitmap Storage" of the Win32 documentation; the header of
OS/2 2.x in "OS/2 Presentation Manager Programming Reference", BITMAPINFOHEADER2.
"""

from .header import is_bitmap
from .plugin import BITMAP, register_bitmaps

__all__ = ["BITMAP", "is_bitmap", "register_bitmaps"]
