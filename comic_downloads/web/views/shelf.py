"""Cards of series and comics, and the facts on the page of a series."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...domain.library import CreatorRole
from ...domain.series_facts import SeriesFacts
from ...usecases.library.shelf import Mark, SeriesView, Shelved
from .. import routes, wording
from .library import DIRECTIONS, SHOWN_ROLES, tint

SHOWN_PEOPLE = 6
SHOWN_GAPS = 8


@dataclass(frozen=True)
class ShelfCard:
    """A cover of the library: a series as a stack, or a comic.

    ``name`` tells it from everything else. ``mark`` is a Mark, ``damage`` is for the owner only,
    and ``problem`` is why the comic cannot be downloaded.
    """

    id: str
    is_series: bool
    title: str
    facts: str
    name: str
    is_stack: bool
    cover_url: str
    tint: int
    href: str
    mark: str
    damage: str
    problem: str


@dataclass(frozen=True)
class SeriesPage:
    """The facts on the page of a series; ``before`` and ``after`` are the next ones by title."""

    id: str
    title: str
    cover_url: str
    tint: int
    facts: str
    credits: tuple[str, ...]
    summary: str
    direction: str
    missing: str
    before_href: str
    before_title: str
    after_href: str
    after_title: str


def shelf_card(shelved: Shelved, mark: Mark = Mark.NONE, *, for_owner: bool) -> ShelfCard:
    """Return the card of a series or comic among others."""
    facts = _series_facts(shelved) if shelved.is_series else _comic_facts(shelved)
    return _card(shelved, (shelved.name, facts), mark, for_owner=for_owner)


def card_in_series(shelved: Shelved, mark: Mark = Mark.NONE, *, for_owner: bool) -> ShelfCard:
    """Return the card of a comic on the page of its series."""
    facts = wording.facts(
        years(shelved.years),
        wording.count(shelved.page_count, "page"),
        wording.size(shelved.size_bytes),
    )
    return _card(shelved, (shelved.place or shelved.full_name, facts), mark, for_owner=for_owner)


def series_page(series: SeriesView) -> SeriesPage:
    """Return the facts of a series."""
    facts = series.facts
    before, after = series.before or ("", ""), series.after or ("", "")
    return SeriesPage(
        id=series.id,
        title=series.title,
        cover_url=routes.on_backend(series.cover_url) if series.cover_url else "",
        tint=tint(series.title),
        facts=wording.facts(
            years(facts.years),
            wording.count(series.comic_count, "comic"),
            wording.size(series.size_bytes),
            facts.publisher,
        ),
        credits=tuple(_credits(facts.people)),
        summary=facts.summary,
        direction=DIRECTIONS[facts.direction],
        missing=_missing(facts),
        before_href=routes.series_page(before[0]) if before[0] else "",
        before_title=before[1],
        after_href=routes.series_page(after[0]) if after[0] else "",
        after_title=after[1],
    )


def years(span: tuple[int, int]) -> str:
    """Return ``2012`` or ``2012–2018``; empty if they are unknown."""
    first, last = span
    if not first:
        return ""
    return str(first) if first == last else f"{first}–{last}"


def _card(shelved: Shelved, words: tuple[str, str], mark: Mark, *, for_owner: bool) -> ShelfCard:
    title, facts = words
    page = routes.series_page if shelved.is_series else routes.comic_page
    return ShelfCard(
        id=shelved.id,
        is_series=shelved.is_series,
        title=title,
        facts="Cannot be read" if shelved.error else facts,
        name=shelved.full_name,
        is_stack=shelved.is_series and shelved.comic_count > 1,
        cover_url=routes.on_backend(shelved.cover_url) if shelved.cover_url else "",
        tint=tint(shelved.name),
        href=page(shelved.id),
        mark=mark.value,
        damage=_damage(shelved) if for_owner else "",
        problem=shelved.error,
    )


def _series_facts(series: Shelved) -> str:
    return wording.facts(
        wording.count(series.comic_count, "comic"),
        years(series.years),
        wording.size(series.size_bytes),
    )


def _comic_facts(comic: Shelved) -> str:
    pages = "" if comic.place else wording.count(comic.page_count, "page")
    return wording.facts(comic.place, years(comic.years), pages)


def _damage(shelved: Shelved) -> str:
    if not shelved.damaged or shelved.error:
        return ""
    if shelved.is_series:
        return f"{wording.count(shelved.damaged, 'comic')} damaged"
    return f"{wording.count(shelved.damaged, 'page')} damaged"


def _credits(people: Sequence[tuple[str, CreatorRole]]) -> Iterable[str]:
    for role, words in SHOWN_ROLES:
        names = [name for name, own in people if own == role]
        if names:
            rest = len(names) - SHOWN_PEOPLE
            more = [f"{rest} more"] if rest > 0 else []
            yield f"{words} {wording.listed([*names[:SHOWN_PEOPLE], *more])}"


def _missing(facts: SeriesFacts) -> str:
    """Return ``Missing 4, 7–9``; empty if nothing is missing."""
    if not facts.missing:
        return ""
    ranges = [str(one) if one == last else f"{one}–{last}" for one, last in facts.missing]
    rest = len(ranges) - SHOWN_GAPS
    shown = ", ".join([*ranges[:SHOWN_GAPS], *(["…"] if rest > 0 else [])])
    what = "volumes" if facts.counts_volumes and (len(ranges) > 1 or "–" in shown) else "volume"
    return f"Missing {what} {shown}" if facts.counts_volumes else f"Missing #{shown}"
