"""Send what the entries of a catalogue lead to: files, covers and pages.

A file that is not finished is prepared while the client waits. The wait takes no thread.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from ...domain.job import JobStatus
from ...domain.link import Link
from ...usecases.catalog import acquire
from ...usecases.catalog.listing import find_comic
from ...usecases.catalog.offers import find_offer, offers_of
from ...usecases.context import Context
from ...usecases.downloads.snapshots import JobSnapshot, get_download
from ...usecases.library import page_images
from ..api.errors import problem, problem_responses
from ..api.images import IMAGE, Images
from ..api.open_counts import OpenCounts
from ..api.routes.files import FILE_ANSWERS, send_file
from ..live.job_changes import Subscription, subscribe
from .addresses import ROOT, Version
from .atom import COVER_HEIGHT
from .signing_in import CatalogueRoute, SignedIn, require_own_origin, sign_in_responses

# Of one account. A reading app fetches a few files at a time.
MOST_WAITING = 32
# Changes are handed to those who wait. While the watcher starts, it may miss some.
LOOK_AGAIN_SECONDS = 5.0
_GOES_ON = {JobStatus.QUEUED, JobStatus.PREPARING}
_FILE: dict[int | str, dict[str, Any]] = FILE_ANSWERS | {
    304: {"description": "The client has the file already."},
    307: {"description": "The storage sends the file."},
}

Width = Annotated[
    str,
    Query(
        pattern=r"^(\d{1,5}|\{maxWidth\})?$",
        description="The most pixels of the image's width; empty for any.",
    ),
]


async def get_file(
    request: Request,
    account: SignedIn,
    comic_id: str,
    offer: Annotated[str, Path(description="A format, `untouched`, or the id of a preset.")],
    filename: str,
) -> Response:
    """Send a comic as one of the files that are offered, and prepare it first if need be.

    Originals are there at once. Others are waited for, and then answered with 503 and
    `Retry-After`; their preparation continues. Every request for the same file finds the same
    download.
    """
    context: Context = request.app.state.context
    leave = _waiting(request).enter(account.id)
    try:
        subscription = subscribe(account.id)
        job = await run_in_threadpool(_job, context, account.id, comic_id, offer)
        job = await _finished(context, job, subscription)
    finally:
        leave()
    if job.status == JobStatus.FAILED:
        return _failed(job)
    return await _send(
        request, await run_in_threadpool(acquire.ready_link, context, account.id, job)
    )


async def get_ready_file(
    request: Request, account: SignedIn, job_id: str, filename: str
) -> Response:
    """Send one of your finished files."""
    context: Context = request.app.state.context
    link = await run_in_threadpool(acquire.ready_file, context, account.id, job_id)
    return await _send(request, link)


def get_cover(
    request: Request,
    _account: SignedIn,
    comic_id: str,
    height: Annotated[int, Query(ge=1, le=10_000)] = COVER_HEIGHT,
    v: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Return the cover of a comic as a JPEG."""
    image = page_images.cover_jpeg(request.app.state.context, comic_id, height)
    return Images(request, versioned=bool(v)).respond(image)


def get_page(
    request: Request,
    _account: SignedIn,
    comic_id: str,
    index: Annotated[int, Path(ge=0, le=10**6, description="From 0.")],
    width: Width = "",
) -> Response:
    """Return a page of a comic as a JPEG that is not wider than that."""
    most = int(width) if width.isdecimal() else 0
    image = page_images.page_jpeg(request.app.state.context, comic_id, index, most or None)
    return Images(request).respond(image)


def file_router(version: Version) -> APIRouter:
    """Return the files, covers and pages that the feeds of this version lead to."""
    router = APIRouter(
        prefix=f"{ROOT}/{version}",
        route_class=CatalogueRoute,
        tags=["catalogues"],
        default_response_class=Response,
        responses=sign_in_responses(version) | problem_responses(404, 422, 429),
    )
    for method in ("GET", "HEAD"):
        router.add_api_route(
            "/files/{comic_id}/{offer}/{filename}",
            get_file,
            methods=[method],
            responses=_FILE | problem_responses(403, 409, 503, 507),
            dependencies=[Depends(require_own_origin)],
        )
        router.add_api_route(
            "/downloads/{job_id}/{filename}",
            get_ready_file,
            methods=[method],
            responses=_FILE | problem_responses(409),
        )
    router.add_api_route("/covers/{comic_id}", get_cover, responses=IMAGE)
    router.add_api_route("/pages/{comic_id}/{index}", get_page, responses=IMAGE)
    return router


def _job(context: Context, user_id: str, comic_id: str, offer: str) -> JobSnapshot:
    wanted = find_offer(offers_of(context, user_id), offer)
    return acquire.acquire(context, user_id, find_comic(context, comic_id), wanted)


async def _finished(context: Context, job: JobSnapshot, subscription: Subscription) -> JobSnapshot:
    """Return the job when it is finished or paused, or as it is after OPDS_WAIT_SECONDS."""
    clock = asyncio.get_running_loop().time
    due = clock() + context.settings.opds_wait_seconds
    while job.status in _GOES_ON and (left := due - clock()) > 0:
        try:
            async with asyncio.timeout(min(left, LOOK_AGAIN_SECONDS)):
                changed = await anext(subscription)
        except TimeoutError:
            changed = await run_in_threadpool(get_download, context, job.user_id, job.id)
        if changed.id == job.id:
            job = changed
    return job


async def _send(request: Request, link: Link) -> Response:
    """Send the file behind the link, or lead to the CDN that has it."""
    if not link.url.startswith("/"):
        return RedirectResponse(link.url, 307, {"Cache-Control": "no-store"})
    token, _, filename = link.url.removeprefix("/d/").partition("/")
    return await send_file(token=token, filename=filename, request=request)


def _failed(job: JobSnapshot) -> Response:
    """Return why the file could not be prepared."""
    assert job.error is not None, "a failed job says why"
    status = 503 if job.error.retryable else 422
    return problem(status, job.error.code, "The file could not be prepared", job.error.message)


def _waiting(request: Request) -> OpenCounts:
    """Return the counts of the requests of accounts that wait for files, for one process."""
    state = request.app.state
    if not hasattr(state, "waiting_for_files"):
        refusal = "Too many requests of your account wait for files. Try again in a moment."
        state.waiting_for_files = OpenCounts(MOST_WAITING, refusal)
    return state.waiting_for_files
