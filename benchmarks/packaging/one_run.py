"""One measurement in a process of its own, so that its peak memory is its own: ``one_run GROUP CANDIDATE PAGES OUT``.

Prints seconds and peak megabytes. Imports and what a worker knows from the library come before the clock starts.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from benchmarks.packaging.candidates import GROUPS


def main() -> None:
    group, name, pages, out = sys.argv[1:]
    run = GROUPS[group][name](sorted(Path(pages).iterdir()))
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
