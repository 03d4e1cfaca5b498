"""A database that is locked for longer than a lease, or cut off, only delays jobs."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine, make_url, text

from tests.queue.world import World
from tests.servers import PostgresServer
from tests.waiting import wait_for


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


@pytest.mark.parametrize("backend", ["postgres+redis"], indirect=True)
def test_the_log_has_each_error_once_while_the_database_is_away(
    new_world: Callable[..., World], postgres_server: PostgresServer
):
    world = new_world(WORKER_PROCESSES="1")
    worker = world.start_worker()
    wait_for("the worker to live", world.worker_lives)
    name = make_url(world.settings.sqlalchemy_url).database or ""

    postgres_server.shut_database(name)
    wait_for("the watch to fail", lambda: worker.lines("watch_failed"))
    time.sleep(4)  # More rounds fail meanwhile.
    world.context.notify_workers()  # A message of the queue fails, too.
    wait_for("the message to fail", lambda: worker.lines("due_work_failed"))
    postgres_server.open_database(name)
    *errors, last = wait_for(
        "the watch to work again", lambda: _ended(worker.lines("watch_failed"))
    )

    assert int(last["message"].split()[-2]) >= len(errors)
    assert len({error["exception"].splitlines()[-1] for error in errors}) == len(errors)
    assert "Unhandled exception" not in worker.log.read_text()


def _ended(records: list[dict]) -> list[dict]:
    return records if "works again" in records[-1]["message"] else []
