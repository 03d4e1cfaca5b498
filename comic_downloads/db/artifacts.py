"""Statements about artifacts, the finished files: which jobs share one, and when it may go."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, case, delete, exists, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from ..domain.errors import JobError
from ..domain.job import UNFINISHED, Action, JobStatus
from .jobs import error_columns, locked_in_order, move_all
from .session import insert_absent, shared_revision_value
from .tables import Artifact, ArtifactLayout, DeliveredRange, Job, Manifest, Transfer

# SQLite takes 32,766 values in one statement, and older builds take 999.
_KEYS_PER_STATEMENT = 500
# A transfer is considered over after this time without a heartbeat.
TRANSFER_SILENCE_SECONDS = 120


def artifact_of_content(session: Session, content_key: str) -> Artifact | None:
    """Return the artifact with this content key, or None."""
    return session.scalars(select(Artifact).where(col(Artifact.content_key) == content_key)).first()


def artifacts_of_contents(session: Session, content_keys: Sequence[str]) -> dict[str, Artifact]:
    """Return the artifacts with these content keys, by content key."""
    return {
        artifact.content_key: artifact
        for part in _parts(content_keys)
        for artifact in session.scalars(select(Artifact).where(col(Artifact.content_key).in_(part)))
    }


def artifact_by_id(session: Session, artifact_id: str) -> Artifact | None:
    """Return the artifact, or None if it is unknown or was dropped."""
    return session.get(Artifact, artifact_id)


def keep_until(session: Session, artifact_id: str, now: datetime, ttl_seconds: int) -> bool:
    """Extend the artifact's life as ``keep_all_until`` does; return False if it is gone."""
    return bool(keep_all_until(session, [artifact_id], now, ttl_seconds))


def keep_all_until(
    session: Session, artifact_ids: Sequence[str], now: datetime, ttl_seconds: int
) -> set[str]:
    """Extend the life of these artifacts to ``ttl_seconds`` from now; never shorten it.

    The rows stay locked until the transaction ends. Return the ids of those that are still there.
    """
    until = now + timedelta(seconds=ttl_seconds)
    expires_at = col(Artifact.expires_at)
    later = case((expires_at < until, until), else_=expires_at)
    kept: set[str] = set()
    for part in _parts(sorted(artifact_ids)):
        there = (
            select(col(Artifact.id))
            .where(col(Artifact.id).in_(part))
            .order_by(col(Artifact.id))
            .with_for_update()
        )
        extended = update(Artifact).where(col(Artifact.id).in_(there)).values(expires_at=later)
        kept.update(session.scalars(extended.returning(col(Artifact.id))))
    return kept


def replace_blob(session: Session, lost: Artifact, own: Artifact) -> None:
    """Store a new file under the row of one whose bytes are lost.

    The row's id stays the same, since other jobs refer to it. The caller adds the layout of a new
    file that has one.
    """
    own.id = lost.id
    if own.etag == lost.etag:
        own.sha256 = own.sha256 or lost.sha256  # A layout's digest is not known when it is made.
        # A newer version of a library may write the same pages as other bytes.
        if lost.sha256 not in {"", own.sha256}:
            own.etag = own.sha256
    names = (
        *("blob_key", "size_bytes", "sha256", "crc32", "etag", "layout_bytes"),
        *("missing_pages", "created_at", "checked_at"),
    )
    values = {name: getattr(own, name) for name in names}
    session.connection().execute(
        update(Artifact).where(col(Artifact.id) == lost.id).values(**values)
    )
    session.execute(delete(ArtifactLayout).where(col(ArtifactLayout.artifact_id) == lost.id))
    if own.etag != lost.etag:
        _tell_of_other_bytes(session, own)
    elif own.sha256 != lost.sha256:
        set_sha256(session, own.id, own.sha256)


def _tell_of_other_bytes(session: Session, artifact: Artifact) -> None:
    """Write the file's new size, digest and date to its jobs.

    What users have fetched of the earlier bytes no longer counts.
    """
    wanted = col(Job.artifact_id) == artifact.id
    values = {
        "sha256": artifact.sha256,
        "etag": artifact.etag,
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


def set_sha256(session: Session, artifact_id: str, sha256: str) -> None:
    """Write the digest of the file, once it is known, to the artifact and its jobs."""
    wanted = col(Job.artifact_id) == artifact_id
    known = update(Job).where(col(Job.id).in_(locked_in_order(wanted)))
    session.connection().execute(
        known.values(sha256=sha256, revision=shared_revision_value(session))
    )
    session.connection().execute(
        update(Artifact).where(col(Artifact.id) == artifact_id).values(sha256=sha256)
    )


def set_crc32(session: Session, checksums: Mapping[str, int]) -> None:
    """Write the CRC-32 of these files, by the ids of their artifacts."""
    for artifact_id, crc32 in sorted(checksums.items()):
        known = update(Artifact).where(col(Artifact.id) == artifact_id)
        session.connection().execute(known.values(crc32=crc32))


def add_with_layouts(session: Session, new: Sequence[tuple[Artifact, bytes]]) -> set[str]:
    """Add artifacts with their layouts, unless there is one with the same content key.

    Return the content keys of those that were added.
    """
    added = insert_absent(session, [artifact for artifact, _ in new], "content_key")
    layouts = [
        {"artifact_id": artifact.id, "body": body}
        for artifact, body in new
        if artifact.content_key in added
    ]
    if layouts:
        session.connection().execute(insert(ArtifactLayout), layouts)
    return added


def add_layout(session: Session, artifact_id: str, body: bytes) -> None:
    """Store the layout of an artifact, packed."""
    session.connection().execute(insert(ArtifactLayout).values(artifact_id=artifact_id, body=body))


def layout_body(session: Session, artifact_id: str) -> bytes | None:
    """Return the layout of an artifact, packed, or None if there is none."""
    row = session.get(ArtifactLayout, artifact_id)
    return None if row is None else row.body


def transfers_under_way(session: Session, now: datetime) -> set[str]:
    """Return the ids of the artifacts that are being sent now."""
    since = now - timedelta(seconds=TRANSFER_SILENCE_SECONDS)
    return set(
        session.scalars(select(col(Transfer.artifact_id)).where(col(Transfer.heartbeat_at) > since))
    )


def expire_jobs(
    session: Session, now: datetime, busy: set[str], artifact_id: str | None = None
) -> int:
    """Expire ready jobs whose time is over; return how many they were.

    ``busy`` holds the ids of artifacts that are being sent: their jobs stay ready. With
    ``artifact_id``, all jobs of that artifact expire, even before their time.
    """
    over = col(Job.artifact_id) == artifact_id if artifact_id else col(Job.expires_at) <= now
    wanted = [col(Job.status) == JobStatus.READY, over]
    if busy:
        wanted.append(col(Job.artifact_id).not_in(busy))
    if session.connection().execute(select(col(Job.id)).where(*wanted).limit(1)).first() is None:
        return 0
    return move_all(session, Action.EXPIRE, *wanted)


def break_jobs(session: Session, artifact_id: str, error: JobError, now: datetime) -> int:
    """Fail the ready jobs of a layout for a page that has changed; return how many they were."""
    return move_all(
        session,
        Action.BREAK,
        col(Job.artifact_id) == artifact_id,
        finished_at=now,
        **error_columns(error),
    )


def unwanted_artifacts(session: Session, now: datetime, busy: set[str]) -> list[Artifact]:
    """Return artifacts whose time is over and that no job refers to, 500 at most.

    ``busy`` holds the ids of artifacts that are being sent, which are left out.
    """
    wanted: list[Any] = [
        col(Artifact.expires_at) <= now,
        ~exists().where(col(Job.artifact_id) == col(Artifact.id)),
    ]
    if busy:
        wanted.append(col(Artifact.id).not_in(busy))
    return list(session.scalars(select(Artifact).where(*wanted).limit(500)))


def end_time_if_unreferenced(
    session: Session, artifact_ids: Collection[str], now: datetime
) -> None:
    """End the life of these artifacts now, except of those that a job still refers to."""
    unreferenced = (
        select(col(Artifact.id))
        .where(
            col(Artifact.id).in_(artifact_ids),
            col(Artifact.expires_at) > now,
            ~exists().where(col(Job.artifact_id) == col(Artifact.id)),
        )
        .order_by(col(Artifact.id))
        .with_for_update()
    )
    ended = update(Artifact).where(col(Artifact.id).in_(unreferenced)).values(expires_at=now)
    session.connection().execute(ended)


def forget(session: Session, artifact_id: str) -> bool:
    """Delete the artifact's row if no job refers to it; then its blob may be deleted too.

    Return False if a job has come to refer to it, or if the row is gone.
    """
    # Without this lock, a job on PostgreSQL could get the artifact after the check for jobs, but
    # before the deletion.
    session.execute(
        select(col(Artifact.id)).where(col(Artifact.id) == artifact_id).with_for_update()
    )
    statement = delete(Artifact).where(
        col(Artifact.id) == artifact_id, ~exists().where(col(Job.artifact_id) == col(Artifact.id))
    )
    return session.connection().execute(statement).rowcount == 1


def not_checked_since(session: Session, before: datetime) -> list[Artifact]:
    """Return stored files that were last read and compared before this time, 1000 at most.

    Storing an artifact counts as reading it. Those that were not read for longest come first.
    """
    checked_at = func.coalesce(col(Artifact.checked_at), col(Artifact.created_at))
    return list(
        session.scalars(
            select(Artifact)
            .where(checked_at < before, col(Artifact.layout_bytes).is_(None))
            .order_by(checked_at)
            .limit(1000)
        )
    )


def layouts_without_digest(session: Session, now: datetime) -> list[Artifact]:
    """Return layouts that nobody has read to their end, the oldest first, 100 at most.

    Those that are being sent now are left out.
    """
    unread = select(Artifact).where(
        col(Artifact.layout_bytes).is_not(None),
        col(Artifact.sha256) == "",
        col(Artifact.id).not_in(transfers_under_way(session, now)),
    )
    return list(session.scalars(unread.order_by(col(Artifact.created_at)).limit(100)))


def note_checked(session: Session, artifact_id: str, now: datetime) -> None:
    """Record when all bytes of the artifact were last read and compared."""
    session.connection().execute(
        update(Artifact).where(col(Artifact.id) == artifact_id).values(checked_at=now)
    )


def all_blob_keys(session: Session) -> dict[str, str]:
    """Return the artifact id of every blob key, without those of layouts, which have no blob."""
    stored = select(col(Artifact.blob_key), col(Artifact.id))
    rows = session.connection().execute(stored.where(col(Artifact.layout_bytes).is_(None)))
    return {row[0]: row[1] for row in rows}


def active_lease_tokens(session: Session) -> set[str]:
    """Return the lease tokens of all running attempts."""
    return {
        token
        for token in session.scalars(
            select(col(Job.lease_token)).where(col(Job.lease_token).is_not(None))
        )
        if token
    }


def wanted_contents(session: Session, content_keys: Collection[str]) -> set[str]:
    """Return those of these content keys for which a job is unfinished."""
    wanted = select(col(Job.content_key)).where(
        col(Job.content_key).in_(content_keys), col(Job.status).in_(UNFINISHED)
    )
    return set(session.scalars(wanted))


def keep_manifests(session: Session, bodies: Mapping[str, str], now: datetime) -> None:
    """Store manifests, as JSON, by their content keys.

    Jobs with the same content key share one row, whose age starts again. It then says where the
    comics are now: an equal comic, or the same one before it was moved, may be gone.
    """
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    row = (sqlite.insert if is_sqlite else postgresql.insert)(Manifest)
    newest = {"body": row.excluded.body, "created_at": row.excluded.created_at}
    # Two transactions that wrote the same rows in different orders could wait for each other.
    rows = [
        {"content_key": key, "body": body, "created_at": now}
        for key, body in sorted(bodies.items())
    ]
    session.connection().execute(
        row.on_conflict_do_update(index_elements=["content_key"], set_=newest), rows
    )


def manifest_body(session: Session, content_key: str) -> str | None:
    """Return the manifest of this content key as JSON, or None if it is gone."""
    row = session.get(Manifest, content_key)
    return None if row is None else row.body


def delete_unused_manifests(session: Session, before: datetime) -> int:
    """Delete manifests from before this time that no unfinished job needs; return how many.

    Retrying a job without a manifest makes a new one.
    """
    needed = exists().where(
        col(Job.content_key) == col(Manifest.content_key), col(Job.status).in_(UNFINISHED)
    )
    return (
        session.connection()
        .execute(delete(Manifest).where(col(Manifest.created_at) < before, ~needed))
        .rowcount
    )


def storage_used(session: Session, user_id: str) -> int:
    """Return how many bytes count against the user's quota.

    These are the distinct files that the user's jobs hold, of a layout only its own bytes, and the
    expected sizes of files that unfinished jobs will add. Jobs with the same content key, as guests
    of a share have them, add one file.
    """
    used = session.connection().execute(storage_used_query(), {"user_id": user_id})
    return int(used.scalar_one())


def stored_bytes(session: Session) -> int:
    """Return how many bytes the files of all users take, of a layout only its own bytes."""
    taken = func.coalesce(col(Artifact.layout_bytes), col(Artifact.size_bytes))
    stored = select(func.coalesce(func.sum(taken), 0))
    return int(session.connection().execute(stored).scalar_one())


@cache
def storage_used_query() -> Select[Any]:
    """Return the statement of ``storage_used``, which takes longer to build than to run."""
    of_user = col(Job.user_id) == bindparam("user_id")
    held = col(Artifact.id).in_(_held(of_user))
    taken = func.coalesce(col(Artifact.layout_bytes), col(Artifact.size_bytes))
    stored = select(func.coalesce(func.sum(taken), 0)).where(held)
    unheld = col(Job.content_key).not_in(select(col(Artifact.content_key)).where(held))
    of_each = (
        select(func.max(col(Job.expected_bytes)).label("size"))
        .where(of_user, col(Job.status).in_(sorted(UNFINISHED)), unheld)
        .group_by(col(Job.content_key))
    )
    coming = select(func.coalesce(func.sum(of_each.subquery().c.size), 0))
    return select(stored.scalar_subquery() + coming.scalar_subquery())


def charged_contents(session: Session, user_id: str, content_keys: Sequence[str]) -> set[str]:
    """Return those of these content keys whose files ``storage_used`` counts."""
    held_or_coming = col(Job.artifact_id).is_not(None) | col(Job.status).in_(UNFINISHED)
    of_user = select(col(Job.content_key)).where(col(Job.user_id) == user_id, held_or_coming)
    return {
        key
        for part in _parts(content_keys)
        for key in session.scalars(of_user.where(col(Job.content_key).in_(part)).distinct())
    }


def _parts(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), _KEYS_PER_STATEMENT):
        yield keys[start : start + _KEYS_PER_STATEMENT]


def _held(*jobs: Any) -> Select[str | None]:
    return select(col(Job.artifact_id)).where(*jobs, col(Job.artifact_id).is_not(None))
