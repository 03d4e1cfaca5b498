"""Wishes about size and format, from the request to the file."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from comic_downloads.db.migrations import migrate
from comic_downloads.domain.errors import InvalidRequest
from comic_downloads.usecases import convert_pages
from comic_downloads.usecases.freeze_request import DownloadRequest
from comic_downloads.usecases.submit_download import estimate_download
from tests.packaging.zoo import encoded, profile
from tests.queue.world import World, open_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = open_world(tmp_path, None)
    migrate(world.context.db)
    yield world
    world.end()


@pytest.mark.parametrize("format", ["cbz", "zip", "pdf", "epub"])
def test_download_keeps_within_its_target(world: World, format: str):
    user, comic = world.add_user("ann"), world.add_comic("Large", pages=8, size=(1200, 1800))
    whole = world.submit(user, comic, format=format)
    fitting = world.submit(user, comic, format=format, target_size_bytes=160_000)
    while world.prepare_here():
        pass
    size_bytes = world.job(fitting).file_size_bytes
    assert world.job(whole).status == world.job(fitting).status == "ready"
    assert size_bytes is not None and 144_000 <= size_bytes <= 160_000
    assert (world.job(whole).file_size_bytes or 0) > 160_000


@pytest.mark.parametrize("more", [0, 1000, 5000])
def test_pdf_keeps_within_its_target_although_its_profile_is_in_it_twice(world: World, more: int):
    folder = world.settings.library / "Profiled"
    folder.mkdir()
    large = profile() + random.Random(1).randbytes(8000)
    for number in range(3):
        page = Image.effect_noise((500, 700), 50 + number)
        (folder / f"{number}.jpg").write_bytes(encoded(page.convert("RGB"), "JPEG", icc_profile=large))
    pages_bytes = sum(path.stat().st_size for path in folder.iterdir())
    target = pages_bytes + 5_000 + more
    job = world.submit(world.add_user("ann"), world.scan("Profiled"), format="pdf", target_size_bytes=target)
    assert world.prepare_here()
    assert (world.job(job).status, world.job(job).error) == ("ready", None)
    assert 0.9 * target <= (world.job(job).file_size_bytes or 0) <= target


def test_target_that_cannot_be_met_is_refused_at_once(world: World):
    user, comic = world.add_user("ann"), world.add_comic("Small", pages=5)
    with pytest.raises(InvalidRequest, match="pick fewer pages"):
        world.submit(user, comic, target_size_bytes=9_000)


@pytest.mark.parametrize("limit", [1, 10_000_000, 1_000_000_000])
def test_every_page_is_converted_however_little_memory_is_allowed(world: World, monkeypatch: pytest.MonkeyPatch, limit: int):
    monkeypatch.setattr(convert_pages, "MAX_WORKING_BYTES", limit)
    several = world.with_settings(worker_threads=3)
    job = several.submit(several.add_user("ann"), several.add_comic("Large", pages=7, size=(900, 1500)), quality="720p")
    assert several.prepare_here()
    assert len(several.page_names(job)) == 7


@pytest.mark.parametrize("format", ["cbz", "pdf"])
@pytest.mark.parametrize("quality", ["original", "480p", "kindle-paperwhite"])
def test_estimate_is_within_fifteen_percent(world: World, format: str, quality: str):
    user, comic = world.add_user("ann"), world.add_comic("Large", pages=6, size=(1200, 1800))
    request = DownloadRequest(comic_ids=(comic,), format=format, quality=quality)
    estimate = estimate_download(world.context, user, request)
    job = world.submit(user, comic, format=format, quality=quality)
    assert world.prepare_here()
    assert estimate.size_bytes == pytest.approx(world.job(job).file_size_bytes, rel=0.15)
