"""What enters the library when its folder is scanned."""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from pathlib import Path

import pytest

from comic_downloads.db.library import manifest_comics
from comic_downloads.domain.library import ReadingDirection, SourceDetails
from comic_downloads.domain.manifest import metadata_as_dict, metadata_from_dict
from comic_downloads.library.metadata.comic_info import comic_info_root, metadata_of
from comic_downloads.usecases.library.browse import get_comic, get_series, list_series
from comic_downloads.usecases.library.status import library_status

from .shelf import Shelf, comic_info, image, write_folder, write_zip


def test_pages_are_in_natural_order_and_junk_is_left_out(shelf: Shelf):
    names = [
        "page10.jpg",
        "page2.jpg",
        "Page1.jpg",
        "page.jpg",
        "__MACOSX/._page1.jpg",
        ".hidden.jpg",
        "Thumbs.db",
        "notes.txt",
    ]
    write_zip(shelf.library / "Comic.cbz", {name: image() for name in names})
    shelf.scan()
    assert [page.name for page in shelf.only().pages] == [
        "page.jpg",
        "Page1.jpg",
        "page2.jpg",
        "page10.jpg",
    ]


def test_folders_inside_an_archive_are_read_one_after_the_other(shelf: Shelf):
    write_zip(
        shelf.library / "Comic.zip",
        {name: image() for name in ["ch10/1.jpg", "ch2/2.jpg", "ch2/1.jpg"]},
    )
    shelf.scan()
    assert [page.name for page in shelf.only().pages] == ["ch2/1.jpg", "ch2/2.jpg", "ch10/1.jpg"]


def test_facts_of_a_page_describe_its_bytes(shelf: Shelf):
    data = image("navy", (120, 200), "PNG")
    write_folder(shelf.library / "Comic", {"1.jpg": data})
    shelf.scan()
    page = shelf.only().pages[0]
    assert (page.media_type, page.width, page.height, page.size_bytes) == (
        "image/png",
        120,
        200,
        len(data),
    )
    with shelf.context.db.read() as session:
        facts = manifest_comics(session, [shelf.only().id])[0].pages[0].facts
    assert (facts.crc32, facts.sha256) == (zlib.crc32(data), hashlib.sha256(data).hexdigest())


def test_a_folder_of_comics_is_a_series_in_reading_order(shelf: Shelf):
    for name in ("Nebula 10.cbz", "Nebula 2.cbz", "Nebula 1 - Start.cbz"):
        write_zip(shelf.library / "Sci-Fi" / "Nebula (2001)" / name, {"1.jpg": image()})
    write_folder(shelf.library / "Sci-Fi" / "Nebula (2001)" / "Nebula 3", {"1.jpg": image()})
    shelf.scan()
    series = list_series(shelf.context)
    assert [(one.title, one.comic_count) for one in series] == [("Nebula", 4)]
    detail = get_series(shelf.context, series[0].id)
    assert [comic.title for comic in detail.comics] == [
        "Start",
        "Nebula #2",
        "Nebula #3",
        "Nebula #10",
    ]
    assert detail.cover_url == detail.comics[0].cover_url != ""


def test_half_volumes_stand_between_whole_ones(shelf: Shelf):
    for name in ("Nebula v02", "Nebula v10", "Nebula v01.5", "Nebula v01"):
        write_zip(shelf.library / "Nebula" / f"{name}.cbz", {"1.jpg": image()})
    shelf.scan()
    detail = get_series(shelf.context, list_series(shelf.context)[0].id)
    assert [comic.volume for comic in detail.comics] == [1, 1.5, 2, 10]


def test_artwork_beside_comics_is_not_a_comic(shelf: Shelf):
    write_zip(shelf.library / "Nebula" / "Nebula 1.cbz", {"1.jpg": image()})
    write_folder(shelf.library / "Nebula", {"cover.jpg": image()})
    shelf.scan()
    assert shelf.titles() == ["Nebula #1"]


def test_names_beyond_ascii_are_kept(shelf: Shelf):
    write_zip(shelf.library / "Café Métro" / "Café Métro #007.cbz", {"página 1.jpg": image()})
    write_folder(shelf.library / "猫とロボット", {"一.png": image()})
    shelf.scan()
    assert shelf.titles() == ["Café Métro #7", "猫とロボット"]
    assert [page.name for page in _pages(shelf, 0)] == ["página 1.jpg"]


def _pages(shelf: Shelf, number: int):
    return get_comic(shelf.context, shelf.comics()[number].id).pages


def test_comic_info_gives_title_series_creators_and_direction(shelf: Shelf):
    info = comic_info(
        Title="The Last Train",
        Series="Café Métro",
        Number="003",
        Volume="2",
        Year="1994",
        Writer="Inès Roy, Ann Li",
        Penciller="Ann Li",
        Manga="YesAndRightToLeft",
        Summary="Somebody waits.",
    )
    write_zip(shelf.library / "x.cbz", {"ComicInfo.xml": info, "1.jpg": image()})
    shelf.scan()
    comic = shelf.only()
    assert (comic.title, comic.series, comic.number, comic.volume, comic.year) == (
        "The Last Train",
        "Café Métro",
        "3",
        2,
        1994,
    )
    assert [(creator.name, creator.role) for creator in comic.creators] == [
        ("Inès Roy", "Writer"),
        ("Ann Li", "Writer"),
        ("Ann Li", "Penciller"),
    ]
    assert comic.reading_direction is ReadingDirection.RIGHT_TO_LEFT
    assert comic.summary == "Somebody waits."


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (
            {"CommunityRating": "4.25", "GTIN": "9783161484100"},
            SourceDetails(community_rating=4.25, gtin="9783161484100"),
        ),
        ({"CommunityRating": "5.01"}, SourceDetails()),
        ({"CommunityRating": "-1"}, SourceDetails()),
        ({"CommunityRating": "NaN"}, SourceDetails()),
        ({"CommunityRating": "sNaN"}, SourceDetails()),
        ({"CommunityRating": "Infinity"}, SourceDetails()),
        ({"CommunityRating": "very good"}, SourceDetails()),
        ({"CommunityRating": "<b>4</b>"}, SourceDetails()),
        ({"CommunityRating": "0." + "0" * 100_000 + "1"}, SourceDetails(community_rating=0.0)),
        (
            {"StoryArc": " The  Line ", "StoryArcNumber": "two"},
            SourceDetails(story_arc="The Line", story_arc_number="two"),
        ),
        (
            {"Review": "r" * 20_000, "Tags": "t" * 20_000},
            SourceDetails(review="r" * 10_000, tags="t" * 10_000),
        ),
        ({"GTIN": "9" * 1000, "MainCharacterOrTeam": ""}, SourceDetails(gtin="9" * 50)),
        (
            {"Count": "12", "AlternateCount": "-1", "Manga": "Yes", "BlackAndWhite": "Unknown"},
            SourceDetails(count=12, manga=True),
        ),
        (
            {"Count": "many", "Manga": "Maybe", "BlackAndWhite": "No"},
            SourceDetails(black_and_white=False),
        ),
        (
            {"Characters": ", ".join(["Somebody"] * 2000)},
            SourceDetails(characters=", ".join(["Somebody"] * 1000)),
        ),
    ],
)
def test_details_are_kept_as_far_as_they_make_sense(written: dict[str, str], kept: SourceDetails):
    metadata = metadata_of(comic_info_root(comic_info(**written)))
    assert metadata is not None
    assert metadata.details == kept
    assert metadata_from_dict(json.loads(json.dumps(metadata_as_dict(metadata)))) == metadata


def test_long_strips_are_read_downwards(shelf: Shelf):
    write_folder(shelf.library / "Strip", {f"{n}.jpg": image(size=(50, 400)) for n in range(3)})
    shelf.scan()
    assert shelf.only().reading_direction is ReadingDirection.VERTICAL


def test_a_damaged_page_is_listed_with_its_reason_beside_the_good_ones(shelf: Shelf):
    whole = image(size=(300, 300))
    write_zip(
        shelf.library / "Comic.cbz",
        {"1.jpg": whole, "2.jpg": whole[: len(whole) // 2], "3.jpg": b"hello"},
    )
    write_zip(shelf.library / "Good.cbz", {"1.jpg": whole})
    shelf.scan()
    damaged, good = shelf.comics()
    assert (damaged.page_count, damaged.damaged_pages, damaged.error) == (3, 2, "")
    assert [bool(page.error) for page in _pages(shelf, 0)] == [False, True, True]
    assert (good.damaged_pages, good.error) == (0, "")
    status = library_status(shelf.context)
    assert [(one.title, one.reason) for one in status.damaged] == [
        ("Comic", "2 pages of 3 cannot be read.")
    ]


def test_a_comic_none_of_whose_pages_can_be_read_says_so(shelf: Shelf):
    write_folder(shelf.library / "Comic", {"1.jpg": b"no", "2.jpg": b"no"})
    shelf.scan()
    comic = shelf.only()
    assert comic.error.startswith("None of its 2 pages can be read. The first one: ")
    assert comic.cover_url == ""


def test_loose_images_are_a_comic_named_like_the_library(shelf: Shelf):
    write_folder(shelf.library, {"1.jpg": image()})
    shelf.scan()
    assert (shelf.only().title, shelf.only().path) == ("library", ".")


def test_links_are_reported_and_not_followed(shelf: Shelf, tmp_path: Path):
    secret = write_folder(tmp_path / "elsewhere", {"1.jpg": image()})
    write_zip(tmp_path / "secret.cbz", {"1.jpg": image()})
    (shelf.library / "Linked").symlink_to(secret)
    (shelf.library / "linked.cbz").symlink_to(tmp_path / "secret.cbz")
    write_folder(shelf.library / "Comic", {"1.jpg": image()})
    (shelf.library / "Comic" / "2.jpg").symlink_to(secret / "1.jpg")
    shelf.scan()
    assert [(comic.title, comic.page_count) for comic in shelf.comics()] == [("Comic", 1)]
    assert sorted(
        problem.partition(":")[0] for problem in library_status(shelf.context).problems
    ) == ["Linked", "linked.cbz"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every folder")
def test_an_unreadable_folder_is_reported_and_keeps_its_comics(shelf: Shelf):
    folder = shelf.library / "Nebula"
    write_zip(folder / "Nebula 1.cbz", {"1.jpg": image()})
    shelf.scan()
    folder.chmod(0)
    try:
        shelf.scan()
    finally:
        folder.chmod(0o755)
    assert shelf.titles() == ["Nebula #1"]
    assert library_status(shelf.context).problems[0].startswith("Nebula: The folder cannot be read")


def test_a_library_folder_that_is_not_there_takes_nothing_away(
    shelf: Shelf, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    write_folder(shelf.library / "Comic", {"1.jpg": image()})
    shelf.scan()
    shelf.library.rename(tmp_path / "unplugged")
    shelf.scan()
    assert shelf.titles() == ["Comic"]
    (problem,) = library_status(shelf.context).problems
    assert "cannot be read" in problem
    # It is logged, too, because nobody may be looking at a screen.
    assert problem in caplog.messages


def test_the_users_files_are_never_touched(shelf: Shelf):
    write_zip(shelf.library / "Comic.cbz", {"1.jpg": image(), "2.jpg": b"broken"})
    write_folder(
        shelf.library / "Folder", {"1.jpg": image(), "ComicInfo.xml": comic_info(Title="T")}
    )
    before = _state(shelf.library)
    shelf.scan()
    assert _state(shelf.library) == before


def _state(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in sorted(folder.rglob("*"))
    }
