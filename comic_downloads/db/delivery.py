"""Statements about deliveries: which bytes have reached users, and which are being sent now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, insert, select, update
from sqlmodel import Session, col

from ..domain.ranges import ByteRange, merged, total_bytes
from .jobs import lock_jobs, locked_in_order
from .session import revision_value, shared_revision_value
from .shares import count_downloads
from .tables import Artifact, DeliveredRange, Job, Share, Transfer

# Bounds the number of rows that a client can cause by fetching every second byte.
MAX_RANGES_PER_JOB = 2000


@dataclass(frozen=True)
class JobFile:
    """A job, its file and its share, as far as sending the file needs them.

    The fields of the file are None if the job has none; so are those of the share. A file that is
    a layout has ``layout_bytes``.
    """

    user_id: str
    status: str
    error_message: str
    filename: str
    created_at: datetime
    content_since: datetime | None
    downloaded_bytes: int
    file_size_bytes: int | None
    artifact_id: str | None
    blob_key: str | None
    media_type: str | None
    size_bytes: int | None
    sha256: str | None
    etag: str | None
    layout_bytes: int | None
    share_expires_at: datetime | None
    share_revoked_at: datetime | None
    max_downloads: int | None
    downloads_done: int | None


_COLUMNS: tuple[Any, ...] = (
    *(
        Job.user_id,
        Job.status,
        Job.error_message,
        Job.filename,
        Job.created_at,
        Job.content_since,
        Job.downloaded_bytes,
        Job.file_size_bytes,
    ),
    *(Artifact.id, Artifact.blob_key, Artifact.media_type, Artifact.size_bytes),
    *(Artifact.sha256, Artifact.etag, Artifact.layout_bytes),
    *(Share.expires_at, Share.revoked_at, Share.max_downloads, Share.downloads_done),
)
# Built once, because building this statement takes longer than running it.
_FILE_OF_JOB = (
    select(*_COLUMNS)
    .select_from(Job)
    .outerjoin(Artifact, col(Artifact.id) == col(Job.artifact_id))
    .outerjoin(Share, col(Share.id) == col(Job.share_id))
    .where(col(Job.id) == bindparam("job_id"), col(Job.deleted_at).is_(None))
)

_BEING_FETCHED = select(col(Transfer.job_id)).where(
    col(Transfer.job_id).in_(bindparam("job_ids", expanding=True)),
    col(Transfer.heartbeat_at) >= bindparam("since"),
)


def file_of_job(session: Session, job_id: str) -> JobFile | None:
    """Return what a link to the job leads to, or None if the job is gone.

    It takes one statement, because every range request asks for it.
    """
    row = session.connection().execute(_FILE_OF_JOB, {"job_id": job_id}).one_or_none()
    return None if row is None else JobFile(*row)


def add_all_delivered(
    session: Session, delivered: Mapping[tuple[str, str], Sequence[ByteRange]]
) -> dict[tuple[str, str], int | None]:
    """Record that these bytes reached users, and count the downloads of shares.

    A file is named by its job's id and its entity tag. When a guest has received all of a file,
    that is one download of the share. Return how many different bytes of each file have been
    delivered. The number is None, and nothing is recorded, if the job is gone or its file has other
    content by now.
    """
    numbers: dict[tuple[str, str], int | None] = {}
    downloads: Counter[str] = Counter()
    # Every process locks rows in the same order, jobs before shares. Otherwise two processes that
    # count at the same time could wait for each other.
    for (job_id, etag), ranges in sorted(delivered.items()):
        job = session.scalars(
            select(Job).where(col(Job.id) == job_id, col(Job.etag) == etag).with_for_update()
        ).first()
        completed, numbers[job_id, etag] = (0, None) if job is None else _add(session, job, ranges)
        if job is not None and job.share_id is not None and completed:
            downloads[job.share_id] += completed
    for share_id, number in sorted(downloads.items()):
        count_downloads(session, share_id, number)
    return numbers


def _add(session: Session, job: Job, ranges: Sequence[ByteRange]) -> tuple[int, int]:
    """Record the ranges; return how many deliveries they complete and the bytes delivered."""
    size_bytes = job.file_size_bytes or 0
    before, completed = delivered_ranges(session, job.id), 0
    if job.share_id is None:
        after = merged([*before, *ranges])
    else:
        completed, after = _rounds(before, ranges, size_bytes)
    if len(after) <= max(MAX_RANGES_PER_JOB, len(before)):
        _replace_ranges(session, job.id, set(before) - set(after), set(after) - set(before))
    else:
        after = before
    delivered = min(total_bytes(after), size_bytes)
    if completed or delivered != job.downloaded_bytes:
        changes = {"downloaded_bytes": delivered, "revision": revision_value(session)}
        session.connection().execute(update(Job).where(col(Job.id) == job.id).values(**changes))
    return completed, delivered


def _rounds(
    before: list[ByteRange], parts: Sequence[ByteRange], size_bytes: int
) -> tuple[int, list[ByteRange]]:
    """Return how many deliveries the parts complete, and the ranges delivered so far.

    The parts are in the order in which they were sent. A part that covers the whole file is one
    complete delivery. After a complete delivery, the next one needs a part that starts at byte 0.
    Parts that are not followed by such a part are ignored: either the end of the file was sent
    again because it had been lost, or a response in progress will report the whole file later.
    """
    whole = ByteRange(0, size_bytes)
    last_begun = max(
        (index for index, part in enumerate(parts) if part.start == 0 and part != whole), default=-1
    )
    completed, after = 0, before
    for index, part in enumerate(parts):
        if after == [whole] and part != whole:
            if index > last_begun:
                continue
            after = []
        after = merged([*after, part])
        completed += after == [whole]
    return completed, after


def delivered_ranges(session: Session, job_id: str) -> list[ByteRange]:
    """Return the ranges of the job's file that have been delivered, merged and in order."""
    wanted = select(col(DeliveredRange.start), col(DeliveredRange.end)).where(
        col(DeliveredRange.job_id) == job_id
    )
    return merged(ByteRange(start, end) for start, end in session.connection().execute(wanted))


def forget_delivered(session: Session, job_id: str) -> None:
    """Delete the job's delivered ranges, because its file gets other content.

    The caller sets a new revision, so that open pages notice the change.
    """
    session.connection().execute(delete(DeliveredRange).where(col(DeliveredRange.job_id) == job_id))
    session.connection().execute(
        update(Job).where(col(Job.id) == job_id).values(downloaded_bytes=0)
    )


def heartbeat(session: Session, transfers: Sequence[Transfer], now: datetime) -> None:
    """Record that these transfers are in progress; skip those whose file or job is gone.

    A job whose transfer begins gets a new revision, so that open pages notice it.
    """
    known = set(
        session.scalars(
            select(col(Transfer.id)).where(
                col(Transfer.id).in_([transfer.id for transfer in transfers])
            )
        )
    )
    fresh = [transfer for transfer in transfers if transfer.id not in known]
    # The locks keep the purge from deleting these jobs and files before the transfers are inserted.
    wanted = set(lock_jobs(session, col(Job.id).in_({transfer.job_id for transfer in transfers})))
    artifact_ids = {transfer.artifact_id for transfer in fresh}
    artifacts = (
        select(col(Artifact.id))
        .where(col(Artifact.id).in_(artifact_ids))
        .order_by(col(Artifact.id))
    )
    kept = set(session.scalars(artifacts.with_for_update(read=True, key_share=True)))
    rows = [
        {
            "id": transfer.id,
            "artifact_id": transfer.artifact_id,
            "job_id": transfer.job_id,
            "heartbeat_at": now,
        }
        for transfer in fresh
        if transfer.artifact_id in kept and transfer.job_id in wanted
    ]
    if rows:
        session.connection().execute(insert(Transfer), rows)
        _mark_changed(session, {row["job_id"] for row in rows})
    session.connection().execute(
        update(Transfer).where(col(Transfer.id).in_(known)).values(heartbeat_at=now)
    )


def end_transfers(session: Session, ids: Sequence[str]) -> None:
    """Delete these transfers and mark their jobs as changed."""
    _delete_transfers(session, col(Transfer.id).in_(ids))


def delete_silent_transfers(session: Session, now: datetime, silence_seconds: int) -> int:
    """Delete the transfers of web processes that were killed; return how many they were.

    These are the transfers without a heartbeat for ``silence_seconds``.
    """
    since = now - timedelta(seconds=silence_seconds)
    return _delete_transfers(session, col(Transfer.heartbeat_at) < since)


def jobs_being_fetched(
    session: Session, job_ids: Sequence[str], now: datetime, silence_seconds: int
) -> set[str]:
    """Return the ids of those jobs whose files are being sent to somebody now."""
    wanted = {"job_ids": list(job_ids), "since": now - timedelta(seconds=silence_seconds)}
    return set(session.connection().execute(_BEING_FETCHED, wanted).scalars())


def _delete_transfers(session: Session, which: ColumnElement[bool]) -> int:
    _mark_changed(session, set(session.scalars(select(col(Transfer.job_id)).where(which))))
    return session.connection().execute(delete(Transfer).where(which)).rowcount


def _mark_changed(session: Session, job_ids: Collection[str]) -> None:
    if job_ids:
        changed = update(Job).where(col(Job.id).in_(locked_in_order(col(Job.id).in_(job_ids))))
        session.connection().execute(changed.values(revision=shared_revision_value(session)))


def _replace_ranges(
    session: Session, job_id: str, gone: set[ByteRange], new: set[ByteRange]
) -> None:
    if gone:
        starts = [part.start for part in gone]
        old = delete(DeliveredRange).where(
            col(DeliveredRange.job_id) == job_id, col(DeliveredRange.start).in_(starts)
        )
        session.connection().execute(old)
    session.add_all(
        DeliveredRange(job_id=job_id, start=part.start, end=part.end) for part in sorted(new)
    )
    session.flush()
