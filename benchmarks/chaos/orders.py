"""The requests of the users in a chaos run: a mix that the seed alone decides."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import Any

from comic_downloads.domain.formats import Format

ORIGINAL_FORMATS = tuple(Format)
# Each comic is converted in one way only, so the digest of a page shows whether it was converted
# twice.
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
    """One request of one user.

    ``due_seconds`` counts from the start. ``then`` is what the user does next: pause, cancel, or
    nothing if it is empty.
    """

    number: int
    user: int
    due_seconds: float
    comics: tuple[str, ...]
    wishes: tuple[tuple[str, Any], ...]
    then: str

    @property
    def content(self) -> str:
        """Return a text that is equal for orders that must produce the same file."""
        return json.dumps([self.comics, self.wishes])


def plan_comics(chance: random.Random, orders: int) -> list[ComicPlan]:
    """Return one comic for every ``ORDERS_PER_COMIC`` orders, each with 10 to 50 pages."""
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
    """Return ``count`` orders, spread evenly over the time.

    About a third of them repeat an earlier order.
    """
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
        middle = first.pages // 2
        wishes["pages"] = f"{chance.randint(1, middle)}-{chance.randint(middle + 1, first.pages)}"
    return tuple(names), tuple(wishes.items())
