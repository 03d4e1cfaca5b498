"""Statements about the pages that users have read last."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlmodel import Session, col

from .library import parts_of
from .session import insert_or_touch
from .tables import ReadingPlace


def keep(session: Session, place: ReadingPlace) -> None:
    """Store the place of a user in a comic, in place of the one before."""
    insert_or_touch(session, [place], ["user_id", "comic_id"], ["page_index", "read_at"])


def forget(session: Session, user_id: str, comic_id: str) -> None:
    """Delete the place of a user in a comic, if there is one."""
    own = (col(ReadingPlace.user_id) == user_id, col(ReadingPlace.comic_id) == comic_id)
    session.execute(delete(ReadingPlace).where(*own))


def of_comics(session: Session, user_id: str, comic_ids: Sequence[str]) -> dict[str, ReadingPlace]:
    """Return the user's places in these comics, by comic."""
    own = col(ReadingPlace.user_id) == user_id
    return {
        place.comic_id: place
        for part in parts_of(comic_ids)
        for place in session.scalars(
            select(ReadingPlace).where(own, col(ReadingPlace.comic_id).in_(part))
        )
    }
