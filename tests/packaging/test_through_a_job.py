"""Wishes about size and format, from the request to the file."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from comic_downloads.domain.errors import InvalidRequest
from comic_downloads.domain.formats import Format
from comic_downloads.packaging.formats import SPECS
from comic_downloads.packaging.pages import BuiltFile, Document, OnProgress
from comic_downloads.usecases.downloads.request import DownloadRequest
from comic_downloads.usecases.downloads.submit import estimate_download
from comic_downloads.usecases.preparing import convert
from comic_downloads.web.states.picker import estimate_label
from tests.packaging.zoo import ZOO, encoded, profile
from tests.queue.world import World


@pytest.mark.parametrize("format", Format)
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


@pytest.mark.parametrize(
    ("wishes", "stilled"),
    [
        ({"format": "cbz"}, 0),
        ({"format": "epub"}, 0),
        ({"format": "pdf"}, 1),
        ({"format": "cbz", "image_format": "jpeg"}, 1),
    ],
)
def test_estimate_says_which_animations_become_still(
    world: World, wishes: dict[str, Any], stilled: int
):
    put_pages(world, "Moving", [ZOO["gif animated"](), ZOO["gif"]()], "gif")
    request = DownloadRequest(comic_ids=(world.scan("Moving"),), **wishes)
    estimate = estimate_download(world.context, request)
    assert estimate.stilled_pages == stilled
    assert ("animation without motion" in estimate_label(estimate)) is bool(stilled)


@pytest.fixture
def pdfs_built(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the list that receives the size of every PDF that is written, first or again."""
    sizes: list[int] = []
    spec = SPECS[Format.PDF]

    def write_and_note(book: Document, target: Path, progress: OnProgress) -> BuiltFile:
        built = spec.write(book, target, progress)
        sizes.append(built.size_bytes)
        return built

    monkeypatch.setitem(SPECS, Format.PDF, replace(spec, write=write_and_note))
    return sizes


def put_pages(world: World, name: str, pages: list[bytes], suffix: str) -> int:
    """Write a folder of pages into the library, and return their total bytes."""
    folder = world.settings.library / name
    folder.mkdir()
    for number, data in enumerate(pages):
        (folder / f"{number}.{suffix}").write_bytes(data)
    return sum(map(len, pages))


@pytest.mark.parametrize("short_by", [1, 300, 4000])
def test_pdf_keeps_within_its_target_although_its_profile_is_in_it_twice(
    world: World, pdfs_built: list[int], short_by: int
):
    large = profile() + random.Random(1).randbytes(8000)
    noise = [Image.effect_noise((500, 700), 50 + number).convert("RGB") for number in range(3)]
    pages_bytes = put_pages(
        world, "Profiled", [encoded(page, "JPEG", icc_profile=large) for page in noise], "jpg"
    )
    user, comic = world.add_user("ann"), world.scan("Profiled")
    world.submit(user, comic, format="pdf")
    assert world.prepare_here()
    target = pdfs_built.pop() - short_by
    # The original pages fit; the copy of the profile does not.
    assert target > pages_bytes + 7_000
    job = world.submit(user, comic, format="pdf", target_size_bytes=target)
    assert world.prepare_here()
    assert (world.job(job).status, world.job(job).error) == ("ready", None)
    assert 0.9 * target <= (world.job(job).file_size_bytes or 0) <= target
    assert len(pdfs_built) == 2


@pytest.mark.parametrize("share", [1.02, 1.5, 1.9])
def test_pdf_keeps_within_its_target_although_its_pages_swell_in_it(
    world: World, pdfs_built: list[int], share: float
):
    """In a PDF, a palette of two colours, one of them transparent, takes twice the space.

    It becomes a picture and a mask of the same size.
    """
    noise = [
        Image.frombytes("1", (1000, 1600), random.Random(seed).randbytes(125 * 1600)).convert("P")
        for seed in range(3)
    ]
    for image in noise:
        image.putpalette([200, 30, 40, 30, 60, 200])
    pages = [
        encoded(image.point([0] + [1] * 255), "PNG", bits=1, transparency=0) for image in noise
    ]
    target = int(put_pages(world, "Seen through", pages, "png") * share)
    job = world.submit(
        world.add_user("ann"), world.scan("Seen through"), format="pdf", target_size_bytes=target
    )
    assert world.prepare_here()
    assert (world.job(job).status, world.job(job).error) == ("ready", None)
    assert (world.job(job).file_size_bytes or 0) <= target
    assert 1 < len(pdfs_built) <= 4


def test_target_that_cannot_be_met_is_refused_at_once(world: World):
    user, comic = world.add_user("ann"), world.add_comic("Small", pages=5)
    with pytest.raises(InvalidRequest, match="pick fewer pages"):
        world.submit(user, comic, target_size_bytes=9_000)


@pytest.mark.parametrize("limit", [1, 10_000_000, 1_000_000_000])
def test_every_page_is_converted_however_little_memory_is_allowed(
    world: World, monkeypatch: pytest.MonkeyPatch, limit: int
):
    monkeypatch.setattr(convert, "MAX_WORKING_BYTES", limit)
    several = world.with_settings(worker_threads=3)
    job = several.submit(
        several.add_user("ann"),
        several.add_comic("Large", pages=7, size=(900, 1500)),
        quality="720p",
    )
    assert several.prepare_here()
    assert len(several.page_names(job)) == 7


@pytest.mark.parametrize("format", Format)
@pytest.mark.parametrize("quality", ["original", "480p", "kindle-paperwhite"])
def test_estimate_is_within_fifteen_percent(world: World, format: str, quality: str):
    user, comic = world.add_user("ann"), world.add_comic("Large", pages=6, size=(1200, 1800))
    request = DownloadRequest(comic_ids=(comic,), format=format, quality=quality)
    estimate = estimate_download(world.context, request)
    job = world.submit(user, comic, format=format, quality=quality)
    assert world.prepare_here()
    assert estimate.size_bytes == pytest.approx(world.job(job).file_size_bytes, rel=0.15)
