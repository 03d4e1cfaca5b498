"""What the library shows above all its comics: what is new, and what was fetched lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ...db import fetches, shelf
from ..context import Context
from .shelf import Shelved, shelved_comics, shelved_series

# A row has no more cards. A shelf that is not longer shows everything new itself.
ROW_LENGTH = 12
# How long an added comic is new.
NEW_AGE = timedelta(days=30)
# Of more comics that were added together, no further series are looked for.
_MOST_ADDED = 500


@dataclass(frozen=True)
class Highlights:
    """The first of each kind, the latest first.

    Attributes:
        new: Series and one-shots with comics that were added lately.
        fetched: Comics that the user has fetched.
    """

    new: tuple[Shelved, ...] = ()
    fetched: tuple[Shelved, ...] = ()


def highlights(context: Context, user_id: str) -> Highlights:
    """Return what the library shows a user first. It takes a few reads of an index."""
    with context.db.read() as session:
        since = context.clock() - NEW_AGE
        places = list(dict.fromkeys(shelf.added_since(session, since, _MOST_ADDED)))[:ROW_LENGTH]
        fetched = fetches.fetched_lately(session, user_id, ROW_LENGTH)
        comics = {
            one.id: one
            for one in shelved_comics(session, [*fetched, *(key for key, own in places if not own)])
        }
        series = {
            one.id: one for one in shelved_series(session, [key for key, own in places if own])
        }
    known = {**comics, **series}
    return Highlights(
        new=tuple(known[key] for key, _ in places if key in known),
        fetched=tuple(comics[key] for key in fetched if key in comics),
    )
