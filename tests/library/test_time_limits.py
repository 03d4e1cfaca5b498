"""Hostile files that would keep a reader busy forever are stopped, with a reason."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from comic_downloads.domain.errors import PageUnreadable
from comic_downloads.library.sources import ComicOutOfReach, PageOutOfReach, rar_tool, source
from comic_downloads.library.sources.pdf import PdfComic
from comic_downloads.library.sources.rar import RarComic
from comic_downloads.library.sources.seven_zip import SevenZipComic

from .packed import write_7z, write_pdf, write_rar5
from .shelf import Shelf, image

PAGES = {f"{number}.jpg": image() for number in range(4)}


@pytest.fixture
def fake_unar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Return a function that puts a program called ``unar`` on the PATH, and no other unpacker.

    It returns the file to which the program adds a line for every run.
    """

    def install(unpacking: str, telling_version: str = "exit 0") -> Path:
        folder = tmp_path / "programs"
        folder.mkdir()
        runs = folder / "runs"
        runs.touch()
        program = folder / "unar"
        program.write_text(
            f'#!/bin/sh\ncase "$1" in *version) {telling_version};; esac\n'
            f"echo run >> {runs}\n{unpacking}\n",
            encoding="utf-8",
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(folder))
        return runs

    return install


@pytest.mark.parametrize("solid", [False, True])
@pytest.mark.parametrize(
    "unpacking", ["exec /bin/sleep 15", "/bin/sleep 15", "echo begun; exec /bin/sleep 15"]
)
def test_program_that_hangs_is_stopped_and_the_archive_given_up(
    fake_unar: Callable[[str], Path], tmp_path: Path, unpacking: str, solid: bool
):
    runs = fake_unar(unpacking)
    path = write_rar5(tmp_path / "a.cbr", PAGES, method=3, solid=solid)
    with RarComic(path, seconds=lambda _size_bytes: 1) as comic:
        for name in comic.names():
            with pytest.raises(
                PageOutOfReach,
                match=r"longer than 1 seconds and was stopped. Pack its pages as a CBZ",
            ):
                comic.open_page(name)
    assert runs.read_text() == "run\n"


@pytest.mark.parametrize(
    ("room", "reason"),
    [
        (True, "longer than 2 seconds and was stopped"),
        (False, "There is not enough space to unpack"),
    ],
)
def test_what_one_program_unpacked_is_kept_where_the_next_cannot_go_on(
    fake_unar: Callable[[str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    room: bool,
    reason: str,
):
    (tmp_path / "page").write_bytes(image())
    # The program returns three of the four pages.
    programs = fake_unar("exec /bin/cat" + f" {tmp_path}/page" * 3).parent
    (programs / "bsdtar").write_text(
        '#!/bin/sh\n[ "$1" = --version ] || exec /bin/sleep 15\n', encoding="utf-8"
    )
    (programs / "bsdtar").chmod(0o755)
    if not room:
        whole = shutil.disk_usage(tmp_path)
        answers = iter((whole, whole._replace(free=0)))
        monkeypatch.setattr(shutil, "disk_usage", lambda _folder: next(answers))
    with RarComic(
        write_rar5(tmp_path / "a.cbr", PAGES, method=3, solid=True), seconds=lambda _size_bytes: 2
    ) as comic:
        *unpacked, missing = comic.names()
        for _ in range(2):
            with pytest.raises(PageOutOfReach, match=reason):
                comic.open_page(missing)
            assert [comic.open_page(name).read() for name in unpacked] == [image()] * 3


def test_program_that_does_not_even_tell_its_version_counts_as_missing(
    fake_unar: Callable[[str, str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    fake_unar("exit 1", "/bin/sleep 15")
    monkeypatch.setattr(rar_tool, "ANSWER_SECONDS", 0.3)
    with pytest.raises(ComicOutOfReach) as raised:
        RarComic(write_rar5(tmp_path / "a.cbr", PAGES, method=3))
    assert raised.value.detail == rar_tool.NO_TOOL


def test_scan_goes_on_behind_an_archive_that_hangs(
    fake_unar: Callable[[str], Path], shelf: Shelf, monkeypatch: pytest.MonkeyPatch
):
    fake_unar("/bin/sleep 15")
    monkeypatch.setattr(source, "FIRST_SECONDS", 0.3)
    write_rar5(shelf.library / "a.cbr", PAGES, method=3)
    write_rar5(shelf.library / "b.cbr", PAGES)
    shelf.scan()
    first, second = sorted(shelf.comics(), key=lambda comic: comic.title)
    assert "None of its 4 pages can be read" in first.error and "was stopped" in first.error
    assert (second.error, second.page_count) == ("", 4)


def test_7z_that_takes_too_long_to_unpack_is_given_up(tmp_path: Path):
    path = write_7z(tmp_path / "a.cb7", PAGES)
    with SevenZipComic(path, seconds=lambda _size_bytes: 0) as comic:
        for name in comic.names():
            with pytest.raises(PageOutOfReach, match=r"longer than 0 seconds and was stopped"):
                comic.open_page(name)
    with SevenZipComic(path) as comic:
        assert comic.open_page("1.jpg").read() == PAGES["1.jpg"]


def never_drawn(path: Path) -> Path:
    """Write a PDF whose second page takes forever to draw.

    The page shows a form that shows a form ten times, and so on: ten thousand million rectangles.
    """
    write_pdf(path, [image("red"), image("blue"), image("green")])
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        form = pdf.make_stream(b"0 0 9 9 re f " * 10)
        for _ in range(9):
            outer = pdf.make_stream(b"/F Do " * 10)
            outer.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=_as_form(form)))
            form = outer
        pdf.pages[1].Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=_as_form(form)))
        pdf.pages[1].Contents = pdf.make_stream(b"/F Do")
        pdf.save(path)
    return path


def _as_form(stream: pikepdf.Stream) -> pikepdf.Stream:
    stream.Type, stream.Subtype, stream.BBox = (
        pikepdf.Name.XObject,
        pikepdf.Name.Form,
        pikepdf.Array([0, 0, 300, 450]),
    )
    return stream


def test_pdf_page_that_is_never_drawn_is_stopped_and_the_others_are_read(tmp_path: Path):
    with PdfComic(never_drawn(tmp_path / "a.pdf"), page_seconds=3) as comic:
        first, second, third = comic.names()
        assert comic.open_page(first).read() == image("red")
        with pytest.raises(
            PageOutOfReach, match=r"cannot be rendered: it took longer than 3 seconds\."
        ):
            comic.open_page(second)
        assert comic.open_page(third).read() == image("green")


def test_pdf_is_given_up_after_some_pages_that_are_never_drawn(tmp_path: Path):
    with PdfComic(never_drawn(tmp_path / "a.pdf"), page_seconds=1.5) as comic:
        endless, good = comic.names()[1:]
        for _ in range(3):
            with pytest.raises(PageOutOfReach, match="took longer"):
                comic.open_page(endless)
        with pytest.raises(
            PageUnreadable, match="was not tried: other pages of this PDF took too long"
        ):
            comic.open_page(good)


@pytest.mark.parametrize(
    "crash", ["os.abort()", "sys.exit(0)", 'os.write(1, b"+" + (1 << 40).to_bytes(8))']
)
def test_pdf_reader_that_crashes_costs_a_page_and_no_more(tmp_path: Path, crash: str):
    program = tmp_path / "crashes.py"
    program.write_text(
        "import os, sys\n"
        # The document has two pages.
        'os.write(1, b"+" + (4).to_bytes(8) + (2).to_bytes(4))\n'
        "asked = sys.stdin.buffer.read(4)\n"
        f"if asked == (0).to_bytes(4):\n    {crash}\n"
        'os.write(1, b"+" + (5).to_bytes(8) + b"image")\n'
    )
    with PdfComic(tmp_path / "any.pdf", program=program) as comic:
        first, second = comic.names()
        with pytest.raises(
            PageUnreadable,
            match=r"cannot be rendered: (PDFium crashed on it|it is too large for a page)\.",
        ):
            comic.open_page(first)
        assert comic.open_page(second).read() == b"image"
