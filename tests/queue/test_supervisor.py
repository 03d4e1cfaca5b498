"""The embedded worker is watched, started again, and never left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from comic_downloads.worker.supervisor import supervise_embedded
from tests.queue.world import ROOT, TALL, World
from tests.waiting import PATIENCE_SECONDS, wait_for

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)

WEB = """
import asyncio
from comic_downloads import wiring
from comic_downloads.worker import supervisor
asyncio.run(supervisor.supervise_embedded(wiring.build_context()))
"""


@pytest.fixture
def embedded(new_world: Callable[..., World], monkeypatch: pytest.MonkeyPatch) -> World:
    """Return an installation whose variables are in the environment of this process."""
    world = new_world(LEASE_SECONDS="3", WORKER="embedded", LOG_LEVEL="error")
    for name, value in world.environment.items():
        monkeypatch.setenv(name, value)
    return world


def processes_of(world: World) -> set[int]:
    """Return all other processes that have this installation's DATA_DIR."""
    mark = f"DATA_DIR={world.settings.data}\0".encode()
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes() and folder.name != str(os.getpid()):
                found.add(int(folder.name))
        except OSError:
            continue  # It ended, or belongs to another user.
    return found


def run_in_own_thread(life: Callable[[], Coroutine[None, None, None]]) -> None:
    """Run the coroutine in a thread.

    In the main thread, Playwright's synchronous interface may have left an event loop running.
    """
    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(lambda: asyncio.run(life())).result()


def test_worker_is_started_again_when_it_dies_and_ends_with_the_web(embedded: World):
    user, comic = embedded.add_user("ann"), embedded.add_comic("Small")

    async def life() -> None:
        supervising = asyncio.create_task(supervise_embedded(embedded.context))
        first = embedded.submit(user, comic, format="cbz")
        await asyncio.to_thread(embedded.wait_for_status, first, "ready")
        for pid in processes_of(embedded):
            os.kill(pid, signal.SIGKILL)
        second = embedded.submit(user, comic, format="zip")
        await asyncio.to_thread(embedded.wait_for_status, second, "ready")
        await asyncio.to_thread(
            wait_for, "the consumer and two workers", lambda: len(processes_of(embedded)) == 3
        )
        supervising.cancel()
        with pytest.raises(asyncio.CancelledError):
            await supervising

    run_in_own_thread(life)

    assert processes_of(embedded) == set()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_killed_web_process_leaves_no_worker_behind(embedded: World, how: signal.Signals):
    web = subprocess.Popen([sys.executable, "-c", WEB], cwd=ROOT, start_new_session=True)
    wait_for("the worker", lambda: len(processes_of(embedded)) == 4 and embedded.worker_lives())

    web.send_signal(how)
    web.wait(PATIENCE_SECONDS)

    assert wait_for("all processes to end", lambda: not processes_of(embedded))


def consumer_of(world: World) -> int:
    """Return the process that the others have as their parent."""
    parents = Counter(
        int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[1])
        for pid in processes_of(world)
    )
    return parents.most_common(1)[0][0]


@pytest.mark.parametrize("frozen", [processes_of, lambda world: {consumer_of(world)}])
def test_frozen_worker_is_killed_and_replaced_and_its_job_goes_on(
    embedded: World, frozen: Callable[[World], set[int]]
):
    user, comic = embedded.add_user("ann"), embedded.add_comic("Tall", pages=60, size=TALL)

    async def life() -> None:
        supervising = asyncio.create_task(supervise_embedded(embedded.context))
        job = embedded.submit(user, comic, quality="480p")
        await asyncio.to_thread(
            embedded.wait_for_job, job, "half done", lambda job: job.pages_done > 0
        )
        old = processes_of(embedded)
        for pid in frozen(embedded):
            os.kill(pid, signal.SIGSTOP)
        await asyncio.to_thread(wait_for, "them to end", lambda: not old & processes_of(embedded))
        await asyncio.to_thread(embedded.wait_for_status, job, "ready")
        assert len(embedded.page_names(job)) == 60
        supervising.cancel()
        with pytest.raises(asyncio.CancelledError):
            await supervising

    run_in_own_thread(life)

    assert processes_of(embedded) == set()


def test_worker_goes_on_while_its_web_process_is_frozen_beside_another_one(embedded: World):
    user, comic = embedded.add_user("ann"), embedded.add_comic("Tall", pages=60, size=TALL)
    frozen, other = (
        subprocess.Popen([sys.executable, "-c", WEB], cwd=ROOT, start_new_session=True)
        for _ in range(2)
    )
    wait_for("both workers", lambda: len(processes_of(embedded)) == 8)
    frozen.send_signal(signal.SIGSTOP)

    jobs = [embedded.submit(user, comic, quality="480p", format=kind) for kind in ("cbz", "zip")]

    for job in jobs:
        assert embedded.wait_for_status(job, "ready", "failed").attempt == 1
    assert len(list(embedded.context.blobs.list("artifacts/"))) == 2
    frozen.send_signal(signal.SIGKILL)  # As its kernel would, this closes the worker's input.
    other.send_signal(signal.SIGTERM)
    frozen.wait(PATIENCE_SECONDS)
    other.wait(PATIENCE_SECONDS)
    assert wait_for("all processes to end", lambda: not processes_of(embedded))


def test_no_worker_is_started_when_workers_run_elsewhere(embedded: World):
    elsewhere = embedded.with_settings(worker="external")

    run_in_own_thread(lambda: asyncio.wait_for(supervise_embedded(elsewhere.context), timeout=5))

    assert processes_of(embedded) == set()
