"""The delivery routes in a real server process, on a port of its own.

``live_server`` starts Granian, which imports this module.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from fastapi import FastAPI
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

from comic_downloads.storage.blobs import BlobStore
from tests.waiting import free_port, wait_for_server

from .shelf import Clock, Shelf

ROOT = Path(__file__).parents[2]


@contextmanager
def live_server(
    data_dir: Path, factory: str = "create_app", sources: Path = ROOT, **environment: str
) -> Iterator[str]:
    """Start a server over the shelf in ``data_dir``, yield its address, and stop it at the end.

    ``sources`` is the folder of the version that is started.
    """
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "asgi",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    log = data_dir / "server.log"
    process = subprocess.Popen(
        [*command, "--factory", f"tests.delivery.live_server:{factory}"],
        cwd=sources,
        env={**os.environ, "DATA_DIR": str(data_dir), **environment},
        stdout=log.open("ab"),
        stderr=subprocess.STDOUT,
    )
    try:
        wait_for_server(f"http://127.0.0.1:{port}/health", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def create_app() -> FastAPI:
    """Return the HTTP interface."""
    return _shelf().app()


def create_page_app() -> FastAPI:
    """Return the HTTP interface with the scripts, a page of one download, and one for uploads."""
    app = create_app()
    app.add_api_route("/s/upload", _upload_page, response_class=HTMLResponse)
    app.add_api_route("/page/{job_id}", _page, response_class=HTMLResponse)
    app.mount("/", StaticFiles(directory=ROOT / "assets"))
    return app


def _shelf() -> Shelf:
    names = ("LINK_TTL_SECONDS", "SEND_FILE")
    changes: dict[str, object] = {
        name.lower(): os.environ[name] for name in names if name in os.environ
    }
    return Shelf(
        Path(os.environ["DATA_DIR"]),
        changes,
        _bucket(os.environ.get("S3_ENDPOINT_URL")),
        Clock(timedelta(seconds=int(os.environ.get("AHEAD_SECONDS", "0")))),
    )


def _bucket(endpoint: str | None) -> BlobStore | None:
    if endpoint is None:
        return None
    # Imported here, because benchmarks/serving.py would count its 20 MB as ours.
    from tests.storage.s3_servers import store_of

    return store_of(endpoint, os.environ["S3_BUCKET"])


def _page(job_id: str) -> str:
    scripts = "".join(
        f'<script src="/{name}.js"></script>' for name in ("download", "download-element")
    )
    transfer = f'<comic-transfer job-id="{job_id}" filename="comic.cbz"></comic-transfer>'
    return f"<!doctype html><title>x</title>{scripts}{transfer}"


def _upload_page() -> str:
    scripts = "".join(f'<script src="/{name}.js"></script>' for name in ("answers", "page"))
    fields = '<input type="file" id="files" multiple><input id="password">'
    return f"<!doctype html><title>x</title>{scripts}{fields}"
