"""Paths of the HTTP interface that more than one module names."""

from __future__ import annotations

API = "/api/v1"
DOCS = f"{API}/docs"
OPENAPI = f"{API}/openapi.json"
COMICS = f"{API}/comics"
DOWNLOADS = f"{API}/downloads"
GROUPS = f"{API}/groups"
LISTS = f"{API}/lists"
LIBRARY = f"{API}/library"
PRESETS = f"{API}/presets"
RECIPIENTS = f"{API}/recipients"
SHARES = f"{API}/shares"
PASSWORD = f"{API}/me/password"
SESSIONS = f"{API}/me/sessions"
INVITES = f"{API}/invites"
# Where the token of a link is used; the pages of the same names show its form.
INVITE = f"{API}/invite"
RESET = f"{API}/reset"
TOKENS = f"{API}/tokens"
BROWSER_SIGN_IN = "/auth"
FILES = "/d"
CATALOGUES = "/opds"
# The page of a share; the files below it belong to the HTTP interface.
SHARE_PAGES = "/s"
PLAIN_PAGE = "plain"


def account_link_page(kind: str, token: str) -> str:
    """Return the page of a link that works once; ``kind`` is ``invite`` or ``reset``."""
    return f"/{kind}/{token}"
