"""The addresses of all pages and of what they load."""

from __future__ import annotations

import functools
from urllib.parse import quote

from reflex.config import get_config
from reflex.utils.exec import is_prod_mode

from .api import paths as api

LIBRARY = "/"
COMIC = "/comics/[comic_id]"
SERIES = "/series/[series_id]"
DOWNLOADS = "/downloads"
FINISHED_FILE = "/downloads/[job_id]"
LISTS = "/lists"
LIST = "/lists/[list_id]"
SHARES = "/shared"
GUESTS = "/s/[share_token]"
ACCOUNT = "/account"
ACCOUNTS = "/people"
QUEUE = "/queue"
SIGN_IN = "/sign-in"
SETUP = "/setup"
INVITE = "/invite/[link_token]"
RESET = "/reset/[link_token]"
UNKNOWN = "404"  # Reflex shows the page of this name at all other addresses.


def comic_page(comic_id: str) -> str:
    """Return the page of a comic."""
    return f"/comics/{comic_id}"


def series_page(series_id: str) -> str:
    """Return the page of a series."""
    return f"/series/{series_id}"


def list_page(list_id: str) -> str:
    """Return the page of a list."""
    return f"/lists/{list_id}"


def is_series_page(path: str) -> bool:
    """Return True for the path of a series' page."""
    return path.startswith("/series/")


def cover_image(comic_id: str, version: str = "", height: int = 480) -> str:
    """Return the address of a cover, whose version lets browsers cache it for a year."""
    return f"{_backend()}{api.COMICS}/{comic_id}/cover?height={height}&v={quote(version)}"


def page_image(comic_id: str, index: int, height: int, version: str = "") -> str:
    """Return the address of a page of a comic, scaled to the height in pixels."""
    return f"{_backend()}{api.COMICS}/{comic_id}/pages/{index}?height={height}&v={quote(version)}"


def download_file(job_id: str) -> str:
    """Return the address that redirects to a new signed link, so that pages hold no link."""
    return f"{_backend()}{api.DOWNLOADS}/{job_id}/file"


def opened_file(job_id: str) -> str:
    """Return the address that shows the file in the browser, if it has a viewer for it."""
    return f"{download_file(job_id)}?inline=true"


def finished_file_page(job_id: str) -> str:
    """Return the page on which the pages of a finished file are read, opened at the first one."""
    return f"{DOWNLOADS}/{job_id}?page=1"


def finished_page_image(job_id: str, index: int, height: int) -> str:
    """Return the address of a page of a finished file, scaled to the height in pixels."""
    return f"{finished_page(job_id, index)}?height={height}"


def finished_page(job_id: str, index: int) -> str:
    """Return the address of a page of a finished file as it is in there."""
    return f"{_backend()}{api.DOWNLOADS}/{job_id}/pages/{index}"


def original_page(comic_id: str, index: int) -> str:
    """Return the address of a page of a comic as it is in there."""
    return f"{_backend()}{api.COMICS}/{comic_id}/pages/{index}"


def group_file(group_id: str) -> str:
    """Return the address of the ZIP with the finished files of a group."""
    return f"{_backend()}{api.GROUPS}/{group_id}/file"


def share_token(address: str) -> str:
    """Return the token in the address of a share's page; empty for any other page."""
    start, _, token = address.rstrip("/").rpartition("/")
    return token if start == "/s" else ""


def account_link_token(address: str) -> str:
    """Return the token in the address of an invitation or of a new password; empty elsewhere."""
    start, _, token = address.rstrip("/").rpartition("/")
    return token if start in {"/invite", "/reset"} else ""


def is_invite(address: str) -> bool:
    """Return True if the address is the page of an invitation."""
    return address.startswith("/invite/")


def sign_in(wanted: str) -> str:
    """Return the sign-in page, which leads to the wanted page afterwards."""
    return SIGN_IN if wanted in {"", LIBRARY} else f"{SIGN_IN}?next={quote(wanted, safe='/')}"


def own_page(address: str) -> str:
    """Return the address if it is one of our pages, else the library (no open redirects)."""
    # Browsers read a backslash as a slash, and two slashes begin a host name (WHATWG URL,
    # section 4.4).
    is_ours = (
        address.startswith("/")
        and not address.startswith("//")
        and "\\" not in address
        and address.isprintable()
    )
    return address if is_ours else LIBRARY


def ticket(token: str, wanted: str = LIBRARY) -> str:
    """Return the address that exchanges a one-time ticket for the cookie."""
    page = quote(_pages() + own_page(wanted))
    return f"{_backend()}{api.BROWSER_SIGN_IN}/ticket/{token}?next={page}"


def comics_api() -> str:
    """Return the address that comics are uploaded to."""
    return _backend() + api.COMICS


def shares_api() -> str:
    """Return the address that guests' requests begin with."""
    return _backend() + api.SHARES


def password_api() -> str:
    """Return the address that changes the password."""
    return _backend() + api.PASSWORD


def invites_api() -> str:
    """Return the address that creates invitations."""
    return _backend() + api.INVITES


def reset_api(user_id: str) -> str:
    """Return the address that creates a link for a new password of the account."""
    return f"{_backend()}{api.API}/users/{user_id}/reset"


def tokens_api() -> str:
    """Return the address that creates access tokens."""
    return _backend() + api.TOKENS


def on_backend(path: str) -> str:
    """Return the address of an API path; an address elsewhere stays as it is."""
    return _backend() + path if path.startswith("/") else path


@functools.cache
def _backend() -> str:
    """Return the origin of the API: empty, except under ``reflex run`` in development."""
    return "" if is_prod_mode() else get_config().api_url.rstrip("/")


@functools.cache
def _pages() -> str:
    """Return the origin of the pages: empty, except under ``reflex run`` in development."""
    return "" if is_prod_mode() else f"http://localhost:{get_config().frontend_port}"
