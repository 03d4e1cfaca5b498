"""Server-Sent Events: every change to the caller's downloads, as it happens."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import Header, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from ....domain.errors import DatabaseError
from ....domain.job import JobStatus
from ....domain.transfer import TransferState
from ....usecases.context import Context
from ....usecases.delivery.links import link_if_ready
from ....usecases.downloads.changes import changed_since
from ....usecases.downloads.group_snapshots import GroupSnapshot, groups_of_jobs
from ....usecases.downloads.snapshots import JobSnapshot
from ...live.job_changes import Subscription, subscribe
from .. import paths
from ..address import BaseAddress, absolute
from ..authentication import AccountRouter, FromContext, SignedIn, authenticate
from ..errors import problem_responses
from ..models import (
    GroupProgress,
    JobErrorModel,
    Progress,
    group_progress_model,
    progress_model,
)
from ..open_counts import OpenCounts

# Of one account. A program needs one.
MAX_STREAMS = 32
KEEP_ALIVE_SECONDS = 15
# A stream asks the database at most this often whether its session still holds.
CHECK_SECONDS = 1.0
RECONNECT_AFTER_MILLISECONDS = 2000
# What was told of a job at the beginning: its revision, its status and whether it was removed.
_NOTHING = (-1, "", False)
_GROUP_ENDS = {JobStatus.READY: "group:completed", JobStatus.FAILED: "group:failed"}

log = logging.getLogger(__name__)

router = AccountRouter(prefix=paths.API, tags=["events"], responses=problem_responses(401))


def new_stream_counts() -> OpenCounts:
    """Return the counts of the open streams of accounts, for one web process."""
    return OpenCounts(MAX_STREAMS, "Too many event streams of your account are open. Close some.")


class StateEvent(Progress):
    """``download:state``: the status changed, or the download was removed."""

    deleted: bool


class ProgressEvent(BaseModel):
    """``download:progress``: the file is being prepared, or a finished file is being fetched."""

    id: str
    status: JobStatus
    phase: str
    progress: int
    pages_read: int
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


class GroupEvent(GroupProgress):
    """``group:progress``, and ``group:completed`` or ``group:failed`` when all of it has ended."""

    failed_count: int


@router.get(
    "/events",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/event-stream": {}}, "description": "A stream that does not end"}
    }
    | problem_responses(422, 429),
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

    The events are `download:state`, `download:progress`, `download:completed`, `download:failed`,
    and of groups `group:progress`, `group:completed` and `group:failed`. `id` is the revision of
    the job, and of a group that of the job that changed last. A comment every 15 seconds keeps
    proxies from closing the stream. It ends when your session or token does, and no link is sent
    after that. An account can have 32 streams open at a time.
    """
    # Subscribe before reading what was missed, so that nothing is lost in between.
    subscription = subscribe(account.id)
    missed: list[JobSnapshot] = []
    if last_event_id is not None:
        missed = await run_in_threadpool(changed_since, context, last_event_id, account.id)
    caller = _Caller(lambda: authenticate(context, request) == account)
    stream = _stream(_Teller(context, base), subscription, missed, caller)
    counts: OpenCounts = request.app.state.stream_counts
    return _EventStream(stream, counts.enter(account.id))


class _EventStream(StreamingResponse):
    """A stream that is counted as open until it ends."""

    def __init__(self, content: AsyncIterator[str], leave: Callable[[], None]) -> None:
        # Without the second header, nginx would hold events back.
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(content, media_type="text/event-stream", headers=headers)
        self._leave = leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events until the client or the stream ends."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._leave()


class _Caller:
    """Whether the session or token that opened a stream still holds."""

    def __init__(self, holds: Callable[[], bool]) -> None:
        self._holds = holds
        self._now = asyncio.get_running_loop().time
        self._checked_at = self._now()

    async def is_signed_in(self) -> bool:
        """Return False if the session had ended less than CHECK_SECONDS ago."""
        return self._now() - self._checked_at < CHECK_SECONDS or await self._check()

    async def is_signed_in_after(self, moment: float) -> bool:
        """Return False if the session has ended by that moment, in seconds of the event loop.

        The answer may take up to CHECK_SECONDS.
        """
        if self._checked_at > moment:
            return await self.is_signed_in()
        await asyncio.sleep(self._checked_at + CHECK_SECONDS - self._now())
        return await self._check()

    async def _check(self) -> bool:
        self._checked_at = self._now()
        return await run_in_threadpool(self._holds)


async def _stream(
    teller: _Teller, subscription: Subscription, missed: Sequence[JobSnapshot], caller: _Caller
) -> AsyncIterator[str]:
    yield f"retry: {RECONNECT_AFTER_MILLISECONDS}\n\n"
    for job in missed:
        if not await caller.is_signed_in():
            return
        yield teller.tell(job)
    if told := await teller.tell_groups(missed):
        yield told
    clock = asyncio.get_running_loop().time
    while True:
        due = clock() + KEEP_ALIVE_SECONDS
        while (left := due - clock()) > 0:
            jobs = await _changes(subscription, left)
            changed_at = clock()
            for job in jobs:
                # A link would outlive the session by its own life.
                if not await (
                    caller.is_signed_in_after(changed_at)
                    if teller.would_tell_link(job)
                    else caller.is_signed_in()
                ):
                    return
                yield teller.tell(job)
            if told := await teller.tell_groups(jobs):
                yield told
        if not await caller.is_signed_in():
            return
        yield ": still here\n\n"


async def _changes(subscription: Subscription, within_seconds: float) -> list[JobSnapshot]:
    """Return the changes in order as soon as there are some; nothing if the time is over."""
    try:
        jobs = await asyncio.wait_for(subscription.batch(), within_seconds)
    except TimeoutError:
        return []
    return sorted(jobs, key=lambda job: job.revision)


class _Teller:
    """Makes the events of a stream from the changes of jobs."""

    def __init__(self, context: Context, base: str) -> None:
        self._context = context
        self._base = base
        self._told: dict[str, tuple[int, str, bool]] = {}
        self._told_groups: dict[str, GroupEvent] = {}

    def would_tell_link(self, job: JobSnapshot) -> bool:
        """Return True if the next event of the job has a link to its file."""
        _, status, _ = self._told.get(job.id, _NOTHING)
        return job.status == JobStatus.READY != status

    def tell(self, job: JobSnapshot) -> str:
        """Return the events of one change: a new status and how it ended, or else progress.

        A job that cannot be told of is logged, and the others are told.
        """
        try:
            return "".join(self._events(job))
        except Exception:
            log.exception("A job could not be shown", extra={"job": job.id, "action": "show"})
            return ""

    async def tell_groups(self, jobs: Sequence[JobSnapshot]) -> str:
        """Return the events of the groups of these jobs, as the groups are now."""
        ids = {job.group_id for job in jobs if job.group_id is not None}
        if not ids:
            return ""
        try:
            found = await run_in_threadpool(groups_of_jobs, self._context, ids)
        except DatabaseError:
            log.exception("Groups could not be shown", extra={"action": "show"})
            return ""
        revision = max(job.revision for job in jobs)
        return "".join(event for group in found for event in self._group_events(group, revision))

    def _group_events(self, group: GroupSnapshot, revision: int) -> Iterator[str]:
        told = GroupEvent(
            **group_progress_model(group).model_dump(), failed_count=group.failed_count
        )
        before = self._told_groups.get(group.id)
        self._told_groups[group.id] = told
        if told == before:
            return
        yield _event("group:progress", revision, told)
        if group.has_ended and told.status in _GROUP_ENDS:
            yield _event(_GROUP_ENDS[told.status], revision, told)

    def _events(self, job: JobSnapshot) -> Iterator[str]:
        revision, status, deleted = self._told.get(job.id, _NOTHING)
        if job.revision <= revision:
            return
        self._told[job.id] = (job.revision, job.status, job.deleted)
        if (status, deleted) == (job.status, job.deleted):
            yield _event("download:progress", job.revision, ProgressEvent.model_validate(vars(job)))
            return
        state = StateEvent(**progress_model(job).model_dump(), deleted=job.deleted)
        yield _event("download:state", job.revision, state)
        if not job.deleted:
            yield from self._end(job)

    def _end(self, job: JobSnapshot) -> Iterator[str]:
        """Yield the event of a job that has ended, well or badly."""
        if link := link_if_ready(self._context, job):
            completed = CompletedEvent(
                id=job.id,
                download_url=absolute(self._base, link.url),
                expires_at=link.expires_at,
                file_size_bytes=job.file_size_bytes,
            )
            yield _event("download:completed", job.revision, completed)
        elif job.status == JobStatus.FAILED and job.error is not None:
            failed = FailedEvent(id=job.id, error=JobErrorModel(**vars(job.error)))
            yield _event("download:failed", job.revision, failed)


def _event(name: str, revision: int, payload: BaseModel) -> str:
    return f"id: {revision}\nevent: {name}\ndata: {payload.model_dump_json()}\n\n"
