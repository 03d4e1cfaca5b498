"""Files that are not written have the bytes that a worker would write: those that are pinned."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from comic_downloads.db import artifacts
from comic_downloads.db.tables import Artifact, Job
from comic_downloads.domain.layout import Layout, Literal, PagePiece
from comic_downloads.library.sources import open_comic
from tests.packaging.pinned_bytes import Installation, open_installation

PINS: dict[str, str] = json.loads(Path(__file__).with_name("pinned_bytes.json").read_text("utf-8"))[
    "pins"
]
# All that keep originals, but for a 7z archive, which is unpacked as a whole, and a comic that lost
# a page after the scan. Other formats cannot hold every page of “every kind” as it is.
ARCHIVES = (
    *("quality original", "some pages", "no metadata", "colour profile", "damaged page"),
    *("from stored zip", "from deflated zip", "from pdf", "from epub", "from cbr"),
    *("two comics", "series"),
)
BOOKS = (
    *("from stored zip", "from deflated zip", "from epub", "from cbr"),
    *("colour profile", "damaged page"),
)
LAID_OUT = {
    *(f"{form} {name}" for form in ("cbz", "zip") for name in (*ARCHIVES, "page_names numbered")),
    *("cbz metadata comicinfo-2.0", "cbz metadata comicinfo-2.1"),
    # What is for certain readers of EPUB changes no other format.
    *("cbz epub_for kindle", "zip epub_for kindle"),
    *(f"{form} {name}" for form in ("pdf", "epub") for name in BOOKS),
    # Of the two pages of that PDF, one is drawn and has become a PNG.
    *("epub from pdf", "epub some pages"),
}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Return an installation whose originals are layouts, for all tests of this module."""
    folder = tmp_path_factory.mktemp("layouts")
    with open_installation(folder, originals="layout") as installation:
        yield installation


@pytest.fixture(scope="module")
def accepted(opened: Installation) -> dict[str, dict[str, Any]]:
    """Request every file that has a pin; return the jobs as they were accepted, by name."""
    jobs = {}
    for name, body in opened.requests().items():
        answer = opened.client.post("/api/v1/downloads", json=body)
        assert answer.status_code in {200, 202}, (name, answer.text)
        jobs[name] = answer.json()
    return jobs


def layout_of(opened: Installation, etag: str) -> tuple[Artifact, Layout]:
    with opened.world.context.db.read() as session:
        artifact = session.scalars(select(Artifact).where(Artifact.etag == etag)).one()
        body = artifacts.layout_body(session, artifact.id)
    assert body is not None and artifact.layout_bytes == len(body)
    return artifact, Layout.from_bytes(body)


def content(library: Path, layout: Layout) -> bytes:
    """Return the bytes of the file, with every page as the reader of its comic returns it."""
    sources = [open_comic(library / comic.path, comic.kind) for comic in layout.comics]
    parts: list[bytes] = []
    for piece in layout.pieces:
        if isinstance(piece, Literal):
            parts.append(piece.data)
        else:
            assert isinstance(piece, PagePiece)
            with sources[piece.comic].open_page(piece.name) as stream:
                parts.append(stream.read())
    for source in sources:
        source.close()
    return b"".join(parts)


def test_originals_are_ready_at_once_where_every_page_can_be_used_as_it_is(
    accepted: dict[str, dict[str, Any]],
):
    assert {name for name, job in accepted.items() if job["status"] == "ready"} == LAID_OUT


@pytest.mark.parametrize("name", sorted(LAID_OUT))
def test_a_layout_has_the_bytes_that_a_worker_writes(
    opened: Installation, accepted: dict[str, dict[str, Any]], name: str
):
    with opened.world.context.db.read() as session:
        etag = session.get_one(Job, accepted[name]["id"]).etag
    artifact, layout = layout_of(opened, etag)
    made = content(opened.world.settings.library, layout)

    assert f"{hashlib.sha256(made).hexdigest()}  {accepted[name]['filename']}" == PINS[name]
    assert len(made) == layout.size_bytes == artifact.size_bytes
    assert accepted[name]["file_size_bytes"] == len(made)
    sent = opened.client.get(accepted[name]["download_url"])
    assert sent.content == made
    assert sent.headers["ETag"] == f'"{etag}"'
