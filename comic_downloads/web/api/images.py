"""Answering with a picture that browsers keep."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import Request, Response

from ...domain.link import content_disposition
from ...usecases.library.page_images import ImageFile, PageFile
from .ranges.plan import Representation, plan_answer
from .ranges.preconditions import Outcome, Validators, evaluate
from .ranges.response import joined_headers, response_from_memory

# “private”: a cache shared between people must not hand a page to somebody who is not signed in.
KEPT_FOR_A_YEAR = "private, max-age=31536000, immutable"
ASKED_ABOUT_EVERY_TIME = "private, no-cache"


# pages come from people's files: whatever is in them, a browser shall only ever show it as a picture
_GUARDS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-site",
}


def page_response(request: Request, page: PageFile) -> Response:
    """The page's own bytes or ranges of them, to be saved under their name."""
    validators = Validators(f'"{page.etag}"', page.modified_at.replace(microsecond=0))
    headers = {"Content-Disposition": content_disposition(page.name)}
    guards = {
        **_GUARDS,
        "Cache-Control": ASKED_ABOUT_EVERY_TIME,
        "X-Content-Type-Options": "nosniff",
    }
    file = Representation(len(page.data), page.media_type, validators, headers, guards)
    return response_from_memory(
        plan_answer(request.method, joined_headers(request.headers), file), page.data
    )


def image_response(request: Request, image: ImageFile, *, versioned: bool) -> Response:
    """The image, or 304 if the client has it. An address with a version in it never shows another picture."""
    headers = {
        "ETag": f'"{image.etag}"',
        "Cache-Control": KEPT_FOR_A_YEAR if versioned else ASKED_ABOUT_EVERY_TIME,
        **_GUARDS,
    }
    if_none_match = request.headers.get("if-none-match")
    asked = {"if-none-match": if_none_match} if if_none_match is not None else {}
    outcome = evaluate(asked, Validators(headers["ETag"], datetime.min.replace(tzinfo=UTC)))
    if outcome is Outcome.NOT_MODIFIED:
        return Response(status_code=304, headers=headers)
    return Response(image.data, headers=headers, media_type=image.media_type)
