"""Read one PDF for the parent process: extract pages that are a single image, render all others.

This runs as a separate program without the rest of the package, because PDFium cannot be
interrupted, and a hostile file may crash it, hang it, or fill the memory.

The protocol: the first answer on standard output is the number of pages (4 bytes). Then each page
number (4 bytes, from 0) on standard input is answered with that page's image, the number
DESCRIPTION with what the PDF says about itself (``description``), and the number OUTLINE with its
outline (``outline``). An answer has a status byte (``+`` or ``-``), a length (8 bytes), and the
data: the number, the image, the description, the outline, or the reason for the failure. Numbers
are unsigned and big-endian.
"""

from __future__ import annotations

import resource
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from struct import pack

from pypdfium2 import PdfDocument, PdfiumError

from .description import description
from .drawing import drawn
from .outline import outline
from .picture import picture_data
from .source_file import SourceFile

DESCRIPTION = b"\xff" * 4
OUTLINE = b"\xff\xff\xff\xfe"


class CannotRead(Exception):
    """The file or a page cannot be read. The text says why, without a full stop."""


def main(path: str, seconds: float, max_bytes: int) -> None:
    """Answer requests until standard input ends.

    Each answer has ``seconds`` of time. Then SIGALRM ends the process, even inside PDFium.
    """
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_AS, (max_bytes, max_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    documents: list[PdfDocument] = []
    file = Path(path).open("rb")  # noqa: SIM115  # It stays open until the process ends.
    source = SourceFile(file)

    def opened() -> bytes:
        documents.append(_opened(path))
        return pack(">L", len(documents[0]))

    _answer(opened, seconds)
    while documents and len(number := sys.stdin.buffer.read(4)) == 4:
        if number == DESCRIPTION:
            _answer(partial(description, documents[0], file), seconds)
        elif number == OUTLINE:
            _answer(partial(outline, documents[0]), seconds)
        else:
            _answer(partial(_page, documents[0], source, int.from_bytes(number)), seconds)


def _answer(work: Callable[[], bytes], seconds: float) -> None:
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        status, data = b"+", work()
    except CannotRead as error:
        status, data = b"-", str(error).encode()
    except (PdfiumError, MemoryError, ValueError) as error:
        reason = error or "it needs too much memory"
        status, data = b"-", f"cannot be rendered: {reason}".encode()
    signal.setitimer(signal.ITIMER_REAL, 0)
    sys.stdout.buffer.write(status + pack(">Q", len(data)) + data)
    sys.stdout.buffer.flush()


def _opened(path: str) -> PdfDocument:
    try:
        document = PdfDocument(path)
        # Without it, PDFium leaves the fields of forms out.
        document.init_forms()
        return document
    except PdfiumError as error:
        locked = "password" in str(error).lower()
        raise CannotRead(
            "locked with a password. Save it without one"
            if locked
            else "damaged or cut short. Copy or download it again"
        ) from error


def _page(document: PdfDocument, source: SourceFile, index: int) -> bytes:
    try:
        page = document[index]
    except PdfiumError as error:
        raise CannotRead("is damaged in the PDF") from error
    try:
        return picture_data(page, index, source) or drawn(page, index)
    finally:
        page.close()
