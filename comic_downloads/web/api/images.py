"""Responses with images: covers, thumbnails and pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fastapi import Request, Response

from ...domain.link import content_disposition
from ...usecases.library.page_images import ImageFile, PageFile
from .ranges.plan import Representation, plan_answer
from .ranges.preconditions import Outcome, Validators, evaluate
from .ranges.response import joined_headers, response_from_memory

# "private", because a shared cache must not show a page to somebody who is not signed in.
CACHED_FOR_A_YEAR = "private, max-age=31536000, immutable"
REVALIDATED = "private, no-cache"

IMAGE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/*": {}}, "description": "The image"},
    304: {"description": "Unchanged"},
}

# Pages come from files of unknown origin, so browsers must treat them as images only.
_GUARDS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-site",
}


def page_response(request: Request, page: PageFile) -> Response:
    """Return the bytes of the page or ranges of them, as a file to save under its name."""
    validators = Validators(f'"{page.etag}"', page.modified_at.replace(microsecond=0))
    headers = {"Content-Disposition": content_disposition(page.name)}
    guards = {
        **_GUARDS,
        "Cache-Control": REVALIDATED,
        "X-Content-Type-Options": "nosniff",
    }
    file = Representation(len(page.data), page.media_type, validators, headers, guards)
    return response_from_memory(
        plan_answer(request.method, joined_headers(request.headers), file), page.data
    )


@dataclass(frozen=True)
class Images:
    """Answers one request with an image.

    ``versioned``: the address has a version in it and so never shows another image.
    """

    request: Request
    versioned: bool = False

    def respond(self, image: ImageFile) -> Response:
        """Return the image, or 304 if the client has it."""
        headers = {
            "ETag": f'"{image.etag}"',
            "Cache-Control": CACHED_FOR_A_YEAR if self.versioned else REVALIDATED,
            **_GUARDS,
        }
        if_none_match = self.request.headers.get("if-none-match")
        known = {"if-none-match": if_none_match} if if_none_match is not None else {}
        outcome = evaluate(known, Validators(headers["ETag"], datetime.min.replace(tzinfo=UTC)))
        if outcome is Outcome.NOT_MODIFIED:
            return Response(status_code=304, headers=headers)
        return Response(image.data, headers=headers, media_type=image.media_type)
