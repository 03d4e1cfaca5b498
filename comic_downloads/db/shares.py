"""Statements about shares and about the jobs of their guests."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, func, literal, select, update
from sqlmodel import Session, col

from ..domain.job import FINISHED, UNFINISHED
from . import jobs
from .share_tables import Share
from .tables import Job, Transfer


def add_share(session: Session, share: Share) -> None:
    """Insert the share."""
    session.add(share)


def share_by_id(session: Session, share_id: str) -> Share | None:
    """Return the share whosever it is, also a revoked one; None for an unknown id."""
    return session.get(Share, share_id)


def share_of_user(session: Session, user_id: str, share_id: str) -> Share | None:
    """The user's own share, None for a foreign, revoked or unknown one."""
    return session.scalars(select(Share).where(*_kept(user_id), col(Share.id) == share_id)).first()


def shares_of_user(
    session: Session, user_id: str, limit: int, offset: int
) -> tuple[list[Share], int]:
    """A page of the user's shares, newest first, and how many there are in all."""
    total = count_of_user(session, user_id)
    newest = (
        select(Share)
        .where(*_kept(user_id))
        .order_by(col(Share.created_at).desc(), col(Share.id).desc())
    )
    return list(session.scalars(newest.limit(limit).offset(offset))), total


def count_of_user(session: Session, user_id: str) -> int:
    return (
        session.connection()
        .execute(select(func.count()).select_from(Share).where(*_kept(user_id)))
        .scalar_one()
    )


def revoke(session: Session, share: Share, now: datetime) -> None:
    """Takes the share back: its address and every link that guests got through it lead nowhere from now on."""
    session.connection().execute(
        update(Share).where(col(Share.id) == share.id).values(revoked_at=now)
    )


def count_downloads(session: Session, share_id: str, number: int) -> None:
    """Notes that guests have fetched that many whole files."""
    counted = update(Share).where(col(Share.id) == share_id)
    session.connection().execute(counted.values(downloads_done=col(Share.downloads_done) + number))


def job_of_guest(session: Session, share_id: str, guest_id: str, job_id: str) -> Job | None:
    """The guest's own job, None for any other."""
    return session.scalars(
        select(Job).where(*_visible(share_id, guest_id), col(Job.id) == job_id)
    ).first()


def jobs_of_guest(session: Session, share_id: str, guest_id: str, limit: int) -> list[Job]:
    """The guest's jobs, newest first."""
    newest = (
        select(Job)
        .where(*_visible(share_id, guest_id))
        .order_by(col(Job.created_at).desc(), col(Job.id).desc())
    )
    return list(session.scalars(newest.limit(limit)))


def same_job_of_guest(
    session: Session, share_id: str, guest_id: str, request_key: str
) -> Job | None:
    """The guest's last job for the same request, whatever came of it."""
    same = select(Job).where(*_visible(share_id, guest_id), col(Job.request_key) == request_key)
    return session.scalars(
        same.order_by(col(Job.created_at).desc(), col(Job.id).desc()).limit(1)
    ).first()


def count_unfinished(session: Session, share_id: str) -> int:
    """How many jobs of all guests of the share are unfinished."""
    unfinished = (
        select(func.count())
        .select_from(Job)
        .where(col(Job.share_id) == share_id, col(Job.status).in_(UNFINISHED))
    )
    return session.connection().execute(unfinished).scalar_one()


def count_jobs(session: Session, share_id: str, limit: int) -> int:
    """How many jobs of guests of the share are kept, counted no further than the limit."""
    some = select(literal(1)).where(col(Job.share_id) == share_id).limit(limit).subquery()
    return session.connection().execute(select(func.count()).select_from(some)).scalar_one()


def drop_unfetched_job(session: Session, share_id: str) -> bool:
    """Deletes the finished job of the share that is oldest, of those of which nobody has fetched anything; False if none."""
    unfetched = (
        col(Job.downloaded_bytes) == 0,
        ~exists().where(col(Transfer.job_id) == col(Job.id)),
    )
    finished = select(col(Job.id)).where(
        col(Job.share_id) == share_id, col(Job.status).in_(FINISHED), *unfetched
    )
    # What somebody has locked is about to be counted, or sent.
    oldest = (
        finished.order_by(col(Job.finished_at), col(Job.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    job_id = session.scalars(oldest).first()
    if job_id is not None:
        session.connection().execute(delete(Job).where(col(Job.id) == job_id))
    return job_id is not None


def first_job_goes_at(session: Session, share_id: str, kept: timedelta) -> datetime | None:
    """When the finished job of the share that is oldest goes; they are ``kept`` for so long, and as long as their file."""
    finished = select(col(Job.finished_at), col(Job.expires_at)).where(
        col(Job.share_id) == share_id
    )
    oldest = finished.where(col(Job.status).in_(FINISHED)).order_by(col(Job.finished_at)).limit(1)
    row = session.connection().execute(oldest).first()
    return None if row is None else max(row.finished_at + kept, row.expires_at or row.finished_at)


def files_of_share(session: Session, share_id: str) -> set[str]:
    """The contents of the different files that the guests of the share have, or will have."""
    has_file = col(Job.artifact_id).is_not(None) | col(Job.status).in_(UNFINISHED)
    return set(
        session.scalars(
            select(col(Job.content_key)).where(col(Job.share_id) == share_id, has_file).distinct()
        )
    )


def guests_hold_storage(session: Session, user_id: str) -> bool:
    """True if some of what counts against the user's quota is there, or coming, for guests."""
    of_guests = (col(Job.user_id) == user_id, col(Job.share_id).is_not(None))
    holding = select(col(Job.id)).where(
        *of_guests, col(Job.artifact_id).is_not(None) | col(Job.status).in_(UNFINISHED)
    )
    return session.connection().execute(holding.limit(1)).first() is not None


def delete_over(session: Session, *, expired_before: datetime, revoked_before: datetime) -> None:
    """Deletes shares that ended before these times, with what is left of their guests' jobs."""
    over = (col(Share.expires_at) < expired_before) | (col(Share.revoked_at) < revoked_before)
    ids = list(session.scalars(select(col(Share.id)).where(over)))
    jobs.delete_jobs(
        session, col(Job.share_id).in_(ids)
    )  # before their shares, as counting locks them
    session.connection().execute(delete(Share).where(col(Share.id).in_(ids)))


def delete_jobs_without_file(session: Session, finished_before: datetime) -> None:
    """Deletes guests' jobs that ended before that time and have no file: nobody else removes them."""
    over = (
        col(Job.share_id).is_not(None),
        col(Job.finished_at) < finished_before,
        col(Job.artifact_id).is_(None),
    )
    jobs.delete_jobs(session, *over, col(Job.status).in_(FINISHED))


def _kept(user_id: str) -> list[Any]:
    return [col(Share.user_id) == user_id, col(Share.revoked_at).is_(None)]


def _visible(share_id: str, guest_id: str) -> list[Any]:
    return [
        col(Job.share_id) == share_id,
        col(Job.guest_id) == guest_id,
        col(Job.deleted_at).is_(None),
    ]
