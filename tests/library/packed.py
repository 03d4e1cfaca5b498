"""Archives of other kinds, made for the tests.

RAR has no free packer, so these are stored archives after its published format.
"""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import py7zr
from fpdf import FPDF


@dataclass(frozen=True)
class RawEntry:
    """One entry of a ZIP archive, with every field that real programs write wrongly.

    Fields of the local header are those of the directory unless they are set here. ``crc32``,
    ``packed_bytes`` and ``size_bytes`` replace the true values in both.
    """

    name: bytes
    data: bytes
    method: int = zipfile.ZIP_STORED
    flags: int = 0
    extra: bytes = b""
    version_needed: int = 20
    local_name: bytes | None = None
    local_extra: bytes | None = None
    local_flags: int | None = None
    local_sizes: bool = True
    crc32: int | None = None
    packed_bytes: int | None = None
    size_bytes: int | None = None
    packed: bytes | None = None
    same_data_as: int | None = None

    def packed_data(self) -> bytes:
        if self.packed is not None:
            return self.packed
        if self.method == zipfile.ZIP_DEFLATED:
            deflate = zlib.compressobj(wbits=-15)
            return deflate.compress(self.data) + deflate.flush()
        return self.data

    def facts(self, packed: bytes) -> tuple[int, int, int]:
        """Return CRC-32, packed and real size as they are written."""
        return (
            zlib.crc32(self.data) if self.crc32 is None else self.crc32,
            len(packed) if self.packed_bytes is None else self.packed_bytes,
            len(self.data) if self.size_bytes is None else self.size_bytes,
        )


def raw_zip(entries: Sequence[RawEntry], comment: bytes = b"") -> bytes:
    """Return a ZIP archive, field by field after APPNOTE.TXT 4.3.7, 4.3.12 and 4.3.16."""
    body, directory, offsets = b"", b"", list[int]()
    for entry in entries:
        packed = entry.packed_data()
        crc32, packed_bytes, size_bytes = entry.facts(packed)
        common = (entry.version_needed, entry.flags, entry.method, 0, 0x21)
        shared = entry.same_data_as
        offset = len(body) if shared is None else offsets[shared]
        offsets.append(offset)
        if shared is None:
            body += _local_header(entry, packed) + packed
        directory += struct.pack(
            "<4sH5H3L5H2L",
            b"PK\x01\x02",
            20,
            *common,
            *(crc32, packed_bytes, size_bytes),
            *(len(entry.name), len(entry.extra), 0, 0, 0),
            *(0, offset),
        )
        directory += entry.name + entry.extra
    count = len(entries)
    end = struct.pack(
        "<4s4H2LH",
        b"PK\x05\x06",
        *(0, 0, count, count, len(directory), len(body), len(comment)),
    )
    return body + directory + end + comment


def _local_header(entry: RawEntry, packed: bytes) -> bytes:
    name = entry.name if entry.local_name is None else entry.local_name
    extra = entry.extra if entry.local_extra is None else entry.local_extra
    flags = entry.flags if entry.local_flags is None else entry.local_flags
    facts = entry.facts(packed) if entry.local_sizes else (0, 0, 0)
    return (
        struct.pack(
            "<4s5H3L2H",
            b"PK\x03\x04",
            *(entry.version_needed, flags, entry.method, 0, 0x21),
            *facts,
            *(len(name), len(extra)),
        )
        + name
        + extra
    )


def write_tar(
    path: Path, entries: Mapping[str, bytes], mode: str = "w", form: int = tarfile.PAX_FORMAT
) -> Path:
    """Write a TAR archive; the mode ``w:gz`` and its like compress it."""
    with tarfile.open(path, mode, format=form) as archive:  # pyright: ignore[reportArgumentType, reportCallIssue]
        for name, data in entries.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


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
