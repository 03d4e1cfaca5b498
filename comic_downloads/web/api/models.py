"""The shapes of responses about downloads, and of lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from ...domain.job import JobStatus, Phase
from ...domain.transfer import TransferState
from ...usecases.delivery.links import link_if_ready
from ...usecases.downloads.group_snapshots import GroupSnapshot, GroupWithJobs
from ...usecases.downloads.snapshots import ComicRef, JobSnapshot
from . import paths
from .address import absolute
from .caller import Caller
from .json_response import items_page
from .paging import Paging

Item = TypeVar("Item")

# Text that a use case checks. The length makes Pydantic also refuse unpaired surrogates, which
# are valid in JSON and not in Unicode.
Text = Annotated[str, Field(max_length=10_000)]


class Items(BaseModel, Generic[Item]):
    """A complete list."""

    items: list[Item]
    total: int


class ItemsPage(Items[Item], Generic[Item]):
    """A part of a list; ``total`` is the length of the whole list."""

    limit: int
    offset: int


class MissingPageModel(BaseModel):
    """A page that was left out of the file."""

    comic_id: str
    page_index: int = Field(description="Counted from 0.")


class JobErrorModel(BaseModel):
    """Why a job failed, or why its last attempt did."""

    code: str
    message: str = Field(description="What went wrong and what to do, for people.")
    retryable: bool = Field(description="Whether another attempt may succeed.")
    comic_id: str | None = None
    page_index: int | None = Field(default=None, description="The affected page, counted from 0.")


class Progress(BaseModel):
    """The short form of a job."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    status: JobStatus
    phase: Phase
    progress: int = Field(
        ge=0,
        le=100,
        description="Percent. Never goes back within an attempt; 100 only when `ready`.",
    )
    pages_done: int
    pages_total: int
    downloaded_bytes: int = Field(
        description="How many distinct bytes of the file have reached you."
    )
    file_size_bytes: int | None = Field(description="Known once the file is ready.")
    queue_position: int | None = Field(description="1 is next; null unless the job is waiting.")
    eta_seconds: int | None = Field(
        description="Estimated time until the job is ready; null if unknown."
    )


class JobModel(Progress):
    """A download: the durable request for one file."""

    pages_read: int = Field(
        description="In the phase `reading`: how many pages of the comics are known by now."
    )
    expected_size_bytes: int = Field(
        description="The size that the file is expected to have, known before it is ready."
    )
    format: str
    quality: str
    comics: list[ComicRef]
    filename: str
    group_id: str | None = Field(
        description="The group that the download belongs to, if it was requested with `split`."
    )
    media_type: str
    waiting_for: str = Field(
        description="What the job waits for besides its turn: `disk`, `library` or nothing."
    )
    attempt: int = Field(
        description="The current or last attempt, counted from 1; 0 before the first."
    )
    transfer: TransferState = Field(
        description="The transfer of the file to you: `none`, `under_way`, `broke_off` (a new link "
        "can continue it), `done`."
    )
    max_attempts: int
    progressed_at: datetime | None = Field(
        description="When a worker last made progress with the job; null while none has."
    )
    next_attempt_at: datetime | None = Field(
        description="When the next attempt after a temporary error starts."
    )
    error: JobErrorModel | None
    on_page_error: str = Field(description="`fail`, or `skip` to leave out damaged pages.")
    missing_pages: list[MissingPageModel] = Field(description="Pages left out of the file.")
    sha256: str | None = Field(
        description="SHA-256 of the file in hex. Of a file that is sent from the library it is "
        "null until the file was read to its end once. Its ETag does not change then."
    )
    download_url: str | None = Field(
        description="A signed link to the file, made for this response; null until `ready`."
    )
    download_url_expires_at: datetime | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None = Field(
        description="When the file is deleted. Creating a link postpones it."
    )


class GroupProgress(BaseModel):
    """How far a group is."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    status: JobStatus = Field(
        description="It follows from the downloads of the group: `preparing` while one of them "
        "is at work, `failed` when all have ended and one has failed, `ready` when all have ended."
    )
    current: int = Field(description="Which download is at work, from 1; the last one at the end.")
    total: int = Field(description="How many downloads the group has.")
    percent: int = Field(
        ge=0, le=100, description="How much of the work is over; 100 when all have ended."
    )
    file_count: int = Field(description="How many files are finished.")
    file_size_bytes: int = Field(description="The size of the finished files together.")


class GroupModel(GroupProgress):
    """What a request with `split` made: several downloads."""

    title: str
    filename: str = Field(description="The name of the ZIP of the finished files.")
    format: str
    quality: str
    split: str
    failed_count: int
    expected_size_bytes: int = Field(description="The expected size of all files together.")
    downloaded_bytes: int = Field(
        description="How many distinct bytes of the finished files have reached you."
    )
    file_url: str | None = Field(
        description="The ZIP of the finished files; null while none is finished."
    )
    created_at: datetime
    finished_at: datetime | None = Field(description="null while a download is unfinished.")
    expires_at: datetime | None = Field(description="When the first of the files is deleted.")
    items: list[JobModel] = Field(description="The downloads, in the order of the request.")


_COPIED_FIELDS = tuple(
    field.name for field in fields(JobSnapshot) if field.name in JobModel.model_fields
)
_copied = attrgetter(*_COPIED_FIELDS)
# In the order in which they are written.
_JOB_FIELDS = tuple(JobModel.model_fields)


def job_model(caller: Caller, job: JobSnapshot) -> JobModel:
    """Return the job as its user sees it, with a newly signed link once it is ready."""
    return JobModel.model_validate(_job_values(caller, job), from_attributes=True)


def _job_values(caller: Caller, job: JobSnapshot) -> dict[str, Any]:
    """Return the values of the fields of ``JobModel``, in their order."""
    link = link_if_ready(caller.context, job)
    values: dict[str, Any] = dict.fromkeys(_JOB_FIELDS)
    values.update(zip(_COPIED_FIELDS, _copied(job), strict=True))
    if link is not None:
        values["download_url"] = absolute(caller.base, link.url)
        values["download_url_expires_at"] = link.expires_at
    return values


def jobs_page(caller: Caller, jobs: Sequence[JobSnapshot], total: int, page: Paging) -> Response:
    """Return a part of a list of jobs: the JSON of an ``ItemsPage[JobModel]``.

    It is written from the jobs themselves, because models of all of them cost as much as the rest
    of the answer.
    """
    return items_page([_job_values(caller, job) for job in jobs], total, page)


def progress_model(job: JobSnapshot) -> Progress:
    """Return the short form of the job."""
    return Progress.model_validate(job)


def group_model(caller: Caller, found: GroupWithJobs) -> GroupModel:
    """Return the group as its user sees it, with its downloads."""
    group, known = found.group, GroupModel.model_fields
    archive = absolute(caller.base, f"{paths.GROUPS}/{group.id}/file")
    return GroupModel.model_validate(
        {
            **{name: value for name, value in vars(group).items() if name in known},
            "expected_size_bytes": group.expected_bytes,
            "file_url": archive if group.file_count else None,
            "items": [job_model(caller, job) for job in found.jobs],
        }
    )


def group_progress_model(group: GroupSnapshot) -> GroupProgress:
    """Return the short form of the group."""
    return GroupProgress.model_validate(group)
