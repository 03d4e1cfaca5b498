"""Statements that put comics into series, and into their reading order there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from ..domain.identity import new_id
from ..domain.library import ComicMetadata
from ..domain.manifest import metadata_from_dict
from ..domain.reading_order import keys_in_order
from ..domain.series_runs import Member, Run, find_runs, is_one_shot, place_of, run_name
from ..domain.text_keys import search_key, sort_key, title_identity
from .tables import Comic, Series

# Limits the bytes of an index entry; PostgreSQL takes 2,704.
_MAX_KEY_LENGTH = 150
# Of a title with more comics, so many are written in one transaction.
_WRITTEN_TOGETHER = 500
# Sorts before all characters of titles: the comics of “X-Men” stand before those of “X-Men Gold”.
_END_OF_SERIES = "\x01"


@dataclass
class _Placed:
    """A run and its comics, in the same order, and the id of its series once that is known."""

    run: Run
    comics: list[Comic]
    series_id: str = ""


@dataclass(frozen=True)
class _Claim:
    """How many comics of a run are listed in a series now, and when the oldest of them came."""

    count: int
    oldest: tuple[datetime, str]
    placed: _Placed
    series_id: str


def titles_to_arrange(session: Session) -> list[str]:
    """Return the keys of the titles with comics that are new, changed, gone or back."""
    waiting = select(Comic.series_key).where(col(Comic.arranged).is_(False)).distinct()
    return sorted(session.exec(waiting))


def arrange_title(session: Session, series_key: str, now: datetime) -> None:
    """Put all comics of one title into their series, and write their reading order.

    A series keeps its id as long as most of its comics are together, whatever they are called. An
    empty key means the comics without a series.

    A title of many comics is committed in parts, so that others can write between them. It is
    arranged again from the start if it was stopped before the last part.
    """
    if series_key:
        _arrange(session, series_key, now)
    else:
        waiting = (col(Comic.arranged).is_(False), col(Comic.missing_at).is_(None))
        session.connection().execute(
            update(Comic).where(col(Comic.series_key) == "", *waiting).values(series_id=None)
        )
    session.connection().execute(
        update(Comic)
        .where(col(Comic.series_key) == series_key, col(Comic.arranged).is_(False))
        .values(arranged=True)
    )


def _arrange(session: Session, series_key: str, now: datetime) -> None:
    there = (col(Comic.series_key) == series_key, col(Comic.missing_at).is_(None))
    oldest_first = select(Comic).where(*there).order_by(col(Comic.added_at), col(Comic.path))
    comics = {comic.id: comic for comic in session.exec(oldest_first)}
    _let_others_write(session, len(comics))
    metadata = {comic.id: metadata_from_dict(comic.comic_metadata) for comic in comics.values()}
    runs = find_runs([_member(comic, metadata[comic.id]) for comic in comics.values()])
    placed = [_Placed(run, [comics[one.comic_id] for one in run.members]) for run in runs]
    alone = [one for one in placed if is_one_shot(one.run)]
    in_series = [one for one in placed if not is_one_shot(one.run)]
    _keep_ids(session, series_key, in_series)
    _write_series(session, series_key, in_series, now)
    _write_orders(session, in_series, metadata)
    for one in alone:
        one.comics[0].series_id = None
        one.comics[0].title_key = sort_key(one.comics[0].title)
    session.flush()


def _let_others_write(session: Session, comic_count: int) -> None:
    """Commit if the title has many comics; the next statement begins another transaction."""
    if comic_count > _WRITTEN_TOGETHER:
        session.commit()


def _member(comic: Comic, metadata: ComicMetadata) -> Member:
    placement = metadata.placement
    has_place = metadata.number or metadata.volume is not None or placement.branch
    repeats = title_identity(comic.title) == title_identity(metadata.series)
    return Member(
        comic_id=comic.id,
        title=metadata.series,
        number=metadata.number,
        volume=metadata.volume,
        year=metadata.year,
        placement=placement,
        series_id=comic.series_id,
        may_be_alone=repeats and not has_place and not placement.declared,
        # Of “en-GB”, only the language counts.
        language=metadata.language.replace("_", "-").partition("-")[0].lower(),
    )


def _keep_ids(session: Session, series_key: str, placed: Sequence[_Placed]) -> None:
    """Give each run the id of the series that most of its comics were in, or of its name."""
    claims = _claims(placed)
    others = _others(session, series_key, {claim.series_id for claim in claims})
    taken: set[str] = set()
    for claim in claims:
        waiting, settled = others.get(claim.series_id, (0, 0))
        is_free = claim.series_id not in taken and not settled and waiting <= claim.count
        if is_free and not claim.placed.series_id:
            claim.placed.series_id = claim.series_id
            taken.add(claim.series_id)
    named = _series_named(session, series_key, placed)
    for one in placed:
        series_id, is_in_use = named.get(title_identity(one.run.name), ("", False))
        if not one.series_id and series_id not in {"", *taken} and not is_in_use:
            one.series_id = series_id
            taken.add(series_id)


def _claims(placed: Iterable[_Placed]) -> list[_Claim]:
    """Return which runs have comics of which series, the most first, then the oldest."""
    claims = []
    for one in placed:
        members: dict[str, list[tuple[datetime, str]]] = {}
        for comic in one.comics:
            if comic.series_id is not None:
                members.setdefault(comic.series_id, []).append((comic.added_at, comic.path))
        claims += [_Claim(len(ages), min(ages), one, key) for key, ages in members.items()]
    return sorted(claims, key=lambda claim: (-claim.count, claim.oldest))


def _others(
    session: Session, series_key: str, series_ids: Collection[str]
) -> dict[str, tuple[int, int]]:
    """Return how many comics of other titles wait in these series, and how many are settled."""
    if not series_ids:
        return {}
    counts = select(Comic.series_id, Comic.arranged, func.count()).where(
        col(Comic.series_id).in_(series_ids),
        col(Comic.series_key).not_in(("", series_key)),
        col(Comic.missing_at).is_(None),
    )
    found: dict[str, tuple[int, int]] = {}
    for series_id, arranged, count in session.exec(
        counts.group_by(col(Comic.series_id), col(Comic.arranged))
    ):
        waiting, settled = found.get(series_id or "", (0, 0))
        found[series_id or ""] = (waiting, count) if arranged else (count, settled)
    return found


def _series_named(
    session: Session, series_key: str, placed: Iterable[_Placed]
) -> dict[str, tuple[str, bool]]:
    """Return the series that have the names of the runs, by the keys of these names.

    Each is an id, and whether comics of another title are settled in that series.
    """
    keys = [title_identity(one.run.name) for one in placed]
    named = select(Series.title_key, Series.id).where(col(Series.title_key).in_(keys))
    ids = dict(session.exec(named).all())
    others = _others(session, series_key, set(ids.values()))
    return {key: (one, others.get(one, (0, 0))[1] > 0) for key, one in ids.items()}


def _write_series(
    session: Session, series_key: str, placed: Sequence[_Placed], now: datetime
) -> None:
    """Write the rows of the series.

    Their names are unique at every moment, so names that change hands are given up first.
    """
    labels = _free_labels(session, series_key, placed)
    wanted = {
        title_identity(run_name(one.run.title, label)): one
        for one, label in zip(placed, labels, strict=True)
    }
    holders = session.exec(select(Series).where(col(Series.title_key).in_(list(wanted)))).all()
    rows = {row.id: row for row in _series_rows(session, [one.series_id for one in placed])}
    for row in (*holders, *rows.values()):
        if row.title_key not in wanted or wanted[row.title_key].series_id != row.id:
            row.title_key = row.id
    session.flush()
    for (key, one), label in zip(wanted.items(), labels, strict=True):
        row = rows.get(one.series_id)
        if row is None:
            row = Series(id=new_id(now), title="", title_key="", sort_key="", created_at=now)
        title = run_name(one.run.title, label)
        row.title, row.title_key, row.run = title, key, label
        row.sort_key, row.search_text = sort_key(title), search_key(title)
        session.add(row)
        one.series_id = row.id
    session.flush()


def _series_rows(session: Session, series_ids: Collection[str]) -> Sequence[Series]:
    return session.exec(select(Series).where(col(Series.id).in_(series_ids))).all()


def _free_labels(session: Session, series_key: str, placed: Sequence[_Placed]) -> list[str]:
    """Return the labels of the runs, changed where another title has that name already."""
    named = _series_named(session, series_key, placed)
    labels = []
    for one in placed:
        _, is_in_use = named.get(title_identity(one.run.name), ("", False))
        labels.append(f"{one.run.label}, 2".removeprefix(", ") if is_in_use else one.run.label)
    return labels


def _write_orders(
    session: Session, placed: Sequence[_Placed], metadata: Mapping[str, ComicMetadata]
) -> None:
    """Put the comics of these runs into their series."""
    count = sum(len(one.comics) for one in placed)
    ordered = (comic for one in placed for comic in _in_order(one, metadata))
    for number, _ in enumerate(ordered, start=1):
        if number % _WRITTEN_TOGETHER == 0:
            session.flush()
            _let_others_write(session, count)


def _in_order(placed: _Placed, metadata: Mapping[str, ComicMetadata]) -> Iterator[Comic]:
    """Yield the comics of a run, each when its series and its place there are set."""
    series = sort_key(placed.run.name)[:_MAX_KEY_LENGTH]
    keys = keys_in_order([place_of(metadata[comic.id]) for comic in placed.comics])
    for comic, key in zip(placed.comics, keys, strict=True):
        title = sort_key(comic.title)[:_MAX_KEY_LENGTH]
        comic.series_id = placed.series_id
        comic.number_key = key
        comic.title_key = f"{series}{_END_OF_SERIES}{key}{_END_OF_SERIES}{title}"
        yield comic
