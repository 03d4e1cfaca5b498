"""The HTTP interface of the version in the current folder, for ``benchmarks/api.py``.

Granian imports this module by its own name, so that ``comic_downloads`` can be another version than
the one that this file belongs to.
"""

from __future__ import annotations

from contextlib import suppress

from fastapi import FastAPI

from comic_downloads.logs import configure_logging
from comic_downloads.settings import load_settings
from comic_downloads.web.api.app import create_api
from comic_downloads.wiring import build_context


def create_app() -> FastAPI:
    """Return the HTTP interface, which logs as the product does."""
    settings = load_settings()
    configure_logging(settings.log_format, settings.log_level)
    api = create_api(build_context(settings))
    with suppress(ImportError):  # The product does this, too, and earlier versions do not.
        from comic_downloads.free_memory import collect_less_often

        collect_less_often()
    return api


def create_empty_app() -> FastAPI:
    """Return an application whose only route does nothing: the least that FastAPI costs."""
    app = FastAPI()

    @app.get("/health")
    async def _health() -> dict[str, str]:
        return {"status": "ok"}

    return app
