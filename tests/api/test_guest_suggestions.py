"""What guests get of the default preset of the person who shares: all of it."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from comic_downloads.usecases.context import Context

from .library import prepare_all
from .sharing import ARCHIVES, prepare, shared, status

DEVICE = {"format": "cbz", "quality": "1264x1680", "grayscale": True, "image_format": "jpeg"}


@pytest.fixture
def archives() -> dict[str, int]:
    return ARCHIVES


def make_default(member: TestClient, choices: dict[str, Any]) -> None:
    body = {"name": "Mine", "is_default": True, **choices}
    assert member.post("/api/v1/presets", json=body).status_code == 201


def pages_in(guest: TestClient, url: str) -> list[Image.Image]:
    with zipfile.ZipFile(io.BytesIO(guest.get(url).content)) as archive:
        names = [name for name in archive.namelist() if name.endswith((".jpg", ".png"))]
        return [Image.open(io.BytesIO(archive.read(name))) for name in names]


def test_file_as_suggested_is_made_with_every_choice_of_the_preset(
    member: TestClient, guest: TestClient, context: Context, comics: dict[str, str]
):
    address = shared(member, comics)
    make_default(member, DEVICE)
    suggested = guest.get(f"{address}/info").json()["suggested"]
    assert DEVICE.items() <= suggested.items()
    answer = guest.post(f"{address}/prepare", json={"as_suggested": True})
    assert answer.status_code == 202, answer.text
    prepare_all(context)
    done = status(guest, address, answer.json()["job_id"])
    assert {(page.format, page.mode) for page in pages_in(guest, done["download_url"])} == {
        ("JPEG", "L")
    }


def test_file_that_is_asked_for_by_format_and_quality_alone_is_plain(
    member: TestClient, guest: TestClient, context: Context, comics: dict[str, str]
):
    address = shared(member, comics)
    make_default(member, DEVICE)
    job = prepare(guest, address, "cbz", quality="1264x1680")
    prepare_all(context)
    done = status(guest, address, job["job_id"])
    assert {page.format for page in pages_in(guest, done["download_url"])} == {"PNG"}


def test_preset_with_parts_makes_guests_a_group(
    member: TestClient, guest: TestClient, context: Context, comics: dict[str, str]
):
    address = shared(member, comics)
    make_default(member, {"format": "cbz", "quality": "original", "max_part_bytes": 6000})
    answer = guest.post(f"{address}/prepare", json={"as_suggested": True})
    assert answer.status_code == 202, answer.text
    prepare_all(context)
    group = guest.get(f"{address}/groups/{answer.json()['group_id']}").json()
    assert group["file_count"] == group["total"] == len(group["items"]) > 1
    assert all(item["file_size_bytes"] <= 6000 for item in group["items"])


def test_nothing_is_suggested_that_the_share_does_not_offer(
    member: TestClient, guest: TestClient, comics: dict[str, str]
):
    address = shared(member, comics, formats=["pdf"])
    make_default(member, DEVICE)
    assert guest.get(f"{address}/info").json()["suggested"] is None
    answer = guest.post(f"{address}/prepare", json={"as_suggested": True})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_format")
