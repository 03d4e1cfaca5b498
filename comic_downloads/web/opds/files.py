"""Send what the entries of a catalogue lead to: files, covers and pages.

A file that is not finished is prepared while the client waits. The wait takes no thread.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from ...domain.job import JobStatus
from ...usecases.catalog import acquire
from ...usecases.catalog.listing import find_comic
from ...usecases.catalog.offers import find_offer, offers_of
from ...usecases.context import Context
from ...usecases.downloads.snapshots import JobSnapshot, get_download
from ...usecases.library import page_images
from ..api.errors import problem_responses
from ..api.images import IMAGE, Images
from ..api.open_counts import OpenCounts
from ..api.routes.files import FILE_ANSWERS, failed, send_linked
from ..live.job_changes import subscribe
from ..live.preparation import settled
from .addresses import ROOT, Version
from .atom import COVER_HEIGHT
from .signing_in import CatalogueRoute, SignedIn, require_own_origin, sign_in_responses

# Of one account. A reading app fetches a few files at a time.
MOST_WAITING = 32
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
        changes = subscribe(account.id)
        job = await run_in_threadpool(_job, context, account.id, comic_id, offer)
        read = partial(get_download, context, account.id, job.id)
        job = await settled(job, job.id, changes, read, context.settings.opds_wait_seconds)
    finally:
        leave()
    if job.error is not None and job.status == JobStatus.FAILED:
        return failed(job.error)
    return await send_linked(
        request, await run_in_threadpool(acquire.ready_link, context, account.id, job)
    )


async def get_ready_file(
    request: Request, account: SignedIn, job_id: str, filename: str
) -> Response:
    """Send one of your finished files."""
    context: Context = request.app.state.context
    link = await run_in_threadpool(acquire.ready_file, context, account.id, job_id)
    return await send_linked(request, link)


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


def _waiting(request: Request) -> OpenCounts:
    """Return the counts of the requests of accounts that wait for files, for one process."""
    state = request.app.state
    if not hasattr(state, "waiting_for_files"):
        refusal = "Too many requests of your account wait for files. Try again in a moment."
        state.waiting_for_files = OpenCounts(MOST_WAITING, refusal)
    return state.waiting_for_files
