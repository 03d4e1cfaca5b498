"""A full disk: people sign in, and are told why new downloads have to wait."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from comic_downloads.files.reserve import RESERVE_BYTES, DiskReserve
from tests.attack.conftest import OWNER, cookie_of, running_server, started_server
from tests.small_disk import SmallDisk
from tests.waiting import wait_for

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    disk = SmallDisk(tmp_path / "small", 128)
    yield disk
    disk.unmount()


def test_people_sign_in_on_a_full_disk_and_everything_works_once_there_is_room(disk: SmallDisk):
    with running_server(disk.folder) as (url, _):
        headers = {"Cookie": cookie_of(url, OWNER)}
        comics = wait_for(
            "the demo comics",
            lambda: httpx.get(f"{url}/api/v1/comics", headers=headers).json()["items"],
        )
        filler = disk.fill()

        # Each of them writes, and together more than SQLite's log holds before it starts again.
        for _ in range(60):
            headers = {"Cookie": cookie_of(url, OWNER)}
        assert httpx.get(f"{url}/api/v1/me", headers=headers).status_code == 200
        asked = {"comic_ids": [comics[0]["id"]], "format": "cbz"}
        refused = httpx.post(f"{url}/api/v1/downloads", headers=headers, json=asked)
        assert (refused.status_code, refused.json()["code"]) == (507, "disk_full")
        assert "nearly full" in refused.json()["detail"]
        assert httpx.delete(f"{url}/api/v1/session", headers=headers).status_code == 204

        filler.unlink()
        headers = {"Cookie": cookie_of(url, OWNER)}
        accepted = httpx.post(f"{url}/api/v1/downloads", headers=headers, json=asked)
        assert accepted.status_code == 202, accepted.text


def test_the_server_starts_on_a_full_disk_and_people_sign_in(disk: SmallDisk):
    with running_server(disk.folder):
        pass
    disk.fill()

    with started_server(disk.folder) as (url, _):
        assert cookie_of(url, OWNER)


def test_the_space_is_set_aside_again(tmp_path: Path):
    disk = SmallDisk(tmp_path / "small", 128)
    try:
        reserve = DiskReserve(disk.folder / "reserve")
        reserve.refill()
        filler = disk.fill()
        reserve.make_room()
        (disk.folder / "small change").write_bytes(bytes(100_000))
        filler.unlink()
        reserve.refill()
        assert (disk.folder / "reserve").stat().st_size == RESERVE_BYTES
    finally:
        disk.unmount()
