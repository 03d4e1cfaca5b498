"""Measure the first look at a library, before and now, and a second look at one that is unchanged.

Usage: ``python -m benchmarks.scan``. It writes 2,000 comics of 10 MB each and scans them with
commit 8790258 and with this working tree, each in a process of its own and with nothing of the
comics in memory. Ours is measured when all comics are listed, and once more when all are read. Then
it scans 20,000 small comics twice. It takes about 20 minutes and 22 GB, and fails if a figure is
above its limit.

With ``--folder FOLDER --part PART`` it does one part of that, on the comics that the part ``write``
has left in the folder: ``before``, ``listing`` or ``ours``, which is a listing with the reading,
and ``unchanged``, which needs ``fill`` before it.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from PIL import Image

from benchmarks.versions import BEFORE, ROOT, copy_commit

COMICS, PAGES = 2000, 30
UNCHANGED = 20_000
# Of what the scan of the earlier version takes.
MAX_BYTES, MAX_SECONDS = 0.05, 0.1
MAX_RESCAN_SECONDS, MAX_RESCAN_MEGABYTES = 2.0, 100.0
# The parts of a measurement, and what they leave in its folder.
PARTS = ("all", "write", "before", "listing", "ours", "fill", "unchanged")
LIBRARY, SMALL, FIGURES = "library", "small", "before.json"
MOMENT = (2026, 1, 1, 0, 0, 0)

# Run by both versions. It prints a line of JSON when all comics are listed, and one at the end.
PROGRAM = """
import json, resource, sys, time
from pathlib import Path
from comic_downloads.settings import Settings
from comic_downloads.wiring import build_context
try:
    from comic_downloads.usecases.library.scan import request_scan, run_requested_scans
    from comic_downloads.db.tables import LibraryScan
    from sqlmodel import select
except ImportError:
    from comic_downloads.usecases.scan_library import request_scan, run_requested_scans
    LibraryScan = None

data, library = map(Path, sys.argv[1:3])
what = sys.argv[3]
context = build_context(Settings(data_dir=data, library_dir=library, scan_settle_seconds=0))
context.check_queue()

def read_bytes():
    lines = Path("/proc/self/io").read_text().splitlines()
    values = dict(line.split(": ") for line in lines)
    return int(values["read_bytes"]), int(values["rchar"])

begun, (disk, asked) = time.monotonic(), read_bytes()
looked = [begun]

def say(what):
    now_disk, now_asked = read_bytes()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(json.dumps({"what": what, "seconds": time.monotonic() - begun, "peak": peak,
        "disk": now_disk - disk, "asked": now_asked - asked}), flush=True)

def is_listed():
    now = time.monotonic()
    if LibraryScan is None or now - looked[0] < 0.25:
        return False
    looked[0] = now
    with context.db.read() as session:
        newest = select(LibraryScan.listed_at).order_by(LibraryScan.requested_at.desc())
        return session.exec(newest.limit(1)).one() is not None

request_scan(context)
if LibraryScan is not None and not run_requested_scans(context, is_listed):
    say("listed")
    if what == "listing":
        sys.exit()
    assert run_requested_scans(context, lambda: False) == 1, "another scan is not over yet"
elif LibraryScan is None:
    run_requested_scans(context, lambda: False)
say("done")
"""

Measured = dict[str, dict[str, float]]


def scanned(sources: Path, data: Path, library: Path, what: str = "all") -> Measured:
    """Scan the library with that version, and return what it measured at each moment.

    If ``what`` is ``listing``, the scan ends when all comics are listed.

    Raises:
        CalledProcessError: The scan failed.
    """
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(data), str(library), what],
        cwd=sources,
        env={**os.environ, "PYTHONPATH": str(sources), "LOG_LEVEL": "error"},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {line.pop("what"): line for line in lines}


def pictures(count: int) -> list[bytes]:
    """Return JPEGs of about 350 kB that look like grained scans."""
    made = []
    for number in range(count):
        noise = random.Random(number).randbytes(500 * 750)
        page = Image.frombytes("L", (500, 750), noise).resize((1000, 1500)).convert("RGB")
        output = io.BytesIO()
        page.save(output, "JPEG", quality=34)
        made.append(output.getvalue())
    return made


def write_comic(path: Path, pages: list[bytes], number: int) -> None:
    """Write a CBZ whose pages are the pictures, each with a comment that makes it unlike others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    named = f"<ComicInfo><Title>Comic {number}</Title><Writer>Writer {number}</Writer></ComicInfo>"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo("ComicInfo.xml", MOMENT), named)
        for index, page in enumerate(pages):
            comment = f"{number} {index}".encode()
            unlike = page[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2) + comment + page[2:]
            archive.writestr(zipfile.ZipInfo(f"{index:03}.jpg", MOMENT), unlike)


def forget(library: Path) -> None:
    """Let nothing of the files stay in memory."""
    for path in library.rglob("*.cbz"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def write(folder: Path, comics: int, unchanged: int) -> None:
    """Write the comics of both comparisons."""
    pages = pictures(PAGES)
    print(f"writing {comics} comics of {sum(map(len, pages)) / 1e6:.1f} MB", flush=True)
    for number in range(comics):
        write_comic(folder / LIBRARY / f"Run {number // 20}" / f"Comic {number}.cbz", pages, number)
    output = io.BytesIO()
    Image.new("RGB", (8, 12)).save(output, "JPEG")
    for number in range(unchanged):
        path = folder / SMALL / f"Run {number // 40}" / f"{number}.cbz"
        write_comic(path, [output.getvalue()], number)


def before(folder: Path) -> None:
    """Measure the first scan of the earlier version, and keep the figures in the folder."""
    if not (folder / "before").exists():
        copy_commit(BEFORE, folder / "before")
    forget(folder / LIBRARY)
    shutil.rmtree(folder / "data-before", ignore_errors=True)
    measured = scanned(folder / "before", folder / "data-before", folder / LIBRARY)["done"]
    tell(BEFORE, measured)
    (folder / FIGURES).write_text(json.dumps(measured))


def ours(folder: Path, what: str = "all") -> list[str]:
    """Compare our first scan with those figures. Return what is above its limit."""
    earlier = json.loads((folder / FIGURES).read_text())
    forget(folder / LIBRARY)
    shutil.rmtree(folder / "data-ours", ignore_errors=True)
    measured = scanned(ROOT, folder / "data-ours", folder / LIBRARY, what)
    listed = measured["listed"]
    tell("listed", listed)
    ratios = {name: listed[name] / earlier[name] for name in ("disk", "asked", "seconds")}
    print(
        f"listed after {ratios['disk']:.1%} of the bytes from disk, {ratios['asked']:.1%} of those "
        f"asked for, and {ratios['seconds']:.1%} of the time"
    )
    if "done" in measured:
        tell("listed and read", measured["done"])
        print(f"read after {measured['done']['seconds'] / earlier['seconds']:.1%} of the time")
    return [
        *(["bytes"] if ratios["disk"] > MAX_BYTES else []),
        *(["time"] if ratios["seconds"] > MAX_SECONDS else []),
    ]


def tell(what: str, measured: dict[str, float]) -> None:
    """Print what one scan took."""
    print(
        f"{what:>16}: {measured['seconds']:7.1f} s, {measured['disk'] / 1e6:9.1f} MB from disk, "
        f"{measured['asked'] / 1e6:9.1f} MB asked for, peak {measured['peak']:.0f} MB",
        flush=True,
    )


def fill(folder: Path) -> None:
    """Scan the small comics for the first time."""
    tell("small ones", scanned(ROOT, folder / "data-small", folder / SMALL)["done"])


def unchanged(folder: Path) -> list[str]:
    """Measure a scan of a library that did not change. Return what is above its limit."""
    again = scanned(ROOT, folder / "data-small", folder / SMALL)["done"]
    tell("unchanged", again)
    return [
        *(["rescan time"] if again["seconds"] > MAX_RESCAN_SECONDS else []),
        *(["rescan memory"] if again["peak"] > MAX_RESCAN_MEGABYTES else []),
    ]


def measure(folder: Path, comics: int, small: int, part: str) -> list[str]:
    """Do one part, or all of them. Return what is above its limit."""
    above: list[str] = []
    if part in {"write", "all"}:
        write(folder, comics, small)
    if part == "before" or (part == "all" and comics):
        before(folder)
    if part in {"listing", "ours"} or (part == "all" and comics):
        above += ours(folder, part)
    if part == "fill" or (part == "all" and small):
        fill(folder)
    if part == "unchanged" or (part == "all" and small):
        above += unchanged(folder)
    return above


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Measures scans of a library.")
    parser.add_argument("--comics", type=int, default=COMICS)
    parser.add_argument("--unchanged", type=int, default=UNCHANGED)
    parser.add_argument("--folder", type=Path, help="keep the comics and figures there")
    parser.add_argument("--part", choices=PARTS, default="all")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="scan-") as temporary:
        folder = chosen.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        above = measure(folder, chosen.comics, chosen.unchanged, chosen.part)
    if above:
        sys.exit(f"above the limit: {', '.join(above)}")


if __name__ == "__main__":
    main()
