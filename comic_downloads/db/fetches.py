"""Statements about the comics that users have fetched, in any file."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session, col

from ..domain.job import UNFINISHED
from .library import parts_of
from .session import insert_or_touch
from .tables import Comic, ComicFetch, ComicListing, Job

# Bounds the work of a page for somebody with a very long queue.
_MAX_UNFINISHED = 200


def record_fetched(session: Session, job_ids: Collection[str], now: datetime) -> None:
    """Record that the users of these jobs, guests left out, have fetched their files."""
    own = (col(Job.id).in_(job_ids), col(Job.share_id).is_(None))
    jobs = session.connection().execute(select(col(Job.user_id), col(Job.comics)).where(*own))
    fetched = {(user_id, comic["id"]) for user_id, comics in jobs for comic in comics}
    ids = sorted({comic_id for _, comic_id in fetched})
    known = {
        comic_id
        for part in parts_of(ids)
        for comic_id in session.scalars(select(col(Comic.id)).where(col(Comic.id).in_(part)))
    }
    rows = [
        ComicFetch(user_id=user_id, comic_id=comic_id, fetched_at=now)
        for user_id, comic_id in sorted(fetched)
        if comic_id in known
    ]
    insert_or_touch(session, rows, ["user_id", "comic_id"], ["fetched_at"])


def fetched_among(session: Session, user_id: str, comic_ids: Sequence[str]) -> set[str]:
    """Return those of the comics that the user has fetched."""
    own = col(ComicFetch.user_id) == user_id
    return {
        comic_id
        for part in parts_of(comic_ids)
        for comic_id in session.scalars(
            select(col(ComicFetch.comic_id)).where(own, col(ComicFetch.comic_id).in_(part))
        )
    }


def fetched_lately(session: Session, user_id: str, limit: int) -> list[str]:
    """Return the comics that the user has fetched last and that are still in the library."""
    own = (
        select(col(ComicFetch.comic_id))
        .join(ComicListing, col(ComicListing.comic_id) == col(ComicFetch.comic_id))
        .where(col(ComicFetch.user_id) == user_id)
        .order_by(col(ComicFetch.fetched_at).desc())
        .limit(limit)
    )
    return list(session.scalars(own))


def fetched_of_series(session: Session, user_id: str, series_ids: Sequence[str]) -> dict[str, int]:
    """Return how many comics of these series the user has fetched, without series of none."""
    series_id = col(ComicListing.series_id)
    is_fetched = (col(ComicFetch.comic_id) == col(ComicListing.comic_id)) & (
        col(ComicFetch.user_id) == user_id
    )
    counts: dict[str, int] = {}
    for part in parts_of(series_ids):
        counted = (
            select(series_id, func.count())
            .join_from(ComicListing, ComicFetch, is_fetched)
            .where(series_id.in_(part))
            .group_by(series_id)
        )
        found = session.connection().execute(counted)
        counts |= {key: number for key, number in found if key is not None}
    return counts


def comics_in_work(session: Session, user_id: str) -> set[str]:
    """Return the comics of the user's unfinished downloads, and the series of these comics."""
    newest = (
        select(col(Job.comics))
        .where(
            col(Job.user_id) == user_id,
            col(Job.share_id).is_(None),
            col(Job.status).in_(sorted(UNFINISHED)),
        )
        .order_by(col(Job.id).desc())
        .limit(_MAX_UNFINISHED)
    )
    ids = sorted({comic["id"] for comics in session.scalars(newest) for comic in comics})
    series = {
        series_id
        for part in parts_of(ids)
        for series_id in session.scalars(
            select(col(ComicListing.series_id)).where(
                col(ComicListing.comic_id).in_(part), col(ComicListing.series_id).is_not(None)
            )
        )
        if series_id is not None
    }
    return series | set(ids)
