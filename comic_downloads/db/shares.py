"""Statements about shares and the jobs of their guests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, func, literal, select, update
from sqlmodel import Session, col

from ..domain.job import FINISHED, UNFINISHED
from . import jobs
from .tables import Job, Share, Transfer, UserAccount


def add_share(session: Session, share: Share) -> None:
    """Insert the share."""
    session.add(share)


def share_by_id(session: Session, share_id: str) -> Share | None:
    """Return the share of any user, even if it is revoked; None for an unknown id."""
    return session.get(Share, share_id)


def share_of_user(session: Session, user_id: str, share_id: str) -> Share | None:
    """Return the user's own share; None if it is revoked, unknown or another user's."""
    return session.scalars(select(Share).where(*_kept(user_id), col(Share.id) == share_id)).first()


def shares_of_user(
    session: Session, user_id: str, limit: int, offset: int
) -> tuple[list[Share], int]:
    """Return one page of the user's shares, newest first, and how many there are in all.

    Revoked shares are left out.
    """
    total = count_of_user(session, user_id)
    newest = (
        select(Share)
        .where(*_kept(user_id))
        .order_by(col(Share.created_at).desc(), col(Share.id).desc())
    )
    return list(session.scalars(newest.limit(limit).offset(offset))), total


def shares_of_others(
    session: Session, user_id: str, limit: int
) -> tuple[list[tuple[Share, str]], int]:
    """Return the newest shares of all other users with their names, and how many there are.

    Revoked shares are left out.
    """
    others = (col(Share.user_id) != user_id, col(Share.revoked_at).is_(None))
    counted = select(func.count()).select_from(Share).where(*others)
    newest = (
        select(Share, col(UserAccount.username))
        .join(UserAccount, col(UserAccount.id) == col(Share.user_id))
        .where(*others)
        .order_by(col(Share.created_at).desc(), col(Share.id).desc())
        .limit(limit)
    )
    found = [(share, username) for share, username in session.execute(newest)]
    return found, session.connection().execute(counted).scalar_one()


def count_of_user(session: Session, user_id: str) -> int:
    """Return how many shares the user has, not counting revoked ones."""
    return (
        session.connection()
        .execute(select(func.count()).select_from(Share).where(*_kept(user_id)))
        .scalar_one()
    )


def change_share(session: Session, share: Share, values: Mapping[str, Any]) -> None:
    """Set these columns of the share, which must be at least one."""
    session.connection().execute(update(Share).where(col(Share.id) == share.id).values(**values))
    session.refresh(share)


def revoke(session: Session, share: Share, now: datetime) -> None:
    """Revoke the share. Its address and all links that guests got through it stop working."""
    session.connection().execute(
        update(Share).where(col(Share.id) == share.id).values(revoked_at=now)
    )


def count_downloads(session: Session, share_id: str, number: int) -> None:
    """Add this number of complete downloads to the share's count."""
    counted = update(Share).where(col(Share.id) == share_id)
    session.connection().execute(counted.values(downloads_done=col(Share.downloads_done) + number))


def job_of_guest(session: Session, share_id: str, guest_id: str, job_id: str) -> Job | None:
    """Return the guest's own job; None for any other."""
    return session.scalars(
        select(Job).where(*_visible(share_id, guest_id), col(Job.id) == job_id)
    ).first()


def jobs_of_guest(session: Session, share_id: str, guest_id: str, limit: int) -> list[Job]:
    """Return the guest's jobs, newest first."""
    newest = (
        select(Job)
        .where(*_visible(share_id, guest_id))
        .order_by(col(Job.created_at).desc(), col(Job.id).desc())
    )
    return list(session.scalars(newest.limit(limit)))


def same_job_of_guest(
    session: Session, share_id: str, guest_id: str, request_key: str
) -> Job | None:
    """Return the guest's last job for the same request, in any status."""
    same = select(Job).where(*_visible(share_id, guest_id), col(Job.request_key) == request_key)
    return session.scalars(
        same.order_by(col(Job.created_at).desc(), col(Job.id).desc()).limit(1)
    ).first()


def count_unfinished(session: Session, share_id: str) -> int:
    """Return how many unfinished jobs the guests of the share have in all."""
    unfinished = (
        select(func.count())
        .select_from(Job)
        .where(col(Job.share_id) == share_id, col(Job.status).in_(UNFINISHED))
    )
    return session.connection().execute(unfinished).scalar_one()


def count_jobs(session: Session, share_id: str, limit: int) -> int:
    """Return how many jobs the guests of the share have; stop counting at ``limit``."""
    some = select(literal(1)).where(col(Job.share_id) == share_id).limit(limit).subquery()
    return session.connection().execute(select(func.count()).select_from(some)).scalar_one()


def drop_unfetched_job(session: Session, share_id: str) -> bool:
    """Delete the share's oldest finished job of which nobody has fetched anything.

    Return False if there is none.
    """
    unfetched = (
        col(Job.downloaded_bytes) == 0,
        ~exists().where(col(Transfer.job_id) == col(Job.id)),
    )
    finished = select(col(Job.id)).where(
        col(Job.share_id) == share_id, col(Job.status).in_(FINISHED), *unfetched
    )
    # A locked job is skipped, because its download is about to be counted or started.
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
    """Return when the share's oldest finished job will be deleted.

    A job is kept for the time ``kept`` after it finished, and at least as long as its file. Return
    None if no job is finished.
    """
    finished = select(col(Job.finished_at), col(Job.expires_at)).where(
        col(Job.share_id) == share_id
    )
    oldest = finished.where(col(Job.status).in_(FINISHED)).order_by(col(Job.finished_at)).limit(1)
    row = session.connection().execute(oldest).first()
    return None if row is None else max(row.finished_at + kept, row.expires_at or row.finished_at)


def files_of_share(session: Session, share_id: str) -> set[str]:
    """Return the content keys of the files that the guests of the share have or wait for."""
    has_file = col(Job.artifact_id).is_not(None) | col(Job.status).in_(UNFINISHED)
    return set(
        session.scalars(
            select(col(Job.content_key)).where(col(Job.share_id) == share_id, has_file).distinct()
        )
    )


def guests_hold_storage(session: Session, user_id: str) -> bool:
    """Return True if guests have or wait for files that count against the user's quota."""
    of_guests = (col(Job.user_id) == user_id, col(Job.share_id).is_not(None))
    holding = select(col(Job.id)).where(
        *of_guests, col(Job.artifact_id).is_not(None) | col(Job.status).in_(UNFINISHED)
    )
    return session.connection().execute(holding.limit(1)).first() is not None


def delete_over(session: Session, *, expired_before: datetime, revoked_before: datetime) -> None:
    """Delete shares that ended before these times, and the jobs of their guests."""
    over = (col(Share.expires_at) < expired_before) | (col(Share.revoked_at) < revoked_before)
    ids = list(session.scalars(select(col(Share.id)).where(over)))
    # Jobs are locked before their shares, in the same order as when downloads are counted.
    jobs.delete_jobs(session, col(Job.share_id).in_(ids))
    session.connection().execute(delete(Share).where(col(Share.id).in_(ids)))


def delete_jobs_without_file(session: Session, finished_before: datetime) -> None:
    """Delete guests' jobs that finished before this time and have no file.

    Nobody else removes them.
    """
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
