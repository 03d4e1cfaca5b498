"""Downloads: asking for them, watching, steering and removing them, and getting at the file."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse

from ....domain.job import JobStatus
from ....usecases.delivery import links
from ....usecases.downloads import control, snapshots
from ....usecases.downloads.submit import submit_download
from .. import paths
from ..address import BaseAddress, absolute
from ..authentication import NEEDS_ACCOUNT, FromContext, SignedIn
from ..download_request import DownloadBody
from ..errors import problem_responses
from ..models import ItemsPage, JobModel, Progress, job_model, progress_model

MAX_IDEMPOTENCY_KEY_LENGTH = 200

router = APIRouter(
    prefix=paths.DOWNLOADS,
    tags=["downloads"],
    dependencies=NEEDS_ACCOUNT,
    responses=problem_responses(401),
)
_OF_ONE = problem_responses(404)
_TRANSITION = problem_responses(404, 409)

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=MAX_IDEMPOTENCY_KEY_LENGTH,
        description="A word of your own for this request. Sending the same word again gives the same job, whatever came of it.",
    ),
]


class LinkModel(BaseModel):
    url: str = Field(description="Needs no sign-in: the link is the credential.")
    expires_at: datetime = Field(description="A transfer that has begun by then is not cut.")


class Freed(BaseModel):
    deleted: int
    freed_bytes: int


class Retried(BaseModel):
    retried: int


class Paused(BaseModel):
    paused: int


class Resumed(BaseModel):
    resumed: int


@router.post(
    "",
    status_code=202,
    responses={
        200: {"model": JobModel, "description": "The same request is unfinished already: its job"}
    }
    | problem_responses(403, 404, 409, 422, 429, 507),
)
def create_download(
    body: DownloadBody,
    account: SignedIn,
    context: FromContext,
    base: BaseAddress,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> JobModel:
    """Asks for one file made of one or several comics. A worker prepares it; `Location` is where to watch it."""
    submitted = submit_download(context, account.id, body.to_request(), idempotency_key)
    response.headers["Location"] = f"{paths.DOWNLOADS}/{submitted.job.id}"
    response.status_code = 202 if submitted.created else 200
    return job_model(context, base, submitted.job)


@router.get("", responses=problem_responses(422))
def list_downloads(
    account: SignedIn,
    context: FromContext,
    base: BaseAddress,
    status: Annotated[
        list[JobStatus], Query(description="May repeat; without it, downloads in any status.")
    ] = [],  # noqa: B006
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=2**31)] = 0,
) -> ItemsPage[JobModel]:
    """Your downloads, the newest first."""
    jobs, total = snapshots.list_downloads(
        context, account.id, [str(one) for one in status], limit, offset
    )
    return ItemsPage(
        items=[job_model(context, base, job) for job in jobs],
        total=total,
        limit=limit,
        offset=offset,
    )


@router.post("/cleanup")
def remove_finished(account: SignedIn, context: FromContext) -> Freed:
    """Removes every finished download of yours and frees its storage."""
    freed = control.cleanup_finished(context, account.id)
    return Freed(deleted=freed.deleted, freed_bytes=freed.freed_bytes)


@router.post("/retry-failed")
def retry_failed(account: SignedIn, context: FromContext) -> Retried:
    """Tries every failed download of yours again."""
    return Retried(retried=control.retry_failed(context, account.id))


@router.post("/pause-all")
def pause_all(account: SignedIn, context: FromContext) -> Paused:
    """Pauses every download of yours that waits or is being prepared."""
    return Paused(paused=control.pause_all(context, account.id))


@router.post("/resume-all")
def resume_all(account: SignedIn, context: FromContext) -> Resumed:
    """Resumes every paused download of yours."""
    return Resumed(resumed=control.resume_all(context, account.id))


@router.get("/{job_id}", responses=_OF_ONE)
def get_download(
    job_id: str, account: SignedIn, context: FromContext, base: BaseAddress
) -> JobModel:
    """One download of yours."""
    return job_model(context, base, snapshots.get_download(context, account.id, job_id))


@router.get("/{job_id}/progress", responses=_OF_ONE)
def get_progress(job_id: str, account: SignedIn, context: FromContext) -> Progress:
    """The short form of a download, for polling. The event stream tells the same without polling."""
    return progress_model(snapshots.get_download(context, account.id, job_id))


@router.post("/{job_id}/pause", responses=_TRANSITION)
def pause(job_id: str, account: SignedIn, context: FromContext, base: BaseAddress) -> JobModel:
    """Stops preparing at the next page; finished pages are kept. Pausing a paused download changes nothing."""
    return job_model(context, base, control.pause_download(context, account.id, job_id))


@router.post("/{job_id}/resume", responses=_TRANSITION)
def resume(job_id: str, account: SignedIn, context: FromContext, base: BaseAddress) -> JobModel:
    """Puts a paused download back into the queue."""
    return job_model(context, base, control.resume_download(context, account.id, job_id))


@router.post("/{job_id}/retry", responses=problem_responses(403, 404, 409, 422, 429, 507))
def retry(
    job_id: str,
    account: SignedIn,
    context: FromContext,
    base: BaseAddress,
    skip_damaged: Annotated[
        bool, Query(description="Leave damaged pages out from now on.")
    ] = False,
) -> JobModel:
    """Prepares a failed, cancelled or expired download again, from the comics as they are now."""
    return job_model(
        context,
        base,
        control.retry_download(context, account.id, job_id, skip_damaged=skip_damaged),
    )


@router.post("/{job_id}/cancel", responses=_TRANSITION)
def cancel(job_id: str, account: SignedIn, context: FromContext, base: BaseAddress) -> JobModel:
    """Calls off an unfinished download and removes what was prepared of it."""
    return job_model(context, base, control.cancel_download(context, account.id, job_id))


@router.post("/{job_id}/link", responses=_TRANSITION)
def make_link(
    job_id: str, account: SignedIn, context: FromContext, base: BaseAddress, response: Response
) -> LinkModel:
    """A fresh signed link to the same file. The file is then kept for its full time again."""
    link = links.make_link(context, account.id, job_id)
    response.headers["Cache-Control"] = "no-store"
    return LinkModel(url=absolute(base, link.url), expires_at=link.expires_at)


@router.get(
    "/{job_id}/file",
    status_code=307,
    response_class=RedirectResponse,
    responses={307: {"description": "`Location` is a fresh signed link to the file."}}
    | _TRANSITION,
)
def get_file(job_id: str, account: SignedIn, context: FromContext) -> RedirectResponse:
    """Leads to a fresh signed link; a stable address for the file. 409 `not_ready` while there is no file."""
    link = links.make_link(context, account.id, job_id)
    return RedirectResponse(link.url, status_code=307, headers={"Cache-Control": "no-store"})


@router.delete("/{job_id}", status_code=204, responses=_OF_ONE)
def delete_download(job_id: str, account: SignedIn, context: FromContext) -> Response:
    """Removes the download, in whatever status it is, and frees its storage."""
    control.remove_download(context, account.id, job_id)
    return Response(status_code=204)
