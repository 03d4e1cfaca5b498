"""A real server for the HTTP interface: Granian, as in production, in a thread of the test."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from granian.constants import Interfaces
from granian.server.embed import Server

from comic_downloads.usecases.context import Context
from comic_downloads.web import live
from comic_downloads.web.api.app import create_api

START_TIMEOUT_SECONDS = 60


@contextmanager
def served(context: Context) -> Iterator[str]:
    """The address of the interface while the block runs; its watcher tells what changes."""
    port = _free_port()
    server = Server(create_api(context), port=port, interface=Interfaces.ASGINL, log_enabled=False, websockets=False)
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def run() -> None:
        watcher = asyncio.create_task(live.watch(context))
        serving = asyncio.create_task(server.serve())
        await stop.wait()
        watcher.cancel()
        server.stop()
        await asyncio.wait([serving], timeout=START_TIMEOUT_SECONDS)

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _wait_for(port: int) -> None:
    for _ in range(START_TIMEOUT_SECONDS * 50):
        with socket.socket() as client:
            client.settimeout(0.02)
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        threading.Event().wait(0.02)
    raise TimeoutError("the server did not start")
