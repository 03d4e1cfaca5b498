"""Send the comics of a share to clients without scripts and cookies.

The address is all they need: ``/s/{token}/all.cbz`` or ``/s/{token}/3.epub``. A file that is not
finished is prepared while the client waits. The wait takes no thread.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from ...domain.errors import NotFound
from ...domain.formats import Format
from ...domain.job import JobStatus
from ...usecases.context import Context
from ...usecases.sharing.access import GuestCredentials, admit_guest
from ...usecases.sharing.downloads import GuestDownload, get_guest_download
from ...usecases.sharing.plain import ALL, PlainRequest, prepare_plain, ready_file
from ..api import paths
from ..api.authentication import client_ip
from ..api.download_request import Quality
from ..api.errors import problem_responses
from ..api.open_counts import OpenCounts
from ..api.routes.files import FILE_ANSWERS, failed, send_linked
from ..live.job_changes import subscribe_guest
from ..live.preparation import settled
from .signing_in import Guest, PlainRoute

# Of one network.
MOST_WAITING = 16
_NAME = re.compile(rf"({ALL}|[1-9]\d{{0,4}})\.({'|'.join(Format)})")
_ANSWERS: dict[int | str, dict[str, Any]] = FILE_ANSWERS | {
    304: {"description": "The client has the file already."},
    307: {"description": "The storage sends the file."},
}


async def get_file(
    request: Request,
    guest: Guest,
    token: str,
    name: Annotated[
        str,
        Path(description="`all` or the place of a comic in the share, from 1, `.` and a format."),
    ],
    quality: Quality = "original",
) -> Response:
    """Send the comics of a share, or one of them, and prepare the file first if need be.

    Originals are there at once. Others are waited for, and then answered with 503 and
    `Retry-After`; their preparation continues. The password of the share is sent with HTTP Basic,
    with any name.
    """
    context: Context = request.app.state.context
    wanted = _wanted(name, quality)
    leave = _waiting(request).enter(client_ip(request))
    try:
        download = await _prepared(context, guest, wanted)
    finally:
        leave()
    if download.error is not None and download.status == JobStatus.FAILED:
        return failed(download.error)
    link = await run_in_threadpool(ready_file, context, guest, download)
    return await send_linked(request, link)


def file_router() -> APIRouter:
    """Return the addresses of the files of shares."""
    router = APIRouter(route_class=PlainRoute, tags=["guests"])
    problems = problem_responses(401, 403, 404, 409, 410, 422, 429, 503, 507)
    for method in ("GET", "HEAD"):
        router.add_api_route(
            f"{paths.SHARE_PAGES}/{{token}}/{{name}}",
            get_file,
            methods=[method],
            response_class=Response,
            responses=_ANSWERS | problems,
        )
    return router


def _wanted(name: str, quality: str) -> PlainRequest:
    """Return what the last part of the address asks for. Raises NotFound."""
    if (match := _NAME.fullmatch(name)) is None:
        raise NotFound(f"There is no “{name}” here. Ask for all.cbz, or for 1.cbz.")
    return PlainRequest(match[1], match[2], quality)


async def _prepared(
    context: Context, guest: GuestCredentials, wanted: PlainRequest
) -> GuestDownload:
    admitted = await run_in_threadpool(admit_guest, context, guest)
    changes = subscribe_guest(admitted.share.id, admitted.id)
    download = await run_in_threadpool(prepare_plain, context, guest, wanted)
    read = partial(get_guest_download, context, guest, download.job_id)
    return await settled(
        download, download.job_id, changes, read, context.settings.opds_wait_seconds
    )


def _waiting(request: Request) -> OpenCounts:
    """Return the counts of the requests of networks that wait for files, for one process."""
    state = request.app.state
    if not hasattr(state, "plain_requests"):
        refusal = "Too many requests from your network wait for files. Try again in a moment."
        state.plain_requests = OpenCounts(MOST_WAITING, refusal)
    return state.plain_requests
