"""Archives of other kinds, made for the tests.

RAR has no free packer, so these are stored archives after its published format.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import py7zr
from fpdf import FPDF


def write_7z(path: Path, entries: Mapping[str, bytes], **options: object) -> Path:
    with py7zr.SevenZipFile(path, "w", **options) as archive:  # pyright: ignore[reportArgumentType]
        for name, data in entries.items():
            archive.writestr(data, name)
    return path


def write_rar5(
    path: Path,
    entries: Mapping[str, bytes],
    *,
    method: int = 0,
    encrypted: bool = False,
    solid: bool = False,
) -> Path:
    """Write a RAR 5.0 archive: signature, main header, a file header with data for each page, end.

    Source: "RAR 5.0 archive format", technote of rarlab.com.
    """
    parts = [b"Rar!\x1a\x07\x01\x00", _block5(1, 0, _vint(4 if solid else 0))]
    for name, data in entries.items():
        compression = method << 7 | (0x40 if solid else 0)
        fields = [
            _vint(0x0004),
            _vint(len(data)),
            _vint(0o100644),
            struct.pack("<L", zlib.crc32(data)),
        ]
        body = b"".join(
            [*fields, _vint(compression), _vint(1), _vint(len(name.encode())), name.encode()]
        )
        extra = _extra_encryption() if encrypted else b""
        parts.append(_block5(2, len(data), body, extra) + data)
    parts.append(_block5(5, 0, _vint(0)))
    path.write_bytes(b"".join(parts))
    return path


def _block5(kind: int, data_size: int, body: bytes, extra: bytes = b"") -> bytes:
    flags = (0x1 if extra else 0) | (0x2 if kind == 2 else 0)
    sizes = (_vint(len(extra)) if extra else b"") + (_vint(data_size) if kind == 2 else b"")
    header = _vint(kind) + _vint(flags) + sizes + body + extra
    sized = _vint(len(header)) + header
    return struct.pack("<L", zlib.crc32(sized)) + sized


def _extra_encryption() -> bytes:
    record = _vint(1) + _vint(0) + _vint(0) + b"\x0f" + bytes(16) + bytes(16)
    return _vint(len(record)) + record


def _vint(value: int) -> bytes:
    result = bytearray()
    while value >= 0x80:
        result.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*result, value])


def write_rar4(path: Path, entries: Mapping[str, bytes]) -> Path:
    """Write a RAR 4 archive with stored data (technote.txt of RAR 4.11)."""
    parts = [b"Rar!\x1a\x07\x00", _block4(0x73, 0, bytes(6))]
    for name, data in entries.items():
        stored, unix = 0x30, 3
        fields = struct.pack(
            "<LLBLLBBHL",
            len(data),
            len(data),
            unix,
            zlib.crc32(data),
            0,
            20,
            stored,
            len(name),
            0o100644,
        )
        parts.append(_block4(0x74, 0x8000, fields + name.encode()) + data)
    parts.append(_block4(0x7B, 0x4000, b""))
    path.write_bytes(b"".join(parts))
    return path


def _block4(kind: int, flags: int, body: bytes) -> bytes:
    rest = struct.pack("<BHH", kind, flags, len(body) + 7) + body
    return struct.pack("<H", zlib.crc32(rest) & 0xFFFF) + rest


def write_pdf(path: Path, pictures: list[bytes], *, text: str = "", password: str = "") -> Path:
    """Write a page for each picture, filled by it, and one with the text, if there is any."""
    pdf = FPDF(unit="pt")
    pdf.set_margin(0)
    if password:
        pdf.set_encryption(owner_password="owner", user_password=password)
    for picture in pictures:
        pdf.add_page(format=(300, 450))
        pdf.image(io.BytesIO(picture), 0, 0, 300, 450)
    if text:
        pdf.add_page(format=(300, 450))
        pdf.set_font("helvetica", size=24)
        pdf.text(40, 200, text)
    pdf.output(str(path))
    return path


CONTAINER = b"""<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="OEBPS/content.opf" media-type="application/oebps-package+xml"/>
</rootfiles></container>"""


def write_epub(
    path: Path,
    pages: Mapping[str, str],
    files: Mapping[str, bytes],
    *,
    rtl: bool = False,
    extra: str = "",
    fixed: bool = True,
) -> Path:
    """Write an EPUB.

    ``pages`` are the bodies of the documents in the spine, by name. ``files`` are stored beside
    them in the folder OEBPS.
    """
    layout = '<meta property="rendition:layout">pre-paginated</meta>' if fixed else ""
    items = "".join(
        f'<item id="i{n}" href="{name}" media-type="application/xhtml+xml"/>'
        for n, name in enumerate(pages)
    )
    spine = "".join(f'<itemref idref="i{n}"/>' for n in range(len(pages)))
    direction = ' page-progression-direction="rtl"' if rtl else ""
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" version="3.0"><metadata>'
        "<dc:title>Der Mond</dc:title><dc:creator>Ann Li</dc:creator><dc:language>de</dc:language>"
        f"{layout}{extra}</metadata>"
        f"<manifest>{items}</manifest><spine{direction}>{spine}</spine></package>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", CONTAINER)
        archive.writestr("OEBPS/content.opf", package)
        for name, body in pages.items():
            head = '<!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml">'
            html = f"{head}<body>&nbsp;{body}</body></html>"
            archive.writestr(f"OEBPS/{name}", html)
        for name, data in files.items():
            archive.writestr(f"OEBPS/{name}", data)
    return path
