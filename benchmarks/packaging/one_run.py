"""One measurement in a process of its own, so that its peak memory is its own: ``one_run GROUP CANDIDATE PAGES OUT``.

Prints seconds and peak megabytes. Imports, what a worker knows from the library, and a first page, so that all that comes
late has been loaded, come before the clock starts: what is measured happens in a worker that runs.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.packaging.candidates import GROUPS


def main() -> None:
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
    """The most memory the process ever held. (ru_maxrss would count what its parent held before exec.)"""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
