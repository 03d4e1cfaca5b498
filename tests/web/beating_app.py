"""An application that beats as the product does, and answers with the id of its process."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from granian.constants import Interfaces
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from comic_downloads.web import web_server


async def _answer(_request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(os.getpid()))


@asynccontextmanager
async def _beating(_app: Starlette) -> AsyncIterator[None]:
    task = asyncio.create_task(web_server.beat())
    await asyncio.sleep(0)  # It beats for the first time.
    (Path(sys.argv[3]) / str(os.getpid())).touch()
    yield
    task.cancel()


app = Starlette(routes=[Route("/", _answer)], lifespan=_beating)


def main() -> None:
    """Serve with as many processes, at the port, and take 5 seconds of silence for hanging.

    Each process that has beaten writes a file of its name to the folder.
    """
    port, workers = map(int, sys.argv[1:3])
    web_server.HUNG_AFTER_SECONDS = 5.0
    web_server.use_watched_server(time.monotonic)
    from granian.server import Server  # Reflex imports it at this moment, too.

    Server(
        "tests.web.beating_app:app", port=port, interface=Interfaces.ASGI, workers=workers
    ).serve()


if __name__ == "__main__":
    main()
