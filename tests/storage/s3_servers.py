"""Two S3-compatible servers: moto for the semantics, and rclone because it checks signatures."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from moto.server import ThreadedMotoServer

from comic_downloads.storage.s3 import Bucket, S3BlobStore
from tests.waiting import free_port, listens, wait_for

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


@dataclass
class RcloneServer:
    """An rclone that serves a folder as S3, and can be stopped and restarted on the same port."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it listens. Skips the test if there is no rclone."""
        program = shutil.which("rclone", path=f"{Path(sys.executable).parent}") or shutil.which(
            "rclone"
        )
        if program is None:
            pytest.skip("rclone is not installed")
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [
            program,
            "serve",
            "s3",
            "--config",
            "",
            "--auth-key",
            f"{ACCESS_KEY},{SECRET_KEY}",
            "--addr",
            f"127.0.0.1:{self.port}",
            str(self.folder),
        ]
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for("rclone to listen", lambda: listens(self.port))

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Send the signal, and wait until the process has ended."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(timeout=10)
            self.process = None


@contextmanager
def rclone_server(folder: Path) -> Iterator[str]:
    server = RcloneServer(folder)
    server.start()
    try:
        yield server.url
    finally:
        server.stop()


def store_of(endpoint_url: str, name: str, **changes: str) -> S3BlobStore:
    """Return a store in the existing bucket of this name."""
    return S3BlobStore(
        Bucket(name, "library/prefix", endpoint_url, "us-east-1", ACCESS_KEY, SECRET_KEY, **changes)
    )


def new_store(endpoint_url: str, name: str, **changes: str) -> S3BlobStore:
    """Create a bucket, and return a store in it."""
    store = store_of(endpoint_url, name, **changes)
    store.client.create_bucket(Bucket=name)
    return store


REFUSALS = {"AccessDenied": 403, "NotImplemented": 501, "MethodNotAllowed": 405}


class _Body:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self._data


def refuse(store: S3BlobStore, request: str, code: str = "AccessDenied") -> None:
    """Let the storage answer this kind of request with the error, as a policy makes it do."""
    body = f"<Error><Code>{code}</Code><Message>It is refused.</Message></Error>".encode()

    def answer(**_: Any) -> AWSResponse:
        headers = {"Content-Type": "application/xml"}
        return AWSResponse("http://bucket", REFUSALS[code], headers, _Body(body))

    store.client.meta.events.register(f"before-send.s3.{request}", answer)
