"""The comics a new user finds."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from comic_downloads.domain.library import ReadingDirection
from comic_downloads.library.demo import SHIPPED, UNFINISHED, add_demo_comics
from comic_downloads.usecases.library.browse import get_comic
from comic_downloads.usecases.library.page_images import cover_image
from tools.demo.comics import write_demo_comics

from .shelf import Shelf, image, write_folder

# Mean difference in levels of 255. Processors round coordinates differently, which can move an
# edge by a pixel; a changed word in a balloon is above this.
SAME_PAGE = 0.01


@pytest.fixture
def new_shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path, {"library_dir": None})
    yield shelf
    shelf.close()


def test_an_empty_default_library_gets_three_comics_of_different_kinds(new_shelf: Shelf):
    new_shelf.scan()
    comics = {comic.title: get_comic(new_shelf.context, comic.id) for comic in new_shelf.comics()}
    assert list(comics) == ["Ångström Deep", "The Last Train", "猫とロボット"]
    assert [comic.reading_direction for comic in comics.values()] == [
        ReadingDirection.VERTICAL,
        ReadingDirection.LEFT_TO_RIGHT,
        ReadingDirection.RIGHT_TO_LEFT,
    ]
    assert [comic.kind for comic in comics.values()] == ["zip", "zip", "folder"]
    assert (comics["The Last Train"].series, comics["The Last Train"].number) == ("Café Métro", "1")
    assert all(comic.damaged_pages == 0 and comic.page_count >= 5 for comic in comics.values())
    assert (
        len({(page.width, page.height) for comic in comics.values() for page in comic.pages}) >= 4
    )
    assert all(cover_image(new_shelf.context, comic.id).data for comic in comics.values())


def test_a_library_with_anything_in_it_is_left_alone(new_shelf: Shelf):
    write_folder(new_shelf.context.settings.library / "Mine", {"1.jpg": image()})
    new_shelf.scan()
    assert new_shelf.titles() == ["Mine"]


def test_a_chosen_library_is_never_drawn_into(shelf: Shelf):
    shelf.scan()
    assert list(shelf.library.iterdir()) == []


def test_the_demo_can_be_switched_off(tmp_path: Path):
    shelf = Shelf(tmp_path, {"library_dir": None, "demo_library": False})
    shelf.scan()
    assert shelf.comics() == []
    shelf.close()


def test_the_comics_are_added_once_also_after_a_killed_attempt(tmp_path: Path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    write_folder(second / UNFINISHED / "Café Métro", {"half.cbz": b"PK"})
    assert add_demo_comics(first)
    assert add_demo_comics(second)
    assert not add_demo_comics(second)
    assert _digests(first) == _digests(second)


def test_the_shipped_comics_are_what_the_tools_draw(tmp_path: Path):
    write_demo_comics(tmp_path)
    drawn = {path.name: path for path in tmp_path.iterdir()}
    shipped = {path.name: path for path in SHIPPED.glob("*.cbz")}
    assert sorted(drawn) == sorted(shipped)
    for name, path in drawn.items():
        _assert_same_comic(path, shipped[name])


def _assert_same_comic(drawn: Path, shipped: Path) -> None:
    """Compare names, metadata and pixels: the bytes of a PNG depend on the processor."""
    with zipfile.ZipFile(drawn) as ours, zipfile.ZipFile(shipped) as theirs:
        assert ours.namelist() == theirs.namelist()
        assert ours.read("ComicInfo.xml") == theirs.read("ComicInfo.xml")
        for page in ours.namelist()[1:]:
            difference = _mean_difference(ours.read(page), theirs.read(page))
            assert difference < SAME_PAGE, f"{shipped.name}: {page} differs from what is drawn"


def _mean_difference(one: bytes, other: bytes) -> float:
    """Return how far two images are apart, in levels of 255, averaged over channels and pixels."""
    with Image.open(io.BytesIO(one)) as first, Image.open(io.BytesIO(other)) as second:
        assert (first.size, first.mode, first.format) == (second.size, second.mode, second.format)
        channels = ImageStat.Stat(ImageChops.difference(first, second)).mean
    return sum(channels) / len(channels)


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }
