"""The addresses of the pages and of what they show, in one place."""

from __future__ import annotations

LIBRARY = "/"
COMIC = "/comics/[comic_id]"
DOWNLOADS = "/downloads"
PEOPLE = "/people"
QUEUE = "/queue"
SIGN_IN = "/sign-in"
SETUP = "/setup"


def comic_page(comic_id: str) -> str:
    return f"/comics/{comic_id}"


def cover_image(comic_id: str, version: str, height: int = 480) -> str:
    """The version makes a changed cover a new address, so that browsers may keep images for long."""
    return f"/api/v1/comics/{comic_id}/cover?height={height}&v={version}"


def page_image(comic_id: str, index: int, height: int, version: str) -> str:
    return f"/api/v1/comics/{comic_id}/pages/{index}?height={height}&v={version}"


def download_file(job_id: str) -> str:
    """Gives a fresh signed link and goes there; the link itself is never kept in a page."""
    return f"/api/v1/downloads/{job_id}/file"


def ticket(token: str) -> str:
    """Turns a one-use ticket into the cookie and goes on to the library."""
    return f"/auth/ticket/{token}"
