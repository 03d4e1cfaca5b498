"""The shapes of responses about downloads, and of lists."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from ...domain.job import JobStatus, Phase
from ...domain.transfer import TransferState
from ...usecases.delivery.links import link_if_ready
from ...usecases.downloads.snapshots import ComicRef, JobSnapshot
from .address import absolute
from .caller import Caller

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

    format: str
    quality: str
    comics: list[ComicRef]
    filename: str
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
        description="SHA-256 of the file in hex. The ETag is derived from it."
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


_COPIED_FIELDS = tuple(
    field.name for field in fields(JobSnapshot) if field.name in JobModel.model_fields
)


def job_model(caller: Caller, job: JobSnapshot) -> JobModel:
    """Return the job as its user sees it, with a newly signed link once it is ready."""
    link = link_if_ready(caller.context, job)
    return JobModel.model_validate(
        {
            **{name: getattr(job, name) for name in _COPIED_FIELDS},
            "download_url": absolute(caller.base, link.url) if link else None,
            "download_url_expires_at": link.expires_at if link else None,
        },
        from_attributes=True,
    )


def progress_model(job: JobSnapshot) -> Progress:
    """Return the short form of the job."""
    return Progress.model_validate(job)
