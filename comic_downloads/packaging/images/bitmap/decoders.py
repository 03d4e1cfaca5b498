"""Decode the pixels of bitmaps that Pillow cannot unpack."""

from __future__ import annotations

import io
from typing import BinaryIO, cast

from PIL import Image, ImageFile, ImageMath

from .header import Masks

# Rows that are decoded at once, to save memory.
_BAND_ROWS = 64
_CHANNEL_BITS = 8
_END_OF_ROW, _END_OF_BITMAP, _MOVE = 0, 1, 2


class FieldsDecoder(ImageFile.PyDecoder):
    """Decode pixels of 16 or 32 bits whose channels have any masks."""

    _pulls_fd = True

    def decode(self, buffer: Image.DecoderInput) -> tuple[int, int]:
        """Fill the image. Raises OSError if rows are missing."""
        bits, masks, order = cast("tuple[int, Masks, int]", self.args)
        file, target = cast("BinaryIO", self.fd), self.im
        assert target is not None
        width, height = self.state.xsize, self.state.ysize
        stride = (width * bits + 31) // 32 * 4
        for row in range(0, height, _BAND_ROWS):
            rows = min(_BAND_ROWS, height - row)
            data = file.read(stride * rows)
            if len(data) < stride * rows:
                raise OSError("image file is truncated")
            raw_mode = "I;16" if bits == 16 else "I;32"
            band = Image.frombytes("I", (width, rows), data, "raw", raw_mode, stride, order)
            top = row if order > 0 else height - row - rows
            target.paste(_channels(band, masks).im, (0, top, width, top + rows))
        return -1, 0


def _channels(pixels: Image.Image, masks: Masks) -> Image.Image:
    """Return the picture of these numbers; a channel without a mask is black."""
    found = [_channel(pixels, mask) for mask in (masks if masks.alpha else masks[:3])]
    return Image.merge("RGBA" if masks.alpha else "RGB", found)


def _channel(pixels: Image.Image, mask: int) -> Image.Image:
    if not mask:
        return Image.new("L", pixels.size)
    lowest = (mask & -mask).bit_length() - 1
    # Of a wide channel, the highest bits count.
    shift = max(lowest, mask.bit_length() - _CHANNEL_BITS)
    highest = mask >> shift
    values = cast(
        Image.Image,
        ImageMath.lambda_eval(lambda args: (args["pixels"] >> shift) & highest, pixels=pixels),
    )
    scale = [min(255, round(value * 255 / highest)) for value in range(256)]
    return values.convert("L").point(scale)


class RunsDecoder(ImageFile.PyDecoder):
    """Decode run-length encoded indexes of 4 or 8 bits.

    Pixels that are skipped have the first colour of the palette. What lies outside the picture is
    ignored.
    """

    _pulls_fd = True

    def decode(self, buffer: Image.DecoderInput) -> tuple[int, int]:
        """Fill the image. Raises OSError if the file ends before the picture does."""
        has_half_bytes, order = cast("tuple[bool, int]", self.args)
        width, height = self.state.xsize, self.state.ysize
        rows = _unpacked(cast("BinaryIO", self.fd), width, height, has_half_bytes=has_half_bytes)
        self.set_as_raw(rows, "P", (width, order))
        return -1, 0


def _unpacked(file: BinaryIO, width: int, height: int, *, has_half_bytes: bool) -> bytearray:
    """Return one byte for each pixel, in the order of the file."""
    rows = bytearray(width * height)
    x = y = 0
    while y < height:
        command = file.read(2)
        if len(command) < 2:
            if y == height - 1 and x >= width:
                break
            raise OSError("image file is truncated")
        count, value = command
        if count == 0 and value == _END_OF_BITMAP:
            break
        if count == 0 and value == _END_OF_ROW:
            x, y = 0, y + 1
            continue
        if count == 0 and value == _MOVE:
            right, on = file.read(2).ljust(2, b"\0")
            x, y = x + right, y + on
            continue
        pixels = _run(file, count, value, has_half_bytes=has_half_bytes)
        visible = pixels[: max(0, width - x)]
        rows[y * width + x : y * width + x + len(visible)] = visible
        x += len(pixels)
    return rows


def _run(file: BinaryIO, count: int, value: int, *, has_half_bytes: bool) -> bytes:
    """Return the pixels of a command: one value repeated, or others that follow it."""
    if not has_half_bytes:
        if count:
            return bytes([value]) * count
        return file.read(value + value % 2)[:value]
    if count:
        return (bytes([value >> 4, value & 15]) * (count // 2 + 1))[:count]
    data = file.read((value + 3) // 4 * 2)
    return bytes(half for byte in data for half in (byte >> 4, byte & 15))[:value]


class FileDecoder(ImageFile.PyDecoder):
    """Decode a JPEG or PNG that stands in place of the pixels."""

    _pulls_fd = True

    def decode(self, buffer: Image.DecoderInput) -> tuple[int, int]:
        """Fill the image. Raises OSError if the picture has another size or is damaged."""
        (format,) = cast("tuple[str]", self.args)
        target = self.im
        assert target is not None
        data = cast("BinaryIO", self.fd).read()
        with Image.open(io.BytesIO(data), formats=(format,)) as picture:
            if picture.size != target.size:
                raise OSError("the picture inside the bitmap has another size")
            target.paste(picture.convert("RGB").im, (0, 0, *picture.size))
        return -1, 0
