"""Statements about what only catalogues show: paths, times of change, and numbers of series."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlmodel import Session, col

from .library import parts_of
from .tables import Comic, ComicListing, Series


class ComicFile(NamedTuple):
    """Where a comic is in the library folder, and when it last changed."""

    path: str
    updated_at: datetime


def files_of(session: Session, comic_ids: Sequence[str]) -> dict[str, ComicFile]:
    """Return the path of each of these comics, and when it last changed, by id.

    Comics whose files are missing are left out.
    """
    columns = (col(Comic.id), col(Comic.path), col(Comic.updated_at))
    return {
        comic_id: ComicFile(path, updated_at)
        for part in parts_of(comic_ids)
        for comic_id, path, updated_at in session.connection().execute(
            select(*columns).where(col(Comic.id).in_(part), col(Comic.missing_at).is_(None))
        )
    }


def changes_of_series(session: Session, series_ids: Sequence[str]) -> dict[str, datetime]:
    """Return when a comic of each of these series last changed, by the id of the series."""
    newest = func.max(col(Comic.updated_at))
    return {
        series_id: changed_at
        for part in parts_of(series_ids)
        for series_id, changed_at in session.connection().execute(
            select(col(Comic.series_id), newest)
            .where(col(Comic.series_id).in_(part), col(Comic.missing_at).is_(None))
            .group_by(col(Comic.series_id))
        )
        if series_id is not None
    }


def count_series(session: Session) -> int:
    """Return how many series have comics."""
    counted = select(func.count()).select_from(Series).where(col(Series.comic_count) > 0)
    return session.connection().execute(counted).scalar_one()


def latest_addition(session: Session) -> datetime | None:
    """Return when the newest comic was added; None if there are no comics."""
    return session.connection().execute(select(func.max(col(ComicListing.added_at)))).scalar_one()
