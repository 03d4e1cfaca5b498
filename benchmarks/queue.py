"""Measure submitting, claiming and recording progress while many jobs wait, on both databases.

Usage: ``python -m benchmarks.queue``. Half of the waiting jobs belong to one user, the others to
twenty users. It fails if the median claim takes 5 ms or more, if claiming takes twice or submitting
1.3 times as long with 10,000 waiting jobs as with 100, or if a request for 1,000 comics of 50
pages, one file each, takes more than 2 s.
"""

from __future__ import annotations

import argparse
import itertools
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import insert, text
from sqlmodel import col, select

from comic_downloads.db import leases
from comic_downloads.db.claims import Claimant, claim_next
from comic_downloads.db.leases import Lease
from comic_downloads.db.session import next_revision
from comic_downloads.db.tables import Comic, Job, Page
from comic_downloads.domain.identity import new_id
from comic_downloads.domain.job import Phase
from comic_downloads.domain.split import Split
from comic_downloads.usecases.downloads.groups import submit_group
from comic_downloads.usecases.downloads.request import DownloadRequest
from comic_downloads.usecases.downloads.snapshots import JobSnapshot
from tests.queue.world import World, open_world
from tests.servers import PostgresServer, RedisServer

WAITING = (100, 10_000)
USERS = 20
LIMIT_MS = 5.0
LIMIT_GROWTH = 2.0
LIMIT_SUBMIT_GROWTH = 1.3
GROUP_COMICS = 1000
GROUP_PAGES = 50
LIMIT_GROUP_SECONDS = 2.0
NAMES = ("submit", "claim", "progress", "group")
BACKENDS = ("sqlite", "postgres+redis")


@dataclass(frozen=True)
class Costs:
    """Medians in milliseconds."""

    submit: float
    claim: float
    progress: float
    group: float


@contextmanager
def installations(backend: str, folder: Path) -> Iterator[list[World]]:
    """Open an empty installation for each number of waiting jobs, on real servers."""
    # Files of originals would be ready at once, and no job would wait.
    variables = {
        "LOG_LEVEL": "error",
        "MAX_QUEUED_PER_USER": "1000000",
        "ORIGINALS": "stored",
    }
    with ExitStack() as ending:
        urls = [{} for _ in WAITING]
        if backend != "sqlite":
            postgres, redis = PostgresServer(), RedisServer(folder / "redis")
            ending.callback(postgres.stop)
            redis.start()
            ending.callback(redis.stop)
            urls = [
                {"DATABASE_URL": postgres.url(postgres.new_database()), "REDIS_URL": redis.url}
                for _ in WAITING
            ]
        worlds = [
            open_world(folder / str(number), None, **variables, **url)
            for number, url in enumerate(urls)
        ]
        for world in worlds:
            ending.callback(world.end)
        yield worlds


def fill(world: World, template: Job, users: list[str], count: int) -> None:
    """Add copies of the template until ``count`` jobs wait.

    PostgreSQL is told to do now what it does by itself within a minute; SQLite has no statistics.
    """
    with world.context.db.write() as session:
        queued = text("SELECT count(*) FROM job WHERE status = 'queued'")
        present = session.connection().execute(queued).scalar_one()
        revision = next_revision(session)
        copies = [
            {
                **template.model_dump(),
                "id": new_id(template.created_at),
                "user_id": users[0] if number % 2 else users[number % USERS],
                "revision": revision,
                "request_key": secrets.token_hex(8),
            }
            for number in range(present, count)
        ]
        session.connection().execute(insert(Job), copies)
    if not world.context.db.is_sqlite:
        engine = world.context.db.engine.execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("VACUUM ANALYZE"))


def add_copies(world: World, comic_id: str, count: int) -> tuple[str, ...]:
    """Add rows of comics that are copies of a comic with other pages; return their ids."""
    copies = tuple(new_id(world.context.clock()) for _ in range(count))
    with world.context.db.write() as session:
        comic = session.get_one(Comic, comic_id).model_dump(exclude={"comic_metadata"})
        metadata = session.get_one(Comic, comic_id).comic_metadata
        pages = [
            page.model_dump()
            for page in session.scalars(select(Page).where(col(Page.comic_id) == comic_id))
        ]
        connection = session.connection()
        connection.execute(
            insert(Comic),
            [comic | {"id": copy, "path": copy, "metadata": metadata} for copy in copies],
        )
        connection.execute(
            insert(Page),
            [
                page | {"comic_id": copy, "sha256": copy + page["sha256"][len(copy) :]}
                for copy in copies
                for page in pages
            ],
        )
    return copies


def milliseconds(act: Callable[[], object]) -> float:
    """Run the function once and return the time it took."""
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000


class Measured:
    """An installation with a number of waiting jobs, and its samples in milliseconds."""

    def __init__(self, world: World, waiting: int) -> None:
        self._world = world
        self._users = [world.add_user(f"user {number}") for number in range(USERS)]
        self._comic = world.add_comic("Thirty", pages=30)
        self._ranges = (
            f"{first}-{last}" for first, last in itertools.combinations(range(1, 31), 2)
        )
        self._samples: dict[str, list[float]] = {name: [] for name in NAMES}
        fill(world, world.row(self._submit()), self._users, waiting)

    def sample(self) -> None:
        """Measure each operation once.

        The claimed job is put back, so the number of waiting jobs stays the same.
        """
        claimed: list[Lease] = []
        self._samples["claim"].append(milliseconds(lambda: claimed.append(self._claim())))
        self._samples["progress"].append(milliseconds(lambda: self._progress(claimed[0])))
        with self._world.context.db.write() as session:
            assert leases.release(session, claimed[0])
        self._samples["submit"].append(milliseconds(self._submit))

    def submit_groups(self) -> None:
        """Measure a request for many comics, one file each, in formats that are new each time."""
        comic = self._world.add_comic("Fifty", pages=GROUP_PAGES)
        comic_ids = add_copies(self._world, comic, GROUP_COMICS)
        user = self._world.add_user("collector")
        for format in ("cbz", "zip", "pdf"):
            request = DownloadRequest(comic_ids=comic_ids, format=format)
            submit = partial(submit_group, self._world.context, user, request, Split())
            self._samples["group"].append(milliseconds(submit))

    def costs(self) -> Costs:
        """Return the medians of all samples so far."""
        return Costs(
            **{name: statistics.median(samples) for name, samples in self._samples.items()}
        )

    def _submit(self) -> JobSnapshot:
        return self._world.submit(self._users[0], self._comic, pages=next(self._ranges))

    def _claim(self) -> Lease:
        claimant = Claimant(
            secrets.token_hex(16),
            "a worker",
            "a host",
            lease_seconds=30,
            max_running_per_user=10,
            free_disk_bytes=2**50,
        )
        with self._world.context.db.write() as session:
            taken = claim_next(session, claimant)
        assert taken is not None
        return taken.lease

    def _progress(self, lease: Lease) -> None:
        with self._world.context.db.write() as session:
            assert leases.record_progress(
                session, lease, phase=Phase.CONVERTING, progress=1, pages_done=1, bytes_done=1
            )


def run(backend: str, times: int) -> list[Costs]:
    """Return the costs for each number of waiting jobs.

    The installations take turns, so that other load on the machine affects all of them alike.
    """
    with tempfile.TemporaryDirectory() as folder, installations(backend, Path(folder)) as worlds:
        measured = [Measured(world, count) for world, count in zip(worlds, WAITING, strict=True)]
        for _ in range(times):
            for one in measured:
                one.sample()
        for one in measured:
            one.submit_groups()
        return [one.costs() for one in measured]


def main() -> int:
    """Measure both databases; return 1 if claiming is too slow on either of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.queue", description=__doc__)
    parser.add_argument(
        "--times", type=int, default=150, help="number of samples of each operation"
    )
    times = parser.parse_args().times
    print(
        f"{'database':16}{'':10}"
        + "".join(f"{count:>12,} waiting" for count in WAITING)
        + f"{'growth':>10}"
    )
    failed = False
    for backend in BACKENDS:
        few, many = run(backend, times)
        for name in NAMES:
            before, after = getattr(few, name), getattr(many, name)
            print(
                f"{backend:16}{name:10}{before:>17.2f} ms{after:>17.2f} ms{after / before:>9.2f}x"
            )
        failed |= many.claim >= LIMIT_MS or many.claim >= LIMIT_GROWTH * few.claim
        failed |= many.submit > LIMIT_SUBMIT_GROWTH * few.submit
        failed |= many.group > LIMIT_GROUP_SECONDS * 1000
    print(
        f"limits: claim {LIMIT_MS:.0f} ms and {LIMIT_GROWTH:.1f}x, "
        f"submit {LIMIT_SUBMIT_GROWTH:.1f}x, group {LIMIT_GROUP_SECONDS * 1000:.0f} ms: "
        + ("not kept" if failed else "kept")
    )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
