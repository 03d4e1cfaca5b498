"""The address of this server as the caller sees it."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urljoin

from fastapi import Depends, Request

from .authentication import FromContext


async def base_address(request: Request, context: FromContext) -> str:
    """Return BASE_URL if it is set, else the address of the request, for links that others open."""
    settings = context.settings
    return settings.base_url if "base_url" in settings.model_fields_set else str(request.base_url)


BaseAddress = Annotated[str, Depends(base_address)]


def absolute(base: str, url: str) -> str:
    """Return the URL with scheme and host; one at a bucket or a CDN has them and stays as it is."""
    return urljoin(base, url)
