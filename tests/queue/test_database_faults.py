"""A database that is locked for longer than a lease, or cut off, only delays jobs."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine, text

from tests.queue.world import World


@contextmanager
def database_locked(world: World) -> Iterator[None]:
    """Lock all others out of writing jobs during the block."""
    if world.context.db.is_sqlite:
        connection = sqlite3.connect(
            world.settings.data / "comic_downloads.db", isolation_level=None
        )
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")
        connection.close()
        return
    engine = create_engine(world.settings.sqlalchemy_url)
    with engine.begin() as transaction:
        transaction.execute(text("LOCK TABLE job IN ACCESS EXCLUSIVE MODE"))
        yield
    engine.dispose()


def test_job_ends_ready_when_the_database_is_locked_beyond_the_lease(
    new_world: Callable[..., World],
):
    world = new_world(LEASE_SECONDS="2")
    with world.converting(20, hold_at=5) as job, database_locked(world):
        time.sleep(3)

    assert world.wait_for_status(job, "ready", "failed").status == "ready"
    assert len(world.page_names(job)) == 20
    assert max(world.conversions().values()) == 1


def test_job_ends_ready_when_all_connections_are_cut(new_world: Callable[..., World]):
    world = new_world(LEASE_SECONDS="2")
    with world.converting(20, hold_at=5) as job:
        if world.context.db.is_sqlite:  # SQLite has no connections to cut.
            world.workers[0].kill()
            world.start_worker()
        else:
            others = "pid <> pg_backend_pid() AND datname = current_database()"
            with world.context.db.read() as session:
                session.connection().execute(
                    text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
                )

    assert world.wait_for_status(job, "ready", "failed").status == "ready"
    assert len(world.page_names(job)) == 20
