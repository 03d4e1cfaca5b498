"""Fixtures that run the queue tests on every supported pair of database and broker."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from comic_downloads.db.migrations import migrate
from comic_downloads.db.session import Database
from tests.queue.world import World, open_world
from tests.servers import PostgresServer, RedisServer

BACKENDS = ("sqlite", "postgres+redis")


@dataclass(frozen=True)
class Backend:
    """A database and a broker, with the environment variables that select them.

    Tests may stop and empty ``redis``.
    """

    variables: dict[str, str]
    redis: RedisServer | None
    empty_sqlite: Path | None = None


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated, empty database to copy, which is faster than migrating in every test."""
    path = tmp_path_factory.mktemp("sqlite") / "empty.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    database.dispose()
    return path


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    """Yield the database and the broker of one test."""
    if request.param == "sqlite":
        yield Backend({}, None, request.getfixturevalue("empty_sqlite"))
        return
    postgres: PostgresServer = request.getfixturevalue("postgres_server")
    redis: RedisServer = request.getfixturevalue("redis_server")
    database = postgres.new_database(request.getfixturevalue("postgres_template"))
    yield Backend({"DATABASE_URL": postgres.url(database), "REDIS_URL": redis.url}, redis)
    postgres.drop_database(database)


@pytest.fixture
def new_world(backend: Backend, tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Yield a function that opens an installation with further environment variables.

    With PostgreSQL, several calls return several machines of one installation.
    """
    worlds: list[World] = []

    def open_one(folder: str = "one", **variables: str) -> World:
        if backend.empty_sqlite is not None:
            (tmp_path / folder / "data").mkdir(parents=True, exist_ok=True)
            shutil.copy(backend.empty_sqlite, tmp_path / folder / "data" / "comic_downloads.db")
        worlds.append(
            open_world(tmp_path / folder, backend.redis, **{**backend.variables, **variables})
        )
        return worlds[-1]

    yield open_one
    for world in worlds:
        world.end()


@pytest.fixture
def world(new_world: Callable[..., World]) -> World:
    """Return a machine with short leases."""
    return new_world(LEASE_SECONDS="3")
