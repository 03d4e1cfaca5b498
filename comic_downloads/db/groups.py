"""Statements about groups: requests that became several jobs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, delete, exists, func, select, update
from sqlmodel import Session, col

from ..domain.group import GroupOwner
from ..domain.job import UNFINISHED, Action, JobStatus
from .artifacts import keep_all_until
from .jobs import held_artifacts, jobs_by_id, lock_jobs, move_all, own_jobs, remove
from .session import next_revision
from .tables import Artifact, Job, JobGroup


@dataclass(frozen=True)
class StatusTotal:
    """The jobs of one group that have one status, and what they amount to.

    Attributes:
        expected_bytes: The expected sizes of their files.
        done_bytes: That part of ``expected_bytes`` that their progress stands for.
        file_bytes: The sizes of their finished files.
        delivered_bytes: How much of the finished files has reached their user.
    """

    group_id: str
    status: str
    jobs: int
    expected_bytes: int
    done_bytes: int
    file_bytes: int
    delivered_bytes: int
    expires_at: datetime | None
    finished_at: datetime | None
    revision: int


@dataclass(frozen=True)
class FinishedFile:
    """A member's finished file, as the archive of its group needs it."""

    job_id: str
    position: int
    filename: str
    content_key: str
    artifact_id: str
    blob_key: str
    size_bytes: int
    sha256: str
    etag: str
    crc32: int | None
    media_type: str
    modified_at: datetime
    downloaded_bytes: int
    expires_at: datetime | None
    layout_bytes: int | None


def add(session: Session, group: JobGroup) -> None:
    """Insert the group; its jobs follow in the same transaction."""
    session.add(group)
    session.flush()


def group_of(session: Session, owner: GroupOwner, group_id: str) -> JobGroup | None:
    """Return the owner's group; None if it is unknown or somebody else's."""
    own = select(JobGroup).where(*_groups_of(owner), col(JobGroup.id) == group_id)
    return session.scalars(own).first()


def groups_by_id(session: Session, group_ids: Collection[str]) -> list[JobGroup]:
    """Return these groups of any owner, the newest first."""
    named = select(JobGroup).where(col(JobGroup.id).in_(group_ids))
    return list(session.scalars(named.order_by(col(JobGroup.created_at).desc())))


def with_idempotency_key(session: Session, user_id: str, key: str) -> JobGroup | None:
    """Return the user's group with this idempotency key, or None."""
    own = select(JobGroup).where(
        *_groups_of(GroupOwner(user_id)), col(JobGroup.idempotency_key) == key, _has_jobs()
    )
    return session.scalars(own).first()


def set_idempotency_key(session: Session, group: JobGroup, key: str | None) -> None:
    """Write the idempotency key to the group, or remove it."""
    group.idempotency_key = key
    session.add(group)
    session.flush()


def free_idempotency_key(session: Session, user_id: str, key: str) -> None:
    """Remove the key from a group whose jobs were all removed."""
    own = (col(JobGroup.user_id) == user_id, col(JobGroup.idempotency_key) == key)
    freed = update(JobGroup).where(*own, ~_has_jobs())
    session.connection().execute(freed.values(idempotency_key=None))


def same_unfinished(
    session: Session, owner: GroupOwner, request_keys: Collection[str]
) -> JobGroup | None:
    """Return the owner's newest group with one of these keys and an unfinished job, or None."""
    unfinished = exists().where(
        col(Job.group_id) == col(JobGroup.id), col(Job.status).in_(UNFINISHED)
    )
    return _newest(session, owner, request_keys, unfinished)


def same_request(session: Session, owner: GroupOwner, request_key: str) -> JobGroup | None:
    """Return the owner's newest group for the same request that still has jobs, or None."""
    return _newest(session, owner, [request_key], _has_jobs())


def _newest(
    session: Session, owner: GroupOwner, request_keys: Collection[str], condition: Any
) -> JobGroup | None:
    same = select(JobGroup).where(
        *_groups_of(owner), col(JobGroup.request_key).in_(request_keys), condition
    )
    return session.scalars(same.order_by(col(JobGroup.created_at).desc()).limit(1)).first()


def _has_jobs() -> Any:
    return exists().where(col(Job.group_id) == col(JobGroup.id), col(Job.deleted_at).is_(None))


def members(session: Session, group_id: str) -> list[Job]:
    """Return the jobs of the group in its order, without removed ones."""
    of_group = select(Job).where(col(Job.group_id) == group_id, col(Job.deleted_at).is_(None))
    return list(session.scalars(of_group.order_by(col(Job.group_position))))


def move_members(session: Session, action: Action, group_id: str, **changes: Any) -> int:
    """Change the status of those jobs of the group that allow the action; return how many."""
    return move_all(session, action, col(Job.group_id) == group_id, **changes)


def remove_members(session: Session, now: datetime, group_id: str) -> set[str]:
    """Cancel and remove all jobs of the group; return the ids of the artifacts that they held."""
    of_group = col(Job.group_id) == group_id
    lock_jobs(session, of_group)
    artifact_ids = held_artifacts(session, of_group)
    move_all(session, Action.CANCEL, of_group, finished_at=now)
    remove(session, now, of_group)
    return artifact_ids


def status_totals(session: Session, group_ids: Collection[str]) -> list[StatusTotal]:
    """Return what the jobs of each status amount to, for each of these groups."""
    ready = col(Job.status) == JobStatus.READY
    # A job of no expected size counts as one byte, so that its progress is seen.
    weight = case((col(Job.expected_bytes) > 0, col(Job.expected_bytes)), else_=1)
    totals = (
        select(
            col(Job.group_id),
            col(Job.status),
            func.count(),
            func.sum(weight),
            func.sum(weight * col(Job.progress)) / 100,
            func.sum(case((ready, col(Job.file_size_bytes)), else_=0)),
            func.sum(case((ready, col(Job.downloaded_bytes)), else_=0)),
            func.min(col(Job.expires_at)),
            func.max(col(Job.finished_at)),
            func.max(col(Job.revision)),
        )
        .where(col(Job.group_id).in_(group_ids), col(Job.deleted_at).is_(None))
        .group_by(col(Job.group_id), col(Job.status))
    )
    return [
        StatusTotal(
            group_id=row[0] or "",
            status=row[1],
            jobs=row[2],
            expected_bytes=int(row[3]),
            done_bytes=int(row[4]),
            file_bytes=int(row[5]),
            delivered_bytes=int(row[6]),
            expires_at=row[7],
            finished_at=row[8],
            revision=row[9],
        )
        for row in session.connection().execute(totals)
    ]


def finished_files(session: Session, group_id: str) -> list[FinishedFile]:
    """Return the finished files of the group, in its order."""
    files = (
        select(
            col(Job.id),
            col(Job.group_position),
            col(Job.filename),
            col(Artifact.content_key),
            col(Artifact.id),
            col(Artifact.blob_key),
            col(Artifact.size_bytes),
            col(Artifact.sha256),
            col(Artifact.etag),
            col(Artifact.crc32),
            col(Artifact.media_type),
            func.coalesce(col(Job.content_since), col(Job.created_at)),
            col(Job.downloaded_bytes),
            col(Job.expires_at),
            col(Artifact.layout_bytes),
        )
        .join(Artifact, col(Artifact.id) == col(Job.artifact_id))
        .where(
            col(Job.group_id) == group_id,
            col(Job.deleted_at).is_(None),
            col(Job.status) == JobStatus.READY,
        )
    )
    rows = session.connection().execute(files.order_by(col(Job.group_position)))
    return [FinishedFile(*row) for row in rows]


def last_position(session: Session, group_id: str) -> int:
    """Return the place of the group's last job, from 0."""
    last = select(func.coalesce(func.max(col(Job.group_position)), 0))
    return session.connection().execute(last.where(col(Job.group_id) == group_id)).scalar_one()


def extend_expiry(session: Session, group_id: str, now: datetime) -> None:
    """Keep the finished files of the group for their full time from now on."""
    ready = (
        col(Job.group_id) == group_id,
        col(Job.deleted_at).is_(None),
        col(Job.status) == JobStatus.READY,
    )
    ids = lock_jobs(session, *ready)
    rows = jobs_by_id(session, ids)
    revision = next_revision(session)
    for row in rows:
        row.expires_at = now + timedelta(seconds=row.ttl_seconds)
        row.revision = revision
        session.add(row)
    session.flush()
    longest = max((row.ttl_seconds for row in rows), default=0)
    keep_all_until(session, [row.artifact_id for row in rows if row.artifact_id], now, longest)


def delete_empty(session: Session, before: datetime) -> None:
    """Delete groups from before this time whose jobs are all gone."""
    without_jobs = ~exists().where(col(Job.group_id) == col(JobGroup.id))
    session.connection().execute(
        delete(JobGroup).where(col(JobGroup.created_at) < before, without_jobs)
    )


def unfinished_groups(session: Session, owner: GroupOwner) -> list[JobGroup]:
    """Return the owner's groups with an unfinished job, the oldest first."""
    ids = select(col(Job.group_id)).where(
        *_jobs_of(owner), col(Job.status).in_(UNFINISHED), col(Job.group_id).is_not(None)
    )
    unfinished = select(JobGroup).where(col(JobGroup.id).in_(ids))
    return list(session.scalars(unfinished.order_by(col(JobGroup.created_at))))


def ended_groups(
    session: Session, owner: GroupOwner, limit: int, offset: int = 0
) -> tuple[list[JobGroup], int]:
    """Return the owner's groups whose jobs have all finished, newest first, and their number."""
    is_unfinished = exists().where(
        col(Job.group_id) == col(JobGroup.id), col(Job.status).in_(UNFINISHED)
    )
    ended = (*_groups_of(owner), _has_jobs(), ~is_unfinished)
    counted = select(func.count()).select_from(JobGroup).where(*ended)
    total = session.connection().execute(counted).scalar_one()
    newest = select(JobGroup).where(*ended).order_by(col(JobGroup.created_at).desc())
    return list(session.scalars(newest.limit(limit).offset(offset))), total


def _jobs_of(owner: GroupOwner) -> list[Any]:
    """Return the conditions for the owner's jobs that were not removed."""
    if owner.share_id is None:
        return own_jobs(owner.user_id)
    return [
        col(Job.share_id) == owner.share_id,
        col(Job.guest_id) == owner.guest_id,
        col(Job.deleted_at).is_(None),
    ]


def _groups_of(owner: GroupOwner) -> list[Any]:
    if owner.share_id is None:
        return [col(JobGroup.user_id) == owner.user_id, col(JobGroup.share_id).is_(None)]
    return [col(JobGroup.share_id) == owner.share_id, col(JobGroup.guest_id) == owner.guest_id]
