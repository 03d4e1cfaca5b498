"""Compare the speed at which files are sent: before, now, and by nginx with its sendfile.

Usage: ``python -m benchmarks.serving [--megabytes N] [--rounds N]``. The servers send equal files
from the page cache over loopback to the same client, in turn. The client shares the machine's
cores with them. Our side is the whole HTTP interface in one Granian process, which also checks
links and counts deliveries; the earlier one is that of commit 8790258. The program prints medians
in MB/s, their ratios, what a range of 1 kB costs, and the peak memory of our process. It exits with
status 1 if a target is missed.
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
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.versions import BEFORE, ROOT, copy_commit
from tests.delivery.live_server import live_server
from tests.waiting import free_port, listens, wait_for

# The speed as a multiple of nginx's, and of the earlier version's. Equal ones differ by a tenth.
TARGET_OF_NGINX = 0.45
TARGET_OF_RANGES, TARGET_OF_WHOLE = 1.8, 0.9
TARGET_MEMORY_MB = 150
PIECE_BYTES = 8 * 1024 * 1024
MANY_CLIENTS = 50
CLIENTS = 10
BUFFER_BYTES = 1024 * 1024
SMALL_BYTES, SMALL_RANGES = 1000, 1000

# Run in the folder of a version, to fill a shelf by its own code.
FILL = """
import os, sys
from pathlib import Path
from tests.delivery.shelf import Shelf
shelf = Shelf(Path(sys.argv[1]))
data = os.urandom(int(sys.argv[2]))
job = shelf.add_ready(shelf.add_user(), data, filename="comic.cbz")
print(shelf.link(job), shelf.blob_path(job))
shelf.close()
"""


@dataclass(frozen=True)
class Case:
    """What is measured: the number of clients, and the ranges each of them requests of a file.

    ``target`` is the least ratio to the earlier version.
    """

    name: str
    clients: int
    ranges: Callable[[int], list[tuple[int, int] | None]]
    target: float


@dataclass(frozen=True)
class Server:
    """A server, and the address of the file there."""

    name: str
    url: str

    @property
    def port(self) -> int:
        """The port of the address."""
        return urlsplit(self.url).port or 80


def one_range(size: int) -> list[tuple[int, int] | None]:
    """Return one range that leaves out the first byte."""
    return [(1, size - 1)]


def pieces(size: int) -> list[tuple[int, int] | None]:
    """Return ranges of ``PIECE_BYTES`` that cover the file."""
    return [(start, min(start + PIECE_BYTES, size) - 1) for start in range(0, size, PIECE_BYTES)]


def whole(_size: int) -> list[tuple[int, int] | None]:
    """Return a request without a range."""
    return [None]


def small(_size: int) -> list[tuple[int, int] | None]:
    """Return many ranges of ``SMALL_BYTES``, whose time is spent before the first byte."""
    return [(start, start + SMALL_BYTES - 1) for start in range(SMALL_RANGES)]


CASES = [
    Case(f"{clients} client{'s' * (clients > 1)}, {name}", clients, ranges, target)
    for clients in (1, CLIENTS)
    for name, ranges, target in (
        ("whole file", whole, TARGET_OF_WHOLE),
        ("one range", one_range, TARGET_OF_WHOLE),
        ("8 MiB ranges", pieces, TARGET_OF_RANGES),
    )
]
SMALL = Case("1 client, small ranges", 1, small, 0.0)


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
    wanted = next(entry for entry in (*CASES, SMALL) if entry.name == case).ranges(size)
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


def processes_of(port: int) -> Iterator[Path]:
    """Yield the folder in /proc of every process of our server at this port."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().decode().split("\0")
        except (FileNotFoundError, ProcessLookupError):
            continue  # The process ended meanwhile.
        if "granian" in command and str(port) in command:
            yield folder


def peak_memory_mb(port: int) -> float:
    """Return the peak memory of the largest process of our server in MB: the Granian worker."""
    statuses = [(folder / "status").read_text().splitlines() for folder in processes_of(port)]
    peaks = [dict(line.split(":", 1) for line in status)["VmHWM"] for status in statuses]
    return max(int(peak.split()[0]) / 1024 for peak in peaks)


def processor_seconds(port: int) -> float:
    """Return the processor time that our server has taken so far."""
    times = [
        (folder / "stat").read_text().rpartition(")")[2].split() for folder in processes_of(port)
    ]
    return sum(int(time[11]) + int(time[12]) for time in times) / os.sysconf("SC_CLK_TCK")


@contextmanager
def version(name: str, sources: Path, folder: Path, size: int) -> Iterator[tuple[Server, Path]]:
    """Start the version in ``sources``, and yield it with the path of its file."""
    folder.mkdir()
    command = [sys.executable, "-c", FILL, str(folder), str(size)]
    filled = subprocess.run(command, cwd=sources, check=True, stdout=subprocess.PIPE, text=True)
    link, path = filled.stdout.split()
    with live_server(folder, "create_page_app", sources) as address:
        yield Server(name, address + link), Path(path)


def run(megabytes: int, rounds: int) -> bool:
    """Measure everything, print it, and return True if all targets were reached."""
    size = megabytes * 1_000_000
    with (
        tempfile.TemporaryDirectory(prefix="serving-") as name,
        ProcessPoolExecutor(1) as pool,
        ExitStack() as stack,
    ):
        folder = Path(name)
        copy_commit(BEFORE, folder / "sources")
        before, _ = stack.enter_context(
            version(BEFORE, folder / "sources", folder / "before", size)
        )
        now, file = stack.enter_context(version("now", ROOT, folder / "now", size))
        theirs = Server("nginx", stack.enter_context(nginx(folder / "nginx", file)))
        servers = [before, now, theirs]
        for server in servers:
            # The first fetch of a file is slower, because it checks the file's hash.
            pool.submit(measure, server.url, size, 1, CASES[0].name).result()
        # Every case is measured, also after a failure.
        good = min([_compare(pool, case, servers, size, rounds) for case in CASES])
        for server in (before, now):
            cost = statistics.median(_cost_of_a_range(pool, server, size) for _ in range(rounds))
            print(f"a range of {SMALL_BYTES} bytes costs {server.name:8} {cost:.2f} ms")
        rest = peak_memory_mb(now.port)
        pool.submit(measure, now.url, size, MANY_CLIENTS, CASES[0].name).result()
        memory = peak_memory_mb(now.port)
    print(
        f"peak memory of our process: {rest:.0f} MB, "
        f"or {memory:.0f} MB after {MANY_CLIENTS} clients at once (limit {TARGET_MEMORY_MB} MB)"
    )
    return good and memory < TARGET_MEMORY_MB


def _compare(
    pool: ProcessPoolExecutor, case: Case, servers: list[Server], size: int, rounds: int
) -> bool:
    speeds: dict[str, list[float]] = {server.name: [] for server in servers}
    for _ in range(rounds):
        for server in servers:
            measured = pool.submit(measure, server.url, size, case.clients, case.name)
            speeds[server.name].append(measured.result())
    before, ours, nginx_speed = (statistics.median(speeds[server.name]) for server in servers)
    print(
        f"{case.name:24} {BEFORE} {before:6.0f} MB/s   now {ours:6.0f} MB/s   "
        f"nginx {nginx_speed:6.0f} MB/s   {ours / before:.2f}x before (target {case.target}x), "
        f"{ours / nginx_speed:.2f}x nginx (target {TARGET_OF_NGINX}x)",
        flush=True,
    )
    return ours / before >= case.target and ours / nginx_speed >= TARGET_OF_NGINX


def _cost_of_a_range(pool: ProcessPoolExecutor, server: Server, size: int) -> float:
    """Return the processor time of a small range in milliseconds."""
    taken = processor_seconds(server.port)
    pool.submit(measure, server.url, size, 1, SMALL.name).result()
    return (processor_seconds(server.port) - taken) / SMALL_RANGES * 1000


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
