"""Who is asking, and how a handler calls a use case.

Every event handler can be called by anybody with any arguments. So each one asks here who it works for, from the
HttpOnly cookie that came with the websocket, and hands that account's id to a use case, which authorises against the row.
"""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar
from urllib.parse import urljoin

import reflex as rx
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from reflex.event import EventSpec
from starlette.requests import cookie_parser

from ...domain.account import Account
from ...domain.errors import ComicDownloadsError, NotSignedIn
from ...usecases.accounts.sign_in import SESSION_COOKIE, account_of_session
from ...usecases.context import Context
from .. import routes
from ..client_address import client_address
from ..context import current_context

P = ParamSpec("P")
T = TypeVar("T")

Next = (
    rx.event.EventSpec | rx.event.EventCallback | None
)  # what a handler may ask the browser or another handler to do

log = logging.getLogger(__name__)


async def call(
    use_case: Callable[Concatenate[Context, P], T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """Runs a use case in a thread, so that databases, disks and password hashing never hold up the event loop."""
    return await rx.run_in_thread(functools.partial(use_case, current_context(), *args, **kwargs))


def cookies(state: rx.State) -> dict[str, str]:
    """The cookies that came with the tab's websocket; they never leave the server."""
    # not http.cookies: that drops all cookies for one of another program that it does not understand
    return cookie_parser(state.router.headers.cookie)


def session_token(state: rx.State) -> str | None:
    return cookies(state).get(SESSION_COOKIE)


def client_ip(state: rx.State) -> str:
    """The IP address of the tab's websocket."""
    forwarded_for = state.router.headers.raw_headers.get("x-forwarded-for", "")
    return client_address(
        state.router.session.client_ip, forwarded_for, current_context().settings.trusted_proxies
    )


async def visitor(state: rx.State) -> Account | None:
    """The account that is signed in on this tab, or None."""
    return await call(account_of_session, session_token(state))


async def signed_in(state: rx.State) -> Account:
    """The account that is signed in on this tab. Raises NotSignedIn."""
    account = await visitor(state)
    if account is None:
        raise NotSignedIn
    return account


def page_address(state: rx.State, path: str) -> str:
    """The path as an address for others: at BASE_URL where that is set, else where this tab found us."""
    settings = current_context().settings
    base = settings.base_url if "base_url" in settings.model_fields_set else state.router.url.origin
    return urljoin(base, path)


def save_file(address: str) -> EventSpec:
    """Has the browser save a file as by a click on a link to it."""
    return rx.call_script(f"window.comicDownloads.saveFile({json.dumps(address)})")


def copy_link(address: str, then: rx.event.EventType[bool]) -> EventSpec:
    """Hands the link to the clipboard, absolute; ``then`` is told whether the browser allowed it."""
    script = f"window.comicDownloads.copyLink({json.dumps(address)})"
    return rx.call_script(script, callback=then)  # pyright: ignore[reportArgumentType]


def load_page(address: str) -> EventSpec:
    """Goes there as by a click on an ordinary link: with a new websocket, which brings the cookie of now."""
    return rx.call_script(f"window.location.assign({json.dumps(address)})")


def show_error(exception: Exception) -> EventSpec:
    """What a tab shows when one of its handlers raised: a refusal's own words, and nothing of our inside otherwise."""
    if isinstance(exception, NotSignedIn):
        return rx.redirect(routes.SIGN_IN)
    if isinstance(exception, ComicDownloadsError):
        return rx.toast.error(exception.detail, close_button=True)
    log.error("An event handler failed", exc_info=exception)
    if isinstance(
        exception, RedisConnectionError | RedisTimeoutError
    ):  # where Reflex keeps what the tabs show
        return rx.call_script(
            f"window.comicDownloads.waitForPages({json.dumps(routes.on_backend('/health/ready'))})"
        )
    return rx.toast.error(
        "Something went wrong.",
        description="Try again. The server's log has the details.",
        close_button=True,
    )
