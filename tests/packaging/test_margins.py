"""Margins are cropped with the page numbers in them, and alike over a whole comic."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence
from typing import Any

import pytest
from PIL import Image, ImageDraw

from comic_downloads.domain.quality import Margins
from comic_downloads.packaging.images.shaping import margins_of, margins_of_all
from comic_downloads.usecases.downloads.request import DownloadRequest
from comic_downloads.usecases.downloads.submit import estimate_download
from tests.packaging.test_double_pages import add_comic, images_of, prepared
from tests.queue.world import World

SIZE = (400, 600)
PANEL = (40, 60, 359, 539)


def page(
    panel: tuple[int, int, int, int] = PANEL, *, number: str = "", paper: str = "white"
) -> Image.Image:
    """Return a page with a panel of stripes, and a page number at the bottom or top."""
    image = Image.new("RGB", SIZE, paper)
    draw = ImageDraw.Draw(image)
    draw.rectangle(panel, fill=(90, 90, 90))
    for x in range(panel[0] + 10, panel[2] - 10, 30):
        draw.line((x, panel[1] + 10, x, panel[3] - 10), fill=(200, 160, 120), width=8)
    if number:
        top = 570 if number == "bottom" else 20
        draw.rectangle((190, top, 208, top + 9), fill="black" if paper == "white" else "white")
    return image


def bleed() -> Image.Image:
    """Return a page that is drawn up to its edges."""
    return Image.frombytes("RGB", SIZE, random.Random(1).randbytes(3 * SIZE[0] * SIZE[1]))


@pytest.mark.parametrize("paper", ["white", "black"])
@pytest.mark.parametrize("number", ["bottom", "top", ""])
def test_a_page_number_is_no_part_of_the_drawing(number: str, paper: str):
    found = margins_of(page(number=number, paper=paper))
    assert found is not None
    wanted = Margins(100, 100, 100, 100)
    assert all(abs(one - other) <= 6 for one, other in zip(found, wanted, strict=True))


@pytest.mark.parametrize(
    "line",
    [(40, 565, 359, 580), (190, 542, 208, 551), (150, 548, 250, 590)],
    ids=["a line of text", "too near", "too large"],
)
def test_what_is_no_page_number_stays(line: tuple[int, int, int, int]):
    image = page()
    ImageDraw.Draw(image).rectangle(line, fill="black")
    found = margins_of(image)
    assert found is not None and found.bottom <= 1000 - 1000 * line[3] // SIZE[1] + 3


def test_all_pages_lose_nearly_the_smallest_margin_that_pages_have():
    narrow, wide = Margins(60, 80, 60, 80), Margins(100, 120, 100, 90)
    edge = Margins(0, 0, 0, 0)
    assert margins_of_all([wide, narrow, wide, None, edge]) == Margins(50, 70, 50, 70)
    assert margins_of_all([wide, edge, edge]) is None
    assert margins_of_all([Margins(400, 0, 0, 0)] * 3) == Margins(190, 0, 0, 0)
    assert margins_of_all([None]) is None
    assert margins_of_all([]) is None


def sizes_of(world: World, comic: str, **wishes: Any) -> list[tuple[int, int]]:
    return [image.size for image in images_of(world, prepared(world, comic, **wishes))]


def uneven() -> Sequence[Image.Image]:
    return [
        page(number="bottom"),
        page((60, 60, 359, 539), number="bottom"),
        page((40, 80, 330, 500), number="top"),
        Image.new("RGB", SIZE, "white"),
        page(number="bottom"),
    ]


@pytest.mark.parametrize("format", ["cbz", "zip", "epub"])
def test_no_page_jumps(world: World, format: str):
    comic = add_comic(world, "Owl", uneven())
    sizes = sizes_of(world, comic, format=format, crop_margins=True)
    assert len(set(sizes)) == 1
    width, height = sizes[0]
    assert 320 <= width < 350 and 480 <= height < 510


def test_a_page_that_is_drawn_up_to_its_edges_stays_whole(world: World):
    comic = add_comic(world, "Owl", [*uneven(), bleed()])
    sizes = sizes_of(world, comic, crop_margins=True)
    assert sizes[-1] == SIZE
    assert len(set(sizes[:-1])) == 1 and sizes[0] < SIZE


def test_a_comic_without_margins_keeps_every_byte_of_its_pages(world: World):
    comic = add_comic(world, "Owl", [bleed(), bleed(), bleed()])
    cropped = prepared(world, comic, crop_margins=True)
    plain = prepared(world, comic)
    with world.file_of(cropped) as one, world.file_of(plain) as other:
        assert one.read("001.png") == other.read("001.png")


def test_cropped_pages_fill_the_screen_of_a_device(world: World):
    comic = add_comic(world, "Owl", uneven())
    kept = sizes_of(world, comic, quality="350x525")
    cropped = sizes_of(world, comic, quality="350x525", crop_margins=True)
    assert set(kept) == {(350, 525)}
    assert len(set(cropped)) == 1
    # It is not shrunk any more, so that the drawing is larger.
    assert cropped[0][0] > 0.9 * 350


@pytest.mark.parametrize("quality", ["kobo-clara", "kindle-paperwhite"])
def test_devices_of_paper_crop_by_themselves_and_the_estimate_is_right(world: World, quality: str):
    comic = add_comic(world, "Owl", uneven())
    wishes: dict[str, Any] = {"quality": quality}
    estimate = estimate_download(world.context, DownloadRequest(comic_ids=(comic,), **wishes))
    job = prepared(world, comic, **wishes)
    assert {image.size for image in images_of(world, job)} != {SIZE}
    assert estimate.size_bytes == pytest.approx(job.file_size_bytes, rel=0.15)
    assert set(sizes_of(world, comic, **wishes, crop_margins=False)) == {SIZE}


def test_a_target_size_holds_for_cropped_pages(world: World):
    comic = add_comic(world, "Owl", uneven())
    job = prepared(world, comic, crop_margins=True, target_size_bytes=20_000)
    assert job.file_size_bytes is not None and job.file_size_bytes <= 20_000
    with world.file_of(job) as archive:
        for name in archive.namelist():
            if name.endswith((".png", ".jpg")):
                assert Image.open(io.BytesIO(archive.read(name))).size[0] < SIZE[0]
