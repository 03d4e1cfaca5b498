"""Authenticate event handlers and call use cases from them.

Anyone can call any event handler with any arguments. So each handler finds its account here, from
the HttpOnly cookie of the websocket, and passes the account's id to a use case, which checks
permissions against the database.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar
from urllib.parse import urljoin, urlsplit

import reflex as rx
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from reflex.event import EventSpec
from starlette.requests import cookie_parser

from ...domain.account import Account
from ...domain.errors import ComicDownloadsError, DatabaseError, NotSignedIn
from ...usecases.accounts.sign_in import SESSION_COOKIE, account_of_session
from ...usecases.context import Context
from .. import routes
from ..browser_events import call_page, redirect, toast
from ..client_address import client_address, is_from_this_machine
from ..context import current_context

P = ParamSpec("P")
T = TypeVar("T")

# What a handler can return: an event for the browser or for another handler.
Next = rx.event.EventSpec | rx.event.EventCallback | None

log = logging.getLogger(__name__)


async def call(
    use_case: Callable[Concatenate[Context, P], T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """Run a use case in a thread, so that it never blocks the event loop.

    An error of the database is logged with the driver's words, which no screen shows.
    """
    try:
        return await rx.run_in_thread(
            functools.partial(use_case, current_context(), *args, **kwargs)
        )
    except DatabaseError as error:
        name = getattr(use_case, "__name__", "A use case")
        log.error("%s failed (%s): %s", name, error.code, error.reason)
        raise


def cookies(state: rx.State) -> dict[str, str]:
    """Return the cookies of the tab's websocket, which never leave the server."""
    # http.cookies discards every cookie if one is malformed, such as one of another program on
    # this host.
    return cookie_parser(state.router.headers.cookie)


def session_token(state: rx.State) -> str | None:
    """Return the token in the session cookie; None without one."""
    return cookies(state).get(SESSION_COOKIE)


def client_ip(state: rx.State) -> str:
    """Return the IP address of the tab's browser."""
    forwarded_for = state.router.headers.raw_headers.get("x-forwarded-for", "")
    return client_address(
        state.router.session.client_ip, forwarded_for, current_context().settings.trusted_proxies
    )


def is_local(state: rx.State) -> bool:
    """Return True if the tab's browser runs on this machine."""
    host = state.router.headers.host
    return is_from_this_machine(client_ip(state), host)


async def visitor(state: rx.State) -> Account | None:
    """Return the account that is signed in on this tab, or None."""
    return await call(account_of_session, session_token(state))


async def signed_in(state: rx.State) -> Account:
    """Return the account that is signed in on this tab. Raises NotSignedIn."""
    account = await visitor(state)
    if account is None:
        raise NotSignedIn
    return account


def page_address(state: rx.State, path: str) -> str:
    """Return the absolute address of a page: at BASE_URL if set, else at the tab's origin."""
    settings = current_context().settings
    base = settings.base_url if "base_url" in settings.model_fields_set else state.router.url.origin
    return urljoin(base, path)


def address_problem(state: rx.State) -> str:
    """Return which address to open if nobody can sign in at the tab's, else an empty string.

    Browsers drop the Secure cookies of the host of BASE_URL where it is open without HTTPS.
    """
    settings = current_context().settings
    base, tab = urlsplit(settings.base_url), urlsplit(state.router.url.origin)
    if tab.scheme != "http" or base.scheme != "https" or tab.hostname != base.hostname:
        return ""
    if settings.serves_this_machine:  # Browsers trust it without HTTPS.
        return ""
    return f"Signing in works over HTTPS only. Open {settings.base_url} instead."


def save_file(address: str) -> EventSpec:
    """Make the browser save a file, as a click on a link does."""
    return call_page("comicDownloads.saveFile", address)


def copy_link(address: str, then: rx.event.EventType[bool]) -> EventSpec:
    """Copy the absolute link to the clipboard; ``then`` receives whether that worked."""
    return call_page("comicDownloads.copyLink", address, then=then)


def copy_text(text: str, then: rx.event.EventType[bool]) -> EventSpec:
    """Copy the text to the clipboard; ``then`` receives whether that worked."""
    return call_page("comicDownloads.copyText", text, then=then)


def load_page(address: str) -> EventSpec:
    """Load a page with a new websocket, which carries the current cookies."""
    return call_page("location.assign", address)


def show_error(exception: Exception) -> EventSpec:
    """Log the error of an event handler and return what the tab shows for it.

    A refusal shows its own message; any other error shows nothing of the server's internals.
    """
    if isinstance(exception, NotSignedIn):
        return redirect(routes.SIGN_IN)
    if isinstance(exception, ComicDownloadsError):
        return toast("error", exception.detail, close_button=True)
    log.error("Event handler failed", exc_info=exception)
    # Reflex stores the states of the tabs in Redis.
    if isinstance(exception, RedisConnectionError | RedisTimeoutError):
        return call_page("comicDownloads.waitForPages", routes.on_backend("/health/ready"))
    return toast(
        "error",
        "Something went wrong.",
        "Try again. The server's log has the details.",
        close_button=True,
    )
