"""What the users of a chaos run ask for: a mix that follows from the seed alone."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import Any

from comic_downloads.domain.formats import Format

ORIGINAL_FORMATS = tuple(Format)
# Each comic is converted in one way only, so that a page that is converted again can be told by its digest.
CONVERSIONS = (
    ("720p", ("cbz", "zip")),
    ("720p", ("pdf", "epub")),
    ("kobo-clara", ("cbz", "zip")),
    ("kindle-paperwhite", ("epub", "pdf")),
)
PAGE_SIZE = (800, 1200)
ORDERS_PER_COMIC = 4
LEAST_COMICS = 4
USERS = 6
SHARE_CONVERTED = 0.7
SHARE_PAUSED = 0.1
SHARE_CANCELLED = 0.05


@dataclass(frozen=True)
class ComicPlan:
    """A comic of the library and the one way in which it is converted."""

    name: str
    pages: int
    quality: str
    formats: tuple[str, ...]


@dataclass(frozen=True)
class Order:
    """One request of one user, ``due_seconds`` after the start; ``then`` is what the user does next: "", pause or cancel."""

    number: int
    user: int
    due_seconds: float
    comics: tuple[str, ...]
    wishes: tuple[tuple[str, Any], ...]
    then: str

    @property
    def content(self) -> str:
        """Equal for orders that must give the same file."""
        return json.dumps([self.comics, self.wishes])


def plan_comics(chance: random.Random, orders: int) -> list[ComicPlan]:
    count = max(LEAST_COMICS, orders // ORDERS_PER_COMIC)
    return [
        ComicPlan(
            f"Comic {number:02}", chance.randint(10, 50), *CONVERSIONS[number % len(CONVERSIONS)]
        )
        for number in range(count)
    ]


def plan_orders(
    chance: random.Random, comics: list[ComicPlan], count: int, within_seconds: float
) -> list[Order]:
    """So many orders, spread evenly over the time; about a third repeats what somebody asked for before."""
    contents = [_content(chance, comics) for _ in range(max(1, count * 2 // 3))]
    orders = []
    for number in range(count):
        names, wishes = contents[number] if number < len(contents) else chance.choice(contents)
        then = chance.choices(
            ["pause", "cancel", ""],
            [SHARE_PAUSED, SHARE_CANCELLED, 1 - SHARE_PAUSED - SHARE_CANCELLED],
        )[0]
        orders.append(
            Order(
                number,
                chance.randrange(USERS),
                within_seconds * number / count,
                names,
                wishes,
                then,
            )
        )
    return orders


def _content(
    chance: random.Random, comics: list[ComicPlan]
) -> tuple[tuple[str, ...], tuple[tuple[str, Any], ...]]:
    first = chance.choice(comics)
    names, wishes = [first.name], {"quality": "original", "format": chance.choice(ORIGINAL_FORMATS)}
    if chance.random() < SHARE_CONVERTED:
        wishes = {"quality": first.quality, "format": chance.choice(first.formats)}
    if chance.random() < 0.3:
        alike = [
            comic.name
            for comic in comics
            if comic.quality == first.quality and comic.formats == first.formats
        ]
        names = chance.sample(alike, min(len(alike), 4))
    elif chance.random() < 0.6:
        wishes["pages"] = (
            f"{chance.randint(1, first.pages // 2)}-{chance.randint(first.pages // 2 + 1, first.pages)}"
        )
    return tuple(names), tuple(wishes.items())
