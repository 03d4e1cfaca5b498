"""The address of this server as the caller sees it."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated
from urllib.parse import urljoin

from fastapi import Depends, Request

from ...settings import Settings


async def base_address(request: Request) -> str:
    """Return the dependency ``BaseAddress``."""
    return address_for(request)


def address_for(request: Request) -> str:
    """Return BASE_URL if it is set, else the address of the request, for links that others open."""
    settings: Settings = request.app.state.context.settings
    return settings.base_url if "base_url" in settings.model_fields_set else str(request.base_url)


BaseAddress = Annotated[str, Depends(base_address)]


def absolute(base: str, url: str) -> str:
    """Return the URL with scheme and host; one at a bucket or a CDN has them and stays as it is."""
    if url.startswith("/") and not url.startswith("//"):
        return _host_of(base) + url
    return urljoin(base, url)


@lru_cache(maxsize=64)
def _host_of(base: str) -> str:
    return urljoin(base, "/").removesuffix("/")
