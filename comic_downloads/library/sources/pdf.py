"""Read PDF comics in a child process, ``pdf_reader``, so that no file hangs or crashes this one."""

from __future__ import annotations

import base64
import io
import json
import signal
import subprocess
import sys
import threading
from importlib.metadata import version
from pathlib import Path
from struct import unpack
from typing import BinaryIO

from ...domain.errors import ComicUnreadable, PageOutOfReach, PageUnreadable
from .chapters import listed_chapters
from .documents import Document, DocumentKind, file_documents
from .source import MAX_PAGE_BYTES, MIB, ComicSource, require_pages

RENDERER = f"pypdfium2 {version('pypdfium2')}"  # Each version of PDFium renders other pixels.
PAGE_SECONDS = 60.0  # The slowest known page takes two seconds.
MAX_MEMORY_BYTES = 3 * 1024 * MIB
MAX_FAILURES = 3  # Pages that may end the child process before the other pages are given up.
# The page numbers with which ``pdf_reader.program`` is asked for these.
DESCRIPTION, OUTLINE = b"\xff" * 4, b"\xff\xff\xff\xfe"
READER = Path(__file__).with_name("pdf_reader")


class PdfComic(ComicSource):
    """A PDF whose pages are read by a child process.

    Opening the file may take ``page_seconds``, and so may each page. ``program`` is what
    Python runs to read them.
    """

    def __init__(
        self, path: Path, page_seconds: float = PAGE_SECONDS, program: Path = READER
    ) -> None:
        self._path = path
        self._page_seconds = page_seconds
        self._program = program
        self._lock = threading.Lock()
        self._failures = 0
        self._reader = _Reader(program, path, page_seconds)
        try:
            count = self._page_count()
            require_pages(count)
        except ComicUnreadable:
            self.close()
            raise
        digits = max(3, len(str(count)))
        self._pages = {f"page {number:0{digits}}": number - 1 for number in range(1, count + 1)}

    def _page_count(self) -> int:
        try:
            return int.from_bytes(self._reader.answer())
        except _CannotRead as error:
            raise ComicUnreadable(f"The PDF is {error}.") from error
        except _Ended as error:
            raise ComicUnreadable(
                f"The PDF cannot be opened: {error}. Save it again with another program."
            ) from error

    def names(self) -> list[str]:
        """Return generated names without an extension, because the type shows only on opening."""
        return list(self._pages)

    def open_page(self, name: str) -> BinaryIO:
        """Return the page's image from the child process, restarting it after a failure."""
        if name not in self._pages:
            raise PageUnreadable(f"“{name}” is no longer in the PDF.")
        with self._lock:
            if self._failures >= MAX_FAILURES:
                raise PageUnreadable(
                    f"“{name}” was not tried: other pages of this PDF took too long or failed."
                )
            try:
                return io.BytesIO(self._reader.page(self._pages[name]))
            except _CannotRead as error:
                raise PageUnreadable(f"“{name}” {error}.") from error
            except _TookTooLong as error:
                self._restart()
                raise PageOutOfReach(f"“{name}” cannot be rendered: {error}.") from error
            except _Ended as error:
                self._restart()
                raise PageUnreadable(f"“{name}” cannot be rendered: {error}.") from error

    def _restart(self) -> None:
        """Start a new child process for the remaining pages."""
        self._failures += 1
        self._reader.close()
        if self._failures < MAX_FAILURES:
            self._reader = _Reader(self._program, self._path, self._page_seconds)
            self._page_count()

    def documents(self) -> list[Document]:
        """Return the ComicInfo.xml and its kin attached to the PDF, and what it says of itself."""
        name = DocumentKind.PDF_DESCRIPTION
        with self._lock:
            try:
                said = self._reader.description()
            except _CannotRead:
                return [Document(name, name, None)]
            except _Ended:
                self._restart()
                return [Document(name, name, None)]
        files: dict[str, str] = json.loads(said)["attachments"]
        read = {name: base64.b64decode(data) for name, data in files.items()}
        return [*file_documents(read, [], lambda _: read), Document(name, name, said)]

    def chapters(self) -> dict[str, str]:
        """Return the titles in the PDF's outline by the names of their pages."""
        with self._lock:
            try:
                entries = json.loads(self._reader.outline())
            except _CannotRead:
                return {}
            except _Ended:
                self._restart()
                return {}
        return listed_chapters(entries, self.names())

    def close(self) -> None:
        """Stop the child process."""
        with self._lock:
            self._reader.close()


class _CannotRead(Exception):
    """The child process reported an error of the file or the page."""


class _Ended(Exception):
    """The child process ended instead of answering. The text says why."""


class _TookTooLong(_Ended):
    pass


class _Reader:
    """The child process that reads one PDF. ``pdf_reader.program`` describes the protocol."""

    def __init__(self, program: Path, path: Path, seconds: float) -> None:
        self._seconds = seconds
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(program), str(path), str(seconds), str(MAX_MEMORY_BYTES)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C must reach only the worker, which closes its comics.
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._questions, self._answers = self._process.stdin, self._process.stdout

    def page(self, index: int) -> bytes:
        return self._asked(index.to_bytes(4))

    def _asked(self, question: bytes) -> bytes:
        try:
            self._questions.write(question)
            self._questions.flush()
        except BrokenPipeError as error:
            raise self._why_ended() from error
        return self.answer()

    def description(self) -> bytes:
        """Return what the PDF says about itself, as ``pdf_reader.description`` writes it."""
        return self._asked(DESCRIPTION)

    def outline(self) -> bytes:
        """Return the outline, as ``pdf_reader.outline`` writes it."""
        return self._asked(OUTLINE)

    def answer(self) -> bytes:
        """Return the next answer. Raises _CannotRead, _TookTooLong or _Ended."""
        head = self._answers.read(9)
        if len(head) < 9:
            raise self._why_ended()
        status, size = unpack(">cQ", head)
        if size > MAX_PAGE_BYTES:
            raise _Ended("it is too large for a page")
        data = self._answers.read(size)
        if len(data) < size:
            raise self._why_ended()
        if status != b"+":
            raise _CannotRead(data.decode())
        return data

    def _why_ended(self) -> _Ended:
        if self._process.wait() == -signal.SIGALRM:
            return _TookTooLong(f"it took longer than {self._seconds:g} seconds")
        return _Ended("PDFium crashed on it")

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._answers.close()
        try:
            self._questions.close()
        except BrokenPipeError:
            return  # The last question was never read.
