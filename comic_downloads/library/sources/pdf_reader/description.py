"""What a PDF says about itself: document information, XMP, language, direction, attachments."""

from __future__ import annotations

import base64
import json
import os
import re
from ctypes import c_ulong, create_string_buffer
from typing import BinaryIO

from pypdfium2 import PdfDocument, PdfiumError
from pypdfium2.raw import (
    FPDF_WCHAR,
    FPDF_VIEWERREF_GetName,
    FPDFAttachment_GetFile,
    FPDFCatalog_GetLanguage,
)

MIB = 1024**2
# XMP is found by its marks, because PDFium does not hand it out. Programs put it near the beginning
# or the end of the file, and few compress it.
SEARCHED_BYTES = 4 * MIB
MAX_ATTACHMENT_BYTES = 16 * MIB
MAX_ATTACHMENTS = 100
_PACKET = re.compile(rb"<(\w+:)?RDF\b")
_PACKET_END = re.compile(rb"</(\w+:)?RDF\s*>")
# Pictures have XMP, too. That of a PDF names its format or the namespace of PDF.
_OF_PDF = (b"http://ns.adobe.com/pdf/1.3/", b"application/pdf")
_DIRECTION, _LANGUAGE_BYTES, _NAME_BYTES = b"Direction", 200, 20


def description(document: PdfDocument, file: BinaryIO) -> bytes:
    """Return a JSON object with what the PDF says about itself.

    It has ``info`` (the document information), ``language``, ``direction`` (``R2L`` or ``L2R``),
    ``xmp``, and ``attachments``: the XML files in the PDF by their names, in base64.
    """
    found = {
        "info": document.get_metadata_dict(skip_empty=True),
        "language": _language(document),
        "direction": _direction(document),
        "xmp": _xmp(file).decode(errors="replace"),
        "attachments": _attachments(document),
    }
    return json.dumps(found).encode()


def _language(document: PdfDocument) -> str:
    buffer = (FPDF_WCHAR * (_LANGUAGE_BYTES // 2))()
    length = FPDFCatalog_GetLanguage(document, buffer, _LANGUAGE_BYTES)
    text = bytes(buffer)[:length] if length <= _LANGUAGE_BYTES else b""
    return text.decode("utf-16-le", "replace").rstrip("\0")


def _direction(document: PdfDocument) -> str:
    buffer = create_string_buffer(_NAME_BYTES)
    length = FPDF_VIEWERREF_GetName(document, _DIRECTION, buffer, _NAME_BYTES)
    return buffer.value.decode(errors="replace") if 0 < length <= _NAME_BYTES else ""


def _xmp(file: BinaryIO) -> bytes:
    """Return the last XMP of the document itself near the end or the beginning of the file."""
    size = os.fstat(file.fileno()).st_size
    for start in (max(size - SEARCHED_BYTES, 0), 0):
        window = os.pread(file.fileno(), SEARCHED_BYTES, start)
        packets = _packets(window)
        if packets:
            return packets[-1]
    return b""


def _packets(window: bytes) -> list[bytes]:
    packets: list[bytes] = []
    place = 0
    while begin := _PACKET.search(window, place):
        end = _PACKET_END.search(window, begin.end())
        if end is None:
            break
        packet = window[begin.start() : end.end()]
        if any(mark in packet for mark in _OF_PDF):
            packets.append(packet)
        place = end.end()
    return packets


def _attachments(document: PdfDocument) -> dict[str, str]:
    found: dict[str, str] = {}
    for index in range(min(document.count_attachments(), MAX_ATTACHMENTS)):
        try:
            attachment = document.get_attachment(index)
            name = attachment.get_name()
            size = c_ulong()
            FPDFAttachment_GetFile(attachment, None, 0, size)
            if not name.lower().endswith(".xml") or size.value > MAX_ATTACHMENT_BYTES:
                continue
            data = bytes(attachment.get_data())
        except (PdfiumError, UnicodeDecodeError):
            continue  # A damaged attachment is none.
        found.setdefault(name, base64.b64encode(data).decode())
    return found
