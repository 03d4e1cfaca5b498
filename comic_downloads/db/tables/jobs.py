"""Jobs, their input, and the files that they produce."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Index,
    Integer,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlmodel import Column, Field

from ...domain.job import UNFINISHED, JobStatus, Phase
from ...domain.options import OnPageError
from ..columns import Table, big_column, reference, text_column, time_column

_STATUSES = ", ".join(f"'{status}'" for status in JobStatus)
_UNFINISHED = ", ".join(f"'{status}'" for status in sorted(UNFINISHED))
_PHASES = ", ".join(f"'{phase}'" for phase in Phase)


class Manifest(Table, table=True):
    """The input of all jobs with this content key, as JSON."""

    content_key: str = Field(primary_key=True)
    body: str = text_column()
    created_at: datetime = time_column()


class Artifact(Table, table=True):
    """A finished file. Equal requests share it, because a content key has one row at most.

    Attributes:
        sha256: The digest of its bytes; empty while nobody has read a layout to its end.
        etag: Names its bytes (RFC 9110, section 8.8.3): equal files have equal ones.
        layout_bytes: How many bytes its layout takes; None if it has a blob.
        crc32: The CRC-32 of all its bytes, for archives that contain it; None until it is needed.
        checked_at: When all its bytes were last read again and compared with ``sha256``.
    """

    id: str = Field(primary_key=True)
    content_key: str = Field(unique=True)
    blob_key: str = Field(unique=True)
    size_bytes: int = big_column()
    sha256: str
    etag: str = text_column()
    layout_bytes: int | None = big_column(None, nullable=True)
    crc32: int | None = big_column(None, nullable=True)
    media_type: str
    page_count: int
    missing_pages: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    created_at: datetime = time_column()
    expires_at: datetime = time_column(index=True)
    checked_at: datetime | None = time_column(nullable=True)


class ArtifactLayout(Table, table=True):
    """The bytes of a finished file that was not written (``domain/layout.py``)."""

    artifact_id: str = reference("artifact.id", primary=True)
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Job(Table, table=True):
    """A user's download, from the request to the file.

    This row is the only record of a job: queue messages only wake workers. With a ``share_id``, it
    is the job of a guest, and ``user_id`` is the owner of the share, whose storage it uses.

    Attributes:
        comics: Objects with the keys "id" and "title".
        request: The request as it was sent, for preparing the file again.
        preset_key: Names the folder of converted pages that the job shares; empty if it keeps
            originals.
        priority: A lower number is claimed first.
        converted_pixels: How many pixels the pages have that it converts; 0 if that is not known.
        required_disk_bytes: The disk space that preparing takes; 0 if the file is uploaded while it
            is packed.
        waiting_for: What else holds a queued job back besides its turn: "disk", "library" or
            nothing.
        pages_read: How many pages had to be read before the file could be begun, so far.
        progressed_at: When the job last made progress.
        missing_pages: The pages that were left out: objects with the keys "comic_id" and
            "page_index".
        sha256: Of its file, or of the one that it had before a retry; empty if unknown.
        etag: Of its file, or of the one that it had before a retry; empty before the first.
        group_id: The group to which the job belongs, if its request became several jobs.
        group_position: The job's place in its group, from 0.
        content_since: Set when a retry, or a file that was made again, had other bytes than before.
        started_at: When the job was first claimed.
        progress_before: The progress when the job was claimed, which is kept over a pause.
        deleted_at: When its user removed it. The row is kept for a while so that open pages notice
            it.
    """

    __table_args__ = (
        CheckConstraint(f"status IN ({_STATUSES})", name="job_status"),
        CheckConstraint(f"phase IN ({_PHASES})", name="job_phase"),
        CheckConstraint(
            "(status = 'preparing') = (lease_token IS NOT NULL)", name="job_owner_while_preparing"
        ),
        CheckConstraint(
            "(lease_token IS NULL) = (lease_until IS NULL)", name="job_lease_with_owner"
        ),
        CheckConstraint(
            "status <> 'ready' OR (artifact_id IS NOT NULL AND progress = 100)",
            name="job_ready_has_file",
        ),
        CheckConstraint("status = 'ready' OR progress < 100", name="job_done_only_when_ready"),
        CheckConstraint("status <> 'failed' OR error_code <> ''", name="job_failed_says_why"),
        CheckConstraint(
            "attempt >= 0 AND pages_done >= 0 AND pages_done <= pages_total", name="job_counts"
        ),
        # A repeated request gets the same job while that is unfinished.
        Index(
            "job_unfinished_request",
            "user_id",
            "request_key",
            unique=True,
            sqlite_where=text(f"status IN ({_UNFINISHED})"),
            postgresql_where=text(f"status IN ({_UNFINISHED})"),
        ),
        UniqueConstraint("user_id", "idempotency_key", name="job_idempotency"),
        CheckConstraint(
            f"deleted_at IS NULL OR status NOT IN ({_UNFINISHED})", name="job_deleted_is_finished"
        ),
        CheckConstraint("(share_id IS NULL) = (guest_id IS NULL)", name="job_guest_of_share"),
        Index("job_claim_order", "status", "user_id", "priority", "created_at", "id"),
        Index(
            "job_waiting",
            "user_id",
            "share_id",
            sqlite_where=text("status = 'queued'"),
            postgresql_where=text("status = 'queued'"),
        ),
        Index("job_of_user", "user_id", "created_at"),
        Index("job_lease", "status", "lease_until"),
        Index(
            "job_in_hand",
            "worker_id",
            sqlite_where=text("status = 'preparing'"),
            postgresql_where=text("status = 'preparing'"),
        ),
    )

    id: str = Field(primary_key=True)
    user_id: str = reference("user_account.id")
    share_id: str | None = reference("share.id", nullable=True)
    guest_id: str | None = None
    group_id: str | None = reference("job_group.id", nullable=True, ondelete="SET NULL")
    group_position: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    status: str = JobStatus.QUEUED
    revision: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    format: str
    quality: str
    comics: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    request: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    request_key: str
    idempotency_key: str | None = None
    content_key: str = Field(index=True)
    preset_key: str = Field(default="", index=True)
    filename: str
    media_type: str
    on_page_error: str = OnPageError.FAIL
    priority: int = 0
    expected_bytes: int = big_column()
    required_disk_bytes: int = big_column()
    converted_pixels: int = Field(
        default=0, sa_column=Column(BigInteger, nullable=False, server_default="0")
    )
    ttl_seconds: int = 86400

    phase: str = Phase.WAITING
    progress: int = 0
    pages_read: int = Field(
        default=0, sa_column=Column(Integer, nullable=False, server_default="0")
    )
    pages_done: int = 0
    pages_total: int = 0
    bytes_done: int = big_column()
    file_size_bytes: int | None = big_column(None, nullable=True)
    downloaded_bytes: int = big_column()
    waiting_for: str = ""

    attempt: int = 0
    max_attempts: int = 3
    not_before: datetime = time_column()
    lease_token: str | None = None
    worker_id: str | None = None
    lease_until: datetime | None = time_column(nullable=True)
    progressed_at: datetime | None = time_column(nullable=True)

    error_code: str = ""
    error_message: str = text_column()
    error_retryable: bool = False
    error_comic_id: str | None = None
    error_page_index: int | None = None
    missing_pages: list[Any] = Field(sa_column=Column(JSON, nullable=False))

    artifact_id: str | None = reference("artifact.id", nullable=True, ondelete="RESTRICT")
    sha256: str = ""
    etag: str = text_column()

    created_at: datetime = time_column(index=True)
    content_since: datetime | None = time_column(nullable=True)
    started_at: datetime | None = time_column(nullable=True)
    attempt_started_at: datetime | None = time_column(nullable=True)
    progress_before: int = 0
    finished_at: datetime | None = time_column(nullable=True, index=True)
    expires_at: datetime | None = time_column(nullable=True, index=True)
    deleted_at: datetime | None = time_column(nullable=True, index=True)


class RevisionCounter(Table, table=True):
    """One row with the last revision number, for SQLite. PostgreSQL has a sequence for it."""

    id: int = Field(primary_key=True)
    value: int = Field(sa_column=Column(BigInteger, nullable=False))
