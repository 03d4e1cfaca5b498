from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from comic_downloads.db.tables import Job

from .shelf import Shelf

DATA = bytes(range(256)) * 4 + b"the last page"


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path / "data")
    yield shelf
    shelf.close()


@pytest.fixture(params=["sqlite", "postgres"])
def shelf_on_each_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    settings = {}
    if request.param == "postgres":
        server, template = (
            request.getfixturevalue("postgres_server"),
            request.getfixturevalue("postgres_template"),
        )
        settings = {"database_url": server.url(server.new_database(template))}
    shelf = Shelf(tmp_path / "data", settings)
    yield shelf
    shelf.close()


@dataclass
class Served:
    """A ready file, the link to it, and a client."""

    shelf: Shelf
    client: TestClient
    job: Job
    url: str
    data: bytes = DATA

    @property
    def etag(self) -> str:
        return f'"{self.job.sha256}"'


@pytest.fixture
def served(shelf: Shelf) -> Iterator[Served]:
    job = shelf.add_ready(shelf.add_user(), DATA)
    with TestClient(shelf.app(), follow_redirects=False) as client:
        yield Served(shelf, client, job, shelf.link(job))
