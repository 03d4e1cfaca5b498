"""The tables. Invariants are constraints here, so that no code path can break them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import declared_attr
from sqlmodel import Column, Field, SQLModel

from ..domain.job import UNFINISHED, JobStatus, Phase

_STATUSES = ", ".join(f"'{status}'" for status in JobStatus)
_UNFINISHED = ", ".join(f"'{status}'" for status in sorted(UNFINISHED))
_PHASES = ", ".join(f"'{phase}'" for phase in Phase)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time; SQLite, which knows no zones, keeps it naive and comparable as text."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive time")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Table(SQLModel):
    """Base of the tables: each is named after its class, in snake case."""

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805  # pyright: ignore[reportIncompatibleVariableOverride]
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()


def _time(*, nullable: bool = False, index: bool = False) -> Any:
    return Field(default=None, sa_column=Column(UtcDateTime(), nullable=nullable, index=index))


def _text(default: str = "") -> Any:
    return Field(default=default, sa_column=Column(Text, nullable=False, server_default=default))


def _big(default: int | None = 0, *, nullable: bool = False) -> Any:
    return Field(default=default, sa_column=Column(BigInteger, nullable=nullable))


def _reference(target: str, *, nullable: bool = False, primary: bool = False, ondelete: str = "CASCADE") -> Any:
    return Field(
        default=None if nullable else ...,
        sa_column=Column(ForeignKey(target, ondelete=ondelete), nullable=nullable, primary_key=primary, index=not primary),
    )


class UserAccount(Table, table=True):
    """An account. ``username_key`` is the case-folded name: Ann and ann are one."""

    __table_args__ = (
        CheckConstraint("role IN ('owner', 'member')", name="user_role"),
        # one owner at most, whatever two setup requests race for
        Index("one_owner", "role", unique=True, sqlite_where=text("role = 'owner'"), postgresql_where=text("role = 'owner'")),
    )

    id: str = Field(primary_key=True)
    username: str
    username_key: str = Field(unique=True)
    password_hash: str
    role: str
    created_at: datetime = _time()


class BrowserSession(Table, table=True):
    """A signed-in browser. Only the SHA-256 of the cookie is stored."""

    token_hash: str = Field(primary_key=True)
    user_id: str = _reference("user_account.id")
    created_at: datetime = _time()
    expires_at: datetime = _time(index=True)


class SignInTicket(Table, table=True):
    """A one-use ticket that a page, once it has checked the password, turns into the cookie."""

    token_hash: str = Field(primary_key=True)
    user_id: str = _reference("user_account.id")
    expires_at: datetime = _time(index=True)


class SignInFailure(Table, table=True):
    """A wrong password, by account name and by network, for throttling."""

    __table_args__ = (Index("sign_in_failure_who", "subject", "failed_at"),)

    id: int | None = Field(default=None, primary_key=True)
    subject: str
    failed_at: datetime = _time()


class AccessToken(Table, table=True):
    """A personal access token; only the SHA-256 of the secret is stored."""

    id: str = Field(primary_key=True)
    user_id: str = _reference("user_account.id")
    name: str
    token_hash: str = Field(unique=True)
    created_at: datetime = _time()
    last_used_at: datetime | None = _time(nullable=True)


class Series(Table, table=True):
    id: str = Field(primary_key=True)
    title: str
    title_key: str = Field(unique=True)
    sort_key: str = Field(index=True)
    created_at: datetime = _time()


class Comic(Table, table=True):
    """A comic in the library folder. ``missing_at`` is set while its files are not there."""

    __table_args__ = (Index("comic_reading_order", "series_id", "number_key", "title_key"),)

    id: str = Field(primary_key=True)
    path: str = Field(unique=True)
    kind: str
    fingerprint: str
    series_id: str | None = _reference("series.id", nullable=True, ondelete="SET NULL")
    title: str
    title_key: str = Field(index=True)
    number: str = ""
    number_key: str = ""
    comic_metadata: dict[str, Any] = Field(sa_column=Column("metadata", JSON, nullable=False))
    search_text: str = _text()
    page_count: int = 0
    damaged_pages: int = 0
    size_bytes: int = _big()
    error: str = _text()
    cover_version: str = ""
    added_at: datetime = _time(index=True)
    updated_at: datetime = _time()
    missing_at: datetime | None = _time(nullable=True)


class Page(Table, table=True):
    """A page of a comic, with the facts taken when it was first seen; ``error`` says why it is damaged."""

    comic_id: str = _reference("comic.id", primary=True)
    page_index: int = Field(primary_key=True)
    name: str
    media_type: str = ""
    width: int = 0
    height: int = 0
    size_bytes: int = _big()
    crc32: int = _big()
    sha256: str = ""
    error: str = _text()


class LibraryScan(Table, table=True):
    """A look through the library folder: asked for, under way, or done."""

    id: str = Field(primary_key=True)
    requested_at: datetime = _time(index=True)
    started_at: datetime | None = _time(nullable=True)
    heartbeat_at: datetime | None = _time(nullable=True)
    finished_at: datetime | None = _time(nullable=True)
    comics_done: int = 0
    comics_total: int = 0
    comics_added: int = 0
    comics_damaged: int = 0
    error: str = _text()


class Manifest(Table, table=True):
    """The frozen input of all jobs with this content key."""

    content_key: str = Field(primary_key=True)
    body: str = _text()
    created_at: datetime = _time()


class Artifact(Table, table=True):
    """A finished file. At most one row per content key: equal requests share it."""

    id: str = Field(primary_key=True)
    content_key: str = Field(unique=True)
    blob_key: str = Field(unique=True)
    size_bytes: int = _big()
    sha256: str
    media_type: str
    page_count: int
    missing_pages: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    created_at: datetime = _time()
    asked_at: datetime = _time()  # when it was last asked for: its retention counts from here
    expires_at: datetime = _time(index=True)
    checked_at: datetime | None = _time(nullable=True)  # when all of it was last read again and compared


class Job(Table, table=True):
    """A user's durable request. The row is the promise; queue messages only say "look here"."""

    __table_args__ = (
        CheckConstraint(f"status IN ({_STATUSES})", name="job_status"),
        CheckConstraint(f"phase IN ({_PHASES})", name="job_phase"),
        CheckConstraint("(status = 'preparing') = (owner IS NOT NULL)", name="job_owner_while_preparing"),
        CheckConstraint("(owner IS NULL) = (lease_until IS NULL)", name="job_lease_with_owner"),
        CheckConstraint("status <> 'ready' OR (artifact_id IS NOT NULL AND progress = 100)", name="job_ready_has_file"),
        CheckConstraint("status = 'ready' OR progress < 100", name="job_done_only_when_ready"),
        CheckConstraint("status <> 'failed' OR error_code <> ''", name="job_failed_says_why"),
        CheckConstraint("attempt >= 0 AND pages_done >= 0 AND pages_done <= pages_total", name="job_counts"),
        # the same request while the first is unfinished is the same job
        Index(
            "job_unfinished_request",
            "user_id",
            "request_key",
            unique=True,
            sqlite_where=text(f"status IN ({_UNFINISHED})"),
            postgresql_where=text(f"status IN ({_UNFINISHED})"),
        ),
        UniqueConstraint("user_id", "idempotency_key", name="job_idempotency"),
        CheckConstraint(f"deleted_at IS NULL OR status NOT IN ({_UNFINISHED})", name="job_deleted_is_finished"),
        Index("job_claim_order", "status", "user_id", "priority", "created_at", "id"),
        Index("job_of_user", "user_id", "created_at"),
        Index("job_lease", "status", "lease_until"),
    )

    id: str = Field(primary_key=True)
    user_id: str = _reference("user_account.id")
    status: str = JobStatus.QUEUED
    revision: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    format: str
    quality: str
    comics: list[Any] = Field(sa_column=Column(JSON, nullable=False))  # [{"id", "title"}]
    request: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))  # as it was asked, for "prepare again"
    request_key: str
    idempotency_key: str | None = None
    content_key: str = Field(index=True)
    rendition_key: str = Field(default="", index=True)  # whose converted pages it shares; empty for originals
    filename: str
    media_type: str
    on_page_error: str = "fail"
    priority: int = 0  # the lower number goes first
    expected_bytes: int = _big()
    ttl_seconds: int = 86400

    phase: str = Phase.WAITING
    progress: int = 0
    pages_done: int = 0
    pages_total: int = 0
    bytes_done: int = _big()
    file_size_bytes: int | None = _big(None, nullable=True)
    downloaded_bytes: int = _big()
    waiting_for: str = ""  # what holds a queued job back beside its turn: "disk"

    attempt: int = 0
    max_attempts: int = 3
    not_before: datetime = _time()
    owner: str | None = None
    worker_id: str | None = None
    lease_until: datetime | None = _time(nullable=True)
    progressed_at: datetime | None = _time(nullable=True)  # when a page was last finished; heartbeats hide hung work

    error_code: str = ""
    error_message: str = _text()
    error_retryable: bool = False
    error_comic_id: str | None = None
    error_page_index: int | None = None
    missing_pages: list[Any] = Field(sa_column=Column(JSON, nullable=False))  # [{"comic_id", "page_index"}] left out

    artifact_id: str | None = _reference("artifact.id", nullable=True, ondelete="RESTRICT")
    sha256: str = ""

    created_at: datetime = _time(index=True)
    content_since: datetime | None = _time(nullable=True)  # set when a retry found the comic changed
    started_at: datetime | None = _time(nullable=True)  # first claimed
    attempt_started_at: datetime | None = _time(nullable=True)
    progress_before: int = 0  # what was done already when it was claimed: a pause keeps it
    finished_at: datetime | None = _time(nullable=True, index=True)
    expires_at: datetime | None = _time(nullable=True, index=True)
    deleted_at: datetime | None = _time(nullable=True, index=True)  # removed by its user; kept a while so that tabs learn of it


class DeliveredRange(Table, table=True):
    """Bytes of a job's file that reached its user: ``start`` to ``end`` (exclusive), merged where they touch."""

    job_id: str = _reference("job.id", primary=True)
    start: int = Field(sa_column=Column("start_byte", BigInteger, primary_key=True))
    end: int = Field(sa_column=Column("end_byte", BigInteger, nullable=False))


class Transfer(Table, table=True):
    """A response that is sending an artifact now; it keeps the file from being purged while it beats."""

    id: str = Field(primary_key=True)
    artifact_id: str = _reference("artifact.id")
    job_id: str = _reference("job.id")
    heartbeat_at: datetime = _time(index=True)


class RevisionCounter(Table, table=True):
    """One row: the last revision given out. SQLite only; PostgreSQL has a sequence for it."""

    id: int = Field(primary_key=True)
    value: int = Field(sa_column=Column(BigInteger, nullable=False))


class Worker(Table, table=True):
    """A worker process and what it said last."""

    id: str = Field(primary_key=True)
    host: str
    pid: int
    started_at: datetime = _time()
    heartbeat_at: datetime = _time(index=True)
    room_bytes: int | None = _big(None, nullable=True)  # what its disk can take; None where there is no limit


class CronSlot(Table, table=True):
    """A periodic duty done once: whoever inserts (name, slot) does it."""

    name: str = Field(primary_key=True)
    slot: datetime = Field(sa_column=Column(UtcDateTime(), primary_key=True))
    claimed_at: datetime = _time()
