"""The routes of all catalogues."""

from __future__ import annotations

from .addresses import Version
from .feeds import feed_router
from .files import file_router

ROUTERS = (feed_router(Version.V1), file_router(Version.V1))
