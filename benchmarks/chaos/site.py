"""The installation of a chaos run: two worker machines, two web processes, and the servers.

On SQLite there is one machine with two workers, and one web process.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.api.serving import WebProcess
from tests.queue.world import WorkerHandle, World, open_world
from tests.servers import PostgresServer, RedisServer

BACKENDS = ("sqlite", "postgres+redis")
# More attempts than usual, because processes are killed many times a minute.
VARIABLES = {"LEASE_SECONDS": "3", "MAX_ATTEMPTS": "12", "BASE_URL": "http://comics.test"}
DOWN_SECONDS = (0.0, 1.5)


@dataclass
class Site:
    """The machines and processes of the installation, and the number of kills of each kind.

    ``machines`` share the database, broker, library and storage. On SQLite both workers run on the
    only machine.
    """

    machines: list[World]
    webs: list[WebProcess]
    redis: RedisServer | None
    workers: list[tuple[World, WorkerHandle]] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)

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

    def end(self) -> None:
        """Stop everything."""
        for web in self.webs:
            web.kill()
        for machine in self.machines:
            machine.end()

    def kill_something(self, chance: random.Random) -> None:
        """Kill one part with SIGKILL, and start it again after a moment."""
        blows: list[tuple[Callable[[random.Random], None], int]] = [
            (self._kill_worker_process, 4),
            (self._kill_worker, 3),
            (self._kill_web, 2),
        ]
        if self.redis is not None:
            blows.append((self._kill_redis, 2))
        blow = chance.choices([blow for blow, _ in blows], [weight for _, weight in blows])[0]
        blow(chance)

    def _kill_worker_process(self, chance: random.Random) -> None:
        """Kill one process of a worker; the worker replaces it by itself."""
        _, worker = chance.choice(self.workers)
        # This number is drawn in any case, so that the seed decides all later ones.
        which = chance.random()
        children = (
            Path(f"/proc/{worker.process.pid}/task/{worker.process.pid}/children")
            .read_text()
            .split()
        )
        if children:
            os.kill(int(children[int(which * len(children))]), signal.SIGKILL)
        self.kills["worker process"] += 1

    def _kill_worker(self, chance: random.Random) -> None:
        number = chance.randrange(len(self.workers))
        machine, worker = self.workers[number]
        worker.kill()
        self.kills["worker"] += 1
        time.sleep(chance.uniform(*DOWN_SECONDS))
        self.workers[number] = (machine, machine.start_worker())

    def _kill_web(self, chance: random.Random) -> None:
        web = chance.choice(self.webs)
        web.kill()
        self.kills["web"] += 1
        time.sleep(chance.uniform(*DOWN_SECONDS))
        web.start()

    def _kill_redis(self, chance: random.Random) -> None:
        """Kill Redis; with even odds it restarts empty, else with its data."""
        assert self.redis is not None
        self.redis.stop(signal.SIGKILL)
        self.kills["Redis"] += 1
        time.sleep(chance.uniform(*DOWN_SECONDS))
        if chance.random() < 0.5:
            for path in self.redis.folder.iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        self.redis.start()


@contextmanager
def open_site(backend: str, folder: Path) -> Iterator[Site]:
    """Start an empty installation on real servers, and stop it at the end."""
    if backend == "sqlite":
        world = open_world(folder, None, **VARIABLES)
        site = Site([world], [_web(world)], None)
        try:
            yield site
        finally:
            site.end()
        return
    postgres, redis = PostgresServer(), RedisServer(folder / "redis")
    redis.start()
    storage = folder / "storage"
    storage.mkdir()
    shared = {
        "DATABASE_URL": postgres.url(postgres.new_database()),
        "REDIS_URL": redis.url,
        "LIBRARY_DIR": str(folder / "library"),
    }
    machines = []
    for name in ("one", "two"):
        (folder / name / "data").mkdir(parents=True)
        (folder / name / "data" / "storage").symlink_to(storage)
        machines.append(open_world(folder / name, redis, **VARIABLES, **shared))
    site = Site(machines, [_web(machine) for machine in machines], redis)
    try:
        yield site
    finally:
        site.end()
        redis.stop(signal.SIGKILL)
        postgres.stop()


def _web(machine: World) -> WebProcess:
    return WebProcess({**machine.environment, "LOG_LEVEL": "warning"}, machine.folder / "web.log")
