"""Compare the speed at which files are sent with nginx and its sendfile.

Usage: ``python -m benchmarks.serving [--megabytes N] [--rounds N]``. Both servers send the same
file from the page cache over loopback to the same client, in turn. The client shares the machine's
cores with them. Our side is the whole HTTP interface in one Granian process, which also checks
links and counts deliveries. The program prints medians in MB/s, their ratios, and the peak memory
of our process. It exits with status 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.delivery.live_server import live_server
from tests.delivery.shelf import Shelf
from tests.waiting import free_port, listens, wait_for

TARGET_RATIO = 0.45
TARGET_MEMORY_MB = 150
PIECE_BYTES = 8 * 1024 * 1024
MANY_CLIENTS = 50
CLIENTS = 10
BUFFER_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Case:
    """What is measured: the number of clients, and the ranges each of them requests of a file."""

    name: str
    clients: int
    ranges: Callable[[int], list[tuple[int, int] | None]]


def one_range(size: int) -> list[tuple[int, int] | None]:
    """Return one range that leaves out the first byte."""
    return [(1, size - 1)]


def pieces(size: int) -> list[tuple[int, int] | None]:
    """Return ranges of ``PIECE_BYTES`` that cover the file."""
    return [(start, min(start + PIECE_BYTES, size) - 1) for start in range(0, size, PIECE_BYTES)]


def whole(_size: int) -> list[tuple[int, int] | None]:
    """Return a request without a range."""
    return [None]


CASES = [
    Case(f"{clients} client{'s' * (clients > 1)}, {name}", clients, ranges)
    for clients in (1, CLIENTS)
    for name, ranges in (("whole file", whole), ("one range", one_range), ("8 MiB ranges", pieces))
]


def fetch(url: str, wanted: list[tuple[int, int] | None]) -> int:
    """Request the ranges one after another over one connection, and return the bytes received.

    Raises:
        RuntimeError: The status is not the expected one, or the connection closed early.
    """
    address, received = urlsplit(url), 0
    buffer = bytearray(BUFFER_BYTES)
    with socket.create_connection((address.hostname or "", address.port or 80)) as connection:
        for part in wanted:
            line = f"Range: bytes={part[0]}-{part[1]}\r\n" if part else ""
            connection.sendall(
                f"GET {address.path} HTTP/1.1\r\nHost: localhost\r\n{line}\r\n".encode()
            )
            received += _read_answer(connection, buffer, 206 if part else 200)
    return received


def _read_answer(connection: socket.socket, buffer: bytearray, status: int) -> int:
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(65536)
    head, _, body = head.partition(b"\r\n\r\n")
    if not head.startswith(f"HTTP/1.1 {status}".encode()):
        raise RuntimeError(head.decode("latin-1"))
    length = next(
        int(line[15:])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length:")
    )
    left = length - len(body)
    while left:
        got = connection.recv_into(buffer, min(left, BUFFER_BYTES))
        if not got:
            raise RuntimeError("The connection closed before the whole response arrived.")
        left -= got
    return length


def measure(url: str, size: int, clients: int, case: str) -> float:
    """Return the MB/s of all clients together.

    It is called in a separate process, so that it does not share an interpreter with our server.
    """
    wanted = next(entry for entry in CASES if entry.name == case).ranges(size)
    started = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        total = sum(pool.map(lambda _: fetch(url, wanted), range(clients)))
    return total / (time.perf_counter() - started) / 1e6


@contextmanager
def nginx(folder: Path, file: Path) -> Iterator[str]:
    """Start nginx with sendfile and one worker, and yield the address of the file."""
    port = free_port()
    folder.mkdir()
    configuration = f"""
        daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log; user root;
        events {{ worker_connections 512; }}
        http {{
          access_log off; sendfile on; tcp_nopush on; sendfile_max_chunk 2m;
          keepalive_requests 100000;
          client_body_temp_path {folder}/a; proxy_temp_path {folder}/b;
          fastcgi_temp_path {folder}/c; uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
          server {{ listen 127.0.0.1:{port}; root {file.parent}; }}
        }}"""
    (folder / "nginx.conf").write_text(configuration)
    process = subprocess.Popen(
        ["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)], stderr=subprocess.DEVNULL
    )
    try:
        wait_for("nginx to listen", lambda: listens(port))
        yield f"http://127.0.0.1:{port}/{file.name}"
    finally:
        process.terminate()
        process.wait()


def peak_memory_mb(port: int) -> float:
    """Return the peak memory of the largest process of our server in MB.

    That process is the Granian worker.
    """
    peaks = []
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            command = (status.parent / "cmdline").read_bytes().decode().split("\0")
            lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        except (FileNotFoundError, ProcessLookupError):
            continue  # The process ended meanwhile.
        if "granian" in command and str(port) in command:
            peaks.append(int(lines["VmHWM"].split()[0]) / 1024)
    return max(peaks)


def run(megabytes: int, rounds: int) -> bool:
    """Measure everything, print it, and return True if all targets were reached."""
    with tempfile.TemporaryDirectory(prefix="serving-") as name, ProcessPoolExecutor(1) as pool:
        folder = Path(name)
        shelf = Shelf(folder / "data")
        job = shelf.add_ready(
            shelf.add_user(), os.urandom(megabytes * 1_000_000), filename="comic.cbz"
        )
        file, size = shelf.blob_path(job), megabytes * 1_000_000
        with (
            nginx(folder / "nginx", file) as theirs,
            live_server(shelf.folder, "create_page_app") as server,
        ):
            ours = server + shelf.link(job)
            good = _compare_all(pool, ours, theirs, size, rounds)
            before = peak_memory_mb(urlsplit(server).port or 0)
            pool.submit(measure, ours, size, MANY_CLIENTS, CASES[0].name).result()
            memory = peak_memory_mb(urlsplit(server).port or 0)
        shelf.close()
    print(
        f"peak memory of our process: {before:.0f} MB, "
        f"or {memory:.0f} MB after {MANY_CLIENTS} clients at once"
    )
    print(f"targets: a ratio of at least {TARGET_RATIO}, less than {TARGET_MEMORY_MB} MB")
    return good and memory < TARGET_MEMORY_MB


def _compare_all(pool: ProcessPoolExecutor, ours: str, theirs: str, size: int, rounds: int) -> bool:
    """Measure every case, also after a failure, and return True if all reach the target."""
    return min([_compare(pool, case, ours, theirs, size, rounds) for case in CASES])


def _compare(
    pool: ProcessPoolExecutor, case: Case, ours: str, theirs: str, size: int, rounds: int
) -> bool:
    speeds: dict[str, list[float]] = {ours: [], theirs: []}
    # The first fetch of a file is slower, because it checks the file's hash.
    for url in (ours, theirs):
        pool.submit(measure, url, size, 1, CASES[0].name).result()
    for _ in range(rounds):
        for url in (theirs, ours):
            speeds[url].append(pool.submit(measure, url, size, case.clients, case.name).result())
    our_speed, their_speed = statistics.median(speeds[ours]), statistics.median(speeds[theirs])
    ratio = our_speed / their_speed
    print(
        f"{case.name:24} ours {our_speed:6.0f} MB/s   nginx {their_speed:6.0f} MB/s   "
        f"ratio {ratio:.2f}",
        flush=True,
    )
    return ratio >= TARGET_RATIO


def main() -> int:
    """Run the comparison; return 2 if nginx is not installed, or 1 if a target is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--megabytes", type=int, default=529)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if shutil.which("nginx") is None:
        print(
            "nginx is not installed. Install it first: apt-get install nginx-light",
            file=sys.stderr,
        )
        return 2
    return 0 if run(options.megabytes, options.rounds) else 1


if __name__ == "__main__":
    sys.exit(main())
