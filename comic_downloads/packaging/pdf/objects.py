"""Write a PDF as numbered objects, in the order of the file.

Header, images and pages are written while the pages arrive; the page tree, the table of objects and
the trailer at the end.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterable, Iterator
from typing import Protocol

from zlib_ng import zlib_ng

from ...domain.errors import FileTooLarge
from ...domain.formats import MAX_PDF_BYTES, Format, too_large_message
from ..headers import Header
from ..pages import OutputPage
from .images import PdfImage

# Bytes above 127 tell tools that the file is binary.
_HEADER = b"%PDF-1.7\n%\xc3\xa9\xc3\xa8\xc3\xaa\xc3\xab\n"
# Our own key for the CRC-32 of an image's data. Readers ignore keys that they do not know
# (ISO 32000-1, annex E).
CHECKSUM_KEY = "CDL_CRC32"
_IMAGE = "/Type /XObject /Subtype /Image"
# What follows the number of an image and of a page, and of no other object.
IMAGE_START = f"<<\n{_IMAGE}"
PAGE_START = "<</Type /Page /Parent"
# The name of the image in a page's content.
PAGE_IMAGE = "I"
# How many entries of the table are written at once.
_TABLE_STEP = 4096
_DEVICE = {1: "DeviceGray", 3: "DeviceRGB", 4: "DeviceCMYK"}


class PdfOutput(Protocol):
    """Takes the bytes of a PDF: a file, or a recorder of a layout."""

    @property
    def size_bytes(self) -> int:
        """Return how many bytes there are so far."""
        ...

    def write(self, data: bytes) -> None:
        """Append the bytes."""
        ...

    def write_page(self, page: OutputPage, chunks: Iterable[bytes]) -> None:
        """Append the page, whose bytes the chunks are."""
        ...


class PdfObjects:
    """Write numbered objects straight into the file and remember where each begins.

    Only the place of an object stays in memory: 8 bytes. Numbers start at 1, the page tree, in the
    order of adding.

    Attributes:
        page_tree: The number of the page tree.
        pages: The numbers of the page objects.
    """

    def __init__(self, output: PdfOutput) -> None:
        self.page_tree = 1
        self.pages = array("L")
        # The page tree is written at the end, but every page names it.
        self._offsets = array("Q", [0])
        self._output = output
        self._profiles: dict[bytes, int] = {}
        output.write(_HEADER)

    @property
    def last_number(self) -> int:
        """Return the number of the object added last."""
        return len(self._offsets)

    def add_page(self, size: str, content: str, image: int) -> None:
        """Write a page.

        Args:
            size: Width and height in points, as they are written.
            content: What the page shows; it can name the image ``PAGE_IMAGE``.
            image: The number of the image object.
        """
        contents = self._begin()
        self._write_stream([], str(len(content)), iter([content.encode()]))
        number = self._begin()
        resources = f"/Resources <</XObject <</{PAGE_IMAGE} {image} 0 R>>>>"
        place = f"{PAGE_START} {self.page_tree} 0 R /MediaBox [0 0 {size}]"
        self._output.write(f"{place}\n{resources} /Contents {contents} 0 R>>\nendobj\n".encode())
        self.pages.append(number)

    def add_serialized(self, text: str) -> None:
        """Write an object that was made elsewhere; it has the next number."""
        self._note_place()
        self._output.write(text.encode("latin-1") + b"\n")

    def write_end(self, catalog: int, info: int, identifier: str) -> None:
        """Write page tree, table of objects and trailer. No object can follow.

        Args:
            catalog: The number of the catalog object.
            info: The number of the information object.
            identifier: The file identifier in hexadecimal.
        """
        self._check_size()
        self._offsets[self.page_tree - 1] = self._output.size_bytes
        kids = " ".join(f"{number} 0 R" for number in self.pages)
        tree = f"<</Type /Pages /Count {len(self.pages)} /Kids [{kids}]>>"
        self._output.write(f"{self.page_tree} 0 obj\n{tree}\nendobj\n".encode())
        start = self._output.size_bytes
        count = len(self._offsets) + 1
        self._output.write(f"xref\n0 {count}\n{0:010} 65535 f \n".encode())
        for first in range(0, len(self._offsets), _TABLE_STEP):
            self._output.write(
                b"".join(
                    b"%010d 00000 n \n" % offset
                    for offset in self._offsets[first : first + _TABLE_STEP]
                )
            )
        ends = (
            f"/Size {count} /Root {catalog} 0 R /Info {info} 0 R /ID [<{identifier}><{identifier}>]"
        )
        self._output.write(f"trailer\n<<{ends}>>\nstartxref\n{start}\n%%EOF\n".encode())

    def add_image(self, image: PdfImage) -> int:
        """Write the image, its mask and its colour profile; return the number of the image."""
        mask = self.add_image(image.mask) if image.mask is not None else None
        colours = self._colour_space(image.header)
        header = image.header
        number = self._begin()
        entries = [
            f"{_IMAGE} /Width {header.width} /Height {header.height}",
            f"/ColorSpace {colours} /BitsPerComponent {header.bits} /Filter /{image.filter}",
        ]
        if image.parameters:
            entries.append(f"/DecodeParms {image.parameters}")
        if header.inverted:
            entries.append("/Decode [1 0 1 0 1 0 1 0]")
        if mask is not None:
            entries.append(f"/SMask {mask} 0 R")
        # Numbers that are known only at the end become objects of their own, right behind the
        # stream (ISO 32000-1, section 7.3.10).
        if image.size_bytes is None or image.crc32 is None:
            entries.append(f"/{CHECKSUM_KEY} {number + 2} 0 R")
            self._add_numbers(*self._write_counted(entries, f"{number + 1} 0 R", image.data))
        else:
            entries.append(f"/{CHECKSUM_KEY} {image.crc32}")
            self._write_stream(entries, str(image.size_bytes), image.data, image.page)
        return number

    def _add_numbers(self, *numbers: int) -> None:
        for number in numbers:
            self._begin()
            self._output.write(f"{number}\nendobj\n".encode())

    def _begin(self) -> int:
        self._note_place()
        self._output.write(f"{self.last_number} 0 obj\n".encode())
        return self.last_number

    def _note_place(self) -> None:
        self._check_size()
        self._offsets.append(self._output.size_bytes)

    def _check_size(self) -> None:
        """Raise FileTooLarge if an object that begins here could not be found."""
        if self._output.size_bytes >= MAX_PDF_BYTES:
            raise FileTooLarge(too_large_message(Format.PDF))

    def _write_counted(
        self, entries: list[str], length: str, data: Iterator[bytes]
    ) -> tuple[int, int]:
        """Return the length and the CRC-32 of the data that was written."""
        size_bytes, crc32 = 0, 0

        def counted() -> Iterator[bytes]:
            nonlocal size_bytes, crc32
            for chunk in data:
                size_bytes += len(chunk)
                crc32 = zlib_ng.crc32(chunk, crc32)
                yield chunk

        self._write_stream(entries, length, counted())
        return size_bytes, crc32

    def _write_stream(
        self,
        entries: list[str],
        length: str,
        data: Iterator[bytes],
        page: OutputPage | None = None,
    ) -> None:
        self._output.write(
            "\n".join(["<<", *entries, f"/Length {length}", ">>", "stream\n"]).encode()
        )
        if page is not None:
            self._output.write_page(page, data)
        else:
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
        """Return the object of that ICC profile; pages that share one share the object."""
        key = zlib.compress(profile, 9)
        if key not in self._profiles:
            number = self._begin()
            entries = [f"/N {channels} /Alternate /{_DEVICE[channels]} /Filter /FlateDecode"]
            self._write_stream(entries, str(len(key)), iter([key]))
            self._profiles[key] = number
        return self._profiles[key]
