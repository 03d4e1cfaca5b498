"""Server-Sent Events: every change to the caller's downloads, as it happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from ....domain.job import JobStatus
from ....domain.transfer import TransferState
from ....usecases.context import Context
from ....usecases.delivery.links import link_if_ready
from ....usecases.downloads.changes import changed_since
from ....usecases.downloads.snapshots import JobSnapshot
from ...live.job_changes import Subscription, subscribe
from .. import paths
from ..address import BaseAddress, absolute
from ..authentication import NEEDS_ACCOUNT, FromContext, SignedIn, authenticate
from ..errors import problem_responses
from ..models import JobErrorModel, Progress, progress_model

KEEP_ALIVE_SECONDS = 15
RECONNECT_AFTER_MILLISECONDS = 2000

router = APIRouter(
    prefix=paths.API, tags=["events"], dependencies=NEEDS_ACCOUNT, responses=problem_responses(401)
)


class StateEvent(Progress):
    """``download:state``: the status changed, or the download was removed."""

    deleted: bool


class ProgressEvent(BaseModel):
    """``download:progress``: the file is being prepared, or a finished file is being fetched."""

    id: str
    status: JobStatus
    phase: str
    progress: int
    pages_done: int
    pages_total: int
    downloaded_bytes: int
    transfer: TransferState


class CompletedEvent(BaseModel):
    """``download:completed``: the file is ready, with a link to it."""

    id: str
    download_url: str
    expires_at: datetime
    file_count: int = 1
    file_size_bytes: int | None


class FailedEvent(BaseModel):
    """``download:failed``: the file could not be made."""

    id: str
    error: JobErrorModel


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/event-stream": {}}, "description": "A stream that does not end"}
    }
    | problem_responses(422),
)
async def events(
    request: Request,
    account: SignedIn,
    context: FromContext,
    base: BaseAddress,
    last_event_id: Annotated[
        int | None, Header(ge=0, lt=2**63, description="Replays what changed after this event.")
    ] = None,
) -> StreamingResponse:
    """Stream your downloads as they change.

    The events are `download:state`, `download:progress`, `download:completed` and
    `download:failed`.
    `id` is the revision of the job. A comment every 15 seconds keeps proxies from closing the
    stream. It ends when your session or token does.
    """
    # Subscribe before reading what was missed, so that nothing is lost in between.
    subscription = subscribe(account.id)
    missed: list[JobSnapshot] = []
    if last_event_id is not None:
        missed = await run_in_threadpool(changed_since, context, last_event_id, account.id)
    stream = _stream(
        context, base, subscription, missed, lambda: authenticate(context, request) == account
    )
    # Without the second header, nginx would hold events back.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


async def _stream(
    context: Context,
    base: str,
    subscription: Subscription,
    missed: Iterable[JobSnapshot],
    still_signed_in: Callable[[], bool],
) -> AsyncIterator[str]:
    told: dict[str, tuple[int, str, bool]] = {}
    yield f"retry: {RECONNECT_AFTER_MILLISECONDS}\n\n"
    for job in missed:
        yield "".join(_tell(context, base, job, told))
    clock = asyncio.get_running_loop().time
    while True:
        due = clock() + KEEP_ALIVE_SECONDS
        while (left := due - clock()) > 0:
            for job in await _changes(subscription, left):
                yield "".join(_tell(context, base, job, told))
        if not await run_in_threadpool(still_signed_in):
            return
        yield ": still here\n\n"


async def _changes(subscription: Subscription, within_seconds: float) -> list[JobSnapshot]:
    """Return the changes in order as soon as there are some; nothing if the time is over."""
    try:
        jobs = await asyncio.wait_for(subscription.batch(), within_seconds)
    except TimeoutError:
        return []
    return sorted(jobs, key=lambda job: job.revision)


def _tell(
    context: Context, base: str, job: JobSnapshot, told: dict[str, tuple[int, str, bool]]
) -> Iterator[str]:
    """Yield the events of one change: a new status and how it ended, or else progress."""
    revision, status, deleted = told.get(job.id, (-1, "", False))
    if job.revision <= revision:
        return
    told[job.id] = (job.revision, job.status, job.deleted)
    if (status, deleted) == (job.status, job.deleted):
        yield _event("download:progress", job.revision, ProgressEvent.model_validate(vars(job)))
        return
    yield _event(
        "download:state",
        job.revision,
        StateEvent(**progress_model(job).model_dump(), deleted=job.deleted),
    )
    if job.deleted:
        return
    if link := link_if_ready(context, job):
        completed = CompletedEvent(
            id=job.id,
            download_url=absolute(base, link.url),
            expires_at=link.expires_at,
            file_size_bytes=job.file_size_bytes,
        )
        yield _event("download:completed", job.revision, completed)
    elif job.status == JobStatus.FAILED and job.error is not None:
        yield _event(
            "download:failed",
            job.revision,
            FailedEvent(id=job.id, error=JobErrorModel(**vars(job.error))),
        )


def _event(name: str, revision: int, payload: BaseModel) -> str:
    return f"id: {revision}\nevent: {name}\ndata: {payload.model_dump_json()}\n\n"
