"""Find the SHA-256 of layouts when nothing else is to be done: to make a layout reads no page."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ...db import artifacts
from ...domain.errors import JobError
from ..context import Context
from .layout_file import LayoutFile
from .layouts import Layouts

# How much is read between two looks at whether to stop.
CHUNK_BYTES = 1024 * 1024
# A layout with a page that cannot be read is tried again after this time.
RETRY_SECONDS = 900.0

log = logging.getLogger(__name__)


@dataclass
class _Reading:
    """A layout that is being read, and how far."""

    artifact_id: str
    file: LayoutFile
    digest: hashlib._Hash
    chunks: Iterator[bytes | memoryview]


class LayoutDigests:
    """Reads one layout after the other. What was read is kept when the work is interrupted.

    Args:
        context: The services of this process.
        pause: Waits for so many seconds. It is called after every part, for as long as reading the
            part took, so that the disk is left to people half of the time.
    """

    def __init__(self, context: Context, pause: Callable[[float], None]) -> None:
        self._context, self._pause = context, pause
        self._layouts = Layouts(context)
        self._reading: _Reading | None = None
        self._not_before: dict[str, float] = {}

    def work(self, should_stop: Callable[[], bool]) -> None:
        """Read until no layout without a digest is left, or ``should_stop`` returns True.

        A layout that somebody fetches at this moment is left for later. One whose pages have
        changed fails its downloads.
        """
        while not should_stop():
            reading = self._reading = self._reading or self._next()
            if reading is None:
                return
            try:
                if not self._read_on(reading, should_stop):
                    return
                self._finish(reading)
            except JobError as error:
                self._not_before[reading.artifact_id] = self._context.monotonic() + RETRY_SECONDS
                self._layouts.note_fault(reading.artifact_id, error)
            self._reading = None

    def _next(self) -> _Reading | None:
        with self._context.db.read() as session:
            waiting = artifacts.layouts_without_digest(session, self._context.clock())
        now = self._context.monotonic()
        self._not_before = {one: at for one, at in self._not_before.items() if at > now}
        for artifact in waiting:
            if artifact.id in self._not_before:
                continue
            file = self._layouts.file(artifact.id, artifact.blob_key)
            if file is not None:
                return _Reading(artifact.id, file, hashlib.sha256(), chunks_of(file))
        return None

    def _read_on(self, reading: _Reading, should_stop: Callable[[], bool]) -> bool:
        """Read to the end and return True, or return False if interrupted."""
        began_at = self._context.monotonic()
        for chunk in reading.chunks:
            reading.digest.update(chunk)
            self._pause(self._context.monotonic() - began_at)
            if should_stop():
                return False
            began_at = self._context.monotonic()
        return True

    def _finish(self, reading: _Reading) -> None:
        with self._context.db.write() as session:
            artifacts.set_sha256(session, reading.artifact_id, reading.digest.hexdigest())
        log.info(
            "Layout read to its end", extra={"action": "digest", "artifact": reading.artifact_id}
        )


def chunks_of(file: LayoutFile) -> Iterator[bytes | memoryview]:
    """Yield the bytes of the layout, each chunk until the next one is asked for.

    Raises JobError for a page that cannot be had.
    """
    buffer = memoryview(bytearray(CHUNK_BYTES))
    for number in range(file.piece_count):
        literal = file.literal(number)
        if literal is not None:
            yield literal
            continue
        page, start, size_bytes = file.page(number), 0, file.start(number + 1) - file.start(number)
        try:
            while start < size_bytes:
                count = page.read(start, buffer)
                yield buffer[:count]
                start += count
        finally:
            page.close()
