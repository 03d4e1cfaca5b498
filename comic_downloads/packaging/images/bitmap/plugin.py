"""Make Pillow read bitmaps by our own header, and by decoders for what it cannot unpack."""

from __future__ import annotations

from typing import BinaryIO, cast

from PIL import Image, ImageFile, ImagePalette

from .decoders import FieldsDecoder, FileDecoder, RunsDecoder
from .header import (
    OF_15_BITS,
    OF_24_BITS,
    OF_32_BITS,
    Compression,
    Header,
    Masks,
    is_bitmap,
    read_header,
)

# Pillow's name for our reader. Its own one for bitmaps is “BMP”.
BITMAP = "BITMAP"
_FIELDS, _RUNS, _FILE = "bitmap_fields", "bitmap_runs", "bitmap_file"
# The kinds without a palette that Pillow unpacks itself, by bits and masks.
_RAW_MODES = {
    (16, OF_15_BITS): "BGR;15",
    (16, Masks(0xF800, 0x07E0, 0x001F)): "BGR;16",
    (24, OF_24_BITS): "BGR",
    (32, OF_24_BITS): "BGRX",
    (32, OF_32_BITS): "BGRA",
}
_INDEXED_MODES = {1: "P;1", 2: "P;2", 4: "P;4", 8: "P"}
_FIELD_BITS = frozenset({16, 32})


def register_bitmaps() -> None:
    """Make ``Image.open`` read files of the format BITMAP."""
    Image.register_open(BITMAP, BitmapFile, is_bitmap)
    Image.register_decoder(_FIELDS, FieldsDecoder)
    Image.register_decoder(_RUNS, RunsDecoder)
    Image.register_decoder(_FILE, FileDecoder)


class BitmapFile(ImageFile.ImageFile):
    """A bitmap that is decoded when its pixels are needed."""

    format = "BMP"
    format_description = "Windows or OS/2 bitmap"

    def _open(self) -> None:
        assert self.fp is not None
        header = read_header(cast("BinaryIO", self.fp))
        self._size = header.width, header.height
        self._mode = "RGBA" if header.masks.alpha else "RGB"
        if header.palette is not None:
            self._mode = "P"
            self.palette = ImagePalette.raw("BGR", header.palette)
        decoder, arguments = _decoder(header)
        extents = (0, 0, header.width, header.height)
        self.tile = [ImageFile._Tile(decoder, extents, header.pixels_at, arguments)]


def _decoder(header: Header) -> tuple[str, tuple[object, ...]]:
    """Return the name of a decoder and what it has to know."""
    order = 1 if header.is_top_down else -1
    match header.compression:
        case Compression.RLE8 | Compression.RLE4:
            return _RUNS, (header.compression is Compression.RLE4, order)
        case Compression.JPEG | Compression.PNG:
            return _FILE, (header.compression.name,)
        case _ if raw_mode := _raw_mode(header):
            return "raw", (raw_mode, (header.width * header.bits + 31) // 32 * 4, order)
        case _ if header.bits in _FIELD_BITS:
            return _FIELDS, (header.bits, header.masks, order)
    raise OSError("unsupported masks of a bitmap")


def _raw_mode(header: Header) -> str | None:
    """Return Pillow's name for pixels that it unpacks itself, or None."""
    if header.palette is not None:
        return _INDEXED_MODES[header.bits]
    return _RAW_MODES.get((header.bits, header.masks))
