"""Measure the library page's queries among 20,000 comics in 1,000 series, on both databases.

Usage: ``python -m benchmarks.browsing``. It prints medians in milliseconds and fails if one of
them is 200 ms or more.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import insert, text

from comic_downloads.db.tables import Comic, Series
from comic_downloads.domain.library import ComicQuery
from comic_downloads.domain.reading_order import Place, place_key
from comic_downloads.domain.text_keys import search_key, sort_key, title_identity
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.library.browse import list_comics, list_series
from tests.library.shelf import Shelf
from tests.servers import PostgresServer

COMICS = 20_000
SERIES = 1_000
LIMIT_MS = 200.0
BACKENDS = ("sqlite", "postgres")


@contextmanager
def library(backend: str, folder: Path) -> Iterator[Context]:
    """Open a library of ``COMICS`` comics.

    Their files do not exist, because browsing reads the database only.
    """
    server = PostgresServer() if backend == "postgres" else None
    shelf = Shelf(folder, {"database_url": server.url(server.new_database())} if server else {})
    try:
        fill(shelf)
        yield shelf.context
    finally:
        shelf.close()
        if server:
            server.stop()


def fill(shelf: Shelf) -> None:
    """Add all series and comics, and update the statistics that the query planner uses."""
    now = shelf.clock()
    with shelf.context.db.write() as session:
        connection = session.connection()
        connection.execute(
            insert(Series), [series_row(number) | {"created_at": now} for number in range(SERIES)]
        )
        connection.execute(
            insert(Comic),
            [comic_row(number) | {"added_at": now, "updated_at": now} for number in range(COMICS)],
        )
    with shelf.context.db.write() as session:
        session.connection().execute(text("ANALYZE"))


def series_row(number: int) -> dict[str, object]:
    """Return the columns of a series; the accent makes its search key differ from its title."""
    title = f"Série {number}"
    return {
        "id": f"s{number}",
        "title": title,
        "title_key": title_identity(title),
        "sort_key": sort_key(title),
        "search_text": search_key(title),
    }


def comic_row(number: int) -> dict[str, object]:
    """Return the columns of a comic; comics go to the series in turn."""
    title, issue = f"Série {number % SERIES} #{number // SERIES}", str(number // SERIES)
    return {
        "id": f"c{number}",
        "path": f"{number}.cbz",
        "kind": "zip",
        "fingerprint": "f",
        "series_id": f"s{number % SERIES}",
        "title": title,
        "title_key": sort_key(title),
        "number": issue,
        "number_key": place_key(Place(issue)),
        "metadata": {"title": "", "creators": [], "reading_direction": "ltr"},
        "search_text": search_key(title),
        "page_count": 20,
        "size_bytes": 1,
        "error": "",
        "cover_version": "v",
    }


def questions(context: Context) -> dict[str, Callable[[], object]]:
    """Return the queries that are measured, by the name that is printed."""
    return {
        "the first page": partial(list_comics, context),
        "the last page": partial(list_comics, context, ComicQuery(offset=COMICS - 10)),
        "a search": partial(list_comics, context, ComicQuery("serie 77", sort="series")),
        "all series": partial(list_series, context),
    }


def median_milliseconds(act: Callable[[], object], times: int) -> float:
    """Run the query a number of times and return its median time."""
    samples: list[float] = []
    for _ in range(times):
        started = time.perf_counter()
        act()
        samples.append((time.perf_counter() - started) * 1000)
    return statistics.median(samples)


def main() -> int:
    """Measure both databases; return 1 if a median is at the limit or above it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.browsing", description=__doc__)
    parser.add_argument("--times", type=int, default=20, help="number of runs of each query")
    times = parser.parse_args().times
    slowest = 0.0
    for backend in BACKENDS:
        with tempfile.TemporaryDirectory() as folder, library(backend, Path(folder)) as context:
            for name, ask in questions(context).items():
                taken = median_milliseconds(ask, times)
                slowest = max(slowest, taken)
                print(f"{backend:12}{name:18}{taken:8.1f} ms", flush=True)
    print(f"slowest median: {slowest:.1f} ms (limit {LIMIT_MS:.0f} ms)")
    return int(slowest >= LIMIT_MS)


if __name__ == "__main__":
    sys.exit(main())
