"""TIFFs of several pages, in archives and folders."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from comic_downloads.library.sources import open_comic
from comic_downloads.packaging.images import lossless_png
from tests.packaging.zoo import MAX_PIXELS, drawing, encoded


def pages() -> list[Image.Image]:
    """Return three different pages."""
    return [drawing(), drawing().rotate(180), drawing(60, 100)]


def tiff(mode: str = "RGB", **options: object) -> bytes:
    first, *others = [page.convert(mode) for page in pages()]
    return encoded(first, "TIFF", save_all=True, append_images=others, **options)


def archive(target: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name.replace("_", "."), data)
    return target


@pytest.mark.parametrize(
    ("mode", "compression"),
    [
        ("RGB", None),
        ("RGB", "tiff_lzw"),
        ("L", "tiff_adobe_deflate"),
        ("1", "group4"),
        ("P", "packbits"),
        ("CMYK", "tiff_lzw"),
        ("RGB", "jpeg"),
    ],
)
def test_every_page_of_a_tiff_is_a_page(mode: str, compression: str | None, tmp_path: Path):
    data = tiff(mode, compression=compression)
    with open_comic(archive(tmp_path / "a.cbz", scan_tif=data)) as comic:
        names = comic.names()
        assert names == ["scan#001.tif", "scan#002.tif", "scan#003.tif"]
        for number, name in enumerate(names):
            with comic.open_page(name) as stream:
                single = stream.read()
            with Image.open(io.BytesIO(data)) as whole, Image.open(io.BytesIO(single)) as page:
                whole.seek(number)
                difference = ImageChops.difference(whole.convert("RGB"), page.convert("RGB"))
                assert difference.getbbox() is None
                assert getattr(page, "n_frames", 0) == 1
            assert lossless_png(io.BytesIO(single), MAX_PIXELS)


def test_pages_of_a_tiff_stand_in_its_place(tmp_path: Path):
    folder = tmp_path / "Comic"
    folder.mkdir()
    (folder / "1.jpg").write_bytes(encoded(drawing(), "JPEG"))
    (folder / "2.tiff").write_bytes(tiff())
    (folder / "3.jpg").write_bytes(encoded(drawing(), "JPEG"))
    (folder / "4.tif").write_bytes(encoded(drawing(), "TIFF"))
    with open_comic(folder) as comic:
        assert comic.names() == [
            "1.jpg",
            "2#001.tiff",
            "2#002.tiff",
            "2#003.tiff",
            "3.jpg",
            "4.tif",
        ]


def test_thumbnail_in_a_tiff_is_no_page(tmp_path: Path):
    thumbnails = tiff(tiffinfo={254: 1})
    with open_comic(archive(tmp_path / "a.cbz", scan_tif=thumbnails, b_jpg=b"x")) as comic:
        assert comic.names() == ["b.jpg", "scan.tif"]


@pytest.mark.parametrize("kept", [0, 4, 8, 200, 5000])
def test_tiff_that_is_cut_short_is_one_damaged_page(kept: int, tmp_path: Path):
    with open_comic(archive(tmp_path / "a.cbz", scan_tif=tiff()[:kept], b_jpg=b"x")) as comic:
        assert comic.names()[0] == "b.jpg"
        assert all(name.startswith("scan") for name in comic.names()[1:])


def test_a_page_that_is_named_like_a_part_is_itself(tmp_path: Path):
    single = encoded(drawing(), "TIFF")
    comic = archive(tmp_path / "a.zip", **{"scan#002_tif": single, "scan_tif": tiff()})
    with open_comic(comic) as opened:
        assert sorted(opened.names()) == ["scan#002.tif", "scan.tif"]
        with opened.open_page("scan#002.tif") as stream:
            assert stream.read() == single
