"""The installation of a chaos run: two worker machines, two web processes, and the servers.

On SQLite there is one machine with two workers, and one web process.
"""

from __future__ import annotations

import signal
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.chaos.small_disk import SmallDisk, small_disk
from tests.api.serving import WebProcess
from tests.queue.world import WorkerHandle, World, open_world
from tests.servers import PostgresServer, RedisServer
from tests.storage.s3_servers import ACCESS_KEY, SECRET_KEY, RcloneServer, new_store

BACKENDS = ("sqlite", "postgres+redis+s3")
LEASE_SECONDS = 3
# More attempts than usual, because something is broken many times a minute.
VARIABLES = {
    "LEASE_SECONDS": str(LEASE_SECONDS),
    "MAX_ATTEMPTS": "40",
    "BASE_URL": "http://comics.test",
}


@dataclass
class Servers:
    """The database, the broker and the storage of an installation that is not on SQLite."""

    postgres: PostgresServer
    redis: RedisServer
    storage: RcloneServer


@dataclass
class Site:
    """The machines and processes of the installation.

    ``machines`` share the database, broker, library and storage. On SQLite both workers run on the
    only machine. ``disks`` holds the disk of each machine; it is empty where none can be mounted.
    """

    machines: list[World]
    webs: list[WebProcess]
    servers: Servers | None
    disks: list[SmallDisk]
    workers: list[tuple[World, WorkerHandle]] = field(default_factory=list)

    @property
    def world(self) -> World:
        """Return the first machine."""
        return self.machines[0]

    def start(self) -> None:
        """Start the web processes and two workers."""
        for web in self.webs:
            web.start()
        for machine in (self.machines * 2)[:2]:
            self.workers.append((machine, machine.start_worker()))

    def start_worker(self, number: int) -> None:
        """Start the worker of this number again."""
        machine, _ = self.workers[number]
        self.workers[number] = (machine, machine.start_worker())

    def start_ended_workers(self) -> int:
        """Start workers that ended by themselves, as a service manager does; return how many."""
        ended = [
            number
            for number, (_, worker) in enumerate(self.workers)
            if worker.process.poll() is not None
        ]
        for number in ended:
            self.start_worker(number)
        return len(ended)

    def end(self) -> None:
        """Stop everything."""
        for web in self.webs:
            web.kill()
        for machine in self.machines:
            machine.end()


@contextmanager
def open_site(backend: str, folder: Path) -> Iterator[Site]:
    """Start an empty installation on real servers, and stop it at the end."""
    with ExitStack() as stack:
        opened = _on_sqlite if backend == "sqlite" else _on_servers
        site = opened(folder, stack)
        stack.callback(site.end)
        yield site


def _on_sqlite(folder: Path, stack: ExitStack) -> Site:
    disk = stack.enter_context(small_disk(folder / "data"))
    world = open_world(folder, None, **VARIABLES)
    return Site([world], [_web(world)], None, [disk] if disk else [])


def _on_servers(folder: Path, stack: ExitStack) -> Site:
    postgres, redis = PostgresServer(), RedisServer(folder / "redis")
    stack.callback(postgres.stop)
    redis.start()
    stack.callback(redis.stop, signal.SIGKILL)
    storage = RcloneServer(folder / "storage")
    storage.start()
    stack.callback(storage.stop, signal.SIGKILL)
    bucket = f"bucket-{uuid.uuid4().hex}"
    new_store(storage.url, bucket)
    shared = {
        "DATABASE_URL": postgres.url(postgres.new_database()),
        "REDIS_URL": redis.url,
        "LIBRARY_DIR": str(folder / "library"),
        "STORAGE_BACKEND": "s3",
        "S3_BUCKET": bucket,
        "S3_ENDPOINT_URL": storage.url,
        "S3_REGION": "us-east-1",
        "S3_ACCESS_KEY": ACCESS_KEY,
        "S3_SECRET_KEY": SECRET_KEY,
    }
    machines, disks = [], []
    for name in ("one", "two"):
        if disk := stack.enter_context(small_disk(folder / name / "data")):
            disks.append(disk)
        machines.append(open_world(folder / name, redis, **VARIABLES, **shared))
    webs = [_web(machine) for machine in machines]
    return Site(machines, webs, Servers(postgres, redis, storage), disks)


def _web(machine: World) -> WebProcess:
    return WebProcess({**machine.environment, "LOG_LEVEL": "warning"}, machine.folder / "web.log")
