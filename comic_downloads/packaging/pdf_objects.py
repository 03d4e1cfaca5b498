"""The part of a PDF that is written while the pages come in: its header and the image objects."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from ..domain.artifact import MAX_PDF_BYTES, PDF_TOO_LARGE
from ..domain.errors import FileTooLarge
from .headers import Header
from .output import OutputFile
from .pdf_images import PdfImage

_HEADER = b"%PDF-1.7\n%\xc3\xa9\xc3\xa8\xc3\xaa\xc3\xab\n"  # bytes above 127 tell tools that the file is binary
CHECKSUM_KEY = "CDL_CRC32"  # ours, of the image's data; readers pass over keys they do not know (ISO 32000-1, annex E)
_DEVICE = {1: "DeviceGray", 3: "DeviceRGB", 4: "DeviceCMYK"}


def check_size(output: OutputFile) -> None:
    """Raises FileTooLarge when an object that begins here could not be found."""
    if output.size_bytes >= MAX_PDF_BYTES:
        raise FileTooLarge(PDF_TOO_LARGE)


class PdfObjects:
    """Writes numbered objects straight into the file and remembers where each begins.

    Nothing of an image stays in memory. Numbers start at 1, in the order of ``add_image``.
    """

    def __init__(self, output: OutputFile) -> None:
        self.offsets: dict[int, int] = {}
        self._output = output
        self._profiles: dict[bytes, int] = {}
        output.write(_HEADER)

    @property
    def last_number(self) -> int:
        return len(self.offsets)

    def add_image(self, image: PdfImage) -> int:
        """Writes the image, with its mask and colour profile; gives the image object's number."""
        mask = self.add_image(image.mask) if image.mask is not None else None
        colours = self._colour_space(image.header)
        header = image.header
        number = self._begin()
        entries = [
            f"/Type /XObject /Subtype /Image /Width {header.width} /Height {header.height}",
            f"/ColorSpace {colours} /BitsPerComponent {header.bits} /Filter /{image.filter}",
        ]
        if image.parameters:
            entries.append(f"/DecodeParms {image.parameters}")
        if header.inverted:
            entries.append("/Decode [1 0 1 0 1 0 1 0]")
        if mask is not None:
            entries.append(f"/SMask {mask} 0 R")
        # What is known only at the end becomes objects of their own, right behind the stream (ISO 32000-1, 7.3.10).
        if image.size_bytes is None or image.crc32 is None:
            entries.append(f"/{CHECKSUM_KEY} {number + 2} 0 R")
            self._add_numbers(*self._write_counted(entries, f"{number + 1} 0 R", image.data))
        else:
            entries.append(f"/{CHECKSUM_KEY} {image.crc32}")
            self._write_stream(entries, str(image.size_bytes), image.data)
        return number

    def _add_numbers(self, *numbers: int) -> None:
        for number in numbers:
            self._begin()
            self._output.write(f"{number}\nendobj\n".encode())

    def _begin(self) -> int:
        check_size(self._output)
        number = len(self.offsets) + 1
        self.offsets[number] = self._output.size_bytes
        self._output.write(f"{number} 0 obj\n".encode())
        return number

    def _write_counted(self, entries: list[str], length: str, data: Iterator[bytes]) -> tuple[int, int]:
        """Length and CRC-32 of the data that was written."""
        size_bytes, crc32 = 0, 0

        def counted() -> Iterator[bytes]:
            nonlocal size_bytes, crc32
            for chunk in data:
                size_bytes += len(chunk)
                crc32 = zlib.crc32(chunk, crc32)
                yield chunk

        self._write_stream(entries, length, counted())
        return size_bytes, crc32

    def _write_stream(self, entries: list[str], length: str, data: Iterator[bytes]) -> None:
        self._output.write("\n".join(["<<", *entries, f"/Length {length}", ">>", "stream\n"]).encode())
        for chunk in data:
            self._output.write(chunk)
        self._output.write(b"\nendstream\nendobj\n")

    def _colour_space(self, header: Header) -> str:
        channels = 3 if header.palette else header.channels
        base = f"/{_DEVICE[channels]}"
        if header.profile is not None:
            base = f"[/ICCBased {self._profile(header.profile, channels)} 0 R]"
        if not header.palette:
            return base
        return f"[/Indexed {base} {len(header.palette) // 3 - 1} <{header.palette.hex()}>]"

    def _profile(self, profile: bytes, channels: int) -> int:
        """The object of that ICC profile; pages that share one, share the object."""
        key = zlib.compress(profile, 9)
        if key not in self._profiles:
            number = self._begin()
            entries = [f"/N {channels} /Alternate /{_DEVICE[channels]} /Filter /FlateDecode"]
            self._write_stream(entries, str(len(key)), iter([key]))
            self._profiles[key] = number
        return self._profiles[key]
