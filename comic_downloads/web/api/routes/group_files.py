"""Send the archive of a group's finished files, and count what has arrived of each of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from functools import partial
from typing import Any

from anyio import to_thread
from fastapi import Request
from starlette.responses import Response

from ....domain.errors import ComicDownloadsError, InputError, JobError
from ....domain.group import GroupOwner
from ....domain.ranges import ByteRange
from ....usecases.delivery.counter import ResponseCounter
from ....usecases.delivery.group_archive import (
    ArchivedFile,
    GroupArchive,
    check_downloads_left,
    group_archive,
)
from ....usecases.delivery.layouts import page_changed_refusal
from ....usecases.delivery.links import Delivery, ensure_intact, open_file
from ..ranges.layout_body import LayoutBody
from ..ranges.parts import FileBody, PartsBody
from ..ranges.plan import Representation, plan_answer
from ..ranges.preconditions import Validators
from ..ranges.response import Body, BrokenOff, RangeResponse, joined_headers, response_from_memory
from .files import GUARDS, FileServer, file_server, layout_body

MEDIA_TYPE = "application/zip"
# Of the route's description.
ARCHIVE_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The ZIP.", "content": {MEDIA_TYPE: {}}},
    206: {"description": "One or several ranges of it."},
    304: {"description": "The client has it already."},
    412: {"description": "The client has another version of it."},
    416: {"description": "It has no such bytes."},
}


async def send_archive(
    request: Request, owner: GroupOwner, group_id: str, downloads_left: int | None = None
) -> Response:
    """Send the archive or ranges of it, for an owner whose rights were checked.

    Args:
        request: The request, with its conditions and ranges.
        owner: Whose group it is.
        group_id: The group.
        downloads_left: How many more files guests may download; None for any number.

    Raises:
        NotFound: There is no such group.
        NotReady: No file of it is finished.
        ShareUsedUp: It would begin more downloads than are left.
        FileGone: The first file that is wanted is missing or damaged.
    """
    server = file_server(request)
    archive = await to_thread.run_sync(group_archive, server.context, owner, group_id)
    plan = plan_answer(request.method, joined_headers(request.headers), _representation(archive))
    if plan.status >= 300:
        return response_from_memory(plan)
    ranges = [part for part in plan.segments if isinstance(part, ByteRange)]
    check_downloads_left(archive, ranges, downloads_left)
    if not ranges:
        return response_from_memory(plan)
    body = PartsBody(
        [part if isinstance(part, bytes) else part.delivery.size_bytes for part in archive.parts],
        partial(_open, server, archive),
    )
    await _open_first(server, archive, body, ranges[0])
    return RangeResponse(plan, body, lambda: ArchiveTally(server.counter.begin, archive))


async def _open_first(
    server: FileServer, archive: GroupArchive, body: PartsBody, first: ByteRange
) -> None:
    """Open the first file that is wanted, and the first page of a layout.

    Raises the error of one that cannot be had, so that the answer says so.
    """
    number = body.number_at(first.start)
    if number is None:
        return
    try:
        file = await body.open_part(number)
        if isinstance(file, LayoutBody):
            await file.open(max(first.start - body.start(number), 0))
    except BrokenOff as broken:
        raise broken.__cause__ or broken from broken
    except JobError as error:
        body.close()
        part = archive.parts[number]
        assert isinstance(part, ArchivedFile)
        await to_thread.run_sync(server.layouts.note_fault, part.delivery.artifact_id, error)
        raise page_changed_refusal(error) if isinstance(error, InputError) else error from error


async def _open(server: FileServer, archive: GroupArchive, number: int) -> Body:
    """Open a file of the archive and check all its bytes; a layout is checked page by page.

    Raises:
        BrokenOff: It cannot be opened.
    """
    part = archive.parts[number]
    assert isinstance(part, ArchivedFile)
    try:
        if part.delivery.is_layout:
            whole = ByteRange(0, part.delivery.size_bytes)
            return await layout_body(server, part.delivery, [whole])
        return await to_thread.run_sync(_open_checked, server, part.delivery)
    except ComicDownloadsError as error:
        raise BrokenOff(error.detail) from error


def _open_checked(server: FileServer, delivery: Delivery) -> FileBody:
    file = open_file(server.context, delivery)
    ensure_intact(server.context, delivery, file, server.checked)
    return FileBody(file)


def _representation(archive: GroupArchive) -> Representation:
    guards = {
        **GUARDS,
        "Cache-Control": "private, no-cache, no-transform",
        "X-Accel-Buffering": "no",  # As for single files (files.py).
    }
    return Representation(
        archive.size_bytes,
        MEDIA_TYPE,
        Validators(f'"{archive.etag}"', archive.modified_at.replace(microsecond=0)),
        {"Content-Disposition": archive.disposition},
        guards,
    )


class ArchiveTally:
    """Counts what is sent of an archive as parts of its files.

    Args:
        begin: Starts to count a response with this file.
        archive: What is sent.
    """

    def __init__(self, begin: Callable[[Delivery], ResponseCounter], archive: GroupArchive) -> None:
        self._begin = begin
        self._files = list(archive.files)
        self._ends = [file.end for file in self._files]
        self._current: tuple[int, ResponseCounter] | None = None

    def sent(self, start: int, end: int) -> None:
        """Count the bytes of the archive from ``start`` to ``end``."""
        number = bisect_right(self._ends, start)
        while number < len(self._files) and self._files[number].start < end:
            file = self._files[number]
            counter = self._counter(number)
            counter.sent(max(start, file.start) - file.start, min(end, file.end) - file.start)
            number += 1

    def _counter(self, number: int) -> ResponseCounter:
        if self._current is not None and self._current[0] == number:
            return self._current[1]
        self.end(client_left=False)
        counter = self._begin(self._files[number].delivery)
        self._current = number, counter
        return counter

    def end(self, *, client_left: bool) -> None:
        """Note the end of the transfer, and whether the client left before it."""
        if self._current is not None:
            self._current[1].end(client_left=client_left)
            self._current = None
