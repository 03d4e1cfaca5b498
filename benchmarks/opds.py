"""Measure the feeds of the catalogues among 100,000 comics.

Usage: ``python -m benchmarks.opds``. Every answer is asked for through the HTTP interface, in this
process, and the median counts. The program fails if a page of a feed takes 40 ms or more, or if
200 entries that offer five presets take more than 1.1 times as long as with one. Both are asked for
in turn.
"""

from __future__ import annotations

import argparse
import base64
import random
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from fastapi.testclient import TestClient
from sqlalchemy import insert

from benchmarks.browsing import COMICS, SERIES, comic_row, series_row
from comic_downloads.db.migrations import migrate
from comic_downloads.db.tables import Comic, Series
from comic_downloads.domain.account import Account
from comic_downloads.usecases.accounts.access_tokens import create_token
from comic_downloads.usecases.accounts.accounts import create_owner, create_user
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.downloads.saved_presets import create_preset
from comic_downloads.web.api.app import create_api
from tests.library.shelf import Shelf

LIMIT_MS, MOST_WITH_PRESETS = 40.0, 1.1
PASSWORD = "correct horse battery"
PRESETS = ("kobo-libra-colour", "kindle-scribe", "1080p", "720p", "1264x1680")
MIDDLE = COMICS // 2 // 50
FEEDS = {
    "root": "catalog",
    "new": "new",
    "all": "comics",
    "middle of all": f"comics?page={MIDDLE}",
    "largest": "comics?sort=size",
    "search": "comics?query=grim",
    "series": "series",
    "one series": f"series/{series_row(1, random.Random(0))['id']}",
    "not fetched": "comics?show=not-fetched",
    "ready": "ready",
}


def fill(shelf: Shelf) -> None:
    """Add all series and comics, without pages, which no feed lists."""
    now, rng = shelf.clock(), random.Random(14)
    series = [series_row(number, rng) | {"created_at": now} for number in range(SERIES)]
    comics = [comic_row(number, series[number % SERIES], rng) for number in range(COMICS)]
    for number, comic in enumerate(comics):
        comic |= {"added_at": now + timedelta(milliseconds=number), "updated_at": now}
    with shelf.context.db.write() as session:
        session.connection().execute(insert(Series), series)
        session.connection().execute(insert(Comic), comics)


class Reader:
    """A reading app of an account that has some presets."""

    def __init__(
        self, client: TestClient, context: Context, account: Account, presets: int
    ) -> None:
        _, secret = create_token(context, account, "benchmark")
        encoded = base64.b64encode(f"{account.username}:{secret}".encode()).decode()
        self._client, self._headers = client, {"Authorization": f"Basic {encoded}"}
        for quality in PRESETS[:presets]:
            choices = {"format": "epub", "quality": quality}
            create_preset(context, account.id, f"For {quality}", choices)

    def milliseconds(self, address: str) -> float:
        """Fetch the feed once and return how long it takes."""
        started = time.perf_counter()
        answer = self._client.get(address, headers=self._headers)
        taken = (time.perf_counter() - started) * 1000
        answer.raise_for_status()
        return taken


def measure(one: Reader, five: Reader, times: int) -> bool:
    """Print the medians; return True if all are within their limits."""
    fits = True
    for version in ("v1.2", "v2"):
        for name, place in FEEDS.items():
            address = f"/opds/{version}/{place}"
            taken = statistics.median(one.milliseconds(address) for _ in range(times))
            fits &= taken < LIMIT_MS
            print(f"{version:6}{name:16}{taken:8.1f} ms", flush=True)
        address = f"/opds/{version}/crawl"
        pairs = [(one.milliseconds(address), five.milliseconds(address)) for _ in range(times)]
        with_one, with_five = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratio = with_five / with_one
        fits &= ratio <= MOST_WITH_PRESETS
        print(f"{version:6}200 entries: {with_one:.1f} ms with one preset, {ratio:.2f} x with five")
    return fits


def main() -> int:
    """Return 1 if a feed is slower than it may be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.opds", description=__doc__)
    parser.add_argument("--times", type=int, default=20, help="how often each feed is fetched")
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as folder:
        shelf = Shelf(Path(folder))
        try:
            context = shelf.context
            migrate(context.db)
            fill(shelf)
            owner = create_owner(context, "owner", PASSWORD)
            member = create_user(context, "member", PASSWORD)
            with TestClient(create_api(context)) as client:
                readers = Reader(client, context, owner, 1), Reader(client, context, member, 5)
                return int(not measure(*readers, times))
        finally:
            shelf.close()


if __name__ == "__main__":
    sys.exit(main())
