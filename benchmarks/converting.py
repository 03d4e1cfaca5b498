"""Measure how fast pages are converted to 1080p: before, now, and by libvips with one thread.

Usage: ``python -m benchmarks.converting``. Each contender converts the same pages in a process of
its own, in turn, and the medians count. It fails if a ratio is below its target.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.packaging.sample_pages import MEGABYTE, make_pages
from benchmarks.versions import BEFORE, ROOT, copy_commit

OURS, TWO_THREADS = "Comic Downloads, 1 thread", "Comic Downloads, 2 threads"
VIPS = "pyvips"
EARLIER = f"{BEFORE}, 1 thread"
SOURCE_BYTES = {"jpeg": 40 * MEGABYTE, "png": 60 * MEGABYTE}
# The speed of the first as a multiple of that of the second, by the kind of the pages.
TARGETS = {
    ("jpeg", OURS, EARLIER): 1.45,
    ("jpeg", OURS, VIPS): 1.3,
    ("jpeg", TWO_THREADS, OURS): 1.8,
    ("png", OURS, EARLIER): 1.6,
    ("png", TWO_THREADS, OURS): 1.8,
}


@dataclass
class Measured:
    """The measurements of one contender."""

    seconds: list[float] = field(default_factory=list)
    peak_megabytes: float = 0.0
    written_bytes: int = 0


def run_once(sources: Path, candidate: str, pages: Path, out: Path) -> tuple[float, float]:
    """Convert the pages with that version's candidate; return seconds and peak megabytes.

    Raises:
        CalledProcessError: The conversion failed.
    """
    command = [sys.executable, "-m", "benchmarks.packaging.one_run", "conversion", candidate]
    done = subprocess.run(
        [*command, str(pages), str(out)],
        cwd=sources,
        # libvips would use every processor.
        env={**os.environ, "VIPS_CONCURRENCY": "1"},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    seconds, megabytes = json.loads(done.stdout.splitlines()[-1])
    return seconds, megabytes


def measure(pages: Path, work: Path, earlier: Path, rounds: int) -> dict[str, Measured]:
    """Let every contender convert the pages that many times, in turn."""
    contenders = {
        EARLIER: (earlier, OURS),
        OURS: (ROOT, OURS),
        TWO_THREADS: (ROOT, TWO_THREADS),
        VIPS: (ROOT, VIPS),
    }
    results = {name: Measured() for name in contenders}
    for _ in range(rounds):
        for name, (sources, candidate) in contenders.items():
            out = work / "out"
            seconds, megabytes = run_once(sources, candidate, pages, out)
            result = results[name]
            result.seconds.append(seconds)
            result.peak_megabytes = max(result.peak_megabytes, megabytes)
            result.written_bytes = sum(page.stat().st_size for page in out.iterdir())
            shutil.rmtree(out)
    return results


def report(kind: str, results: dict[str, Measured], page_count: int) -> bool:
    """Print the figures, and return True if every target is reached."""
    print(f"\n{kind}: {page_count} pages to 1080p")
    print(f"  {'':28} {'pages/s':>8} {'MB':>7} {'peak MB':>8}")
    speed = {name: page_count / median(one.seconds) for name, one in results.items()}
    for name, one in results.items():
        written = one.written_bytes / MEGABYTE
        print(f"  {name:28} {speed[name]:8.1f} {written:7.2f} {one.peak_megabytes:8.0f}")
    is_good = True
    for (wanted_kind, name, other), target in TARGETS.items():
        if wanted_kind == kind:
            ratio = speed[name] / speed[other]
            is_good &= ratio >= target
            print(f"  {ratio:5.2f}x of “{other}” (target {target}): {name}")
    return is_good


def main() -> int:
    """Measure and report; return 1 if a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.converting", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    is_good = True
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        copy_commit(BEFORE, work / "earlier")
        for kind, size in SOURCE_BYTES.items():
            pages = work / kind
            page_count = make_pages(pages, kind, size)
            results = measure(pages, work, work / "earlier", rounds)
            is_good &= report(kind, results, page_count)
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
