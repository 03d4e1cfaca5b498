"""The shapes of what the HTTP interface answers about downloads, and of its lists."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from ...domain.job import JobStatus, Phase
from ...domain.transfer import TransferState
from ...usecases.context import Context
from ...usecases.delivery.links import link_if_ready
from ...usecases.downloads.snapshots import JobSnapshot
from .address import absolute

Item = TypeVar("Item")

Text = Annotated[str, Field(max_length=10_000)]
"""Text whose rules the use case knows. With a bound Pydantic also refuses what is not Unicode: JSON can hold half a pair."""


class Items(BaseModel, Generic[Item]):
    """A whole list."""

    items: list[Item]
    total: int


class ItemsPage(Items[Item], Generic[Item]):
    """A part of a list: ``total`` counts all of it."""

    limit: int
    offset: int


class ComicReference(BaseModel):
    id: str
    title: str


class MissingPageModel(BaseModel):
    comic_id: str
    page_index: int = Field(description="From 0.")


class JobErrorModel(BaseModel):
    code: str
    message: str = Field(description="What went wrong and what to do, in plain words.")
    retryable: bool = Field(description="Whether another attempt may end better.")
    comic_id: str | None = None
    page_index: int | None = Field(default=None, description="The page it is about, from 0.")


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
        description="How much of the file has reached you, counted over distinct byte ranges."
    )
    file_size_bytes: int | None = Field(description="Known once the file is ready.")
    queue_position: int | None = Field(description="1 is next; null unless it waits.")
    eta_seconds: int | None = Field(
        description="Estimated time until it is ready; null when unknown."
    )


class JobModel(Progress):
    """A download: the durable request for one file."""

    format: str
    quality: str
    comics: list[ComicReference]
    filename: str
    media_type: str
    waiting_for: str = Field(
        description="What holds it back beside its turn, such as `disk`; empty if nothing."
    )
    attempt: int = Field(
        description="The attempt under way or last made, from 1; 0 before the first."
    )
    transfer: TransferState = Field(
        description="The file on its way to you: `none`, `under_way`, `broke_off` (a fresh link goes on from there), `done`."
    )
    max_attempts: int
    next_attempt_at: datetime | None = Field(
        description="When it is tried again after an error that may pass."
    )
    error: JobErrorModel | None
    on_page_error: str = Field(description="`fail`, or `skip` to leave damaged pages out.")
    missing_pages: list[MissingPageModel] = Field(description="Pages left out of the file.")
    sha256: str | None = Field(description="SHA-256 of the file in hex; its ETag follows from it.")
    download_url: str | None = Field(
        description="A signed link to the file, made for this answer; null until `ready`."
    )
    download_url_expires_at: datetime | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None = Field(
        description="Until when the file is kept. Asking for a link prolongs it."
    )


def job_model(context: Context, base: str, job: JobSnapshot) -> JobModel:
    """The job as its user sees it, with a freshly signed link once it is ready."""
    link = link_if_ready(context, job)
    facts = asdict(job)
    return JobModel.model_validate(
        {
            **{name: facts[name] for name in JobModel.model_fields if name in facts},
            "download_url": absolute(base, link.url) if link else None,
            "download_url_expires_at": link.expires_at if link else None,
        }
    )


def progress_model(job: JobSnapshot) -> Progress:
    return Progress.model_validate(job)
