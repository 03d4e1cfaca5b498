"""The layouts that one process sends, and what becomes of those whose pages have changed."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from functools import partial

from ...db import artifacts
from ...domain.errors import DatabaseError, FileGone, InputError, JobError
from ...domain.layout import Layout
from ...library.checked_pages import CheckedPages, Shelf
from ...library.presence import KnownMounts
from ..artifacts import break_layout
from ..context import Context
from .layout_file import LayoutFile
from .links import GONE, PREPARE_AGAIN, Delivery

# The pieces of all layouts that are kept between requests. A hundred of them take about 20 KB.
MAX_PIECES = 60_000

log = logging.getLogger(__name__)


class Layouts:
    """Opens layouts and keeps the latest ones. Thread-safe."""

    def __init__(self, context: Context) -> None:
        self._context = context
        settings = context.settings
        mounts = KnownMounts(settings.library, settings.library_mounts)
        shelf = Shelf(settings.library, mounts, context.open_comics)
        self._pages = CheckedPages(shelf, context.clock, context.monotonic)
        self._lock = threading.Lock()
        self._files: OrderedDict[tuple[str, str], LayoutFile] = OrderedDict()

    def file(self, artifact_id: str, blob_key: str) -> LayoutFile | None:
        """Return the artifact's layout as a file, or None if it is gone.

        The key of the blob tells one layout from another that took its place.
        """
        if (known := self.known(artifact_id, blob_key)) is not None:
            return known
        with self._context.db.read() as session:
            body = artifacts.layout_body(session, artifact_id)
        if body is None:
            return None
        known_sha256 = partial(self._known_sha256, artifact_id)
        file = LayoutFile(Layout.from_bytes(body), self._pages, known_sha256)
        with self._lock:
            self._files[artifact_id, blob_key] = file
            while len(self._files) > 1 and self._piece_count() > MAX_PIECES:
                self._files.popitem(last=False)
        return file

    def known(self, artifact_id: str, blob_key: str) -> LayoutFile | None:
        """Return what ``file`` returns if that is kept, without blocking; otherwise None."""
        key = (artifact_id, blob_key)
        with self._lock:
            known = self._files.get(key)
            if known is not None:
                self._files.move_to_end(key)
            return known

    def _known_sha256(self, artifact_id: str) -> str:
        with self._context.db.read() as session:
            artifact = artifacts.artifact_by_id(session, artifact_id)
        return artifact.sha256 if artifact is not None else ""

    def _piece_count(self) -> int:
        return sum(file.piece_count for file in self._files.values())

    def note_fault(self, artifact_id: str, error: JobError) -> None:
        """Log that a page cannot be sent; if the page has changed, fail the downloads that use it.

        A page that cannot be read now may be read later, so that it fails nothing.
        """
        log.warning(
            "A page cannot be sent: %s",
            error.detail,
            extra={"action": "page_not_sent", "artifact": artifact_id},
        )
        if not isinstance(error, InputError):
            return
        try:
            break_layout(self._context, artifact_id, error)
        except DatabaseError as failure:
            # The next request for the page finds the same.
            log.warning(
                "The download could not be failed: the database failed: %s",
                failure.reason,
                extra={"action": "page_not_sent", "artifact": artifact_id},
            )


def open_layout(layouts: Layouts, delivery: Delivery) -> LayoutFile:
    """Return the layout that a link leads to. Raises FileGone if it was just removed."""
    file = layouts.file(delivery.artifact_id, delivery.blob_key)
    if file is None:
        raise FileGone(GONE)
    return file


def page_changed_refusal(error: InputError) -> FileGone:
    """Return what to answer to a request for a page that has changed."""
    return FileGone(f"{error.detail} {PREPARE_AGAIN}")
