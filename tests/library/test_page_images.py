"""Covers and pages as images: made from the comic, reduced, kept, and deleted with the comic."""

from __future__ import annotations

import io
import threading
import time
from pathlib import Path

import pytest
from PIL import Image

from comic_downloads.domain.errors import NotFound, StorageUnavailable
from comic_downloads.library.open_comic_cache import MAX_OPEN, OpenComicCache
from comic_downloads.storage.local import LocalBlobStore
from comic_downloads.usecases.library.page_images import HEIGHTS, cover_image, page_image

from .packed import write_7z
from .shelf import Shelf, image, write_folder, write_zip


def _size(data: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(data)).size


def test_a_cover_is_small_and_kept(shelf: Shelf):
    write_zip(shelf.library / "A.cbz", {"1.jpg": image("red", (1000, 1500)), "2.jpg": image()})
    shelf.scan()
    kept = [blob.key for blob in shelf.context.blobs.list("thumbnails/")]
    cover = cover_image(shelf.context, shelf.only().id)
    assert (_size(cover.data), cover.media_type) == ((320, 480), "image/webp")
    assert len(kept) == 1
    assert [blob.key for blob in shelf.context.blobs.list("thumbnails/")] == kept
    (shelf.library / "A.cbz").unlink()
    assert cover_image(shelf.context, shelf.only().id) == cover


def test_a_cover_shows_the_first_page_that_can_be_read(shelf: Shelf):
    write_folder(shelf.library / "A", {"1.jpg": b"broken", "2.png": image("blue", (60, 90), "PNG")})
    shelf.scan()
    cover = cover_image(shelf.context, shelf.only().id)
    red, _, blue = Image.open(io.BytesIO(cover.data)).convert("RGB").resize((1, 1)).tobytes()
    assert red < 20 < 200 < blue


def test_an_original_page_is_what_lies_in_the_comic(shelf: Shelf):
    data = image("red", (200, 300))
    write_zip(shelf.library / "A.cbz", {"1.jpg": data})
    shelf.scan()
    page = page_image(shelf.context, shelf.only().id, 0)
    assert (page.data, page.media_type) == (data, "image/jpeg")


def test_heights_are_few_and_nothing_is_enlarged(shelf: Shelf):
    write_zip(shelf.library / "A.cbz", {"1.jpg": image("red", (400, 600))})
    shelf.scan()
    comic_id = shelf.only().id
    sizes = {
        height: _size(page_image(shelf.context, comic_id, 0, height).data)[1]
        for height in (1, 160, 161, 470, 9999)
    }
    assert sizes == {1: 160, 160: 160, 161: 320, 470: 480, 9999: 600}
    assert len(list(shelf.context.blobs.list("thumbnails/"))) <= len(HEIGHTS)


def test_a_strip_stays_wide_enough_to_be_seen(shelf: Shelf):
    write_folder(shelf.library / "A", {"1.jpg": image("red", (800, 4000))})
    shelf.scan()
    assert _size(cover_image(shelf.context, shelf.only().id).data) == (320, 1600)


def test_the_etag_follows_content_and_height(shelf: Shelf):
    write_folder(
        shelf.library / "A", {"1.jpg": image("red"), "2.jpg": image("red"), "3.jpg": image("blue")}
    )
    shelf.scan()
    comic_id = shelf.only().id
    same, also, other = (page_image(shelf.context, comic_id, index).etag for index in range(3))
    assert same == also != other
    assert (
        page_image(shelf.context, comic_id, 0, 320).etag
        != page_image(shelf.context, comic_id, 0, 480).etag
    )


def test_damaged_missing_and_unknown_pages_are_not_found_and_say_why(shelf: Shelf):
    write_folder(shelf.library / "A", {"1.jpg": image(), "2.jpg": b"broken"})
    shelf.scan()
    comic_id = shelf.only().id
    with pytest.raises(NotFound, match="Page 2 of “A” is damaged"):
        page_image(shelf.context, comic_id, 1)
    with pytest.raises(NotFound, match="“A” has no page 8: it has 2"):
        page_image(shelf.context, comic_id, 7)
    with pytest.raises(NotFound, match="has no page -1"):
        page_image(shelf.context, comic_id, -2)
    with pytest.raises(NotFound, match="There is no such comic"):
        cover_image(shelf.context, "nothing")
    (shelf.library / "A" / "1.jpg").unlink()
    with pytest.raises(NotFound, match="cannot be read any more"):
        page_image(shelf.context, comic_id, 0)


class FullStore(LocalBlobStore):
    """A store on a full disk."""

    def put_stream(self, key, chunks, *, media_type):
        raise StorageUnavailable("full")


def test_a_picture_is_shown_even_if_it_cannot_be_kept(tmp_path: Path):
    shelf = Shelf(tmp_path)
    object.__setattr__(shelf.context, "blobs", FullStore(tmp_path / "full"))
    write_folder(shelf.library / "A", {"1.jpg": image()})
    shelf.scan()
    assert cover_image(shelf.context, shelf.only().id).data
    shelf.close()


def test_many_threads_share_one_opened_comic(tmp_path: Path):
    pages = {f"{number}.jpg": bytes([number]) * 1000 for number in range(20)}
    path = write_7z(tmp_path / "a.7z", pages)
    cache = OpenComicCache(time.monotonic)
    seen: list[tuple[int, bytes]] = []

    def read(name: str) -> None:
        with cache.borrow(path, "7z", "1") as comic, comic.open_page(name) as page:
            seen.append((id(comic), page.read()))

    threads = [threading.Thread(target=read, args=(name,)) for name in pages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({comic for comic, _ in seen}) == 1
    assert sorted(data for _, data in seen) == sorted(pages.values())


def test_a_comic_in_use_outlives_its_place_among_the_recent_ones(tmp_path: Path):
    paths = [
        write_7z(tmp_path / f"{number}.7z", {"1.jpg": bytes([number])})
        for number in range(MAX_OPEN + 2)
    ]
    cache = OpenComicCache(time.monotonic)
    with cache.borrow(paths[0], "7z", "1") as first:
        for path in paths[1:]:
            with cache.borrow(path, "7z", "1") as comic:
                assert comic.open_page("1.jpg").read()
        assert first.open_page("1.jpg").read() == b"\0"
    with cache.borrow(paths[0], "7z", "1") as again:
        assert again is not first


def test_another_version_is_opened_again(tmp_path: Path):
    path = write_zip(tmp_path / "a.cbz", {"1.jpg": b"old"})
    cache = OpenComicCache(time.monotonic)
    with cache.borrow(path, "zip", "1") as comic:
        assert comic.open_page("1.jpg").read() == b"old"
    write_zip(path, {"1.jpg": b"new"})
    with cache.borrow(path, "zip", "2") as comic:
        assert comic.open_page("1.jpg").read() == b"new"
