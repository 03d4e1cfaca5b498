"""The HTTP interface as one FastAPI application, below which the pages are mounted."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware

from ... import __version__
from ...usecases.context import Context
from . import download_request
from .errors import install_error_handlers
from .guest_cookie import GuestPages
from .middleware.fresh_pages import FreshPages
from .middleware.requests import (
    AccessLog,
    BodyLimit,
    HeadAsGet,
    OwnOriginOnly,
    SafeHeaders,
    UnexpectedErrors,
)
from .middleware.stopping import AnswersUnderWay, EndAtStop
from .openapi import describe_problems
from .routes import (
    comics,
    docs,
    downloads,
    events,
    files,
    formats,
    guests,
    health,
    metrics,
    queue,
    session,
    shares,
    streaming,
    tokens,
    uploads,
    users,
)
from .routes.unknown import unknown_addresses

OPENAPI_PATH = "/api/v1/openapi.json"
MAX_BODY_BYTES = 1024 * 1024  # of every request but an upload, which has its own limit


DESCRIPTION = """
Pick comics, a format and a quality; a worker prepares one real, verified file; fetch it through a link that resumes.

JSON in snake_case, times in RFC 3339 UTC, sizes in bytes. Sign in with `POST /api/v1/session` (cookie) or send
`Authorization: Bearer <token>`. Errors are `application/problem+json` with a stable `code`.
"""

ROUTERS: tuple[APIRouter, ...] = (
    files.router,  # first, as one download asks for many ranges and routes are tried in turn
    session.router,
    session.browser_router,
    users.router,
    tokens.router,
    comics.router,
    streaming.router,
    uploads.router,
    formats.router,
    download_request.router,
    downloads.router,
    events.router,
    shares.router,
    guests.router,
    queue.router,
    health.router,
    metrics.router,
    docs.router,
)


def create_api(context: Context) -> FastAPI:
    """The application for this context. Addresses that are not its own are left to whatever is mounted below it."""
    figures = metrics.Metrics(context)
    answers = AnswersUnderWay()
    api = FastAPI(
        title="Comic Downloads",
        version=__version__,
        description=DESCRIPTION,
        openapi_url=OPENAPI_PATH,
        docs_url=None,  # these pages load scripts from a CDN; ours works without the internet
        redoc_url=None,
        middleware=[
            Middleware(EndAtStop, answers=answers),
            Middleware(AccessLog),
            Middleware(SafeHeaders),
            Middleware(FreshPages),
            Middleware(GuestPages, context=context),
            Middleware(metrics.MeasureAnswers, metrics=figures),
            Middleware(UnexpectedErrors),
            Middleware(OwnOriginOnly, base_url=context.settings.base_url),
            Middleware(BodyLimit, max_bytes=MAX_BODY_BYTES, upload_path=uploads.PATH),
            Middleware(HeadAsGet),
        ],
    )
    api.state.context = context
    api.state.metrics = figures
    api.state.answers = answers
    install_error_handlers(api)
    for router in ROUTERS:
        api.include_router(router)
    api.include_router(unknown_addresses(ROUTERS))
    describe_problems(api)
    return api
