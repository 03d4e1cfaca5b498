"""Measure the peak memory of a running worker, and the time that a job takes it.

Usage: ``python -m benchmarks.worker_memory``. For each size and each kind of file, a new worker
with one process prepares one job, from the claim to the stored and checked file. It fails if a
process held more than the limit: 120 MB, or 160 MB while it converts pages.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.packaging.one_run import peak_megabytes
from benchmarks.packaging.sample_pages import MEGABYTE, make_pages
from tests.queue.world import World, open_world
from tests.waiting import wait_for

KINDS = (
    ("cbz", "original"),
    ("zip", "original"),
    ("pdf", "original"),
    ("cbz", "1080p"),
    ("pdf", "kobo-clara"),
)
# The keys say whether the pages stay as they are.
LIMIT_MEGABYTES = {True: 120, False: 160}
# Pages are converted one by one, so more of them take longer but no more memory.
CONVERTED_BYTES = 100 * MEGABYTE


@dataclass(frozen=True)
class Run:
    """The time of one job, and the peak memory of the worker's largest process."""

    seconds: float
    peak_megabytes: float


def add_comic(world: World, name: str, size_bytes: int) -> str:
    """Add a comic of about that size in which all pages differ, and return its id."""
    folder = world.settings.library / name
    make_pages(folder, "jpeg", size_bytes)
    for number, page in enumerate(sorted(folder.iterdir())):
        with page.open("ab") as file:
            # Readers ignore bytes after the end of the image.
            file.write(f"page {number}".encode())
    return world.scan(name)


def run(world: World, user: str, comic: str, format: str, quality: str) -> Run:
    """Start a worker, let it prepare one job, and stop it."""
    worker = world.start_worker(WORKER_PROCESSES="1", WORKER_THREADS="2", LOG_LEVEL="info")
    wait_for("the worker", world.worker_lives)
    job = world.wait_for_status(
        world.submit(user, comic, format=format, quality=quality), "ready", "failed", seconds=900
    )
    if job.status == "failed" or job.started_at is None or job.finished_at is None:
        sys.exit(f"The job failed: {job.error}")
    peak = max(peak_megabytes(process) for process in processes_of(worker.process.pid))
    worker.terminate()
    return Run((job.finished_at - job.started_at).total_seconds(), peak)


def processes_of(leader: int) -> list[int]:
    """Return the process ids of the worker, which leads its process group."""
    found = subprocess.run(
        ["pgrep", "--pgroup", str(leader)], capture_output=True, text=True, check=True
    )
    return [int(line) for line in found.stdout.split()]


def main() -> None:
    """Measure every kind of file at every size; exit with 1 if a process is over the limit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.worker_memory", description=__doc__)
    parser.add_argument(
        "--size",
        type=int,
        action="append",
        metavar="MB",
        help="size of the comic; may be repeated (default: 100)",
    )
    parser.add_argument(
        "--folder", type=Path, help="folder to work in (default: a temporary folder)"
    )
    chosen = parser.parse_args()
    over = False
    print(f"{'':26} {'seconds':>8} {'peak MB':>8} {'limit':>6}")
    for size in chosen.size or [100]:
        with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
            world = open_world(Path(folder), None)
            user = world.add_user("reader")
            for format, quality in KINDS:
                wanted = (
                    size * MEGABYTE
                    if quality == "original"
                    else min(CONVERTED_BYTES, size * MEGABYTE)
                )
                comic = world.comic_id(f"{wanted}") or add_comic(world, f"{wanted}", wanted)
                result = run(world, user, comic, format, quality)
                limit = LIMIT_MEGABYTES[quality == "original"]
                over = over or result.peak_megabytes > limit
                label = f"{format} {quality}, {wanted / MEGABYTE:.0f} MB"
                print(
                    f"{label:26} {result.seconds:8.2f} {result.peak_megabytes:8.0f} {limit:6}",
                    flush=True,
                )
                shutil.rmtree(world.settings.data / "storage", ignore_errors=True)
            world.end()
    sys.exit(1 if over else 0)


if __name__ == "__main__":
    main()
