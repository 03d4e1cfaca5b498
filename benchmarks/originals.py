"""Measure how soon files of originals can be fetched, how fast, and what they cost.

Usage: ``python -m benchmarks.originals [--megabytes N] [--rounds N] [--comics Loose Packed]``. A
comic of loose pages and a CBZ of stored pages, or one of them, are asked for as CBZ in original
quality over HTTP, from commit 8790258, from this working tree with ``ORIGINALS=stored``, and from
this working tree with layouts. Each has a web process and a worker of its own, and all read the
same library. Measured are: the time from the request to the first byte of the file, with and
without the library in the page cache; the bytes that are written until then; the speed of whole
files, and of curl -C -, aria2c -x8 and Chromium; and the memory of the web process with 50 clients.
The program fails if a target is missed. It needs eight times the size of the comics on the disk.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

from benchmarks.serving import fetch
from benchmarks.versions import BEFORE, copy_commit, copy_working_tree
from tests.browser.browsers import launch_chromium
from tests.waiting import free_port, wait_for, wait_for_server

TARGETS = {"first byte": 1 / 20, "speed": 0.8, "written MB": 1.0, "memory MB": 150.0}
TITLES = ("Loose", "Packed")
CLIENTS = 50
CLIENT_BYTES = 48 * 1024 * 1024
START_SECONDS, PREPARE_SECONDS = 180.0, 900.0
# So long after a transfer its file may be removed with its job.
LET_GO_SECONDS = 6.0
# How the product's web server returns memory (rxconfig.py).
MALLOC = {"_RJEM_MALLOC_CONF": "dirty_decay_ms:1000,muzzy_decay_ms:0,background_thread:true"}
OWNER = {"username": "owner", "password": "correct horse battery"}
FACTORY = """\
import asyncio
import time

from comic_downloads.web.api.app import create_api
from comic_downloads.wiring import build_context

try:  # The product's web process does this, too; older ones do not.
    from comic_downloads import free_memory
except ImportError:
    free_memory = None
else:
    free_memory.limit_heaps()
    free_memory.return_pictures_at_once()


def create():
    api = create_api(build_context())

    async def app(scope, receive, send):
        if scope["type"] == "lifespan" and free_memory is not None:
            returning = free_memory.return_after_work(time.monotonic, time.process_time)
            api.state.returning = asyncio.create_task(returning)
            free_memory.collect_less_often()
        await api(scope, receive, send)

    return app
"""


@dataclass
class Server:
    """A version of the product with a web process and a worker."""

    name: str
    url: str
    processes: list[subprocess.Popen[bytes]]
    cookie: str = ""

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Send a request with JSON and return the JSON of its answer."""
        headers = {"Content-Type": "application/json", "Cookie": self.cookie, "Origin": self.url}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            for cookie in answer.headers.get_all("Set-Cookie", []):
                if cookie.startswith("session="):
                    self.cookie = cookie.partition(";")[0]
            content = answer.read()
        return json.loads(content) if content else None

    def prepare(self, comic_id: str) -> dict[str, Any]:
        """Ask for the comic as CBZ and return the job once it is ready."""
        path = "/api/v1/downloads"
        job = self.call("POST", path, {"comic_ids": [comic_id], "format": "cbz"})
        ends_at = time.monotonic() + PREPARE_SECONDS
        while job["status"] != "ready":
            if job["status"] == "failed" or time.monotonic() > ends_at:
                raise RuntimeError(f"{self.name} did not make the file: {job['error']}")
            time.sleep(0.02)
            job = self.call("GET", f"{path}/{job['id']}")
        return job

    def link(self, job: dict[str, Any]) -> str:
        """Return a fresh address of the job's file."""
        url = self.call("POST", f"/api/v1/downloads/{job['id']}/link")["url"]
        return url if url.startswith("http") else self.url + url

    def family(self) -> list[int]:
        """Return the ids of all processes of this version."""
        parents = dict(_parents())
        found = [process.pid for process in self.processes]
        for child in sorted(parents):
            if parents[child] in found:
                found.append(child)
        return found

    def written_bytes(self) -> int:
        """Return how many bytes its processes have written to disks."""
        return sum(_number(Path(f"/proc/{pid}/io"), "write_bytes") for pid in self.family())

    def web_processes(self) -> list[int]:
        """Return the ids of the processes of its web server."""
        web = self.processes[0].pid
        return [web, *(child for child, parent in _parents() if parent == web)]

    def forget_peak(self) -> None:
        """Begin to measure the peak memory again: the first start migrates the database."""
        for pid in self.web_processes():
            Path(f"/proc/{pid}/clear_refs").write_text("5")  # proc_pid_clear_refs(5)

    def peak_megabytes(self) -> float:
        """Return the peak memory of the largest process of its web server."""
        found = (Path(f"/proc/{pid}/status") for pid in self.web_processes())
        return max(_number(status, "VmHWM") for status in found) / 1024


def _parents() -> Iterator[tuple[int, int]]:
    """Yield the id of every process with that of its parent."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # It ended meanwhile.
        yield int(stat.parent.name), int(fields[1])


def _number(file: Path, name: str) -> int:
    try:
        lines = dict(line.split(":", 1) for line in file.read_text().splitlines())
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(lines[name].split()[0])


def make_library(folder: Path, megabytes: int) -> None:
    """Write a comic of loose pages and a CBZ of the same size; every page is different."""
    pictures = [_picture(seed) for seed in range(8)]
    count = max(megabytes * 1_000_000 // len(pictures[0]), 2)
    loose = folder / "Loose"
    loose.mkdir(parents=True)
    with zipfile.ZipFile(folder / "Packed.cbz", "w") as archive:
        for number in range(count):
            page = pictures[number % 8]
            # A comment segment makes each page a different file.
            note = b"\xff\xfe" + (10).to_bytes(2) + number.to_bytes(8)
            (loose / f"{number:05}.jpg").write_bytes(page[:2] + note + page[2:])
            note = b"\xff\xfe" + (10).to_bytes(2) + (number + count).to_bytes(8)
            archive.writestr(f"{number:05}.jpg", page[:2] + note + page[2:])


def _picture(seed: int) -> bytes:
    noise = random.Random(seed).randbytes(1100 * 1600)
    buffer = io.BytesIO()
    Image.frombytes("L", (1100, 1600), noise).convert("RGB").save(buffer, "JPEG", quality=82)
    return buffer.getvalue()


def forget(library: Path) -> None:
    """Make the kernel drop the files of the library from the page cache."""
    os.sync()
    for path in library.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


@contextmanager
def serving(name: str, sources: Path, folder: Path, variables: dict[str, str]) -> Iterator[Server]:
    """Start the web process and the worker of a version, and stop them at the end."""
    folder.mkdir()
    (folder / "originals_factory.py").write_text(FACTORY)
    port, log = free_port(), folder / "log.txt"
    python_path = os.pathsep.join([str(sources), str(folder)])
    environment = {
        **os.environ,
        **variables,
        "PYTHONPATH": python_path,
        "DATA_DIR": str(folder / "data"),
        "WORKER": "external",
        "LOG_LEVEL": "warning",
    }
    granian = ["granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", str(port)]
    commands = [[*granian, "--factory", "originals_factory:create"], ["comic_downloads.worker"]]
    with ExitStack() as ending, log.open("ab") as output:
        processes: list[subprocess.Popen[bytes]] = []
        for command in commands:
            process = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=sources,
                env=environment,
                stdout=output,
                stderr=output,
            )
            ending.callback(partial(process.wait, timeout=60))
            ending.callback(process.terminate)
            processes.append(process)
            if len(processes) == 1:
                wait_for_server(f"http://127.0.0.1:{port}/health", process, log, START_SECONDS)
        yield Server(name, f"http://127.0.0.1:{port}", processes)


def fill(server: Server) -> dict[str, str]:
    """Create the owner, read the library, and return the ids of the comics by title."""
    server.call("POST", "/api/v1/setup", OWNER)
    server.call("POST", "/api/v1/library/scan")
    wait_for(
        "the library to be read",
        lambda: server.call("GET", "/api/v1/comics")["total"] == 2,
        PREPARE_SECONDS,
        every=0.5,
    )
    comics = server.call("GET", "/api/v1/comics")["items"]
    return {comic["title"]: comic["id"] for comic in comics}


def first_byte_seconds(server: Server, comic_id: str) -> tuple[float, dict[str, Any]]:
    """Return the time from the request to the first byte of the file, and the job."""
    began_at = time.perf_counter()
    job = server.prepare(comic_id)
    # A longer transfer would keep the file for some seconds after the job is removed.
    request = urllib.request.Request(server.link(job), headers={"Range": "bytes=0-0"})
    with urllib.request.urlopen(request, timeout=PREPARE_SECONDS) as answer:
        answer.read()
    return time.perf_counter() - began_at, job


def fetch_whole(url: str, size: int) -> float:
    """Return the MB/s of one client that throws the file away."""
    began_at = time.perf_counter()
    fetch(url, [None])
    return size / (time.perf_counter() - began_at) / 1e6


def fetch_parts(url: str, size: int) -> None:
    """Fetch a range in another place with each of many clients at once."""
    places = [(size - CLIENT_BYTES) * number // CLIENTS for number in range(CLIENTS)]
    ranges = [[(max(place, 0), min(place + CLIENT_BYTES, size) - 1)] for place in places]
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(lambda wanted: fetch(url, list(wanted)), ranges))


def by_curl(url: str, target: Path, size: int) -> None:
    """Fetch a half of the file with curl, and the rest with ``-C -``."""
    command = ["curl", "-sSf", "-o", str(target), url]
    subprocess.run([*command, "-r", f"0-{size // 2}"], check=True)
    subprocess.run([*command, "-C", "-"], check=True)


def by_aria2(url: str, target: Path, _size: int) -> None:
    """Fetch the file with eight connections of aria2."""
    options = ["-x8", "-s8", "-q", "--file-allocation=none", "--allow-overwrite=true"]
    command = ["aria2c", *options, "-d", str(target.parent), "-o", target.name, url]
    subprocess.run(command, check=True)


def by_chromium(url: str, target: Path, _size: int) -> None:
    """Fetch the file with Chromium."""
    with sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        page = browser.new_page()
        with page.expect_download(timeout=0) as download:
            page.evaluate("url => { location.href = url }", url)
        download.value.save_as(target)
        browser.close()


PROGRAMS: dict[str, Callable[[str, Path, int], None]] = {
    "curl -C -": by_curl,
    "aria2c -x8": by_aria2,
    "Chromium": by_chromium,
}


class Report:
    """Prints what was measured, and remembers whether every target was reached."""

    def __init__(self) -> None:
        self.is_good = True

    def note(self, what: str, value: float, target: str, text: str = "") -> None:
        """Print a value beside its target, which is a lower limit for the speed only."""
        limit = TARGETS[target]
        good = value >= limit if target == "speed" else value <= limit
        self.is_good = self.is_good and good
        sign = ">=" if target == "speed" else "<="
        mark = "" if good else "   MISSED"
        print(f"{what:44} {value:8.3f}  target {sign} {limit:.3f}  {text}{mark}", flush=True)


@dataclass
class Comparison:
    """The three versions with the ids of their comics, and the place of the library."""

    servers: list[Server]
    comics: list[dict[str, str]]
    library: Path
    report: Report

    def compare_first_byte(self, title: str, *, cold: bool) -> list[dict[str, Any]]:
        """Measure the time to the first byte and the bytes written; return the jobs."""
        seconds, jobs, written = [], [], []
        for server, ids in zip(self.servers, self.comics, strict=True):
            if cold:
                forget(self.library)
            before = server.written_bytes()
            taken, job = first_byte_seconds(server, ids[title])
            seconds.append(taken)
            jobs.append(job)
            written.append((server.written_bytes() - before) / 1e6)
        name = f"{title}, {'cold' if cold else 'warm'}"
        print(
            f"{name}: first byte after {seconds[0]:.2f} s at {BEFORE}, {seconds[1]:.2f} s stored, "
            f"{seconds[2]:.3f} s as a layout",
        )
        text = f"{written[0]:.0f} MB at {BEFORE}"
        self.report.note(f"{name}: first byte, ratio", seconds[2] / seconds[0], "first byte")
        self.report.note(f"{name}: MB written", written[2], "written MB", text)
        return jobs

    def drop(self, jobs: list[dict[str, Any]]) -> None:
        """Remove the jobs and their files, so that the next request makes them again."""
        time.sleep(LET_GO_SECONDS)
        for server, job in zip(self.servers, jobs, strict=True):
            server.call("DELETE", f"/api/v1/downloads/{job['id']}")

    def compare_speed(self, title: str, jobs: list[dict[str, Any]], rounds: int) -> None:
        """Measure the speed of whole files, stored and as a layout, in turn."""
        size = jobs[2]["file_size_bytes"]
        urls = [self.servers[place].link(jobs[place]) for place in (1, 2)]
        speeds: list[list[float]] = [[], []]
        with ProcessPoolExecutor(1) as pool:
            for _ in range(rounds):
                for own, url in zip(speeds, urls, strict=True):
                    own.append(pool.submit(fetch_whole, url, size).result())
        stored, layout = map(statistics.median, speeds)
        self.report.note(
            f"{title}: speed of a whole file, ratio",
            layout / stored,
            "speed",
            f"{layout:.0f} MB/s, stored {stored:.0f}",
        )

    def compare_programs(self, title: str, jobs: list[dict[str, Any]], folder: Path) -> None:
        """Fetch with each program, stored and as a layout, and compare times and bytes."""
        size = jobs[2]["file_size_bytes"]
        for name, program in PROGRAMS.items():
            seconds, digests = [], []
            for place in (1, 2):
                target = folder / f"fetched-{place}"
                began_at = time.perf_counter()
                program(self.servers[place].link(jobs[place]), target, size)
                seconds.append(time.perf_counter() - began_at)
                with target.open("rb") as file:
                    digests.append(hashlib.file_digest(file, "sha256").hexdigest())
                target.unlink()
            if digests[0] != digests[1]:
                raise RuntimeError(f"{name} received other bytes of the layout")
            text = f"{size / seconds[1] / 1e6:.0f} MB/s"
            self.report.note(f"{title}: {name}, ratio", seconds[0] / seconds[1], "speed", text)

    def compare_memory(self, title: str, jobs: list[dict[str, Any]]) -> None:
        """Fetch parts of the layout with many clients and print the web process's peak memory."""
        server = self.servers[2]
        url, size = server.link(jobs[2]), jobs[2]["file_size_bytes"]
        server.forget_peak()
        text = f"{server.peak_megabytes():.0f} MB before"
        with ProcessPoolExecutor(1) as pool:
            pool.submit(fetch_parts, url, size).result()
        name = f"{title}: peak memory, {CLIENTS} clients"
        self.report.note(name, server.peak_megabytes(), "memory MB", text)


def run(folder: Path, megabytes: int, rounds: int, titles: Sequence[str]) -> bool:
    """Measure everything, print it, and return True if every target was reached."""
    library, report = folder / "library", Report()
    make_library(library, megabytes)
    copy_commit(BEFORE, folder / "before")
    copy_working_tree(folder / "now")
    variables = {"LIBRARY_DIR": str(library), "WORKER_PROCESSES": "1", "MIN_FREE_BYTES": "0"}
    kinds = (
        (BEFORE, folder / "before", variables),
        ("stored", folder / "now", {**variables, **MALLOC, "ORIGINALS": "stored"}),
        ("layout", folder / "now", {**variables, **MALLOC}),
    )
    with ExitStack() as ending:
        servers = [
            ending.enter_context(serving(name, sources, folder / f"data-{name}", values))
            for name, sources, values in kinds
        ]
        comparison = Comparison(servers, [fill(server) for server in servers], library, report)
        for title in titles:
            comparison.drop(comparison.compare_first_byte(title, cold=True))
            jobs = comparison.compare_first_byte(title, cold=False)
            comparison.compare_memory(title, jobs)
            comparison.compare_speed(title, jobs, rounds)
            comparison.compare_programs(title, jobs, folder)
            comparison.drop(jobs)
    return report.is_good


def main() -> int:
    """Run the comparison; return 2 if a program is missing, or 1 if a target is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--megabytes", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--comics", nargs="+", choices=TITLES, default=TITLES)
    options = parser.parse_args()
    missing = [program for program in ("curl", "aria2c") if shutil.which(program) is None]
    if missing:
        print(f"Install first: apt-get install {' '.join(missing)}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="originals-") as name:
        good = run(Path(name), options.megabytes, options.rounds, options.comics)
        return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
