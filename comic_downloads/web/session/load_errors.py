"""What a page says in place of its content when that could not be read."""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

import reflex as rx

from ...domain.errors import ComicDownloadsError
from .auth import Next

State = TypeVar("State", bound=rx.State)
UNEXPECTED = "The server could not load this page. Try again in a moment; the log has the details."

log = logging.getLogger(__name__)


class LoadErrorState(rx.State):
    message: str = ""

    @rx.event
    def reload(self) -> Next:
        return rx.call_script("window.location.reload()")


def reports_load_error(
    load: Callable[[State], Awaitable[Next]],
) -> Callable[[State], Awaitable[Next]]:
    """Makes a page's load, when it fails, say so on the page, which would otherwise look as if it still loaded."""

    @functools.wraps(load)
    async def loading(self: State) -> Next:
        try:
            return await load(self)
        except ComicDownloadsError as error:
            words = error.detail
        except Exception:  # whatever it is, the page must not stay as if something still came
            log.exception("A page could not be loaded", extra={"action": "load"})
            words = UNEXPECTED
        (await self.get_state(LoadErrorState)).message = words

    return loading
