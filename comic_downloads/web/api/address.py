"""Where this server is, as the one who asks sees it."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urljoin

from fastapi import Depends, Request

from .authentication import FromContext


def base_address(request: Request, context: FromContext) -> str:
    """BASE_URL where it is set, else the address the request came to: a copied link has to work in any program."""
    settings = context.settings
    return settings.base_url if "base_url" in settings.model_fields_set else str(request.base_url)


BaseAddress = Annotated[str, Depends(base_address)]


def absolute(base: str, url: str) -> str:
    """The address with scheme and host; one that has them (at a bucket or a CDN) stays as it is."""
    return urljoin(base, url)
