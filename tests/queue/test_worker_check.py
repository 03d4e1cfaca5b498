"""``python -m comic_downloads.worker --check`` serves as a container's health check."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.queue.world import ROOT, World
from tests.waiting import wait_for


def check(world: World) -> int:
    command = [sys.executable, "-m", "comic_downloads.worker", "--check"]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **world.environment}, timeout=60
    ).returncode


def test_check_tells_whether_a_worker_of_this_machine_is_alive(world: World):
    assert check(world) == 1

    worker = world.start_worker()
    wait_for("the worker", world.worker_lives)
    assert check(world) == 0

    worker.terminate()
    assert check(world) == 1
