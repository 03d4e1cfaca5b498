"""What a request is answered with when the database is locked, full, read-only, damaged or away."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from fastapi.testclient import TestClient
from sqlalchemy.exc import DBAPIError, OperationalError

from comic_downloads.db import session
from comic_downloads.db.errors import translated
from comic_downloads.db.session import Database
from comic_downloads.domain.errors import (
    DatabaseBusy,
    DatabaseDamaged,
    DatabaseError,
    DatabaseFull,
    DatabaseReadOnly,
    DatabaseUnavailable,
)
from comic_downloads.settings import Settings
from comic_downloads.usecases.accounts.accounts import create_owner
from comic_downloads.usecases.context import Context
from comic_downloads.web.api.app import create_api
from tests.servers import PostgresServer
from tests.small_disk import SmallDisk

from .conftest import BASE_URL, PASSWORD

FROZEN = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
os.kill(os.getpid(), signal.SIGSTOP)
"""
SIGN_IN = {"username": "olga", "password": PASSWORD}


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "BUSY_TIMEOUT_SECONDS", 0.2)


@pytest.fixture
def frozen_writer(owner: TestClient, settings: Settings) -> Iterator[None]:
    """Stop a process that holds the write lock, as a SIGSTOP of a worker may."""
    writer = subprocess.Popen([sys.executable, "-c", FROZEN, settings.database_file])
    os.waitid(os.P_PID, writer.pid, os.WSTOPPED | os.WNOWAIT)
    yield
    writer.kill()
    writer.wait()


def client_of(context: Context) -> TestClient:
    return TestClient(create_api(context), base_url=BASE_URL, raise_server_exceptions=False)


def with_database(context: Context, url: str) -> Context:
    return replace(context, db=Database(url))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/session", SIGN_IN),
        ("/api/v1/tokens", {"name": "laptop"}),
        ("/api/v1/users", {"username": "mika", "password": PASSWORD}),
        ("/api/v1/library/scan", None),
    ],
)
def test_a_change_is_refused_with_a_time_to_retry_while_a_frozen_process_holds_the_database(
    frozen_writer: None, owner: TestClient, path: str, body: dict[str, str] | None
):
    answer = owner.post(path, json=body)

    assert (answer.status_code, answer.json()["code"]) == (503, "database_busy")
    assert answer.headers["Retry-After"] == "10"
    assert "Try again" in answer.json()["detail"]
    assert owner.get("/api/v1/me").status_code == 200


def test_a_change_is_made_once_the_database_is_free(owner: TestClient, settings: Settings):
    holder = sqlite3.connect(settings.database_file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    refused = owner.post("/api/v1/tokens", json={"name": "laptop"})
    holder.execute("ROLLBACK")
    holder.close()

    assert refused.status_code == 503
    assert owner.post("/api/v1/tokens", json={"name": "laptop"}).status_code == 201


def test_a_read_only_database_is_read_and_says_that_nothing_was_saved(
    owner: TestClient, context: Context, settings: Settings
):
    read_only = with_database(context, f"sqlite:///file:{settings.database_file}?mode=ro&uri=true")
    client = client_of(read_only)
    client.cookies = owner.cookies

    assert client.get("/api/v1/me").status_code == 200
    answer = client.post("/api/v1/tokens", json={"name": "laptop"})
    assert (answer.status_code, answer.json()["code"]) == (503, "database_read_only")
    assert answer.headers["Retry-After"] == "10"
    assert "nothing was saved" in answer.json()["detail"]
    read_only.db.dispose()


def test_a_damaged_database_is_503_and_tells_nothing_of_the_server(
    owner: TestClient, context: Context, settings: Settings
):
    context.db.dispose()
    settings.database_file.write_bytes(b"\xa5" * settings.database_file.stat().st_size)

    answer = owner.get("/api/v1/me")

    assert (answer.status_code, answer.json()["code"]) == (503, "database_damaged")
    assert "restore it from a backup" in answer.json()["detail"]
    assert str(settings.data) not in answer.text
    assert "SELECT" not in answer.text


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system")
def test_a_full_disk_is_507_and_everything_works_once_there_is_room(
    context: Context, owner: TestClient, settings: Settings, tmp_path: Path
):
    context.db.dispose()
    disk = SmallDisk(tmp_path / "small", 4)
    database = disk.folder / "comics.db"
    database.write_bytes(settings.database_file.read_bytes())
    full = with_database(context, f"sqlite:///{database}")
    client = client_of(full)
    client.cookies = owner.cookies
    try:
        assert client.get("/api/v1/me").status_code == 200  # The write-ahead log is there.
        filler = disk.fill()

        answer = client.post("/api/v1/tokens", json={"name": "laptop"})

        assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
        assert answer.headers["Retry-After"] == "10"
        assert "disk that holds the database is full" in answer.json()["detail"]
        assert client.get("/api/v1/me").status_code == 200
        filler.unlink()
        assert client.post("/api/v1/tokens", json={"name": "laptop"}).status_code == 201
    finally:
        full.db.dispose()
        disk.unmount()


def test_a_postgres_server_that_is_away_is_503(
    context: Context, postgres_server: PostgresServer, postgres_template: str
):
    name = postgres_server.new_database(postgres_template)
    away = with_database(context, postgres_server.url(name))
    create_owner(away, "olga", PASSWORD)
    client = client_of(away)
    assert client.post("/api/v1/session", json=SIGN_IN).status_code == 204
    postgres_server.shut_database(name)

    answer = client.get("/api/v1/me")

    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert answer.headers["Retry-After"] == "10"
    postgres_server.open_database(name)
    assert client.get("/api/v1/me").status_code == 200
    away.db.dispose()
    postgres_server.drop_database(name)


def sqlite_error(code: int) -> DBAPIError:
    error = sqlite3.OperationalError("in the driver's words")
    error.sqlite_errorcode = code
    return OperationalError("insert", {}, error)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (sqlite_error(sqlite3.SQLITE_IOERR_WRITE), DatabaseUnavailable),
        (sqlite_error(sqlite3.SQLITE_IOERR_SHMSIZE), DatabaseFull),
        (sqlite_error(sqlite3.SQLITE_BUSY_SNAPSHOT), DatabaseBusy),
        (sqlite_error(sqlite3.SQLITE_READONLY_DIRECTORY), DatabaseReadOnly),
        (sqlite_error(sqlite3.SQLITE_CORRUPT_INDEX), DatabaseDamaged),
        (sqlite_error(sqlite3.SQLITE_ERROR), DatabaseError),
        (OperationalError("insert", {}, psycopg.errors.DiskFull()), DatabaseFull),
        (OperationalError("insert", {}, psycopg.errors.TooManyConnections()), DatabaseUnavailable),
        (OperationalError("insert", {}, psycopg.errors.AdminShutdown()), DatabaseUnavailable),
        (OperationalError("insert", {}, psycopg.errors.DeadlockDetected()), DatabaseBusy),
        (
            OperationalError("insert", {}, psycopg.errors.ReadOnlySqlTransaction()),
            DatabaseReadOnly,
        ),
        (OperationalError("insert", {}, psycopg.errors.DataCorrupted()), DatabaseDamaged),
        (OperationalError("insert", {}, psycopg.errors.UndefinedTable()), DatabaseError),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_the_codes_of_the_drivers_are_sorted_by_what_to_do(
    error: DBAPIError, kind: type[DatabaseError]
):
    assert type(translated(error)) is kind
