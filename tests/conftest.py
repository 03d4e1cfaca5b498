"""Fixtures shared by all tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from playwright.sync_api import Browser, sync_playwright

from comic_downloads.db.migrations import migrate
from comic_downloads.db.session import Database
from tests.browser.browsers import launch_chromium
from tests.servers import PostgresServer, RedisServer

# A busy machine is slow, which is no fault; and the same examples every time, so that a failure is the change's.
hypothesis.settings.register_profile(
    "suite",
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("suite")


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist looks for the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With pytest-xdist all tests of a running product run in one process, so that one runs at a time and is built once."""
    folders = {Path(__file__).with_name(name) for name in ("attack", "browser")}
    for item in items:
        if folders & set(item.path.parents):
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """The name of a migrated database without rows in it."""
    name = postgres_server.new_database()
    database = Database(postgres_server.url(name))
    migrate(database)
    database.dispose()
    return name


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """The address of a server that speaks S3; every test makes a bucket of its own there."""
    from tests.storage.s3_servers import moto_server  # here, because it takes 20 MB and seconds

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
    """An empty Redis."""
    if not _redis_server.answers():
        _redis_server.start()
    _redis_server.empty()
    return _redis_server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests that need one: Playwright runs once a process."""
    with sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Tests neither read nor write what the developer's own installation uses."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    for name in (
        "DATABASE_URL",
        "REDIS_URL",
        "STORAGE_BACKEND",
        "LIBRARY_DIR",
        "SECRET_KEY",
        "BASE_URL",
    ):
        monkeypatch.delenv(name, raising=False)
