"""The title of a comic is text in a toast, whatever it looks like."""

from __future__ import annotations

import io
import json
import zipfile
from xml.sax.saxutils import escape

import httpx

from tests.api.library import archive_bytes
from tests.attack.conftest import OpenTab
from tests.attack.socket_client import handler
from tests.waiting import wait_for

ENTER = handler("tray", "tray_state", "enter")
# Looks like what Reflex itself writes where a variable stands.
MARKER = "<reflex.Var>12345</reflex.Var>name"
PLAIN = "Quiet evening"


def titled(title: str) -> bytes:
    """Return a comic whose ComicInfo.xml has this title."""
    stream = io.BytesIO(archive_bytes(2))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("ComicInfo.xml", f"<ComicInfo><Title>{escape(title)}</Title></ComicInfo>")
    return stream.getvalue()


def add_comic(url: str, cookie: str, title: str, name: str) -> str:
    """Upload a comic and return its id."""
    headers = {"Cookie": cookie}
    files = {"file": (name, titled(title))}
    httpx.post(f"{url}/api/v1/comics", files=files, headers=headers).raise_for_status()

    def found() -> str | None:
        items = httpx.get(f"{url}/api/v1/comics?limit=500", headers=headers).json()["items"]
        return next((comic["id"] for comic in items if comic["title"] == title), None)

    return wait_for("the comic to be listed", found)


def test_every_finished_download_has_its_toast_beside_one_with_an_odd_title(
    server: str, owner: str, open_tab: OpenTab
) -> None:
    odd = add_comic(server, owner, MARKER, "odd.cbz")
    usual = add_comic(server, owner, PLAIN, "usual.cbz")
    tab = open_tab(owner)
    tab.send(ENTER)
    for comic_id in (odd, usual):
        body = {"comic_ids": [comic_id], "format": "cbz"}
        httpx.post(
            f"{server}/api/v1/downloads", json=body, headers={"Cookie": owner}
        ).raise_for_status()

    def both_shown() -> bool:
        tab.listen(1)
        return all(toast_of(title) in tab.text for title in (MARKER, PLAIN))

    assert wait_for("both toasts", both_shown)


def toast_of(title: str) -> str:
    """Return the title of the toast as it is on the wire: JavaScript within JSON."""
    return json.dumps(json.dumps(f"{title} is ready").replace("<", "\\u003c"))[1:-1]
