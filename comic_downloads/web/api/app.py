"""Build the HTTP interface as one FastAPI application; Reflex mounts the pages below it."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware

from ... import __version__
from ...domain.reading_list import MAX_FILE_BYTES
from ...usecases.context import Context
from ..opds.router import ROUTERS as CATALOGUES
from ..plain.router import ROUTERS as PLAIN
from . import download_request, paths
from .answer_threads import AnswerThreads
from .errors import install_error_handlers
from .middleware.access_log import AccessLog
from .middleware.api_paths import ApiPaths
from .middleware.body_limit import BodyLimit
from .middleware.graceful_stop import GracefulStop, OpenResponses
from .middleware.guest_pages import GuestPages
from .middleware.head_requests import HeadAsGet
from .middleware.new_tabs import NewTabs
from .middleware.origin_check import OriginCheck
from .middleware.page_headers import PageHeaders
from .middleware.plain_paths import PlainPaths
from .middleware.plain_share_page import PlainSharePage
from .middleware.polling_tabs import PollingTabs
from .middleware.security_headers import SecurityHeaders
from .middleware.tab_limits import TabLimits
from .middleware.unexpected_errors import UnexpectedErrors
from .openapi import complete_description
from .routes import (
    access_tokens,
    account_links,
    accounts,
    browsers,
    devices,
    docs,
    downloads,
    events,
    files,
    formats,
    groups,
    guests,
    health,
    library,
    lists,
    metrics,
    presets,
    queue,
    reading_places,
    recipients,
    sendings,
    shares,
    sign_in,
    stream,
    uploads,
)
from .routes.unknown import unknown_paths

MAX_BODY_BYTES = 1024 * 1024  # The limit for uploads is a setting instead.
# For a whole body; of an upload, for each piece.
BODY_SECONDS = 30.0

DESCRIPTION = f"""
Choose comics, a format and a quality. A worker prepares one verified file, which you download
through a link that supports resuming.

JSON is in snake_case, times are RFC 3339 in UTC, sizes are in bytes. Sign in with
`POST {paths.API}/session` (cookie) or send `Authorization: Bearer <token>`. Errors are
`application/problem+json` with a stable `code`.
"""

ROUTERS: tuple[APIRouter, ...] = (
    # Routes are tried in turn, so those that are asked most often are first.
    files.router,
    accounts.own_router,
    library.lists_router,
    downloads.router,
    sign_in.router,
    sign_in.browser_router,
    browsers.router,
    accounts.router,
    account_links.router,
    account_links.reset_router,
    account_links.public_router,
    access_tokens.router,
    library.router,
    lists.router,
    stream.router,
    reading_places.router,
    uploads.router,
    formats.router,
    devices.router,
    presets.router,
    recipients.router,
    sendings.router,
    download_request.router,
    groups.router,
    events.router,
    shares.router,
    guests.router,
    queue.router,
    health.router,
    metrics.router,
    docs.router,
    *CATALOGUES,
    *PLAIN,
)


def create_api(context: Context, pages: Path | None = None) -> FastAPI:
    """Return the application for this context; other paths are left to what is mounted below.

    ``pages`` is the folder of the built pages, whose scripts browsers may run.
    """
    own_paths = ApiPaths.of(ROUTERS)
    api = FastAPI(
        title="Comic Downloads",
        version=__version__,
        description=DESCRIPTION,
        openapi_url=paths.OPENAPI,
        # FastAPI's own pages load scripts from a CDN; routes/docs.py works without the internet.
        docs_url=None,
        redoc_url=None,
    )
    api.state.context = context
    api.state.metrics = metrics.Metrics(context)
    api.state.responses = OpenResponses()
    api.state.answer_threads = AnswerThreads()
    api.state.stream_counts = events.new_stream_counts()
    api.user_middleware = _middleware(api, own_paths, pages)
    install_error_handlers(api)
    for router in ROUTERS:
        api.include_router(router)
    api.include_router(unknown_paths(ROUTERS, own_paths))
    complete_description(api)
    return api


def _middleware(api: FastAPI, own_paths: ApiPaths, pages: Path | None) -> list[Middleware]:
    """Return the middleware from the outermost to the innermost."""
    context: Context = api.state.context
    tab_limits = TabLimits(context.monotonic)
    return [
        Middleware(GracefulStop, responses=api.state.responses),
        Middleware(PlainSharePage),
        Middleware(AccessLog, paths=own_paths, monotonic=context.monotonic),
        Middleware(
            SecurityHeaders,
            paths=own_paths,
            serves_https=context.settings.serves_https,
            pages=pages,
        ),
        Middleware(NewTabs, limits=tab_limits, polling=PollingTabs(tab_limits, context.monotonic)),
        Middleware(PageHeaders, paths=own_paths),
        Middleware(GuestPages, context=context),
        Middleware(
            metrics.MeasureAnswers,
            metrics=api.state.metrics,
            paths=own_paths,
            monotonic=context.monotonic,
        ),
        Middleware(PlainPaths),
        Middleware(UnexpectedErrors, paths=own_paths),
        Middleware(OriginCheck, paths=own_paths, base_url=context.settings.base_url),
        Middleware(
            BodyLimit,
            paths=own_paths,
            max_bytes=MAX_BODY_BYTES,
            seconds=BODY_SECONDS,
            larger={uploads.PATH: None, lists.IMPORT: MAX_FILE_BYTES},
        ),
        Middleware(HeadAsGet, paths=own_paths),
    ]
