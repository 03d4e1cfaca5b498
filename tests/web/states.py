"""A tab of somebody who is signed in, for tests of the states behind the pages."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import Any, TypeVar

import reflex as rx
from reflex.istate.data import RouterData

from comic_downloads.web.states.library import LibraryState
from comic_downloads.web.states.series import SeriesState
from tests.waiting import PATIENCE_SECONDS

T = TypeVar("T")


def a_tab(
    session_token: str = "", cookies: Mapping[str, str] = MappingProxyType({}), address: str = "/"
) -> rx.State:
    """Return the root of a tab's states as it is when its page opens."""
    known = {"session": session_token, **cookies}
    root = rx.State(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]
    headers = {
        "cookie": "; ".join(f"{name}={value}" for name, value in known.items()),
        "origin": "http://localhost",
    }
    root.router = RouterData.from_router_data(
        {"headers": headers, "token": "tab", "asPath": address}
    )
    return root


async def visit(
    tab: rx.State, address: str, page: type[LibraryState | SeriesState] = LibraryState
) -> None:
    """Open a page, by default the library, at this address."""
    tab.router = RouterData.from_router_data(
        {
            "headers": {"cookie": tab.router.headers.cookie, "origin": "http://localhost"},
            "token": "tab",
            "asPath": address,
        }
    )
    await (await tab.get_state(page)).load()


def run(test: Coroutine[Any, Any, T]) -> T:
    """Run the test in a thread of its own.

    The main thread may have a running event loop already, from Playwright.
    """
    here = contextvars.copy_context()
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(here.run, asyncio.run, test).result(PATIENCE_SECONDS)
