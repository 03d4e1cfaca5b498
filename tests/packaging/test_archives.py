"""CBZ and ZIP, opened with programs that are not ours."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from comic_downloads.domain.errors import ComicChanged, PageUnreadable, StorageUnavailable
from comic_downloads.domain.library import ComicMetadata
from comic_downloads.packaging.cbz import write_cbz
from comic_downloads.packaging.formats import SPECS, STREAMABLE_FORMATS
from comic_downloads.packaging.pages import Document, OutputComic, OutputPage, Writer
from comic_downloads.packaging.zip import write_zip
from tests.packaging.tools import needs, run
from tests.packaging.zoo import ZOO, book, numbered_pages, page, silent, small_jpeg

WRITERS = {format: spec.write for format, spec in SPECS.items()}
ARCHIVES = {format: SPECS[format].write for format in STREAMABLE_FORMATS}


@pytest.mark.parametrize("write", ARCHIVES.values(), ids=ARCHIVES)
def test_pages_are_stored_unchanged(write: Writer, tmp_path: Path):
    pages = [page(f"{number} {kind}", make()) for number, (kind, make) in enumerate(ZOO.items())]
    write(book(pages), tmp_path / "out", silent)
    with zipfile.ZipFile(tmp_path / "out") as archive:
        entries = [entry for entry in archive.infolist() if entry.filename != "ComicInfo.xml"]
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
        assert [archive.read(entry) for entry in entries] == [make() for make in ZOO.values()]


def test_cbz_is_flat_numbered_and_has_its_metadata(tmp_path: Path):
    write_cbz(book(numbered_pages(3)), tmp_path / "out", silent)
    with zipfile.ZipFile(tmp_path / "out") as archive:
        assert archive.namelist() == ["001.jpg", "002.jpg", "003.jpg", "ComicInfo.xml"]


def test_cbz_without_metadata_holds_pages_only(tmp_path: Path):
    write_cbz(replace(book(numbered_pages(2)), with_metadata=False), tmp_path / "out", silent)
    with zipfile.ZipFile(tmp_path / "out") as archive:
        assert archive.namelist() == ["001.jpg", "002.jpg"]


def test_zip_holds_the_pages_and_nothing_else(tmp_path: Path):
    write_zip(
        book([page("b.jpg", small_jpeg(1)), page("b.jpg", small_jpeg(2))]), tmp_path / "out", silent
    )
    with zipfile.ZipFile(tmp_path / "out") as archive:
        assert archive.namelist() == ["b.jpg", "b_1.jpg"]


@pytest.mark.parametrize("write", ARCHIVES.values(), ids=ARCHIVES)
def test_left_out_pages_are_listed_in_the_archive(write: Writer, tmp_path: Path):
    comic = OutputComic(ComicMetadata("Holes"), tuple(numbered_pages(2)), missing=(2, 7))
    write(Document("Holes", (comic,)), tmp_path / "out", silent)
    with zipfile.ZipFile(tmp_path / "out") as archive:
        report = archive.read("missing-pages.txt").decode()
    assert "Holes: page 3\n" in report and "Holes: page 8\n" in report


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_result_tells_length_digest_and_pages(write: Writer, tmp_path: Path):
    built = write(book(numbered_pages(3)), tmp_path / "out", silent)
    data = (tmp_path / "out").read_bytes()
    assert (built.size_bytes, built.sha256, built.page_count) == (
        len(data),
        hashlib.sha256(data).hexdigest(),
        3,
    )


@needs("7z", "unzip")
@pytest.mark.parametrize("write", ARCHIVES.values(), ids=ARCHIVES)
def test_other_programs_find_no_fault(write: Writer, tmp_path: Path):
    target = tmp_path / "out.zip"
    write(book([page("déjà vu 漫画.png", make()) for make in ZOO.values()]), target, silent)
    assert "No errors" in run("unzip", "-t", target)
    assert "Everything is Ok" in run("7z", "t", target)


@needs("7z")
def test_archive_of_more_than_65535_pages_is_whole(tmp_path: Path):
    one = page("p.jpg", small_jpeg(1))
    built = write_zip(book([one] * 65_600), tmp_path / "out.zip", silent)
    assert built.page_count == 65_600
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert len(archive.infolist()) == 65_600
    assert "Everything is Ok" in run("7z", "t", tmp_path / "out.zip")


def test_small_archive_does_without_zip64(tmp_path: Path):
    write_cbz(book(numbered_pages(2)), tmp_path / "out", silent)
    assert b"PK\x06\x06" not in (tmp_path / "out").read_bytes()


@pytest.mark.parametrize("format", WRITERS)
def test_bytes_do_not_depend_on_time_zone_folder_or_hash_seed(format: str, tmp_path: Path):
    code = (
        "import sys; from pathlib import Path;"
        "from comic_downloads.domain.library import ComicMetadata;"
        "from tests.packaging.test_archives import WRITERS;"
        "from tests.packaging.zoo import ZOO, book, page, silent;"
        "pages = [page(k, m()) for k, m in ZOO.items()]; write = WRITERS[sys.argv[1]];"
        "built = write(book(pages, ComicMetadata('Ü', year=1999)), Path(sys.argv[2]), silent);"
        "print(built.sha256)"
    )
    digests = set()
    for zone, seed in (("UTC", "1"), ("Asia/Kathmandu", "2"), ("America/St_Johns", "3")):
        folder = tmp_path / zone
        folder.mkdir(parents=True)
        environment = {**os.environ, "TZ": zone, "PYTHONHASHSEED": seed, "LC_ALL": "C"}
        command = [sys.executable, "-c", code, format, str(folder / "out")]
        root = Path(__file__).parents[2]
        done = subprocess.run(
            command,
            env=environment,
            cwd=root,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        digests.add(done.stdout)
    assert len(digests) == 1


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
@pytest.mark.parametrize("change", ["altered", "longer", "shorter"])
def test_page_that_changed_since_the_scan_is_refused(write: Writer, change: str, tmp_path: Path):
    data = small_jpeg(1)
    changed = {
        "altered": data[:-9] + b"\x00" + data[-8:],
        "longer": data + b"x",
        "shorter": data[:-1],
    }[change]
    good, bad = page("1.jpg", small_jpeg(0)), page("2.jpg", data)
    bad = replace(bad, open=page("2.jpg", changed, bad.facts).open)
    seen: list[int] = []
    with pytest.raises(PageUnreadable, match="changed"):
        write(
            book([good, bad]),
            tmp_path / "out",
            lambda pages_done, bytes_done: seen.append(pages_done),
        )
    assert max(seen) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (FileNotFoundError(2, "No such file"), ComicChanged),
        (OSError(5, "Input/output error"), StorageUnavailable),
        (zipfile.BadZipFile("Bad CRC-32"), PageUnreadable),
    ],
)
def test_page_that_cannot_be_opened_is_named(
    write: Writer, error: Exception, expected: type[Exception], tmp_path: Path
):
    def fail() -> None:
        raise error

    broken = OutputPage("1.jpg", page("1.jpg", small_jpeg(1)).facts, fail)  # pyright: ignore[reportArgumentType]
    with pytest.raises(expected):
        write(book([broken]), tmp_path / "out", silent)
    assert list(tmp_path.iterdir()) == []


class Stop(Exception):
    """The user pressed pause."""


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_work_stops_when_progress_says_so_and_closes_what_it_opened(write: Writer, tmp_path: Path):
    opened = []

    def tracked(source: OutputPage) -> OutputPage:
        def open_and_remember() -> object:
            opened.append(source.open())
            return opened[-1]

        return replace(source, open=open_and_remember)

    def progress(pages_done: int, bytes_done: int) -> None:
        if pages_done == 2:
            raise Stop

    with pytest.raises(Stop):
        write(book([tracked(source) for source in numbered_pages(5)]), tmp_path / "out", progress)
    assert len(opened) in {2, 3}
    assert all(stream.closed for stream in opened)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_progress_grows_and_ends_with_every_page(write: Writer, tmp_path: Path):
    seen: list[tuple[int, int]] = []
    built = write(
        book(numbered_pages(7)),
        tmp_path / "out",
        lambda pages_done, bytes_done: seen.append((pages_done, bytes_done)),
    )
    assert seen == sorted(seen)
    assert [pages for pages, _ in seen] == list(range(1, 8))
    assert seen[-1][1] <= built.size_bytes
