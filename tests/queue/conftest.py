"""The queue suite is one suite, run on every pair of database and broker that is supported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.queue.world import World, open_world
from tests.servers import PostgresServer, RedisServer


@dataclass(frozen=True)
class Backend:
    """``variables`` are the settings that reach it; ``redis`` is there to be stopped and emptied."""

    variables: dict[str, str]
    redis: RedisServer | None


BACKENDS = ("sqlite", "postgres+redis")


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    """The database and the broker of one test."""
    if request.param == "sqlite":
        yield Backend({}, None)
        return
    postgres: PostgresServer = request.getfixturevalue("postgres_server")
    redis: RedisServer = request.getfixturevalue("redis_server")
    database = postgres.new_database()
    yield Backend({"DATABASE_URL": postgres.url(database), "REDIS_URL": redis.url}, redis)
    postgres.drop_database(database)


@pytest.fixture
def new_world(backend: Backend, tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Opens installations with further variables; on servers, several are several machines of one installation."""
    worlds: list[World] = []

    def open_one(folder: str = "one", **variables: str) -> World:
        worlds.append(open_world(tmp_path / folder, backend.redis, **{**backend.variables, **variables}))
        return worlds[-1]

    yield open_one
    for world in worlds:
        world.end()


@pytest.fixture
def world(new_world: Callable[..., World]) -> World:
    return new_world()
