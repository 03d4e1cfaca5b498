"""The routes for clients without scripts and cookies."""

from __future__ import annotations

from .files import file_router
from .page import router as page_router

# The page comes first: its address has the shape of a file's.
ROUTERS = (page_router, file_router())
