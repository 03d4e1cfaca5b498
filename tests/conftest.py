"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from playwright.sync_api import Browser, sync_playwright

from comic_downloads.db.migrations import migrate
from comic_downloads.db.session import Database
from tests.browser.browsers import launch_chromium
from tests.servers import PostgresServer, RedisServer

# Most tests are about files that a worker writes, also where a test asks for originals because they
# are quick. Tests of layouts set ORIGINALS themselves.
os.environ["ORIGINALS"] = "stored"

# There are no deadlines, because a busy machine is slow. The examples are the same every time, so
# that a new failure comes from a change.
hypothesis.settings.register_profile(
    "suite",
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("suite")


# It runs first because pytest-xdist looks for the groups in the same hook.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let one process run all tests of a running product, under pytest-xdist.

    Then only one product runs at a time, and it is built only once.
    """
    folders = {Path(__file__).with_name(name) for name in ("attack", "browser")}
    for item in items:
        if folders & set(item.path.parents):
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Start a PostgreSQL server for the whole session."""
    server = PostgresServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """Return the name of a migrated database without rows."""
    name = postgres_server.new_database()
    database = Database(postgres_server.url(name))
    migrate(database)
    database.dispose()
    return name


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """Yield the address of a server that speaks S3; every test makes its own bucket there."""
    # Imported here, because it takes 20 MB and seconds.
    from tests.storage.s3_servers import moto_server

    with moto_server() as address:
        yield address


@pytest.fixture(scope="session")
def _redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis_server(_redis_server: RedisServer) -> RedisServer:
    """Return an empty Redis that is running."""
    if not _redis_server.answers():
        _redis_server.start()
    _redis_server.empty()
    return _redis_server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Yield one Chromium for all tests, because Playwright can run only once in a process."""
    with sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep tests from reading or writing what the developer's own installation uses."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    # The library changes when a test says so, and its files are complete when they are written.
    monkeypatch.setenv("SCAN_EVERY_SECONDS", "0")
    monkeypatch.setenv("SCAN_SETTLE_SECONDS", "0")
    for name in (
        "DATABASE_URL",
        "REDIS_URL",
        "STORAGE_BACKEND",
        "LIBRARY_DIR",
        "SECRET_KEY",
        "BASE_URL",
    ):
        monkeypatch.delenv(name, raising=False)
