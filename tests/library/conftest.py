from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import PostgresServer

from .shelf import Shelf


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path)
    yield shelf
    shelf.close()


@pytest.fixture(params=["sqlite", "postgres"])
def any_shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    """Yield a shelf on each of the databases."""
    if request.param == "sqlite":
        yield request.getfixturevalue("shelf")
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.new_database(request.getfixturevalue("postgres_template"))
    shelf = Shelf(tmp_path, {"database_url": server.url(name)})
    yield shelf
    shelf.close()
    server.drop_database(name)
