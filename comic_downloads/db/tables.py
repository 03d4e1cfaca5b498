"""The tables. Invariants are constraints here, so that no code path can break them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Index, Integer, UniqueConstraint, text
from sqlmodel import Column, Field

from ..domain.job import UNFINISHED, JobStatus, Phase
from ..domain.options import OnPageError
from .columns import Table, UtcDateTime, big_column, reference, text_column, time_column
from .share_tables import Share

_STATUSES = ", ".join(f"'{status}'" for status in JobStatus)
_UNFINISHED = ", ".join(f"'{status}'" for status in sorted(UNFINISHED))
_PHASES = ", ".join(f"'{phase}'" for phase in Phase)


class UserAccount(Table, table=True):
    """An account.

    ``username_key`` is the case-folded name, so that Ann and ann are the same account.
    """

    __table_args__ = (
        CheckConstraint("role IN ('owner', 'member')", name="user_role"),
        # Two simultaneous setup requests must not create two owners.
        Index(
            "one_owner",
            "role",
            unique=True,
            sqlite_where=text("role = 'owner'"),
            postgresql_where=text("role = 'owner'"),
        ),
    )

    id: str = Field(primary_key=True)
    username: str
    username_key: str = Field(unique=True)
    password_hash: str
    role: str
    created_at: datetime = time_column()


class BrowserSession(Table, table=True):
    """A signed-in browser. Only the SHA-256 of its cookie is stored."""

    token_hash: str = Field(primary_key=True)
    user_id: str = reference("user_account.id")
    created_at: datetime = time_column()
    expires_at: datetime = time_column(index=True)


class SignInTicket(Table, table=True):
    """A ticket for one sign-in.

    A page gets it after the password was checked, and exchanges it for the cookie.
    """

    token_hash: str = Field(primary_key=True)
    user_id: str = reference("user_account.id")
    expires_at: datetime = time_column(index=True)


class SignInFailure(Table, table=True):
    """A failed sign-in, which counts towards throttling.

    ``subject`` is an account name or a network.
    """

    __table_args__ = (Index("sign_in_failure_who", "subject", "failed_at"),)

    id: int | None = Field(default=None, primary_key=True)
    subject: str
    failed_at: datetime = time_column()


class AccessToken(Table, table=True):
    """A personal access token. Only the SHA-256 of its secret is stored."""

    id: str = Field(primary_key=True)
    user_id: str = reference("user_account.id")
    name: str
    token_hash: str = Field(unique=True)
    created_at: datetime = time_column()
    last_used_at: datetime | None = time_column(nullable=True)


class Series(Table, table=True):
    """A series of comics.

    ``title_key`` is the same for titles that differ only in case or accents.
    """

    id: str = Field(primary_key=True)
    title: str
    title_key: str = Field(unique=True)
    sort_key: str = Field(index=True)
    created_at: datetime = time_column()


class Comic(Table, table=True):
    """A comic in the library folder. ``missing_at`` is set while its files are missing."""

    __table_args__ = (Index("comic_reading_order", "series_id", "number_key", "title_key"),)

    id: str = Field(primary_key=True)
    path: str = Field(unique=True)
    kind: str
    fingerprint: str
    series_id: str | None = reference("series.id", nullable=True, ondelete="SET NULL")
    title: str
    title_key: str = Field(index=True)
    number: str = ""
    number_key: str = ""
    comic_metadata: dict[str, Any] = Field(sa_column=Column("metadata", JSON, nullable=False))
    search_text: str = text_column()
    page_count: int = 0
    damaged_pages: int = 0
    size_bytes: int = big_column()
    error: str = text_column()
    cover_version: str = ""
    added_at: datetime = time_column(index=True)
    updated_at: datetime = time_column()
    missing_at: datetime | None = time_column(nullable=True)


class Page(Table, table=True):
    """A page of a comic, with the facts that were taken when it was first seen.

    ``error`` says why the page is damaged.
    """

    comic_id: str = reference("comic.id", primary=True)
    page_index: int = Field(primary_key=True)
    name: str
    media_type: str = ""
    width: int = 0
    height: int = 0
    size_bytes: int = big_column()
    crc32: int = big_column()
    sha256: str = ""
    error: str = text_column()


class LibraryScan(Table, table=True):
    """A scan of the library folder: requested, running or finished."""

    id: str = Field(primary_key=True)
    requested_at: datetime = time_column(index=True)
    started_at: datetime | None = time_column(nullable=True)
    heartbeat_at: datetime | None = time_column(nullable=True)
    finished_at: datetime | None = time_column(nullable=True)
    comics_done: int = 0
    comics_total: int = 0
    error: str = text_column()


class Manifest(Table, table=True):
    """The input of all jobs with this content key, as JSON."""

    content_key: str = Field(primary_key=True)
    body: str = text_column()
    created_at: datetime = time_column()


class Artifact(Table, table=True):
    """A finished file. Equal requests share it, because a content key has one row at most.

    Attributes:
        checked_at: When all its bytes were last read again and compared with ``sha256``.
    """

    id: str = Field(primary_key=True)
    content_key: str = Field(unique=True)
    blob_key: str = Field(unique=True)
    size_bytes: int = big_column()
    sha256: str
    media_type: str
    page_count: int
    missing_pages: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    created_at: datetime = time_column()
    expires_at: datetime = time_column(index=True)
    checked_at: datetime | None = time_column(nullable=True)


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
        required_disk_bytes: The disk space that preparing takes; 0 if the file is uploaded while it
            is packed.
        waiting_for: What else holds a queued job back besides its turn: "disk" or nothing.
        progressed_at: When the job last made progress.
        missing_pages: The pages that were left out: objects with the keys "comic_id" and
            "page_index".
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
    share_id: str | None = reference(f"{Share.__tablename__}.id", nullable=True)
    guest_id: str | None = None
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
    ttl_seconds: int = 86400

    phase: str = Phase.WAITING
    progress: int = 0
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

    created_at: datetime = time_column(index=True)
    content_since: datetime | None = time_column(nullable=True)
    started_at: datetime | None = time_column(nullable=True)
    attempt_started_at: datetime | None = time_column(nullable=True)
    progress_before: int = 0
    finished_at: datetime | None = time_column(nullable=True, index=True)
    expires_at: datetime | None = time_column(nullable=True, index=True)
    deleted_at: datetime | None = time_column(nullable=True, index=True)


class DeliveredRange(Table, table=True):
    """Bytes of a job's file that have reached its user.

    They are those from ``start`` to ``end``, which is not included. Adjacent ranges are merged.
    """

    job_id: str = reference("job.id", primary=True)
    start: int = Field(sa_column=Column("start_byte", BigInteger, primary_key=True))
    end: int = Field(sa_column=Column("end_byte", BigInteger, nullable=False))


class Transfer(Table, table=True):
    """A job's file that one web process is sending to its user.

    While the row gets heartbeats, the file is shown as being fetched and is not purged.
    """

    id: str = Field(primary_key=True)
    artifact_id: str = reference("artifact.id")
    job_id: str = reference("job.id")
    heartbeat_at: datetime = time_column(index=True)


class RevisionCounter(Table, table=True):
    """One row with the last revision number, for SQLite. PostgreSQL has a sequence for it."""

    id: int = Field(primary_key=True)
    value: int = Field(sa_column=Column(BigInteger, nullable=False))


class OutboxEvent(Table, table=True):
    """A change of a job's status, for the consumers of the outbox (see db/outbox.py).

    An event outlives its job and its user, so it refers to neither by a foreign key.
    """

    __table_args__ = (CheckConstraint(f"status IN ({_STATUSES})", name="outbox_event_status"),)

    id: int | None = Field(
        default=None,
        sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    )
    position: int | None = Field(sa_column=Column(BigInteger, nullable=True, unique=True))
    job_id: str
    user_id: str
    action: str
    status: str
    created_at: datetime = time_column(index=True)


class EventConsumer(Table, table=True):
    """A reader of the outbox that must not miss an event.

    ``position`` is the last one it has acknowledged.
    """

    name: str = Field(primary_key=True)
    position: int = Field(sa_column=Column(BigInteger, nullable=False))


class TransitionCount(Table, table=True):
    """How often an action has changed a job's status since the database was created."""

    action: str = Field(primary_key=True)
    total: int = big_column()


class Worker(Table, table=True):
    """A worker process, and what it reported last.

    ``free_disk_bytes`` is None if there is no limit.
    """

    id: str = Field(primary_key=True)
    host: str
    pid: int
    started_at: datetime = time_column()
    heartbeat_at: datetime = time_column(index=True)
    free_disk_bytes: int | None = big_column(None, nullable=True)


class CronSlot(Table, table=True):
    """A periodic duty at one time.

    The process that inserts the row performs the duty, so it is performed only once.
    """

    name: str = Field(primary_key=True)
    slot: datetime = Field(sa_column=Column(UtcDateTime(), primary_key=True))
