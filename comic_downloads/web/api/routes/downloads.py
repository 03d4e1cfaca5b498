"""Downloads: request, watch, pause, retry and remove them, and get links to their files."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Header, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse

from ....domain.job import JobStatus
from ....usecases.delivery import links
from ....usecases.delivery.file_pages import FilePage, file_page
from ....usecases.downloads import control, snapshots
from ....usecases.downloads.groups import submit_group
from ....usecases.downloads.submit import submit_download
from .. import paths
from ..address import absolute
from ..authentication import AccountRouter
from ..caller import Caller, FromCaller, FromUnchecked
from ..download_request import DownloadBody, read_request
from ..errors import problem_responses
from ..images import IMAGE, Images
from ..json_response import json_response
from ..models import (
    GroupModel,
    ItemsPage,
    JobModel,
    Progress,
    group_model,
    job_model,
    jobs_page,
    progress_model,
)
from ..paging import FromPaging
from .files import file_server, redirect_to_file
from .library import Height, PageIndex

MAX_IDEMPOTENCY_KEY_LENGTH = 200

router = AccountRouter(
    prefix=paths.DOWNLOADS,
    tags=["downloads"],
    responses=problem_responses(401),
)
_OF_ONE = problem_responses(404)
_TRANSITION = problem_responses(404, 409)

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=MAX_IDEMPOTENCY_KEY_LENGTH,
        description="A key that you choose for this request. Sending the same key again returns "
        "the same job, whatever its status.",
    ),
]


class LinkModel(BaseModel):
    """A signed link to a file."""

    url: str = Field(description="Works without signing in: the link is the credential.")
    expires_at: datetime = Field(description="A transfer that has started by then can finish.")


class Retried(BaseModel):
    """How many downloads are retried."""

    retried: int


class Paused(BaseModel):
    """How many downloads were paused."""

    paused: int


class Resumed(BaseModel):
    """How many downloads were resumed."""

    resumed: int


@router.post(
    "",
    status_code=202,
    responses={
        200: {
            "model": JobModel | GroupModel,
            "description": "The same request is unfinished already: its job or its group",
        }
    }
    | problem_responses(403, 404, 409, 422, 429, 507),
)
def create_download(
    body: DownloadBody,
    caller: FromCaller,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> JobModel | GroupModel:
    """Request one file made from one or several comics, or with `split` a group of files.

    A worker prepares them. `Location` is the address of the download or the group.
    """
    asked = read_request(caller.context, caller.id, body)
    if asked.split is not None:
        wanted = (asked.request, asked.split, idempotency_key)
        made = submit_group(caller.context, caller.id, *wanted)
        response.headers["Location"] = f"{paths.GROUPS}/{made.found.group.id}"
        response.status_code = 202 if made.created else 200
        return group_model(caller, made.found)
    submitted = submit_download(caller.context, caller.id, asked.request, idempotency_key)
    response.headers["Location"] = f"{paths.DOWNLOADS}/{submitted.job.id}"
    response.status_code = 202 if submitted.created else 200
    return job_model(caller, submitted.job)


@router.get("", response_model=ItemsPage[JobModel], responses=problem_responses(422))
async def list_downloads(
    unchecked: FromUnchecked,
    page: FromPaging,
    status: Annotated[
        list[JobStatus], Query(description="Can be repeated. Without it, any status.")
    ] = [],  # noqa: B006
) -> Response:
    """List your downloads, newest first."""

    def respond(caller: Caller) -> Response:
        statuses = [str(one) for one in status]
        part = (statuses, page.limit, page.offset)
        jobs, total = snapshots.list_downloads(caller.context, caller.id, *part)
        return jobs_page(caller, jobs, total, page)

    return await unchecked.answer(respond)


@router.post("/cleanup")
def remove_finished(caller: FromCaller) -> control.Freed:
    """Remove all your finished downloads and free their storage."""
    return control.cleanup_finished(caller.context, caller.id)


@router.post("/retry-failed")
def retry_failed(caller: FromCaller) -> Retried:
    """Retry all your failed downloads."""
    return Retried(retried=control.retry_failed(caller.context, caller.id))


@router.post("/pause-all")
def pause_all(caller: FromCaller) -> Paused:
    """Pause all your downloads that are waiting or preparing."""
    return Paused(paused=control.pause_all(caller.context, caller.id))


@router.post("/resume-all")
def resume_all(caller: FromCaller) -> Resumed:
    """Resume all your paused downloads."""
    return Resumed(resumed=control.resume_all(caller.context, caller.id))


@router.get("/{job_id}", response_model=JobModel, responses=_OF_ONE)
async def get_download(job_id: str, unchecked: FromUnchecked) -> Response:
    """Return one of your downloads."""

    def respond(caller: Caller) -> Response:
        job = snapshots.get_download(caller.context, caller.id, job_id)
        return json_response(job_model(caller, job))

    return await unchecked.answer(respond)


@router.get("/{job_id}/progress", response_model=Progress, responses=_OF_ONE)
async def get_progress(job_id: str, unchecked: FromUnchecked) -> Response:
    """Return the short form of a download, for polling.

    The event stream reports the same without polling.
    """

    def respond(caller: Caller) -> Response:
        job = snapshots.get_download(caller.context, caller.id, job_id)
        return json_response(progress_model(job))

    return await unchecked.answer(respond)


@router.post("/{job_id}/pause", responses=_TRANSITION)
def pause(job_id: str, caller: FromCaller) -> JobModel:
    """Stop preparing at the next page and keep the finished pages.

    Pausing a paused download changes nothing.
    """
    return job_model(caller, control.pause_download(caller.context, caller.id, job_id))


@router.post("/{job_id}/resume", responses=_TRANSITION)
def resume(job_id: str, caller: FromCaller) -> JobModel:
    """Put a paused download back into the queue."""
    return job_model(caller, control.resume_download(caller.context, caller.id, job_id))


@router.post("/{job_id}/retry", responses=problem_responses(403, 404, 409, 422, 429, 507))
def retry(
    job_id: str,
    caller: FromCaller,
    skip_damaged: Annotated[
        bool, Query(description="Leave out damaged pages from now on.")
    ] = False,
) -> JobModel:
    """Prepare a failed, cancelled or expired download again, from the comics as they are now."""
    job = control.retry_download(caller.context, caller.id, job_id, skip_damaged=skip_damaged)
    return job_model(caller, job)


@router.post("/{job_id}/cancel", responses=_TRANSITION)
def cancel(job_id: str, caller: FromCaller) -> JobModel:
    """Cancel an unfinished download and delete what was prepared for it."""
    return job_model(caller, control.cancel_download(caller.context, caller.id, job_id))


@router.post("/{job_id}/first", responses=_TRANSITION)
def put_first(job_id: str, caller: FromCaller) -> JobModel:
    """Prepare a waiting download before your others; the owner's, before everybody's."""
    job = control.put_download_first(
        caller.context, caller.id, job_id, everybody=caller.account.is_owner
    )
    return job_model(caller, job)


@router.post("/{job_id}/link", responses=_TRANSITION)
def make_link(job_id: str, caller: FromCaller, response: Response) -> LinkModel:
    """Create a new signed link to the same file, and keep the file for its full time again."""
    link = links.make_link(caller.context, caller.id, job_id)
    response.headers["Cache-Control"] = "no-store"
    return LinkModel(url=absolute(caller.base, link.url), expires_at=link.expires_at)


@router.get(
    "/{job_id}/file",
    status_code=307,
    response_class=RedirectResponse,
    responses={307: {"description": "`Location` is a new signed link to the file."}} | _TRANSITION,
)
def get_file(
    job_id: str,
    caller: FromCaller,
    inline: Annotated[
        bool, Query(description="Open a PDF in the browser. Other files are saved as ever.")
    ] = False,
) -> RedirectResponse:
    """Redirect to a new signed link; this is a stable address for the file.

    409 `not_ready` while there is no file.
    """
    link = links.make_link(caller.context, caller.id, job_id)
    return redirect_to_file(link, inline=inline)


@router.get("/{job_id}/pages/{index}", response_class=Response, responses=IMAGE | _TRANSITION)
def get_page(
    job_id: str,
    index: PageIndex,
    caller: FromCaller,
    request: Request,
    height: Height | None = None,
) -> Response:
    """Return a page of the finished CBZ, ZIP or EPUB or, with a height, a small image of it.

    404 for files of other formats, and for untouched ones: the comic itself has their pages.
    """
    layouts = file_server(request).layouts
    page = file_page(caller.context, layouts, FilePage(caller.id, job_id, index), height)
    return Images(request).respond(page)


@router.delete("/{job_id}", status_code=204, responses=_OF_ONE)
def delete_download(job_id: str, caller: FromCaller) -> Response:
    """Remove the download, whatever its status, and free its storage."""
    control.remove_download(caller.context, caller.id, job_id)
    return Response(status_code=204)
