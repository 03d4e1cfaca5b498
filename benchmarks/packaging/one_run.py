"""Measure one candidate once, in a process of its own, so that its peak memory is its own.

Usage: ``one_run GROUP CANDIDATE PAGES OUT``. It prints seconds and peak megabytes as JSON. Imports,
a first page, and what a worker knows from the library come before the clock starts, because a
running worker has loaded all of it.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.packaging.candidates import GROUPS


def main() -> None:
    """Measure, and print ``[seconds, peak megabytes]``."""
    group, name, pages, out = sys.argv[1:]
    known = sorted(Path(pages).iterdir())
    prepare = GROUPS[group][name]
    with tempfile.TemporaryDirectory(dir=Path(out).parent) as folder:
        prepare(known[:1])(Path(folder) / "first")
    run = prepare(known)
    start = time.perf_counter()
    run(Path(out))
    seconds = time.perf_counter() - start
    print(json.dumps([seconds, peak_megabytes()]))


def peak_megabytes(process: int | str = "self") -> float:
    """Return the most memory that the process ever held.

    ``ru_maxrss`` would include what its parent held before exec.
    """
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
