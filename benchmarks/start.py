"""Measure how long a first start takes and how much it installs, before and now.

Usage: ``python -m benchmarks.start``. It runs the README's first command, from commit 8790258 and
from this working tree in turn, each in an empty folder: first with empty caches of pip and npm,
then with the caches that this has filled. Then it starts both again. It takes 5 to 20 minutes,
most of it for downloads, and fails if a ratio is above its limit.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.versions import BEFORE, copy_commit, copy_working_tree
from tests.waiting import free_port

LIMITS = {
    "first page, empty caches": 0.6,
    "first page, warm caches": 0.6,
    "environment": 0.5,
    "second start": 0.3,
}
UNITS = {"environment": "MB"}
# Not in the environment of a person who pastes the README's command. The last one would make
# Python compile every module again at every start.
NOT_A_USERS = {"VIRTUAL_ENV", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}
START_TIMEOUT_SECONDS = 1800
STOP_TIMEOUT_SECONDS = 60
POLL_SECONDS = 0.1


@dataclass
class Side:
    """One of the two versions: its sources, its caches and its measurements."""

    name: str
    sources: Path
    caches: Path
    measured: dict[str, list[float]] = field(default_factory=dict)

    def note(self, what: str, value: float) -> None:
        """Keep a measurement and print it."""
        self.measured.setdefault(what, []).append(value)
        print(f"{self.name:>7}  {what:<25} {value:8.1f} {UNITS.get(what, 's')}", flush=True)


def first_command(sources: Path) -> str:
    """Return the README's first command, to the letter.

    Raises:
        ValueError: The README has no block of shell commands.
    """
    found = re.search(
        r"^```sh\n(.*?)\n```$", (sources / "README.md").read_text(), re.MULTILINE | re.DOTALL
    )
    if found is None:
        raise ValueError(f"{sources}/README.md has no block of shell commands")
    return found[1]


@contextmanager
def started(command: str, folder: Path, caches: Path) -> Iterator[float]:
    """Run a command that starts the product, and yield the seconds until its first page.

    Raises:
        RuntimeError: The command ended or took too long. The message holds the end of its output.
    """
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if name not in NOT_A_USERS},
        "REFLEX_FRONTEND_PORT": str(port),
        "REFLEX_BACKEND_PORT": str(port),
        "BASE_URL": f"http://localhost:{port}",
        "PIP_CACHE_DIR": str(caches / "pip"),
        "npm_config_cache": str(caches / "npm"),
    }
    log = folder.with_suffix(".log")
    begun = time.monotonic()
    with log.open("ab") as output:
        process = subprocess.Popen(
            ["bash", "-c", command],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        while not _shows_a_page(f"http://localhost:{port}/"):
            if process.poll() is not None or time.monotonic() > begun + START_TIMEOUT_SECONDS:
                raise RuntimeError(
                    f"The product showed no page:\n{log.read_text(errors='replace')[-4000:]}"
                )
            time.sleep(POLL_SECONDS)
        yield time.monotonic() - begun
    finally:
        _stop(process)


def _shows_a_page(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return b"Comic Downloads</title>" in answer.read()
    except OSError:
        return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Stop the product as Ctrl-C does, or by force if that takes too long."""
    for stop, seconds in ((signal.SIGINT, STOP_TIMEOUT_SECONDS), (signal.SIGKILL, None)):
        if process.poll() is None:
            os.killpg(process.pid, stop)
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                continue


def size_of(folder: Path) -> int:
    """Return the bytes of all files below the folder."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


def measure_first_start(side: Side, what: str) -> Path:
    """Start in a new folder, and return the folder with what was installed and built."""
    folder = side.sources.with_name(f"{side.sources.name} {what}")
    shutil.copytree(side.sources, folder)
    with started(first_command(folder), folder, side.caches) as seconds:
        side.note(what, seconds)
    return folder


def measure_second_start(side: Side, folder: Path) -> None:
    """Start what is installed by running the last part of the first command."""
    command = first_command(folder).split("&&")[-1].strip()
    with started(command, folder, side.caches) as seconds:
        side.note("second start", seconds)


def compare(before: Side, now: Side) -> bool:
    """Print medians and ratios, and return whether all are within their limits."""
    within = True
    print(f"\n{'':<25} {'before':>10} {'now':>10}    ratio  limit")
    for what, limit in LIMITS.items():
        old, new = (median(side.measured[what]) for side in (before, now))
        within &= new / old <= limit
        unit = UNITS.get(what, "s")
        print(f"{what:<25} {old:8.1f} {unit} {new:8.1f} {unit}  {new / old:6.2f}x  {limit}x")
    return within


def main() -> int:
    """Measure both sides in turn and return 0 if all limits are kept."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--second-starts", type=int, default=3, help="number of further starts of each version"
    )
    repeats = parser.parse_args().second_starts
    with tempfile.TemporaryDirectory(prefix="start-") as name:
        folder = Path(name)
        before = Side("before", folder / "before", folder / "caches of before")
        now = Side("now", folder / "now", folder / "caches of now")
        copy_commit(BEFORE, before.sources)
        copy_working_tree(now.sources)
        for side in (before, now):
            shutil.rmtree(measure_first_start(side, "first page, empty caches"))
        installed = [
            (side, measure_first_start(side, "first page, warm caches")) for side in (before, now)
        ]
        for side, place in installed:
            side.note("environment", size_of(place / ".venv") / 1e6)
        for _ in range(repeats):
            for side, place in installed:
                measure_second_start(side, place)
        return 0 if compare(before, now) else 1


if __name__ == "__main__":
    sys.exit(main())
