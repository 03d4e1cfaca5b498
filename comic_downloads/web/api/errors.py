"""Turn every error of the HTTP interface into a problem document (RFC 9457)."""

from __future__ import annotations

import http
import logging
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from ...domain.errors import (
    ComicDownloadsError,
    DatabaseError,
    DatabaseUnavailable,
    DiskFull,
    InputError,
    JobError,
    NotSignedIn,
    Refusal,
    StillPreparing,
    StorageUnavailable,
)
from . import paths
from .caller import check_sender

MEDIA_TYPE = "application/problem+json"
# For temporary faults of the server, such as storage that does not respond.
RETRY_AFTER_SECONDS = 10

log = logging.getLogger(__name__)

HTTP_CODES = {
    404: ("not_found", "Not found"),
    405: ("method_not_allowed", "This address does not accept the method"),
    408: ("request_timeout", "The request took too long to arrive"),
    413: ("payload_too_large", "The request is too large"),
    415: ("unsupported_media_type", "The type of the body is not supported"),
}
_FIELD_CODES = {
    "format": ("invalid_format", "This format is not offered"),
    "quality": ("invalid_quality", "This quality is not offered"),
}


class FieldProblem(BaseModel):
    """One wrong field of a request."""

    field: str = Field(description="Where in the request: `body.format`, `query.limit`.")
    message: str


class Problem(BaseModel):
    """A problem document (RFC 9457)."""

    type: str = Field(description="A reference to this code's entry in the documentation.")
    title: str = Field(
        description="The kind of problem, for people; the same for every problem of this code."
    )
    status: int = Field(description="The HTTP status, repeated.")
    detail: str = Field(description="What happened this time and what to do.")
    code: str = Field(description="A stable code for programs; never reused with another meaning.")
    errors: list[FieldProblem] | None = Field(
        default=None, description="The wrong fields, if the problem is about fields."
    )


def install_error_handlers(app: FastAPI) -> None:
    """Answer every error that a route raises with a problem document."""
    app.add_exception_handler(ComicDownloadsError, _from_domain)
    app.add_exception_handler(RequestValidationError, _from_validation)
    app.add_exception_handler(HTTPException, _from_http)


def problem(
    status: int,
    code: str,
    title: str,
    detail: str = "",
    *,
    headers: dict[str, str] | None = None,
    **more: Any,
) -> JSONResponse:
    """Return the response for one problem; ``more`` are extension members."""
    document = {
        "type": f"{paths.DOCS}#{code}",
        "title": title,
        "status": status,
        "detail": detail or title,
        "code": code,
        **more,
    }
    return JSONResponse(
        document, status, {"Cache-Control": "no-store", **(headers or {})}, media_type=MEDIA_TYPE
    )


def domain_problem(error: ComicDownloadsError) -> JSONResponse:
    """Return the response for an error of the domain's tree."""
    headers = {}
    if (seconds := _retry_after_seconds(error)) is not None:
        headers["Retry-After"] = str(seconds)
    if (status := _status(error)) == 401:
        # A 401 must name a scheme (RFC 9110, section 15.5.2). None is registered for passwords that
        # lead to a cookie, and a known scheme would make browsers open their own password dialog.
        headers["WWW-Authenticate"] = "Bearer" if isinstance(error, NotSignedIn) else "Cookie"
    place = {}
    if isinstance(error, JobError):
        place = {key: value for key, value in vars(error.place).items() if value is not None}
    return problem(status, error.code, error.title, error.detail, headers=headers, **place)


def internal_problem() -> JSONResponse:
    """Return the response for an unexpected error, which reveals no internals."""
    detail = (
        "An unexpected error happened on the server. Try again; the server's log has the details."
    )
    return problem(500, "internal_error", "Something went wrong", detail)


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI description of a route's problems."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": http.HTTPStatus(status).phrase, "content": content}
        for status in statuses
    }


def _status(error: ComicDownloadsError) -> int:
    if isinstance(error, Refusal | DatabaseError):
        return error.status
    if isinstance(error, StorageUnavailable):
        return 503
    if isinstance(error, DiskFull):
        return 507
    return 422 if isinstance(error, InputError) else 500


def _retry_after_seconds(error: ComicDownloadsError) -> int | None:
    if isinstance(error, Refusal) and error.retry_after_seconds is not None:
        return error.retry_after_seconds
    is_passing = isinstance(error, StorageUnavailable | DiskFull | DatabaseUnavailable)
    return RETRY_AFTER_SECONDS if is_passing else None


async def _from_domain(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ComicDownloadsError)
    response = domain_problem(error)
    if isinstance(error, DatabaseUnavailable):
        # Every request fails in the same way, so the trace would tell nothing more.
        log.error("Request failed with %s: %s", error.code, error.reason)
    elif response.status_code >= 500 and not isinstance(error, StillPreparing):
        log.error("Request failed with %s: %s", error.code, error.detail, exc_info=error)
    return response


async def _from_validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    try:
        await run_in_threadpool(check_sender, request)
    except ComicDownloadsError as refusal:
        return await _from_domain(request, refusal)
    fields = [_field_problem(entry) for entry in error.errors()]
    code, title = _code_for(fields)
    detail = " ".join(f"{entry['field']}: {entry['message']}." for entry in fields)
    return problem(422, code, title, detail, errors=fields)


def _field_problem(entry: dict[str, Any]) -> dict[str, str]:
    if entry["type"] == "json_invalid":
        return {
            "field": "body",
            "message": f"is not JSON ({entry.get('ctx', {}).get('error', 'syntax error')})",
        }
    message = str(entry["msg"]).removeprefix("Value error, ")
    return {
        "field": ".".join(str(part) for part in entry["loc"]),
        "message": message[:1].lower() + message[1:].rstrip("."),
    }


def _code_for(fields: Sequence[dict[str, str]]) -> tuple[str, str]:
    for name, code in _FIELD_CODES.items():
        if any(entry["field"] == f"body.{name}" for entry in fields):
            return code
    return "invalid_request", "The request is not valid"


async def _from_http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    # FastAPI answers 400 only to a body that is not UTF-8, and 422 to other invalid bodies.
    if error.status_code == 400:
        return problem(
            422, "invalid_request", "The request is not valid", "body: is not JSON in UTF-8."
        )
    code, title = HTTP_CODES.get(
        error.status_code, ("invalid_request", http.HTTPStatus(error.status_code).phrase)
    )
    phrase = http.HTTPStatus(error.status_code).phrase
    detail = "" if error.detail in {phrase, None} else str(error.detail)
    return problem(error.status_code, code, title, detail, headers=dict(error.headers or {}))
