"""What lists are made from follows every change of the comics, on both databases."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from sqlalchemy import insert
from sqlmodel import Session, col, select

from comic_downloads.db import library_changes
from comic_downloads.db.library import SORTS
from comic_downloads.db.tables import Comic, Series
from comic_downloads.domain.library import (
    ComicMetadata,
    ComicQuery,
    ImageFacts,
    Page,
    ScannedComic,
)
from comic_downloads.usecases.library.arrange import arrange_series
from comic_downloads.usecases.library.browse import list_comics, list_series

from .shelf import Shelf

COMICS = 640


def _totals_of(session: Session, series: Series) -> tuple[object, ...]:
    """Return what the list of series has to say of a series, from the rows of its comics."""
    there = (col(Comic.series_id) == series.id, col(Comic.missing_at).is_(None))
    comics = session.exec(select(Comic).where(*there)).all()
    in_order = sorted(comics, key=lambda comic: (comic.number_key, comic.title_key, comic.id))
    cover = next((comic.id for comic in in_order if comic.cover_version), "")
    return (
        series.title,
        len(comics),
        sum(comic.page_count for comic in comics),
        sum(comic.size_bytes for comic in comics),
        sum(bool(comic.error or comic.damaged_pages) for comic in comics),
        cover,
    )


def _check(shelf: Shelf) -> None:
    listed = [
        (
            one.title,
            one.comic_count,
            one.page_count,
            one.size_bytes,
            one.damaged_comics,
            one.cover_url.removeprefix("/api/v1/comics/").partition("/")[0],
        )
        for one in list_series(shelf.context)
    ]
    with shelf.context.db.read() as session:
        wanted = [_totals_of(session, series) for series in session.exec(select(Series))]
        there = session.exec(select(Comic.path).where(col(Comic.missing_at).is_(None))).all()
        paths = session.exec(select(Comic.id, Comic.path)).all()
    assert sorted(listed) == sorted(one for one in wanted if one[1])
    names = dict(paths)
    found = list_comics(shelf.context, ComicQuery(limit=500))
    assert sorted(names[comic.id] for comic in found.items) == sorted(there)
    assert found.total == len(there)


def _some_comic(rng: random.Random) -> ScannedComic:
    number, facts = rng.randrange(8), ImageFacts("image/jpeg", 100, 150, 1000, 1, "ab" * 32)
    pages = tuple(
        Page(index, f"{index}.jpg", None, "It is cut short.")
        if rng.random() < 0.2
        else Page(index, f"{index}.jpg", replace(facts, size_bytes=rng.randrange(1000)))
        for index in range(rng.randrange(1, 4))
    )
    error = "The archive is damaged." if rng.random() < 0.1 else ""
    series = rng.choice(["Owl", "Cat", ""])
    metadata = ComicMetadata(f"{series} {number}", series=series, number=str(number))
    path = f"{rng.randrange(12)}.cbz"
    return ScannedComic(path, "zip", "f", metadata, () if error else pages, error)


def test_lists_and_totals_follow_every_change(any_shelf: Shelf):
    rng, context = random.Random(5), any_shelf.context
    for _ in range(60):
        comic = _some_comic(rng)
        with context.db.write() as session:
            kind = rng.choice(["save", "save", "save", "miss", "return"])
            if kind == "miss":
                library_changes.mark_missing(session, [comic.path], any_shelf.clock())
            elif kind == "return":
                library_changes.mark_returned(session, comic.path)
            else:
                library_changes.save_comic(session, comic, any_shelf.clock())
        _check(any_shelf)
        if rng.random() < 0.5:
            arrange_series(context)
            with context.db.write() as session:
                library_changes.remove_empty_series(session)
            _check(any_shelf)
    assert len(list_series(context)) == 2


def _many(shelf: Shelf) -> list[Comic]:
    """Add many comics as rows; return them."""
    rng, now = random.Random(6), shelf.clock()
    template = Comic(
        id="",
        path="",
        kind="zip",
        fingerprint="f",
        title="",
        title_key="",
        comic_metadata={"title": "", "creators": [], "reading_direction": "ltr"},
        added_at=now,
        updated_at=now,
    ).model_dump()
    metadata = template.pop("comic_metadata")
    rows = [
        template
        | {
            "id": f"{number:04}",
            "path": f"{number}.cbz",
            "title": f"Comic {number}",
            "title_key": rng.choice("aBcé-_ ") + str(rng.randrange(99)),
            "number_key": str(rng.randrange(5)),
            "search_text": "owl cat" if number % 20 else "owl",
            "page_count": rng.randrange(9),
            "size_bytes": rng.randrange(9),
            "metadata": metadata,
        }
        for number in range(COMICS)
    ]
    with shelf.context.db.write() as session:
        session.connection().execute(insert(Comic.__table__), rows)  # pyright: ignore
    with shelf.context.db.read() as session:
        return list(session.exec(select(Comic)))


def _sorted(comics: list[Comic], sort: str) -> list[str]:
    """Return the ids in the order that the sort means."""
    by_size = sort in {"size", "pages"}
    return [
        comic.id
        for comic in sorted(
            comics,
            key=lambda comic: (
                (-comic.size_bytes if sort == "size" else -comic.page_count) if by_size else 0,
                comic.number_key if sort == "number" else "",
                comic.title_key,
                "" if by_size or sort in {"newest", "number"} else comic.number_key,
                comic.id,
            ),
            reverse=sort == "-title",
        )
    ]


@pytest.mark.parametrize("words", ["", "owl", "owl cat", "bat"])
def test_pages_from_both_ends_of_a_long_list_are_all_of_it_in_order(any_shelf: Shelf, words: str):
    matching = [
        comic
        for comic in _many(any_shelf)
        if all(word in comic.search_text for word in words.split())
    ]
    for sort in SORTS:
        found: list[str] = []
        for offset in range(0, COMICS + 100, 90):
            page = list_comics(any_shelf.context, ComicQuery(words, None, sort, 90, offset))
            assert page.total == len(matching)
            found += [comic.id for comic in page.items]
        assert found == _sorted(matching, sort), sort
