"""What is done to an installation in a chaos run: every act is drawn from the seed.

An act breaks one part, waits, and mends it, as an operator or a service manager would.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from benchmarks.chaos.site import LEASE_SECONDS, Servers, Site
from tests.queue.world import WorkerHandle

DOWN_SECONDS = (0.0, 1.5)
SHORTER_THAN_LEASE = (0.1 * LEASE_SECONDS, 0.7 * LEASE_SECONDS)
LONGER_THAN_LEASE = (1.2 * LEASE_SECONDS, 2.0 * LEASE_SECONDS)
FULL_SECONDS = (0.5, 4.0)

Act = Callable[[random.Random], str]


class Acts:
    """The acts on one installation, and how often each was done.

    Args:
        site: The installation.
    """

    def __init__(self, site: Site) -> None:
        self.done: Counter[str] = Counter()
        self.restarts = 0
        self._site = site
        self._weighted: list[tuple[Act, int]] = [
            (self._kill_worker_process, 4),
            (self._kill_worker, 3),
            (self._kill_web, 2),
            (self._freeze_worker_process, 2),
            (self._freeze_worker_process_for_good, 1),
            (self._freeze_worker, 2),
            (self._freeze_web, 1),
        ]
        if site.disks:
            self._weighted.append((self._fill_disk, 2))
        if site.servers:
            self._weighted += _ServerActs(site.servers).weighted

    def perform(self, chance: random.Random) -> None:
        """Do the next act, and start again what ended by itself before."""
        self.restarts += self._site.start_ended_workers()
        acts, weights = zip(*self._weighted, strict=True)
        self.done[chance.choices(acts, weights)[0](chance)] += 1

    def _kill_worker_process(self, chance: random.Random) -> str:
        """Kill one process of a worker; the worker replaces it by itself."""
        _signal(self._draw_worker_process(chance), signal.SIGKILL)
        return "worker process killed"

    def _kill_worker(self, chance: random.Random) -> str:
        number = chance.randrange(len(self._site.workers))
        self._site.workers[number][1].kill()
        time.sleep(chance.uniform(*DOWN_SECONDS))
        self._site.start_worker(number)
        return "worker killed"

    def _kill_web(self, chance: random.Random) -> str:
        web = chance.choice(self._site.webs)
        web.kill()
        time.sleep(chance.uniform(*DOWN_SECONDS))
        web.start()
        return "web killed"

    def _freeze_worker_process(self, chance: random.Random) -> str:
        process = self._draw_worker_process(chance)
        seconds, name = _draw_freeze(chance)
        _signal(process, signal.SIGSTOP)
        time.sleep(seconds)
        _signal(process, signal.SIGCONT)
        return f"worker process frozen for {name}"

    def _freeze_worker_process_for_good(self, chance: random.Random) -> str:
        """Freeze a process of a worker, which has to notice; the next acts happen meanwhile."""
        _signal(self._draw_worker_process(chance), signal.SIGSTOP)
        return "worker process frozen for good"

    def _freeze_worker(self, chance: random.Random) -> str:
        """Freeze a worker with all its processes."""
        worker = chance.choice(self._site.workers)[1]
        seconds, name = _draw_freeze(chance)
        with suppress(ProcessLookupError):  # It may have ended by itself a moment ago.
            worker.signal_all(signal.SIGSTOP)
            time.sleep(seconds)
            worker.signal_all(signal.SIGCONT)
        return f"worker frozen for {name}"

    def _freeze_web(self, chance: random.Random) -> str:
        web = chance.choice(self._site.webs)
        seconds, name = _draw_freeze(chance)
        web.signal(signal.SIGSTOP)
        time.sleep(seconds)
        web.signal(signal.SIGCONT)
        return f"web frozen for {name}"

    def _fill_disk(self, chance: random.Random) -> str:
        disk = chance.choice(self._site.disks)
        seconds = chance.uniform(*FULL_SECONDS)
        disk.fill()
        time.sleep(seconds)
        disk.free()
        return "disk filled"

    def _draw_worker_process(self, chance: random.Random) -> int | None:
        _, worker = chance.choice(self._site.workers)
        # This number is drawn in any case, so that the seed decides all later ones.
        which = chance.random()
        processes = _children(worker)
        return processes[int(which * len(processes))] if processes else None


class _ServerActs:
    """The acts on the database, the broker and the storage."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self.weighted: Sequence[tuple[Act, int]] = (
            (self._kill_redis, 2),
            (self._stop_postgres, 2),
            (self._kill_storage, 2),
            (self._freeze_redis, 1),
            (self._freeze_storage, 1),
        )

    def _kill_redis(self, chance: random.Random) -> str:
        """Kill Redis; with even odds it restarts empty, else with its data."""
        redis = self._servers.redis
        redis.stop(signal.SIGKILL)
        time.sleep(chance.uniform(*DOWN_SECONDS))
        if chance.random() < 0.5:
            for path in redis.folder.iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        redis.start()
        return "Redis killed"

    def _stop_postgres(self, chance: random.Random) -> str:
        """Stop PostgreSQL without a checkpoint, so that it recovers at its start."""
        self._servers.postgres.stop_at_once()
        time.sleep(chance.uniform(*DOWN_SECONDS))
        self._servers.postgres.start()
        return "PostgreSQL stopped at once"

    def _kill_storage(self, chance: random.Random) -> str:
        self._servers.storage.stop(signal.SIGKILL)
        time.sleep(chance.uniform(*DOWN_SECONDS))
        self._servers.storage.start()
        return "storage killed"

    def _freeze_redis(self, chance: random.Random) -> str:
        assert self._servers.redis.process is not None
        seconds, name = _draw_freeze(chance)
        self._servers.redis.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self._servers.redis.process.send_signal(signal.SIGCONT)
        return f"Redis frozen for {name}"

    def _freeze_storage(self, chance: random.Random) -> str:
        assert self._servers.storage.process is not None
        seconds, name = _draw_freeze(chance)
        self._servers.storage.process.send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self._servers.storage.process.send_signal(signal.SIGCONT)
        return f"storage frozen for {name}"


def _draw_freeze(chance: random.Random) -> tuple[float, str]:
    """Return for how many seconds to freeze something, and how long that is in words."""
    if chance.random() < 0.5:
        return chance.uniform(*SHORTER_THAN_LEASE), "less than a lease"
    return chance.uniform(*LONGER_THAN_LEASE), "more than a lease"


def _children(worker: WorkerHandle) -> list[int]:
    """Return the processes of a worker: its worker processes."""
    path = Path(f"/proc/{worker.process.pid}/task/{worker.process.pid}/children")
    with suppress(FileNotFoundError, ProcessLookupError):
        return [int(pid) for pid in path.read_text().split()]
    return []


def _signal(process: int | None, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        if process is not None:
            os.kill(process, number)
