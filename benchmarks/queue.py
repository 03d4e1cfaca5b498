"""``python -m benchmarks.queue``: what submitting, claiming and progress cost while many jobs wait, on both databases.

Half of the waiting jobs are one user's, the others are spread over twenty users. Fails when a claim takes 5 ms or more
(median), or twice as long with 10,000 waiting jobs as with 100.
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
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from comic_downloads.db import leases
from comic_downloads.db.claims import Claimant, claim_next
from comic_downloads.db.leases import Lease
from comic_downloads.db.session import next_revision
from comic_downloads.db.tables import Job
from comic_downloads.domain.identity import new_id
from comic_downloads.domain.job import Phase
from tests.queue.world import World, open_world
from tests.servers import PostgresServer, RedisServer

WAITING = (100, 10_000)
USERS = 20
LIMIT_MS = 5.0
LIMIT_GROWTH = 2.0
BACKENDS = ("sqlite", "postgres+redis")


@dataclass(frozen=True)
class Costs:
    """Medians in milliseconds."""

    submit: float
    claim: float
    progress: float


@contextmanager
def installation(backend: str, folder: Path) -> Iterator[World]:
    """An empty installation on real servers."""
    if backend == "sqlite":
        world = open_world(folder, None, LOG_LEVEL="error", MAX_QUEUED_PER_USER="1000000")
        yield world
        world.end()
        return
    postgres, redis = PostgresServer(), RedisServer(folder / "redis")
    redis.start()
    url = postgres.url(postgres.new_database())
    variables = {"DATABASE_URL": url, "REDIS_URL": redis.url, "LOG_LEVEL": "error", "MAX_QUEUED_PER_USER": "1000000"}
    world = open_world(folder, redis, **variables)
    yield world
    world.end()
    redis.stop()
    postgres.stop()


def fill(world: World, template: Job, users: list[str], count: int) -> None:
    """Adds waiting jobs like the template until there are so many."""
    with world.context.db.write() as session:
        present = session.connection().execute(text("SELECT count(*) FROM job WHERE status = 'queued'")).scalar_one()
        revision = next_revision(session)
        for number in range(present, count):
            user = users[0] if number % 2 else users[number % USERS]
            values = {**template.model_dump(), "id": new_id(template.created_at), "user_id": user, "revision": revision}
            session.add(Job(**{**values, "request_key": secrets.token_hex(8)}))
    with world.context.db.write() as session:
        session.connection().execute(text("ANALYZE"))


def median_ms(act: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        act()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken) * 1000


def measure(world: World, users: list[str], comic: str, ranges: Iterator[str], times: int) -> Costs:
    """Every claimed job is put back, so that the number of waiting ones stays."""
    claimed: list[Lease] = []
    claiming: list[float] = []

    def claim() -> None:
        claimant = Claimant(secrets.token_hex(16), "a worker", lease_seconds=30, cap=10, room_bytes=2**50)
        with world.context.db.write() as session:
            taken = claim_next(session, claimant)
        assert taken is not None
        claimed.append(taken.lease)

    def progress() -> None:
        with world.context.db.write() as session:
            assert leases.record_progress(session, claimed[-1], phase=Phase.CONVERTING, progress=1, pages_done=1, bytes_done=1)

    progressed = []
    for _ in range(times):
        claiming.append(median_ms(claim, 1))
        progressed.append(median_ms(progress, 1))
        with world.context.db.write() as session:
            assert leases.release(session, claimed[-1])
    submit = median_ms(lambda: world.submit(users[0], comic, pages=next(ranges)), times)
    return Costs(submit, statistics.median(claiming), statistics.median(progressed))


def run(backend: str, times: int) -> list[Costs]:
    with tempfile.TemporaryDirectory() as folder, installation(backend, Path(folder)) as world:
        users = [world.add_user(f"user {number}") for number in range(USERS)]
        comic = world.add_comic("Thirty", pages=30)
        ranges = (f"{first}-{last}" for first, last in itertools.combinations(range(1, 31), 2))
        template = world.row(world.submit(users[0], comic, pages=next(ranges)))
        results = []
        for count in WAITING:
            fill(world, template, users, count)
            results.append(measure(world, users, comic, ranges, times))
        return results


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.queue", description=__doc__)
    parser.add_argument("--times", type=int, default=150, help="how often each is measured")
    times = parser.parse_args().times
    print(f"{'database':16}{'':10}" + "".join(f"{count:>12,} waiting" for count in WAITING) + f"{'growth':>10}")
    failed = False
    for backend in BACKENDS:
        few, many = run(backend, times)
        for name in ("submit", "claim", "progress"):
            before, after = getattr(few, name), getattr(many, name)
            print(f"{backend:16}{name:10}{before:>17.2f} ms{after:>17.2f} ms{after / before:>9.2f}x")
        failed |= many.claim >= LIMIT_MS or many.claim >= LIMIT_GROWTH * few.claim
    print("a claim is too slow" if failed else f"claims stay under {LIMIT_MS:.0f} ms and grow by less than {LIMIT_GROWTH:.0f}x")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
