"""Measure the library's queries among 100,000 comics with 5,000,000 pages, on both databases.

Usage: ``python -m benchmarks.browsing``. It prints medians in milliseconds and fails if one of
them is 60 ms or more. Last it prints by how much the process has grown while it asked: as much as
a page of results takes, however large the library is. Filling a database takes minutes and 2 GB of
disk.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text

from comic_downloads.db.migrations import migrate
from comic_downloads.db.search_words import remember
from comic_downloads.db.tables import Comic, Series
from comic_downloads.domain.library import (
    ComicFilters,
    ComicMetadata,
    ComicQuery,
    Creator,
    CreatorRole,
)
from comic_downloads.domain.manifest import metadata_as_dict
from comic_downloads.domain.reading_order import Place, place_key
from comic_downloads.domain.text_keys import search_key, sort_key, title_identity
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.library.browse import get_comic, get_series, list_comics, list_series
from comic_downloads.usecases.library.shelf import filter_choices, list_shelf, marks_of, view_series
from comic_downloads.usecases.library.suggestions import suggest
from tests.library.shelf import Shelf
from tests.servers import PostgresServer

COMICS = 100_000
SERIES = 5_000
SUGGESTED = ("serie", "grim", "grimbado grimbado", "gribmado", "nowhere")
NAMED = 5_000  # Comics whose people are suggested: six each, all different.
ONE_SHOTS = 40  # One of so many comics is in no series.
PAGES = 50
LIMIT_MS = 60.0
BACKENDS = ("sqlite", "postgres")
_SYLLABLES = ("ba", "do", "ka", "le", "mi", "no", "po", "qua", "ri", "so", "ta", "grim", "stor")


@contextmanager
def library(backend: str, folder: Path) -> Iterator[Context]:
    """Open a library of ``COMICS`` comics.

    Their files do not exist, because browsing reads the database only.
    """
    server = PostgresServer() if backend == "postgres" else None
    shelf = Shelf(folder, {"database_url": server.url(server.new_database())} if server else {})
    migrate(shelf.context.db)
    try:
        fill(shelf)
        yield shelf.context
    finally:
        shelf.close()
        if server:
            server.stop()


def fill(shelf: Shelf) -> None:
    """Add all series, comics and pages.

    PostgreSQL is told to do now what it does by itself within a minute; SQLite has no statistics.
    """
    now, database = shelf.clock(), shelf.context.db
    rng = random.Random(14)
    series = [series_row(number, rng) | {"created_at": now} for number in range(SERIES)]
    comics = [comic_row(number, series[number % SERIES], rng) for number in range(COMICS)]
    for number, comic in enumerate(comics):
        comic |= {"added_at": now + timedelta(milliseconds=number), "updated_at": now}
    with database.write() as session:
        session.connection().execute(insert(Series), series)
        session.connection().execute(insert(Comic), comics)
    with database.write() as session:
        for comic in comics[:NAMED]:
            people = [one["name"] for one in comic["metadata"]["creators"]]
            remember(session, [comic["title"]], people)
    with database.write() as session:
        session.connection().execute(text(_INSERT_PAGES), {"pages": 2 * PAGES})
    if not database.is_sqlite:
        engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("VACUUM ANALYZE"))


_INSERT_PAGES = """
    WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :pages)
    INSERT INTO page (comic_id, page_index, name, media_type, width, height, size_bytes, crc32,
        sha256, traits, error, type, bookmark, key)
    SELECT comic.id, n, 'page ' || n || '.jpg', 'image/jpeg', 1988, 3056, 1000000, 12345678,
        comic.id || comic.id || n, '', '', '', '', ''
    FROM comic JOIN numbers ON n < comic.page_count
    """


def words(rng: random.Random, count: int) -> str:
    """Return words that do not exist."""
    return " ".join("".join(rng.choices(_SYLLABLES, k=3)).capitalize() for _ in range(count))


def series_row(number: int, rng: random.Random) -> dict[str, Any]:
    """Return the columns of a series; the accent makes its search key differ from its title."""
    title = f"Série {words(rng, 2)} {number}"
    return {
        "id": f"01M8P9D4ASDTA16CV26S{number:06}",
        "title": title,
        "title_key": title_identity(title),
        "sort_key": sort_key(title),
        "search_text": search_key(title),
    }


def comic_row(number: int, series: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """Return the columns of a comic, as long as those of comics with full metadata."""
    name, issue, title = series["title"], str(number // SERIES + 1), words(rng, 3)
    creators = [Creator(words(rng, 2), role) for role in list(CreatorRole)[:6]]
    metadata = ComicMetadata(
        title,
        name,
        issue,
        year=1999 if number % 1000 == 7 else 2019,
        publisher="Publisher",
        summary=words(rng, 60),
    )
    alone = number % ONE_SHOTS == 0
    key = place_key(Place(issue))
    path = f"Publisher/{name} (2019)/{name} {int(issue):03} (2019) (digital).cbz"
    people = " ".join(creator.name for creator in creators)
    return {
        "id": f"01M8P9D4ASDTA16CV26C{number:06}",
        "path": path,
        "kind": "zip",
        "fingerprint": "f" * 64,
        "series_id": None if alone else series["id"],
        "series_key": series["title_key"],
        "title": title,
        "title_key": sort_key(title)
        if alone
        else f"{series['sort_key']}\x01{key}\x01{sort_key(title)}",
        "number": issue,
        "number_key": key,
        "metadata": metadata_as_dict(metadata) | {"creators": [vars(one) for one in creators]},
        "search_text": search_key(f"{title} {name} {issue} 2019 Publisher {people} {path}"),
        "page_count": rng.randrange(1, 2 * PAGES),
        "size_bytes": rng.randrange(10_000_000, 100_000_000),
        "error": "",
        "cover_version": "0123456789abcdef",
    }


def questions(context: Context) -> dict[str, Callable[[], object]]:
    """Return the queries that are measured, by the name that is printed."""
    comics = partial(list_comics, context)
    some = list_comics(context, ComicQuery(sort="series")).items[0]
    return {
        "the first page": comics,
        "a page in the middle": partial(comics, ComicQuery(offset=COMICS // 2)),
        "the last page": partial(comics, ComicQuery(offset=COMICS - 10)),
        **{
            f"by {sort}, last page": partial(comics, ComicQuery(sort=sort, offset=COMICS - 10))
            for sort in ("series", "newest", "size", "pages", "number")
        },
        **{f"by {sort}": partial(comics, ComicQuery(sort=sort)) for sort in ("series", "size")},
        "search: one of all": partial(comics, ComicQuery("serie 4077", sort="series")),
        "search: many": partial(comics, ComicQuery("grim")),
        "search: all": partial(comics, ComicQuery("serie", offset=COMICS - 10)),
        "search: a letter": partial(comics, ComicQuery("q")),
        "search: none": partial(comics, ComicQuery("nowhere to be found")),
        "a comic": partial(get_comic, context, some.id),
        "a series": partial(get_series, context, some.series_id or ""),
        "comics of a series": partial(comics, ComicQuery(series_id=some.series_id, sort="number")),
        "all series": partial(list_series, context),
        **shelf_questions(context, some.series_id or ""),
    }


def shelf_questions(context: Context, series_id: str) -> dict[str, Callable[[], object]]:
    """Return the queries of the pages of the library and of a series."""
    shelf = partial(list_shelf, context)
    rare, common = ComicFilters(year=1999), ComicFilters(publisher="Publisher")
    return {
        "page of a series": partial(view_series, context, series_id),
        **{
            f"shelf by {sort}": partial(shelf, ComicQuery(sort=sort))
            for sort in ("title", "newest", "size")
        },
        "shelf, far down": partial(shelf, ComicQuery(offset=4900)),
        "shelf: one of all": partial(shelf, ComicQuery("serie 4077")),
        "shelf: many": partial(shelf, ComicQuery("grim")),
        "shelf: all": partial(shelf, ComicQuery("serie")),
        "shelf: none": partial(shelf, ComicQuery("nowhere to be found")),
        "shelf: of one year": partial(shelf, ComicQuery(filters=rare)),
        "shelf: of one publisher": partial(shelf, ComicQuery(filters=common)),
        "shelf: not fetched": partial(shelf, ComicQuery(filters=ComicFilters(fetched=False))),
        "marks of a page": partial(marks_of, context, "nobody", shelf(ComicQuery()).items),
        "choices of filters": partial(filter_choices, context),
        **{f"suggest: {typed}": partial(suggest, context, typed) for typed in SUGGESTED},
    }


def median_milliseconds(act: Callable[[], object], times: int) -> float:
    """Run the query a number of times and return its median time."""
    samples: list[float] = []
    for _ in range(times):
        started = time.perf_counter()
        act()
        samples.append((time.perf_counter() - started) * 1000)
    return statistics.median(samples)


def memory_mb() -> float:
    """Return the memory of this process now."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def main() -> int:
    """Measure both databases; return 1 if a median is at the limit or above it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.browsing", description=__doc__)
    parser.add_argument("--times", type=int, default=20, help="number of runs of each query")
    times = parser.parse_args().times
    slowest = 0.0
    for backend in BACKENDS:
        with tempfile.TemporaryDirectory() as folder, library(backend, Path(folder)) as context:
            before = memory_mb()
            for name, ask in questions(context).items():
                taken = median_milliseconds(ask, times)
                slowest = max(slowest, taken)
                print(f"{backend:12}{name:24}{taken:8.1f} ms", flush=True)
            print(f"{backend:12}{'memory grown by':24}{memory_mb() - before:8.1f} MB", flush=True)
    print(f"slowest median: {slowest:.1f} ms (limit {LIMIT_MS:.0f} ms)")
    return int(slowest >= LIMIT_MS)


if __name__ == "__main__":
    sys.exit(main())
