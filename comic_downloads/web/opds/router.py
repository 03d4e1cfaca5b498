"""The routes of all catalogues."""

from __future__ import annotations

from .addresses import Version
from .feeds import feed_router
from .files import file_router
from .signing_in import document_router

ROUTERS = (
    *map(feed_router, Version),
    *map(file_router, Version),
    document_router,
)
