"""Show an error in place of a page whose content could not be loaded."""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

import reflex as rx

from ...domain.errors import ComicDownloadsError
from ..browser_events import call_page
from .auth import Next
from .callers import anyone, open_to

State = TypeVar("State", bound=rx.State)
UNEXPECTED = "The server could not load this page. Try again in a moment; the log has the details."

log = logging.getLogger(__name__)


class LoadErrorState(rx.State):
    """The message of the load error that the page shows; empty if there is none."""

    message: str = ""

    @rx.event
    @open_to(anyone)
    def reload(self) -> Next:
        """Reload the page."""
        return call_page("location.reload")


def reports_load_error(
    load: Callable[[State], Awaitable[Next]],
) -> Callable[[State], Awaitable[Next]]:
    """Wrap the load handler of a page so that it shows an error instead of raising one.

    Anyone may call it, because a page loads before it is known who visits it.
    """

    @open_to(anyone)
    @functools.wraps(load)
    async def loading(self: State) -> Next:
        try:
            return await load(self)
        except ComicDownloadsError as error:
            message = error.detail
        except Exception:
            # Without a message the page would show its placeholders forever.
            log.exception("Page could not be loaded", extra={"action": "page_load"})
            message = UNEXPECTED
        (await self.get_state(LoadErrorState)).message = message

    return loading
