"""Options besides format and quality, from the request to the file.

They are margins, the kind of image, and the names of pages.
"""

from __future__ import annotations

import hashlib
import io

import pytest
from PIL import Image

from comic_downloads.domain.errors import InvalidRequest
from comic_downloads.domain.formats import Format
from comic_downloads.usecases.downloads.request import DownloadRequest
from comic_downloads.usecases.downloads.snapshots import JobSnapshot
from comic_downloads.usecases.downloads.submit import estimate_download
from tests.packaging.tools import needs, run
from tests.packaging.zoo import drawing, encoded
from tests.queue.world import World


def add_pages(world: World, pages: dict[str, bytes]) -> str:
    folder = world.settings.library / "Comic"
    folder.mkdir()
    for name, data in pages.items():
        (folder / name).write_bytes(data)
    return world.scan("Comic")


def with_margin(paper: str = "white") -> Image.Image:
    page = Image.new("RGB", (500, 700), paper)
    page.paste(drawing(400, 600), (50, 50))
    return page


def checkered(width: int, height: int) -> Image.Image:
    """Return a page that is black and white up to its edges."""
    squares = Image.frombytes("L", (5, 7), bytes([0, 255] * 17 + [0]))
    return squares.resize((width, height), Image.Resampling.NEAREST)


def prepared(world: World, comic: str, **wishes) -> JobSnapshot:
    job = world.submit(world.add_user("ann"), comic, **wishes)
    while world.prepare_here():
        pass
    assert world.job(job).status == "ready", world.job(job).error
    return world.job(job)


def contents(world: World, job: JobSnapshot) -> dict[str, bytes]:
    with world.file_of(job) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name != "ComicInfo.xml"}


def test_margins_are_cropped_where_there_are_some_and_other_pages_stay_untouched(world: World):
    full = encoded(checkered(500, 700), "PNG")
    comic = add_pages(world, {"1.jpg": encoded(with_margin(), "JPEG"), "2.png": full})
    job = prepared(world, comic, format="zip", crop_margins=True)
    cropped, whole = contents(world, job).values()
    width, height = Image.open(io.BytesIO(cropped)).size
    assert 400 <= width <= 420 and 600 <= height <= 620
    assert whole == full


@pytest.mark.parametrize("kind", ["jpeg", "webp"])
def test_images_become_the_chosen_kind_and_those_that_are_stay_untouched(world: World, kind: str):
    same = encoded(drawing(300, 400), kind.upper())
    comic = add_pages(world, {"1.png": encoded(drawing(310, 400), "PNG"), f"2.{kind}": same})
    job = prepared(world, comic, format="cbz", image_format=kind)
    images = contents(world, job)
    assert [name.rpartition(".")[2] for name in images] == [{"jpeg": "jpg"}.get(kind, kind)] * 2
    assert [Image.open(io.BytesIO(data)).format for data in images.values()] == [kind.upper()] * 2
    assert hashlib.sha256(same).digest() in {
        hashlib.sha256(data).digest() for data in images.values()
    }


@pytest.mark.parametrize(
    "format", [format for format in Format if not format.facts.holds("image/webp")]
)
def test_webp_is_refused_for_formats_that_cannot_hold_it(world: World, format: str):
    comic = add_pages(world, {"1.png": encoded(drawing(300, 400), "PNG")})
    with pytest.raises(InvalidRequest, match=r"cannot hold WebP images\. Choose jpeg or source"):
        world.submit(world.add_user("ann"), comic, format=format, image_format="webp")


@needs("pdfimages")
def test_webp_page_that_is_converted_for_a_pdf_becomes_a_jpeg(world: World):
    comic = add_pages(
        world,
        {"1.webp": encoded(drawing(300, 600), "WEBP"), "2.png": encoded(drawing(300, 600), "PNG")},
    )
    prepared(world, comic, format="pdf", quality="480p")
    (file,) = (path for path in world.settings.data.rglob("storage/**/*.pdf"))
    kinds = [line.split()[8] for line in run("pdfimages", "-list", file).splitlines()[2:]]
    assert kinds == ["jpeg", "image"]


def test_images_in_a_zip_are_numbered_where_that_was_chosen(world: World):
    comic = add_pages(
        world, {f"scan {n}.jpg": encoded(drawing(100 + n, 150), "JPEG") for n in range(3)}
    )
    own, numbered = (
        prepared(world, comic, format="zip"),
        prepared(world, comic, format="zip", page_names="numbered"),
    )
    assert list(contents(world, own)) == ["scan 0.jpg", "scan 1.jpg", "scan 2.jpg"]
    assert list(contents(world, numbered)) == ["001.jpg", "002.jpg", "003.jpg"]
    assert own.sha256 != numbered.sha256


def test_page_names_make_no_other_file_of_formats_that_number_anyway(world: World):
    comic, user = (
        add_pages(world, {"1.jpg": encoded(drawing(100, 150), "JPEG")}),
        world.add_user("ann"),
    )
    for format in (one for one in Format if not one.facts.keeps_page_names):
        first = world.submit(user, comic, format=format)
        assert world.submit(user, comic, format=format, page_names="numbered").id == first.id


TAGGED = (
    b"<ComicInfo><Title>T</Title><Tags>night train</Tags><GTIN>9783161484100</GTIN></ComicInfo>"
)


def comic_info(world: World, job: JobSnapshot) -> bytes:
    with world.file_of(job) as archive:
        return archive.read("ComicInfo.xml")


def test_newer_schema_tells_what_the_source_told_where_it_was_chosen(world: World):
    comic = add_pages(world, {"1.jpg": encoded(drawing(100, 150), "JPEG"), "ComicInfo.xml": TAGGED})
    usual = prepared(world, comic)
    newer = prepared(world, comic, metadata="comicinfo-2.1")
    assert b"<Tags>" not in comic_info(world, usual)
    assert b"<Tags>night train</Tags>" in comic_info(world, newer)
    assert b"<GTIN>9783161484100</GTIN>" in comic_info(world, newer)


def test_schema_makes_another_file_only_where_it_changes_the_bytes(world: World):
    tagged = add_pages(
        world, {"1.jpg": encoded(drawing(100, 150), "JPEG"), "ComicInfo.xml": TAGGED}
    )
    plain, user = world.add_comic("Plain"), world.add_user("ann")
    usual = world.submit(user, tagged)
    assert world.submit(user, tagged, metadata="comicinfo-2.0").id == usual.id
    assert world.submit(user, tagged, metadata="comicinfo-2.1").id != usual.id
    assert world.submit(user, tagged, metadata=False).id != usual.id
    others = [(tagged, format) for format in Format if not format.facts.has_comic_info]
    for comic, format in (*others, (plain, Format.CBZ)):
        first = world.submit(user, comic, format=format)
        assert world.submit(user, comic, format=format, metadata="comicinfo-2.1").id == first.id


def test_what_a_source_tells_beyond_the_usual_is_no_part_of_the_usual_content(
    world: World, other_world: World
):
    page = encoded(drawing(100, 150), "JPEG")
    jobs = [
        world.row(
            world.submit(
                world.add_user("ann"), add_pages(world, {"1.jpg": page, "ComicInfo.xml": TAGGED})
            )
        ),
        other_world.row(
            other_world.submit(
                other_world.add_user("ann"),
                add_pages(
                    other_world,
                    {"1.jpg": page, "ComicInfo.xml": b"<ComicInfo><Title>T</Title></ComicInfo>"},
                ),
            )
        ),
    ]
    assert jobs[0].content_key == jobs[1].content_key


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"strips": "fold"}, "strips must be “split” or “keep”, not “fold”"),
        ({"image_format": "gif"}, "image_format must be “source” or “jpeg” or “webp”, not “gif”"),
        ({"image_format": "document"}, "not “document”"),
        ({"page_names": "random"}, "page_names must be “original” or “numbered”, not “random”"),
        (
            {"metadata": "comicinfo-3"},
            "metadata must be “comicinfo-2.0” or “comicinfo-2.1”, not “comicinfo-3”",
        ),
        ({"on_page_error": "ignore"}, "on_page_error must be “fail” or “skip”, not “ignore”"),
    ],
)
def test_unknown_choice_is_refused_with_the_ones_there_are(world: World, wish: dict, said: str):
    comic = add_pages(world, {"1.jpg": encoded(drawing(100, 150), "JPEG")})
    with pytest.raises(InvalidRequest, match=said):
        world.submit(world.add_user("ann"), comic, **wish)


def grainy(seed: int) -> Image.Image:
    """Return a page with a margin and more or less detail in it."""
    grain = Image.effect_noise((400, 600), 10 + 9 * seed)
    page = with_margin()
    page.paste(
        Image.blend(drawing(400, 600), Image.merge("RGB", (grain, grain, grain)), 0.4), (50, 50)
    )
    return page


WISHES = [
    {"crop_margins": True},
    {"crop_margins": True, "quality": "480p", "grayscale": True},
    {"image_format": "jpeg"},
    {"quality": "kobo-clara", "image_format": "jpeg"},
    {"quality": "480p", "target_size_bytes": 10_000_000},
    {"target_size_bytes": 150_000},
    {"target_size_bytes": 150_000, "crop_margins": True},
    {},
]


@pytest.mark.parametrize("wishes", WISHES, ids=str)
@pytest.mark.parametrize(("format", "kind"), [("cbz", "JPEG"), ("pdf", "PNG"), ("epub", "WEBP")])
def test_estimate_is_within_fifteen_percent_with_options(
    world: World, format: str, kind: str, wishes: dict
):
    comic = add_pages(world, {f"{n}.{kind.lower()}": encoded(grainy(n), kind) for n in range(5)})
    estimate = estimate_download(
        world.context, DownloadRequest(comic_ids=(comic,), format=format, **wishes)
    )
    size_bytes = prepared(world, comic, format=format, **wishes).file_size_bytes or 0
    assert estimate.size_bytes == pytest.approx(size_bytes, rel=0.15)
    assert size_bytes <= wishes.get("target_size_bytes", size_bytes)
