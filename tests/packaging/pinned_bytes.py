"""Request the files that are pinned over the HTTP interface, and print the table of their digests.

To print the table again::

    .venv/bin/python -m tests.packaging.pinned_bytes > tests/packaging/pinned_bytes.json
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import PIL
import pytest
from fastapi.testclient import TestClient

from comic_downloads.domain.own_file import UNTOUCHED
from comic_downloads.packaging.images import RESIZER
from comic_downloads.settings import Settings
from comic_downloads.web.api.app import create_api
from tests.packaging.conftest import installation
from tests.packaging.pinned_comics import (
    EVERY_KIND,
    LOST,
    PROFILED,
    SECOND,
    SERIES,
    SOURCES,
    TORN,
    lose_a_page,
    write_library,
)
from tests.queue.world import World
from tests.waiting import wait_for

COMMAND = ".venv/bin/python -m tests.packaging.pinned_bytes > tests/packaging/pinned_bytes.json"
_ACCOUNT = {"username": "ann", "password": "correct horse battery"}
Wishes = dict[str, Any]

# A device of every kind of screen; the others differ from these in numbers only.
DEVICES = (
    "kindle-paperwhite",
    "kindle-scribe",
    "kobo-clara",
    "kobo-libra",
    "kobo-libra-colour",
    "remarkable-2",
    "xteink-x4",
    "ipad",
    "phone",
)
# Requests for the options whose values /api/v1/formats does not list.
OPTIONS: dict[str, Wishes] = {
    "some pages": {"pages": "2-3, 5"},
    "grayscale": {"grayscale": True},
    "crop_margins": {"crop_margins": True},
    "strips split": {"strips": "split"},
    "strips keep": {"strips": "keep", "quality": "kobo-clara"},
    "double_pages split": {"double_pages": "split"},
    "double_pages both": {"double_pages": "both", "quality": "480p"},
    "levels": {"levels": True},
    "epub_for kindle": {"epub_for": "kindle"},
    "as before for a device": {
        "quality": "kindle-paperwhite",
        "double_pages": "keep",
        "levels": False,
        "crop_margins": False,
        "epub_for": "any",
    },
    "target of the originals": {"target_size_bytes": 900_000},
    "target of small pages": {"target_size_bytes": 90_000, "quality": "480p"},
    "no metadata": {"metadata": False},
    "all at once": {
        "pages": "1-7",
        "quality": "720p",
        "grayscale": True,
        "crop_margins": True,
        "strips": "split",
        "image_format": "jpeg",
        "target_size_bytes": 120_000,
        "metadata": False,
    },
}


@dataclass(frozen=True)
class Installation:
    """A product with the drawn comics in its library; ``client`` is signed in as its owner."""

    world: World
    client: TestClient

    @cached_property
    def ids(self) -> dict[str, str]:
        """Return the id of every comic by its title."""
        comics = self.get("/api/v1/comics?limit=100")["items"]
        return {comic["title"]: comic["id"] for comic in comics}

    def get(self, address: str) -> Any:
        answer = self.client.get(address)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def requests(self) -> dict[str, Wishes]:
        """Return the bodies of all requests to pin, by name, for all that is offered."""
        offer = self.get("/api/v1/formats")
        # What is untouched has the bytes that the library's files have.
        offered = (one["name"] for one in offer["qualities"] if one["name"] != UNTOUCHED)
        qualities = [*offered, *DEVICES]
        picks = self._picks()
        bodies: dict[str, Wishes] = {}
        for form in offer["formats"]:
            ways = {f"quality {name}": {"quality": name} for name in qualities}
            ways |= OPTIONS | _listed_options(form)
            named = {name: {**self._comics(EVERY_KIND), **wishes} for name, wishes in ways.items()}
            for name, body in (named | picks).items():
                bodies[f"{form['name']} {name}"] = {"format": form["name"], **body}
        return bodies

    def _picks(self) -> dict[str, Wishes]:
        """Return requests for every kind of source, for several comics and for damaged ones."""
        every_series = self.get("/api/v1/series")["items"]
        (series,) = (one["id"] for one in every_series if one["title"] == SERIES)
        torn = {**self._comics(TORN), "on_page_error": "skip"}
        return {
            **{f"from {kind}": self._comics(title) for kind, title in SOURCES.items()},
            "colour profile": self._comics(PROFILED),
            "two comics": self._comics(SECOND, EVERY_KIND),
            "two comics 480p": {**self._comics(SECOND, SOURCES["cbr"]), "quality": "480p"},
            "series": {"series_id": series},
            "damaged page": torn,
            "damaged page 480p": {**torn, "quality": "480p"},
            "lost page": {**self._comics(LOST), "on_page_error": "skip"},
        }

    def _comics(self, *titles: str) -> Wishes:
        return {"comic_ids": [self.ids[title] for title in titles]}

    def pin(self, body: Wishes) -> str:
        """Return the digest and the name of the finished file, as sha256sum prints them."""
        answer = self.client.post("/api/v1/downloads", json=body)
        assert answer.status_code in {200, 202}, answer.text
        while self.world.prepare_here():
            pass
        address = f"/api/v1/downloads/{answer.json()['id']}"
        job = self.get(address)
        assert job["status"] == "ready", job["error"]
        file = self.client.get(f"{address}/file", follow_redirects=True)
        assert file.status_code == 200, file.text
        assert unquote(file.url.path.rpartition("/")[2]) == job["filename"]
        return f"{hashlib.sha256(file.content).hexdigest()}  {job['filename']}"

    def wait_for_counts(self) -> None:
        """Wait until the last delivery is counted, after which nothing writes to the database."""
        newest = "/api/v1/downloads?limit=1"
        wait_for("the counts", lambda: self.get(newest)["items"][0]["downloaded_bytes"])


def _listed_options(form: dict[str, Any]) -> dict[str, Wishes]:
    """Return a wish for every choice a format lists beyond its defaults."""
    lists = {"image_format": "image_formats", "page_names": "page_names", "metadata": "metadata"}
    return {
        f"{option} {choice}": {option: choice}
        for option, listed in lists.items()
        for choice in form[listed]
        if choice not in {"source", "original"}
    }


@contextmanager
def _no_settings_from_outside() -> Iterator[None]:
    """Hide the environment's settings, which may belong to the developer's own installation."""
    with pytest.MonkeyPatch.context() as environment:
        for name in Settings.model_fields:
            environment.delenv(name.upper(), raising=False)
        yield


@contextmanager
def open_installation(folder: Path, originals: str = "stored") -> Iterator[Installation]:
    """Open an installation in the folder, with the comics drawn and scanned.

    ``originals`` is the setting ORIGINALS.
    """
    with (
        _no_settings_from_outside(),
        contextmanager(installation)(folder) as opened,
    ):
        world = opened.with_settings(originals=originals)
        write_library(world.settings.library)
        world.scan(TORN)
        lose_a_page(world.settings.library)
        with TestClient(
            create_api(world.context),
            base_url=world.settings.base_url,
            client=("127.0.0.1", 50000),
        ) as client:
            for step in ("setup", "session"):
                answer = client.post(f"/api/v1/{step}", json=_ACCOUNT)
                assert answer.is_success, answer.text
            yield Installation(world, client)


def table() -> dict[str, Any]:
    """Return the pin of every request, from an installation of its own, and what made them."""
    with tempfile.TemporaryDirectory() as folder, open_installation(Path(folder)) as opened:
        pins = {name: opened.pin(body) for name, body in opened.requests().items()}
        opened.wait_for_counts()
    return {"pillow": PIL.__version__, "resizer": RESIZER, "pins": pins}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(table(), indent=1, ensure_ascii=False) + "\n")
