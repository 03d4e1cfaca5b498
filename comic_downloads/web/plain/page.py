"""The page of a share without scripts and cookies, for the browsers of e-readers and old devices.

It is one short document that loads nothing else, and its links lead to the files of the share.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse

from ...domain.errors import Refusal
from ...usecases.sharing.contents import OpenShare, SharedComic, open_share
from ...usecases.sharing.plain import ALL
from .. import wording
from ..api import paths
from ..api.errors import domain_problem
from ..labels import FORMATS
from .signing_in import ask_for_password, credentials_of

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",  # The address is a credential.
    "X-Robots-Tag": "noindex, nofollow",
}
_STYLE = """
body { font: 18px/1.5 serif; max-width: 40em; margin: 1em auto; padding: 0 0.75em }
body { color: #000; background: #fff }
h1 { font-size: 1.4em; line-height: 1.2 } h2 { font-size: 1em; margin: 1.25em 0 0 }
p { margin: 0.25em 0 } a { color: inherit; display: inline-block; padding: 0.4em 1.2em 0.4em 0 }
"""

router = APIRouter(include_in_schema=False)


@router.get(f"{paths.SHARE_PAGES}/{{token}}/{paths.PLAIN_PAGE}")
async def get_page(request: Request, token: str) -> HTMLResponse:
    """Return the page of a share, or one that says why there is none."""
    try:
        credentials = await credentials_of(request, token)
        share = await run_in_threadpool(open_share, request.app.state.context, credentials)
    except Refusal as refusal:
        return _refused(refusal)
    return _respond("".join(_shared(share)), share.title)


def _refused(refusal: Refusal) -> HTMLResponse:
    said = f"<h1>{escape(refusal.title)}</h1><p>{escape(refusal.detail)}</p>"
    known = domain_problem(refusal)
    response = _respond(said, refusal.title, known.status_code)
    if "Retry-After" in known.headers:
        response.headers["Retry-After"] = known.headers["Retry-After"]
    return ask_for_password(response) if known.status_code == 401 else response


def _respond(body: str, title: str, status: int = 200) -> HTMLResponse:
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style>{body}</html>"
    )
    return HTMLResponse(page, status, _HEADERS)


def _shared(share: OpenShare) -> Iterator[str]:
    yield f"<h1>{escape(share.title)}</h1>"
    left = share.downloads_left
    limit = f" {wording.count(left, 'download')} left." if left is not None else ""
    yield f"<p>Shared with you until {share.expires_at:%d %B %Y, %H:%M} UTC.{limit}</p>"
    yield "<p>A file that is not ready yet takes a moment. If it does not come, try again.</p>"
    there = [comic for comic in share.comics if comic.page_count]
    if len(there) > 1:
        yield f"<h2>All in one file</h2><p>{_links(ALL, share)}</p>"
    for place, comic in enumerate(share.comics, start=1):
        yield from _comic(place, comic, share)


def _comic(place: int, comic: SharedComic, share: OpenShare) -> Iterator[str]:
    yield f"<h2>{escape(comic.name or comic.title)}</h2>"
    if not comic.page_count:
        yield "<p>It can no longer be read.</p>"
        return
    yield f"<p>{wording.count(comic.page_count, 'page')}</p><p>{_links(str(place), share)}</p>"


def _links(which: str, share: OpenShare) -> str:
    """Return the links to a file in each format. They are relative, so they hold no token."""
    return " ".join(
        f'<a href="{which}.{format}">{escape(words.name)}</a>'
        for format, words in FORMATS.items()
        if format in share.formats
    )
