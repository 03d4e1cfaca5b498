"""An entry that cannot be looked at, or is no file, costs one line and never the scan."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import pytest

from comic_downloads.domain.library import ImageFacts
from comic_downloads.packaging import images
from comic_downloads.usecases.library.status import library_status

from .shelf import Shelf, image, write_folder, write_zip

ROOT = Path(__file__).parents[2]


def problems(shelf: Shelf) -> list[str]:
    return list(library_status(shelf.context).problems)


@pytest.fixture
def good(shelf: Shelf) -> Shelf:
    """Return the shelf with one comic that every scan has to find."""
    write_zip(shelf.library / "Good.cbz", {"1.jpg": image()})
    return shelf


def test_a_link_with_a_name_too_long_costs_one_line(good: Shelf):
    folder = write_folder(good.library / "Deep" / "Deeper", {"1.jpg": image("red")})
    (good.library / "old series").symlink_to("x" * 300)
    (folder / "elsewhere").symlink_to("y" * 300)
    good.scan()
    assert good.titles() == ["Deeper", "Good"]
    assert sorted(problems(good)) == [
        "Deep/Deeper/elsewhere: It is a symbolic link whose target cannot be looked at: "
        "File name too long.",
        "old series: It is a symbolic link whose target cannot be looked at: File name too long.",
    ]


def test_links_that_lead_nowhere_are_not_worth_a_line(good: Shelf):
    (good.library / "circle").symlink_to("circle")
    (good.library / "dangling").symlink_to("nothing")
    (good.library / "below a file").symlink_to("Good.cbz/inside")
    good.scan()
    assert (good.titles(), problems(good)) == (["Good"], [])


def test_pipes_and_sockets_named_like_comics_or_pages_cost_one_line(good: Shelf, tmp_path: Path):
    os.mkfifo(good.library / "Pipe.cbz")
    os.mkfifo(good.library / "just a pipe")
    folder = write_folder(good.library / "Loose", {"1.jpg": image(), "2.jpg": image()})
    os.mkfifo(folder / "3.jpg")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        (tmp_path / "s").rename(good.library / "Socket.pdf")
    good.scan()
    assert good.titles() == ["Good", "Loose"]
    assert sorted(problem.partition(":")[0] for problem in problems(good)) == [
        "Loose/3.jpg",
        "Pipe.cbz",
        "Socket.pdf",
    ]


def test_a_name_that_is_not_text_costs_one_line(good: Shelf):
    bad = os.fsencode(good.library) + b"/Caf\xe9"
    Path(os.fsdecode(bad)).mkdir()
    Path(os.fsdecode(bad + b".cbz")).write_bytes(b"")
    good.scan()
    assert good.titles() == ["Good"]
    assert sorted(problems(good)) == [
        f"Caf?{end}: Its name is not valid UTF-8. Rename it." for end in (".cbz", "")
    ]


def test_an_error_that_nobody_expected_costs_one_comic(
    good: Shelf, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    write_zip(good.library / "Odd.cbz", {"1.jpg": image("red", (33, 44))})
    probe = images.probe

    def failing(stream: BinaryIO, max_pixels: int) -> ImageFacts:
        facts = probe(stream, max_pixels)
        if facts.width == 33:
            raise RuntimeError("a reader has a fault")
        return facts

    with monkeypatch.context() as patch:
        patch.setattr(images, "probe", failing)
        good.scan()
    assert good.titles() == ["Good", "Odd"]
    (damaged,) = library_status(good.context).damaged
    assert (damaged.path, damaged.reason[:18]) == ("Odd.cbz", "Reading it failed ")
    assert "a reader has a fault" in caplog.text
    good.scan()
    assert library_status(good.context).damaged == ()


_SCAN_AS_NOBODY = """
import os, sys
from pathlib import Path
from comic_downloads.library.scanner import find_comics
os.setgid(65534)
os.setuid(65534)
findings = find_comics(Path(sys.argv[1]), lambda: None)
for comic in findings.comics:
    print("comic", comic.path)
for problem in findings.problems:
    print("problem", f"{problem.path}: {problem.reason}")
for path in ("Closed/x.cbz", "Listed", "Listed.cbz"):
    print(path, findings.may_hold(path))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can change users")
def test_what_the_app_may_not_look_at_stays_as_it_is_known(tmp_path: Path):
    home = Path("/tmp") / f"scan-{os.getpid()}"
    try:
        library = home / "library"
        write_zip(library / "Good.cbz", {"1.jpg": image()})
        write_zip(library / "Closed" / "x.cbz", {"1.jpg": image()})
        write_folder(library / "Listed", {"1.jpg": image(), "2.jpg": image()})
        write_folder(home / "secret" / "comics", {"1.jpg": image()})
        (library / "secret").symlink_to(home / "secret" / "comics")
        for closed, mode in (
            ("secret", 0o700),
            ("library/Closed", 0o700),
            ("library/Listed", 0o744),
        ):
            (home / closed).chmod(mode)
        said = subprocess.run(
            [sys.executable, "-c", _SCAN_AS_NOBODY, library],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    finally:
        shutil.rmtree(home)
    assert sorted(said.splitlines()) == [
        "Closed/x.cbz True",
        "Listed True",
        "Listed.cbz False",
        "comic Good.cbz",
        "problem Closed: The folder cannot be read: Permission denied.",
        "problem Listed: “1.jpg” cannot be looked at: Permission denied.",
        "problem secret: It is a symbolic link whose target cannot be looked at: "
        "Permission denied.",
    ]
