"""Where each account is in the comics that it reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ...db import reading_places
from ...db.library import get_comic
from ...db.tables import ReadingPlace
from ...domain.errors import InvalidRequest, NotFound
from ..context import Context


@dataclass(frozen=True)
class Place:
    """The page that was read last, counted from 0, and when."""

    page_index: int
    read_at: datetime


def keep_place(context: Context, user_id: str, comic_id: str, page_index: int) -> Place:
    """Keep the page that the account has read last.

    Raises:
        NotFound: The comic is not in the library.
        InvalidRequest: It has no such page.
    """
    now = context.clock()
    with context.db.write() as session:
        listed = get_comic(session, comic_id)
        if listed is None:
            raise NotFound("This comic is not in the library.")
        page_count = listed.comic.page_count
        if not 0 <= page_index < page_count:
            raise InvalidRequest(
                f"This comic has {page_count} pages, counted from 0, and no page {page_index}."
            )
        place = ReadingPlace(user_id=user_id, comic_id=comic_id, page_index=page_index, read_at=now)
        reading_places.keep(session, place)
    return Place(page_index, now)


def forget_place(context: Context, user_id: str, comic_id: str) -> None:
    """Forget that the account has read the comic."""
    with context.db.write() as session:
        reading_places.forget(session, user_id, comic_id)


def places_in(context: Context, user_id: str, comic_ids: Sequence[str]) -> dict[str, Place]:
    """Return where the account is in these comics, without those it has not read."""
    with context.db.read() as session:
        found = reading_places.of_comics(session, user_id, comic_ids)
    return {comic_id: Place(one.page_index, one.read_at) for comic_id, one in found.items()}
