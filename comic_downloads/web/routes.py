"""The addresses of the pages and of what they show, in one place."""

from __future__ import annotations

import functools
from urllib.parse import quote

from reflex.config import get_config
from reflex.utils.exec import is_prod_mode

from .api import paths as api

LIBRARY = "/"
COMIC = "/comics/[comic_id]"
DOWNLOADS = "/downloads"
SHARES = "/shared"
GUESTS = "/s/[share_token]"
ACCOUNTS = "/people"
QUEUE = "/queue"
SIGN_IN = "/sign-in"
SETUP = "/setup"
UNKNOWN = "404"  # what Reflex calls the page of all other addresses


def comic_page(comic_id: str) -> str:
    return f"/comics/{comic_id}"


def cover_image(comic_id: str, version: str = "", height: int = 480) -> str:
    """The version makes a changed cover a new address, so that browsers may keep images for long."""
    return f"{_backend()}{api.COMICS}/{comic_id}/cover?height={height}&v={quote(version)}"


def page_image(comic_id: str, index: int, height: int, version: str = "") -> str:
    return f"{_backend()}{api.COMICS}/{comic_id}/pages/{index}?height={height}&v={quote(version)}"


def download_file(job_id: str) -> str:
    """Gives a fresh signed link and goes there; the link itself is never kept in a page."""
    return f"{_backend()}{api.DOWNLOADS}/{job_id}/file"


def share_token(address: str) -> str:
    """The token in the address of a share's page; empty for any other page."""
    start, _, token = address.rstrip("/").rpartition("/")
    return token if start == "/s" else ""


def sign_in(wanted: str) -> str:
    """The door, which leads on to the page that was wanted."""
    return SIGN_IN if wanted in {"", LIBRARY} else f"{SIGN_IN}?next={quote(wanted, safe='/')}"


def own_page(address: str) -> str:
    """The address if it is a page of ours, otherwise the library: nobody is led elsewhere by a link to the door."""
    # browsers take a backslash for a slash, and two of them begin a host name (WHATWG URL, section 4.4)
    is_ours = (
        address.startswith("/")
        and not address.startswith("//")
        and "\\" not in address
        and address.isprintable()
    )
    return address if is_ours else LIBRARY


def ticket(token: str, wanted: str = LIBRARY) -> str:
    """Turns a one-use ticket into the cookie and goes on to the page that was wanted."""
    return f"{_backend()}{api.BROWSER_SIGN_IN}/ticket/{token}?next={quote(_pages() + own_page(wanted))}"


def comics_api() -> str:
    return _backend() + api.COMICS


def shares_api() -> str:
    return _backend() + api.SHARES


def on_backend(path: str) -> str:
    """The address of a path of the HTTP interface; an address elsewhere stays as it is."""
    return _backend() + path if path.startswith("/") else path


@functools.cache
def _backend() -> str:
    """Where the HTTP interface is: beside the pages, except under ``reflex run`` for developers."""
    return "" if is_prod_mode() else get_config().api_url.rstrip("/")


@functools.cache
def _pages() -> str:
    return "" if is_prod_mode() else f"http://localhost:{get_config().frontend_port}"
