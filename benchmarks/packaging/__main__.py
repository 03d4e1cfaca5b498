"""Measure our writers and their peers in turn, and print medians, ratios and peak memory."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.packaging.candidates import GROUPS, commands
from benchmarks.packaging.sample_pages import MEGABYTE, make_pages

# Pages are converted one by one, so more of them only take longer.
CONVERSION_BYTES = 60 * MEGABYTE
BASE = {
    "cbz": "cp",
    "jpeg-pdf": "cp -r",
    "png-pdf": "cp -r",
    "conversion": "Comic Downloads, 1 thread",
}


@dataclass
class Series:
    """The measurements of one candidate. Peak memory is not known for command lines."""

    seconds: list[float] = field(default_factory=list)
    peak_megabytes: float | None = None
    fault: str = ""


def run_candidate(group: str, name: str, pages: Path, out: Path) -> tuple[float, float]:
    """Measure once in a new process, and return the seconds and the peak megabytes.

    Raises:
        RuntimeError: The process failed. The message is the last line of its output.
    """
    command = [
        sys.executable,
        "-m",
        "benchmarks.packaging.one_run",
        group,
        name,
        str(pages),
        str(out),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(
            done.stderr.strip().splitlines()[-1]
            if done.stderr.strip()
            else f"it ended with {done.returncode}"
        )
    seconds, megabytes = json.loads(done.stdout.splitlines()[-1])
    return seconds, megabytes


def run_command(line: str, environment: dict[str, str]) -> tuple[float, None]:
    """Run a shell line and return the seconds it took.

    Raises:
        RuntimeError: It failed.
    """
    start = time.perf_counter()
    done = subprocess.run(["/bin/sh", "-c", line], env=environment, check=False)
    seconds = time.perf_counter() - start
    if done.returncode:
        raise RuntimeError(f"it ended with {done.returncode}")
    return seconds, None


def remove(path: Path) -> None:
    """Delete the file or folder, if it exists."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def measure(group: str, pages: Path, work: Path, rounds: int) -> dict[str, Series]:
    """Measure all candidates of a group in turn.

    A candidate that fails is left out of the further rounds.
    """
    one = work / "one"
    with one.open("wb") as file:
        for page in sorted(pages.iterdir()):
            file.write(page.read_bytes())
    lines = commands(group)
    results = {name: Series() for name in (*lines, *GROUPS[group])}
    for _ in range(rounds):
        for name, series in results.items():
            if series.fault:
                continue
            out = work / f"out.{'zip' if group == 'cbz' else 'out'}"
            remove(out)
            os.sync()
            environment = {**os.environ, "PAGES": str(pages), "OUT": str(out), "ONE": str(one)}
            try:
                if name in lines:
                    seconds, megabytes = run_command(lines[name], environment)
                else:
                    seconds, megabytes = run_candidate(group, name, pages, out)
            except RuntimeError as error:
                series.fault = str(error)
                continue
            series.seconds.append(seconds)
            series.peak_megabytes = megabytes and max(series.peak_megabytes or 0, megabytes)
            remove(out)
    one.unlink()
    return results


def report(group: str, results: dict[str, Series], page_count: int, size_bytes: int) -> None:
    """Print one line for each candidate."""
    print(
        f"\n{group}: {page_count} pages, {size_bytes / MEGABYTE:.0f} MB; ratios to “{BASE[group]}”"
    )
    print(f"  {'':28} {'median s':>9} {'ratio':>7} {'best s':>8} {'pages/s':>8} {'peak MB':>8}")
    base = statistics.median(results[BASE[group]].seconds)
    for name, series in results.items():
        if series.fault:
            print(f"  {name:28} not measured: {series.fault}")
            continue
        seconds = statistics.median(series.seconds)
        peak = "–" if series.peak_megabytes is None else f"{series.peak_megabytes:.0f}"
        figures = (
            f"{seconds:9.3f} {seconds / base:7.2f} {min(series.seconds):8.3f} "
            f"{page_count / seconds:8.1f} {peak:>8}"
        )
        print(f"  {name:28} {figures}")


def main() -> None:
    """Measure the chosen groups and print their tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.packaging", description=__doc__)
    parser.add_argument(
        "--size",
        type=int,
        default=100,
        metavar="MB",
        help="size of all pages together, such as 100, 500 or 2000 (default: 100)",
    )
    parser.add_argument(
        "--rounds", type=int, default=5, help="number of runs of each candidate (default: 5)"
    )
    parser.add_argument(
        "--only",
        choices=list(GROUPS),
        action="append",
        help="measure this group only; may be repeated",
    )
    parser.add_argument(
        "--folder", type=Path, help="folder to work in (default: a temporary folder)"
    )
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        for group in chosen.only or GROUPS:
            pages = Path(folder) / group
            wanted = CONVERSION_BYTES if group == "conversion" else chosen.size * MEGABYTE
            count = make_pages(pages, "png" if group == "png-pdf" else "jpeg", wanted)
            size_bytes = sum(page.stat().st_size for page in pages.iterdir())
            report(group, measure(group, pages, Path(folder), chosen.rounds), count, size_bytes)
            shutil.rmtree(pages)


if __name__ == "__main__":
    main()
