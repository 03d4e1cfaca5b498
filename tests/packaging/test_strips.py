"""Tall strips, from the request to the file.

They are cut into screens for devices that show one page at a time, or kept whole.
"""

from __future__ import annotations

import io
import math
import random
import signal
import zipfile
from itertools import accumulate, pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image

from comic_downloads.domain.errors import InvalidRequest
from comic_downloads.domain.library import ReadingDirection
from comic_downloads.usecases.downloads.control import cancel_download, pause_download
from comic_downloads.usecases.downloads.request import DownloadRequest
from comic_downloads.usecases.downloads.snapshots import JobSnapshot
from comic_downloads.usecases.downloads.submit import estimate_download
from comic_downloads.usecases.library.browse import get_comic
from tests.packaging.tools import needs, run
from tests.queue.world import World
from tests.waiting import wait_for

STRIP = (300, 2400)
# The number of screens of 300 x 400, which is the shape of a Kindle's.
STRIP_PARTS = 6

# Runs the worker, and writes progress after every part. Once the third part of a page is stored,
# it waits until the job was taken from it.
HELD_IN_A_STRIP = """
import runpy, time
from comic_downloads.domain.errors import LeaseLost
from comic_downloads.usecases.preparing import heartbeat, page_cache

heartbeat.WRITE_EVERY_SECONDS = 0
enter, write = heartbeat.LeaseHeartbeat.__enter__, page_cache.write_checksummed
beating, parts = [], []

def enter_and_note(self):
    beating.append(self)
    return enter(self)

def write_and_wait(target, data):
    write(target, data)
    parts.append(target)
    try:
        while len(parts) == 3:
            beating[-1].check()
            time.sleep(0.05)
    except LeaseLost:
        return

heartbeat.LeaseHeartbeat.__enter__ = enter_and_note
page_cache.write_checksummed = write_and_wait
runpy.run_module("comic_downloads.worker", run_name="__main__", alter_sys=True)
"""


def strip(size: tuple[int, int], seed: int) -> Image.Image:
    """Draw panels of noise, some finer than others, with white gutters between them."""
    chance = random.Random(seed)
    width, height = size
    image = Image.new("RGB", size, "white")
    for top in range(0, height, width):
        grain = chance.choice((6, 12, 30))
        panel = Image.frombytes("L", (grain, grain), chance.randbytes(grain * grain)).resize(
            (width, width - 30)
        )
        image.paste(panel.convert("RGB"), (0, top))
    return image


def add_strips(world: World, name: str, sizes: list[tuple[int, int]]) -> str:
    folder = world.settings.library / name
    folder.mkdir()
    for number, size in enumerate(sizes, start=1):
        strip(size, number).save(folder / f"episode {number}.jpg", quality=90)
    return world.scan(name)


def prepared(world: World, comic: str, **wishes) -> JobSnapshot:
    user = world.add_user("ann")
    job = world.submit(user, comic, **wishes)
    assert world.prepare_here()
    done = world.job(job)
    assert done.status == "ready", done.error
    return done


def sizes_of(world: World, job: JobSnapshot) -> list[tuple[int, int]]:
    with world.file_of(job) as archive:
        images = [name for name in archive.namelist() if name.endswith((".jpg", ".png"))]
        return [Image.open(io.BytesIO(archive.read(name))).size for name in images]


def test_strip_becomes_pages_of_a_screen_for_a_device(world: World):
    comic = add_strips(world, "Scroll", [STRIP, (300, 450), STRIP])
    job = prepared(world, comic, format="cbz", quality="kindle-paperwhite")
    sizes = sizes_of(world, job)
    assert len(sizes) == job.pages_total == job.pages_done == 2 * STRIP_PARTS + 1
    assert all(height < 2 * width for width, height in sizes)
    with world.file_of(job) as archive:
        info = ElementTree.fromstring(archive.read("ComicInfo.xml"))
    assert info.findtext("PageCount") == str(len(sizes))
    assert [
        (int(p.get("ImageWidth") or 0), int(p.get("ImageHeight") or 0)) for p in info.iter("Page")
    ] == sizes


@pytest.mark.parametrize(
    ("wishes", "pages"),
    [
        ({"quality": "original"}, 1),
        ({"quality": "480p"}, 1),
        ({"quality": "phone"}, 1),
        ({"quality": "ipad"}, 6),
        ({"quality": "kobo-clara", "strips": "keep"}, 1),
        ({"quality": "original", "strips": "split"}, 6),
    ],
)
def test_strips_are_cut_by_default_only_for_devices_that_show_a_page_at_a_time(
    world: World, wishes: dict, pages: int
):
    comic = add_strips(world, "Scroll", [STRIP])
    estimate = estimate_download(world.context, DownloadRequest(comic_ids=(comic,), **wishes))
    job = prepared(world, comic, **wishes)
    assert len(sizes_of(world, job)) == job.pages_total == estimate.page_count == pages
    assert estimate.size_bytes == pytest.approx(job.file_size_bytes, rel=0.15)


@needs("pdfinfo")
def test_pdf_and_epub_have_a_page_for_every_part(world: World):
    comic = add_strips(world, "Scroll", [STRIP, STRIP])
    pdf = prepared(world, comic, format="pdf", quality="kobo-clara")
    epub = prepared(world, comic, format="epub", quality="kobo-clara")
    assert pdf.pages_total == epub.pages_total == 2 * STRIP_PARTS
    stored = {
        path.suffix: path for path in world.settings.data.rglob("storage/**/*") if path.is_file()
    }
    assert f"Pages:           {2 * STRIP_PARTS}" in run("pdfinfo", stored[".pdf"])
    with zipfile.ZipFile(stored[".epub"]) as archive:
        assert archive.read("EPUB/package.opf").count(b"<itemref ") == 2 * STRIP_PARTS


def test_parts_in_a_zip_carry_the_name_of_their_page(world: World):
    job = prepared(world, add_strips(world, "Scroll", [STRIP]), format="zip", strips="split")
    with world.file_of(job) as archive:
        assert archive.namelist() == [f"episode 1-{part}.jpg" for part in range(1, STRIP_PARTS + 1)]


@pytest.mark.parametrize(("height", "parts"), [(300, 1), (301, 3)])
def test_page_is_a_strip_for_the_library_where_it_is_one_for_the_file(
    world: World, height: int, parts: int
):
    comic = add_strips(world, "Limit", [(100, height)])
    read_downwards = get_comic(world.context, comic).reading_direction is ReadingDirection.VERTICAL
    assert (prepared(world, comic, strips="split").pages_total, read_downwards) == (
        parts,
        parts > 1,
    )


def test_nothing_of_a_strip_is_converted_again_for_another_format(world: World):
    comic = add_strips(world, "Scroll", [STRIP])
    prepared(world, comic, format="cbz", quality="ipad")
    kept = {path.name: path.stat().st_ino for path in world.kept_pages()}
    lost = sorted(world.kept_pages())[2]
    lost.unlink()
    prepared(world, comic, format="pdf", quality="ipad")
    now = {path.name: path.stat().st_ino for path in world.kept_pages()}
    assert now.keys() == kept.keys() and len(now) == STRIP_PARTS
    assert {name for name in now if now[name] != kept[name]} <= {lost.name}


def test_job_killed_in_the_middle_of_a_strip_goes_on_with_the_next_part(
    world: World, other_world: World
):
    comic = add_strips(world, "Scroll", [(720, 9_600)])
    wishes = {"format": "cbz", "quality": "kindle-paperwhite"}
    job = world.submit(world.add_user("ann"), comic, **wishes)
    worker = world.start_worker()
    wait_for("some parts", lambda: len(world.kept_pages()) >= 2, every=0.005)
    worker.kill()
    assert worker.process.returncode == -signal.SIGKILL
    before = {
        path.name: path.stat().st_ino
        for path in world.kept_pages()
        if not path.name.startswith(".")
    }
    world.start_worker()
    done = world.wait_for_status(job, "ready", "failed", seconds=90)
    assert done.status == "ready" and done.pages_total == 10
    after = {path.name: path.stat().st_ino for path in world.kept_pages()}
    assert before.items() <= after.items() and max(world.conversions().values()) == 1
    undisturbed = prepared(other_world, add_strips(other_world, "Scroll", [(720, 9_600)]), **wishes)
    assert undisturbed.sha256 == done.sha256


def test_job_stops_in_the_middle_of_a_strip_and_cancelling_removes_its_parts(world: World):
    comic = add_strips(world, "Scroll", [(720, 28_800)])
    user = world.add_user("ann")
    job = world.submit(user, comic, format="cbz", quality="kindle-paperwhite")
    world.start_worker(program=HELD_IN_A_STRIP)
    wait_for("the third part", lambda: len(world.kept_pages()) == 3)
    paused = pause_download(world.context, user, job.id)
    assert (paused.status, paused.pages_done, paused.pages_total) == ("paused", 2, 30)
    wait_for("the worker to stop", lambda: world.lines("fenced"))
    assert len(world.kept_pages()) == 3
    cancel_download(world.context, user, job.id)
    wait_for("the parts to go", lambda: world.kept_pages() == [])


@pytest.mark.parametrize("quality", ["original", "ipad"])
def test_target_is_kept_with_strips_cut(world: World, quality: str):
    comic = add_strips(world, "Scroll", [STRIP, STRIP, (300, 450)])
    natural = prepared(world, comic, quality=quality, strips="split").file_size_bytes or 0
    target = natural * 3 // 4
    assert (
        0.9 * target
        <= (
            prepared(
                world, comic, quality=quality, strips="split", target_size_bytes=target
            ).file_size_bytes
            or 0
        )
        <= target
    )


def test_more_parts_than_one_download_may_have_are_refused(world: World):
    comic = add_strips(world, "Scroll", [STRIP])
    small = world.with_settings(max_pages_per_job=5)
    with pytest.raises(InvalidRequest, match="This would be 6 pages"):
        small.submit(small.add_user("ann"), comic, strips="split")
    assert small.submit(small.add_user("bob"), comic).pages_total == 1


def episode(world: World, name: str, heights: list[int], width: int = 300) -> Image.Image:
    """Add a comic that is one strip of panels, cut into images of these heights; return it whole.

    Most panels are shorter than a screen of 300 x 400, and most images end within a panel.
    """
    chance, top = random.Random(7), 0
    whole = Image.new("RGB", (width, sum(heights)), "white")
    while top < whole.height:
        height = chance.randint(120, 300)
        grain = Image.frombytes("L", (15, 15), chance.randbytes(225))
        whole.paste(grain.resize((width - 20, height - 16)).convert("RGB"), (10, top + 8))
        top += height
    folder = world.settings.library / name
    folder.mkdir()
    ends = list(accumulate(heights, initial=0))
    for number, (start, end) in enumerate(pairwise(ends)):
        whole.crop((0, start, width, end)).save(folder / f"{number:03}.png")
    return whole


def pages_of(world: World, job: JobSnapshot) -> list[Image.Image]:
    with world.file_of(job) as archive:
        names = [name for name in archive.namelist() if name.endswith((".jpg", ".png"))]
        return [Image.open(io.BytesIO(archive.read(name))).convert("RGB") for name in names]


def below_each_other(pages: list[Image.Image]) -> Image.Image:
    whole = Image.new("RGB", (pages[0].width, sum(page.height for page in pages)))
    for top, page in zip(
        accumulate((page.height for page in pages), initial=0), pages, strict=False
    ):
        whole.paste(page, (0, top))
    return whole


def is_gutter(whole: Image.Image, row: int) -> bool:
    return whole.crop((0, row, whole.width, row + 1)).getcolors(1) is not None


# The last image is shorter than a screen, and so is one in the middle.
HEIGHTS = [1100, 950, 2000, 1300, 90, 1000, 250]


def test_strips_that_follow_each_other_are_one_strip_that_is_cut_between_panels(world: World):
    whole = episode(world, "Episode", HEIGHTS)
    job = prepared(world, world.scan("Episode"), strips="split", format="cbz")
    pages = pages_of(world, job)
    assert len(pages) == job.pages_total == math.ceil(whole.height / 450)
    assert below_each_other(pages).tobytes() == whole.tobytes()
    ends = list(accumulate(page.height for page in pages))[:-1]
    assert [
        end for end in ends if not is_gutter(whole, end) and not is_gutter(whole, end - 1)
    ] == []


@pytest.mark.parametrize("format", ["cbz", "epub", "pdf"])
def test_joined_strips_are_counted_and_estimated_alike_in_every_format(world: World, format: str):
    episode(world, "Episode", HEIGHTS)
    wishes: dict[str, Any] = {"format": format, "quality": "kindle-paperwhite"}
    comic = world.scan("Episode")
    estimate = estimate_download(world.context, DownloadRequest(comic_ids=(comic,), **wishes))
    job = prepared(world, comic, **wishes)
    assert estimate.page_count == job.pages_total == math.ceil(sum(HEIGHTS) / 400)
    assert estimate.size_bytes == pytest.approx(job.file_size_bytes, rel=0.15)


def test_strips_of_another_width_and_pages_of_the_usual_shape_are_not_joined(world: World):
    comic = add_strips(world, "Scroll", [(300, 1000), (300, 1000), (200, 700), (300, 450)])
    job = prepared(world, comic, strips="split")
    # 2000 rows of 300 pixels, 700 rows of 200, and the page.
    assert [width for width, _ in sizes_of(world, job)] == [300] * 5 + [200] * 3 + [300]


def test_damaged_strip_in_the_middle_is_left_out_of_its_strip(world: World):
    episode(world, "Episode", [1000, 1000, 1000])
    comic = world.scan("Episode")
    user = world.add_user("ann")
    job = world.submit(user, comic, strips="split", on_page_error="skip")
    (world.settings.library / "Episode" / "001.png").write_bytes(b"changed after the scan")
    assert world.prepare_here()
    done = world.job(job)
    assert done.status == "ready", done.error
    assert [page.page_index for page in done.missing_pages] == [1]
    pages = pages_of(world, done)
    assert sum(page.height for page in pages) == 2000 and len(pages) == math.ceil(2000 / 450)


def test_file_of_joined_strips_stays_within_its_target(world: World):
    episode(world, "Episode", HEIGHTS)
    comic = world.scan("Episode")
    natural = prepared(world, comic, quality="ipad").file_size_bytes or 0
    bounded = prepared(world, comic, quality="ipad", target_size_bytes=natural // 2)
    assert 0 < (bounded.file_size_bytes or 0) <= natural // 2
