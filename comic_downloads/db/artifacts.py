"""Statements about finished files: who shares one, and when it may go."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from ..domain.job import UNFINISHED, Action, JobStatus
from .jobs import locked_in_order, move_all
from .session import shared_revision_value
from .tables import Artifact, DeliveredRange, Job, Manifest, Transfer

TRANSFER_SILENCE_SECONDS = 120  # a transfer that has not beaten for this long is over


def artifact_of_content(session: Session, content_key: str) -> Artifact | None:
    return session.scalars(select(Artifact).where(col(Artifact.content_key) == content_key)).first()


def artifact_by_id(session: Session, artifact_id: str) -> Artifact | None:
    """Return the finished file's row, None once it is dropped."""
    return session.get(Artifact, artifact_id)


def keep_until(session: Session, artifact_id: str, now: datetime, ttl_seconds: int) -> bool:
    """Notes that the file was asked for; its life is prolonged, never shortened. False if it is gone."""
    until = now + timedelta(seconds=ttl_seconds)
    wanted = col(Artifact.id) == artifact_id
    if (
        session.connection().execute(update(Artifact).where(wanted).values(asked_at=now)).rowcount
        == 0
    ):
        return False
    session.connection().execute(
        update(Artifact).where(wanted, col(Artifact.expires_at) < until).values(expires_at=until)
    )
    return True


def replace_blob(session: Session, lost: Artifact, own: Artifact) -> None:
    """Puts a new file in the place of one whose bytes are gone, keeping the row that other jobs refer to."""
    own.id = lost.id
    names = ("blob_key", "size_bytes", "sha256", "missing_pages", "created_at", "checked_at")
    values = {name: getattr(own, name) for name in names}
    session.connection().execute(
        update(Artifact).where(col(Artifact.id) == lost.id).values(**values)
    )
    if (
        own.sha256 != lost.sha256
    ):  # a newer version of a library may write the same pages in another way
        _tell_of_other_bytes(session, own)


def _tell_of_other_bytes(session: Session, artifact: Artifact) -> None:
    """Its jobs get its size, digest and date; what was fetched of the former bytes counts no more."""
    wanted = col(Job.artifact_id) == artifact.id
    values = {
        "sha256": artifact.sha256,
        "file_size_bytes": artifact.size_bytes,
        "content_since": artifact.created_at,
    }
    changed = update(Job).where(col(Job.id).in_(locked_in_order(wanted)))
    session.connection().execute(
        changed.values(**values, downloaded_bytes=0, revision=shared_revision_value(session))
    )
    fetched = delete(DeliveredRange).where(
        col(DeliveredRange.job_id).in_(select(col(Job.id)).where(wanted))
    )
    session.connection().execute(fetched)


def transfers_under_way(session: Session, now: datetime) -> set[str]:
    """Ids of the artifacts that are being sent now."""
    since = now - timedelta(seconds=TRANSFER_SILENCE_SECONDS)
    return set(
        session.scalars(select(col(Transfer.artifact_id)).where(col(Transfer.heartbeat_at) > since))
    )


def expire_jobs(
    session: Session, now: datetime, busy: set[str], artifact_id: str | None = None
) -> int:
    """Lets ready jobs go of files whose time is over; with an ``artifact_id``, of that file whatever its time."""
    over = col(Job.artifact_id) == artifact_id if artifact_id else col(Job.expires_at) <= now
    wanted = [col(Job.status) == JobStatus.READY, over]
    if busy:
        wanted.append(col(Job.artifact_id).not_in(busy))
    if session.connection().execute(select(col(Job.id)).where(*wanted).limit(1)).first() is None:
        return 0
    return move_all(session, Action.EXPIRE, *wanted)


def unwanted_artifacts(session: Session, now: datetime, busy: set[str]) -> list[Artifact]:
    """Files nobody's job refers to, whose time is over and which are not being sent."""
    wanted: list[Any] = [
        col(Artifact.expires_at) <= now,
        ~exists().where(col(Job.artifact_id) == col(Artifact.id)),
    ]
    if busy:
        wanted.append(col(Artifact.id).not_in(busy))
    return list(session.scalars(select(Artifact).where(*wanted).limit(500)))


def end_time_if_unreferenced(session: Session, artifact_id: str, now: datetime) -> None:
    """Ends the life of a file its last user has removed, unless somebody's job still refers to it."""
    referenced = (
        session.connection()
        .execute(select(col(Job.id)).where(col(Job.artifact_id) == artifact_id).limit(1))
        .first()
    )
    artifact = session.get(Artifact, artifact_id)
    if referenced is not None or artifact is None:
        return
    artifact.expires_at = min(artifact.expires_at, now)
    session.add(artifact)


def forget(session: Session, artifact_id: str) -> bool:
    """Deletes the row if no job refers to it (then the blob may go); False if somebody asked for it meanwhile."""
    # Locked first: on PostgreSQL a job could otherwise be given the file between the look at the jobs and the deletion.
    session.execute(
        select(col(Artifact.id)).where(col(Artifact.id) == artifact_id).with_for_update()
    )
    statement = delete(Artifact).where(
        col(Artifact.id) == artifact_id, ~exists().where(col(Job.artifact_id) == col(Artifact.id))
    )
    return session.connection().execute(statement).rowcount == 1


def not_checked_since(session: Session, before: datetime) -> list[Artifact]:
    """Files that were stored and last read before that time, those first that were not read for longest."""
    checked_at = func.coalesce(col(Artifact.checked_at), col(Artifact.created_at))
    return list(
        session.scalars(
            select(Artifact).where(checked_at < before).order_by(checked_at).limit(1000)
        )
    )


def note_checked(session: Session, artifact_id: str, now: datetime) -> None:
    session.connection().execute(
        update(Artifact).where(col(Artifact.id) == artifact_id).values(checked_at=now)
    )


def all_blob_keys(session: Session) -> dict[str, str]:
    """Blob key to artifact id, of every finished file."""
    return {
        row[0]: row[1]
        for row in session.connection().execute(select(col(Artifact.blob_key), col(Artifact.id)))
    }


def active_lease_tokens(session: Session) -> set[str]:
    """The lease tokens of all attempts that hold a lease."""
    return {
        token
        for token in session.scalars(
            select(col(Job.lease_token)).where(col(Job.lease_token).is_not(None))
        )
        if token
    }


def wanted_contents(session: Session, content_keys: Collection[str]) -> set[str]:
    """Those of these contents that an unfinished job is to be made of."""
    wanted = select(col(Job.content_key)).where(
        col(Job.content_key).in_(content_keys), col(Job.status).in_(UNFINISHED)
    )
    return set(session.scalars(wanted))


def keep_manifest(session: Session, content_key: str, body: str, now: datetime) -> None:
    """Stores a frozen input; equal jobs share one row, which counts as new again."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = insert(Manifest).values(content_key=content_key, body=body, created_at=now)
    session.connection().execute(
        row.on_conflict_do_update(index_elements=["content_key"], set_={"created_at": now})
    )


def manifest_body(session: Session, content_key: str) -> str | None:
    """Return the frozen input of this content as JSON, None if it is gone."""
    row = session.get(Manifest, content_key)
    return None if row is None else row.body


def delete_unused_manifests(session: Session, before: datetime) -> int:
    """Deletes the frozen inputs from before that time that no unfinished job needs; a retry freezes anew."""
    needed = exists().where(
        col(Job.content_key) == col(Manifest.content_key), col(Job.status).in_(UNFINISHED)
    )
    return (
        session.connection()
        .execute(delete(Manifest).where(col(Manifest.created_at) < before, ~needed))
        .rowcount
    )


def storage_used(session: Session, user_id: str) -> int:
    """Bytes of the distinct files the user's jobs hold, and what the unfinished ones are expected to take beside them.

    Jobs of one content, as guests of a share have them, come to one file.
    """
    held = col(Artifact.id).in_(_held(col(Job.user_id) == user_id))
    stored = select(func.coalesce(func.sum(col(Artifact.size_bytes)), 0)).where(held)
    unfinished = (col(Job.user_id) == user_id, col(Job.status).in_(UNFINISHED))
    unheld = col(Job.content_key).not_in(select(col(Artifact.content_key)).where(held))
    of_each = (
        select(func.max(col(Job.expected_bytes)).label("size"))
        .where(*unfinished, unheld)
        .group_by(col(Job.content_key))
    )
    coming = select(func.coalesce(func.sum(of_each.subquery().c.size), 0))
    connection = session.connection()
    return int(connection.execute(stored).scalar_one()) + int(
        connection.execute(coming).scalar_one()
    )


def is_charged(session: Session, user_id: str, content_key: str) -> bool:
    """True if a file of this content is among what ``storage_used`` counts."""
    held_or_coming = col(Job.artifact_id).is_not(None) | col(Job.status).in_(UNFINISHED)
    of_user = select(col(Job.id)).where(
        col(Job.user_id) == user_id, col(Job.content_key) == content_key, held_or_coming
    )
    return session.connection().execute(of_user.limit(1)).first() is not None


def _held(*jobs: Any) -> Select[str | None]:
    return select(col(Job.artifact_id)).where(*jobs, col(Job.artifact_id).is_not(None))
