"""The delivery routes in a real server process, on a port of its own. Run as a module by ``start``."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]


@contextmanager
def live_server(data_dir: Path, **environment: str) -> Iterator[str]:
    """Starts a server over the shelf in ``data_dir`` and gives its address; ends it with the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--factory", "tests.delivery.live_server:create_app"],
        cwd=ROOT,
        env={**os.environ, "DATA_DIR": str(data_dir), **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
    )
    try:
        _wait_until_up(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def create_app() -> object:
    from .shelf import Shelf

    settings = {"link_ttl_seconds": os.environ.get("LINK_TTL_SECONDS", "3600")}
    return Shelf(Path(os.environ["DATA_DIR"]), dict(settings)).app()


def _wait_until_up(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            httpx.get(f"{address}/d/x/y", timeout=5)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("the server did not come up")
