"""The HTTP interface over a real SQLite database and a real blob store.

Each test has a folder of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from comic_downloads.db.migrations import migrate
from comic_downloads.db.session import Database
from comic_downloads.library.open_comic_cache import OpenComicCache
from comic_downloads.settings import Settings
from comic_downloads.storage.local import LocalBlobStore
from comic_downloads.usecases.accounts.accounts import create_owner, create_user
from comic_downloads.usecases.context import Context
from comic_downloads.web.api.app import create_api

from .library import add_archive, scan
from .sharing import shared

BASE_URL = "http://comics.test"
PASSWORD = "correct horse"


@dataclass
class Clock:
    """A clock that only the test moves."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Rings:
    jobs: int = 0
    scans: int = 0

    def notify_workers(self) -> None:
        self.jobs += 1

    def notify_scan(self) -> None:
        self.scans += 1


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def rings() -> Rings:
    return Rings()


@pytest.fixture
def overrides() -> dict[str, object]:
    """Return the settings of one test: ``@pytest.mark.parametrize("overrides", [{…}])``."""
    return {}


@pytest.fixture
def settings(tmp_path: Path, overrides: dict[str, object]) -> Settings:
    return Settings.model_validate(
        {"data_dir": tmp_path / "data", "base_url": BASE_URL, "min_free_bytes": 0, **overrides}
    )


@pytest.fixture
def context(settings: Settings, clock: Clock, rings: Rings, schema: bytes) -> Iterator[Context]:
    settings.library.mkdir(parents=True)
    (settings.data / "comic_downloads.db").write_bytes(schema)
    database = Database(settings.sqlalchemy_url)
    blobs = LocalBlobStore(settings.data / "storage")
    context = Context(
        settings=settings,
        db=database,
        blobs=blobs,
        clock=clock,
        monotonic=time.monotonic,
        notify_workers=rings.notify_workers,
        notify_scan=rings.notify_scan,
        check_queue=lambda: None,
        open_comics=OpenComicCache(time.monotonic),
    )
    yield context
    context.open_comics.close()
    database.dispose()


@pytest.fixture(scope="session")
def schema(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return a migrated, empty database; copying it is faster than migrating for every test."""
    path = tmp_path_factory.mktemp("schema") / "empty.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    database.dispose()
    return path.read_bytes()


@pytest.fixture
def archives() -> dict[str, int]:
    """Return the files of the library with their numbers of pages; some tests replace them."""
    return {
        "Moon Harbour/Moon Harbour #001.cbz": 3,
        "Moon Harbour/Moon Harbour #002.cbz": 4,
        "Alone.cbz": 2,
    }


@pytest.fixture
def comics(context: Context, archives: dict[str, int]) -> dict[str, str]:
    """Scan the library and return the id of every comic by its title."""
    for path, page_count in archives.items():
        add_archive(context, path, page_count)
    return scan(context)


@pytest.fixture
def visitor(context: Context) -> Iterator[TestClient]:
    """Yield a client that is not signed in."""
    with TestClient(
        create_api(context), base_url=BASE_URL, raise_server_exceptions=False
    ) as client:
        yield client


@pytest.fixture
def sign_in_as(context: Context) -> Callable[[str], TestClient]:
    """Return a function that signs in with that name and PASSWORD."""

    def signed_in(username: str) -> TestClient:
        client = TestClient(create_api(context), base_url=BASE_URL, raise_server_exceptions=False)
        answer = client.post("/api/v1/session", json={"username": username, "password": PASSWORD})
        assert answer.status_code == 204, answer.text
        return client

    return signed_in


@pytest.fixture
def owner(context: Context, sign_in_as: Callable[[str], TestClient]) -> TestClient:
    create_owner(context, "olga", PASSWORD)
    return sign_in_as("olga")


@pytest.fixture
def member(
    context: Context, owner: TestClient, sign_in_as: Callable[[str], TestClient]
) -> TestClient:
    create_user(context, "mika", PASSWORD)
    return sign_in_as("mika")


@pytest.fixture
def new_guest(context: Context) -> Callable[..., TestClient]:
    """Return a function that opens a browser of somebody without an account."""

    def new_one(base_url: str = BASE_URL) -> TestClient:
        return TestClient(create_api(context), base_url=base_url, raise_server_exceptions=False)

    return new_one


@pytest.fixture
def address(member: TestClient, comics: dict[str, str]) -> str:
    """Return the API address of a share of two comics without a password."""
    return shared(member, comics)


@pytest.fixture
def guest(new_guest: Callable[..., TestClient]) -> TestClient:
    return new_guest()
