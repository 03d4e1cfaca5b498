"""Two servers that speak S3: moto for the semantics, rclone for true signatures. Neither is AWS."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from moto.server import ThreadedMotoServer

from comic_downloads.storage.s3 import Bucket, S3BlobStore

ACCESS_KEY, SECRET_KEY = "test-access-key", "test-secret-key"


@contextmanager
def moto_server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@contextmanager
def rclone_server(folder: Path) -> Iterator[str]:
    program = shutil.which("rclone", path=f"{Path(sys.executable).parent}") or shutil.which("rclone")
    if program is None:
        pytest.skip("rclone is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    command = [
        program,
        "serve",
        "s3",
        "--config",
        "",
        "--auth-key",
        f"{ACCESS_KEY},{SECRET_KEY}",
        "--addr",
        address,
        str(folder),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_until_up(f"http://{address}")
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(timeout=10)


def store_of(endpoint_url: str, name: str, **changes: str) -> S3BlobStore:
    """The store in the bucket of that name."""
    return S3BlobStore(Bucket(name, "library/prefix", endpoint_url, "us-east-1", ACCESS_KEY, SECRET_KEY, **changes))


def new_store(endpoint_url: str, name: str, **changes: str) -> S3BlobStore:
    """A store in a new bucket of that name."""
    store = store_of(endpoint_url, name, **changes)
    store.client.create_bucket(Bucket=name)
    return store


def _wait_until_up(address: str) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            httpx.get(address, timeout=5)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"nothing answers at {address}")
