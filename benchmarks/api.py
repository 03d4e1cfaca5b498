"""Measure how many requests to the HTTP interface one web process answers, before and now.

Usage: ``python -m benchmarks.api``. Eight clients send the same request again and again, in turn to
commit 8790258, to this working tree, and to a FastAPI application that does nothing. Each version
has filled a library and a list of downloads of its own through its interface, with the same
comics. The medians count; the program fails if a ratio is below its target.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from PIL import Image

from benchmarks.versions import BEFORE, ROOT, copy_commit
from tests.waiting import free_port, wait_for, wait_for_server

# The speed as a multiple of the earlier version's.
TARGETS = {
    "/api/v1/downloads?limit=50": 3.0,
    "/api/v1/comics?limit=50": 3.0,
    "/api/v1/me": 2.0,
    "/health": 1.0,
}
CLIENTS = 8
COMICS, SERIES, DOWNLOADS = 200, 20, 60
FILL_SECONDS = 300.0
OWNER = {"username": "owner", "password": "correct horse battery"}
NOW, FLOOR = "now", "empty route"
BUFFER_BYTES = 256 * 1024


@dataclass
class Server:
    """A web process: its name, its address, and the session cookie of its owner."""

    name: str
    url: str
    cookie: str = ""

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Send a request with JSON and return the JSON of its answer."""
        request = urllib.request.Request(
            self.url + path,
            None if body is None else json.dumps(body).encode(),
            {"Content-Type": "application/json", "Cookie": self.cookie, "Origin": self.url},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            for cookie in answer.headers.get_all("Set-Cookie", []):
                if cookie.startswith("session="):
                    self.cookie = cookie.partition(";")[0]
            content = answer.read()
        return json.loads(content) if content else None


def make_library(folder: Path) -> None:
    """Write comics of one page each."""
    buffer = io.BytesIO()
    Image.new("RGB", (600, 900), "white").save(buffer, "JPEG")
    for number in range(COMICS):
        place = folder / f"Series {number % SERIES}"
        place.mkdir(parents=True, exist_ok=True)
        name = f"Series {number % SERIES} #{number // SERIES:03}.cbz"
        with zipfile.ZipFile(place / name, "w") as archive:
            archive.writestr("001.jpg", buffer.getvalue())


@contextmanager
def started(
    sources: Path, command: list[str], log: Path, variables: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a Python module of that version, and stop it at the end."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=sources,
            env={**os.environ, "PYTHONPATH": str(log.parent), **variables},
            stdout=output,
            stderr=output,
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def serving(
    name: str, sources: Path, log: Path, variables: dict[str, str], factory: str = "create_app"
) -> Iterator[Server]:
    """Start one web process as the product does, and yield it."""
    port = free_port()
    command = ["granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--http", "1", "--factory", f"api_server:{factory}"]
    with started(sources, command, log, variables) as process:
        server = Server(name, f"http://127.0.0.1:{port}")
        wait_for_server(f"{server.url}/health", process, log)
        yield server


def fill(server: Server) -> None:
    """Create the owner, read the library, and prepare downloads; a worker must be running."""
    server.call("POST", "/api/v1/setup", OWNER)
    server.call("POST", "/api/v1/library/scan")
    wait_for(
        "the library",
        lambda: server.call("GET", "/api/v1/comics")["total"] == COMICS,
        FILL_SECONDS,
        every=0.5,
    )
    comics = server.call("GET", f"/api/v1/comics?limit={DOWNLOADS}")["items"]
    for comic in comics:
        server.call("POST", "/api/v1/downloads", {"comic_ids": [comic["id"]], "format": "cbz"})
    ready = "/api/v1/downloads?status=ready"
    wait_for(
        "the downloads",
        lambda: server.call("GET", ready)["total"] == DOWNLOADS,
        FILL_SECONDS,
        every=0.5,
    )


def requests_a_second(url: str, path: str, cookie: str, seconds: float) -> float:
    """Return how often the clients together were answered in a second.

    It is called in a separate process, so that it does not share an interpreter with a server.
    """
    counts = [0] * CLIENTS
    end = time.perf_counter() + seconds

    def ask(client: int) -> None:
        address = urlsplit(url)
        request = f"GET {path} HTTP/1.1\r\nHost: {address.netloc}\r\nCookie: {cookie}\r\n\r\n"
        with socket.create_connection((address.hostname or "", address.port or 80)) as connection:
            while time.perf_counter() < end:
                connection.sendall(request.encode())
                _read_answer(connection)
                counts[client] += 1

    clients = [threading.Thread(target=ask, args=(client,)) for client in range(CLIENTS)]
    started_at = time.perf_counter()
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return sum(counts) / (time.perf_counter() - started_at)


def _read_answer(connection: socket.socket) -> None:
    received = b""
    while (end := received.find(b"\r\n\r\n")) < 0:
        received += connection.recv(BUFFER_BYTES)
    head = received[:end].lower()
    if not head.startswith(b"http/1.1 200"):
        raise RuntimeError(received.decode("latin-1"))
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    left = length - (len(received) - end - 4)
    while left > 0:
        left -= len(connection.recv(min(left, BUFFER_BYTES)))


def _rate(pool: ProcessPoolExecutor, server: Server, path: str, seconds: float) -> float:
    asked = pool.submit(requests_a_second, server.url, path, server.cookie, seconds)
    return asked.result()


def compare(pool: ProcessPoolExecutor, servers: list[Server], rounds: int, seconds: float) -> bool:
    """Measure every path, print a line for each, and return True if all reach their targets."""
    good = True
    print(f"{'requests a second':30}{BEFORE:>10}{NOW:>10}{'ratio':>8}  target")
    for path, target in TARGETS.items():
        rates: dict[str, list[float]] = {server.name: [] for server in servers}
        for server in servers:
            _rate(pool, server, path, seconds / 4)
        for _ in range(rounds):
            for server in servers:
                rates[server.name].append(_rate(pool, server, path, seconds))
        before, now = statistics.median(rates[BEFORE]), statistics.median(rates[NOW])
        good &= now / before >= target
        print(f"{path:30}{before:10.0f}{now:10.0f}{now / before:7.2f}x  {target}x", flush=True)
    return good


def floor(pool: ProcessPoolExecutor, folder: Path, seconds: float) -> float:
    """Return how often a FastAPI application that does nothing answers in a second."""
    with serving(FLOOR, ROOT, folder / "floor.log", {}, "create_empty_app") as server:
        return _rate(pool, server, "/health", seconds)


def run(rounds: int, seconds: float) -> bool:
    """Fill both versions, measure them in turn, and return True if all targets were reached."""
    with (
        tempfile.TemporaryDirectory(prefix="api-") as name,
        ExitStack() as stack,
        ProcessPoolExecutor(1) as pool,
    ):
        folder = Path(name)
        shutil.copy(ROOT / "benchmarks" / "api_server.py", folder)
        copy_commit(BEFORE, folder / "before")
        make_library(folder / "library")
        servers: list[Server] = []
        for version, sources in ((BEFORE, folder / "before"), (NOW, ROOT)):
            variables = {
                "DATA_DIR": str(folder / f"data of {version}"),
                "LIBRARY_DIR": str(folder / "library"),
                "WORKER": "external",
            }
            log = folder / f"{version}.log"
            server = stack.enter_context(serving(version, sources, log, variables))
            with started(sources, ["comic_downloads.worker"], log, variables):
                fill(server)
            servers.append(server)
        good = compare(pool, servers, rounds, seconds)
        print(f"an empty route of FastAPI: {floor(pool, folder, seconds):.0f} requests a second")
    return good


def main() -> int:
    """Run the comparison; return 1 if a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.api", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4.0, help="length of one measurement")
    options = parser.parse_args()
    return 0 if run(options.rounds, options.seconds) else 1


if __name__ == "__main__":
    sys.exit(main())
