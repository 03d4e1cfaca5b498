"""comicbox and darkseid read what a CBZ says, in an environment of their own."""

from __future__ import annotations

import json
import os
import subprocess
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from comic_downloads.domain.comic_names import file_stem
from comic_downloads.domain.library import ComicMetadata
from comic_downloads.files.locks import Lock, try_lock
from tests.packaging.kept import VALUES_2_0, distinct_page, file_of, info, made, put_cbz
from tests.queue.world import World

REQUIREMENTS = Path(__file__).with_name("taggers.txt")
INSTALL_SECONDS = 600
PAGES = (
    {"Image": "0", "Type": "FrontCover"},
    {"Image": "1", "Bookmark": "The Depot"},
    {"Image": "2", "Type": "Letters"},
)
COMICBOX = """
import json, sys
from comicbox.box import Comicbox
with Comicbox(sys.argv[1]) as box:
    read = box.to_dict()["comicbox"]
# comicbox keeps them in a set, which has another order each time.
read["urls"] = sorted(read.get("urls", ()))
print(json.dumps(read, default=str))
"""
DARKSEID = """
import json, sys
from dataclasses import asdict
from darkseid.comic import Comic, MetadataFormat
read = Comic(sys.argv[1]).read_metadata(MetadataFormat.COMIC_INFO)
print(json.dumps(asdict(read), default=str))
"""
NAME = "Harbour Lines"
Read = Callable[[str, Path], dict[str, Any]]


@pytest.fixture(scope="module")
def read(request: pytest.FixtureRequest) -> Read:
    """Return a function that runs a script of a tagger on a file; installs the taggers once."""
    folder = request.config.cache.mkdir("taggers")
    python = folder / "venv" / "bin" / "python"
    installed = folder / "installed.txt"
    lock = try_lock(folder / "lock", timeout_seconds=INSTALL_SECONDS)
    assert isinstance(lock, Lock), "another test run is installing the taggers"
    with lock:
        if not installed.exists() or installed.read_text() != REQUIREMENTS.read_text():
            venv.create(folder / "venv", with_pip=True, clear=True)
            install = [str(python), "-m", "pip", "install", "-q", "-r", str(REQUIREMENTS)]
            subprocess.run(install, check=True, timeout=INSTALL_SECONDS)
            installed.write_text(REQUIREMENTS.read_text())

    def run(script: str, file: Path) -> dict[str, Any]:
        done = subprocess.run(
            [str(python), "-c", script, str(file)],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "HOME": str(folder)},
        )
        return json.loads(done.stdout.splitlines()[-1])

    return run


@pytest.fixture
def source_and_made(world: World, tmp_path: Path) -> tuple[Path, Path]:
    """Return a CBZ whose ComicInfo.xml says all that 2.0 can say, and the CBZ made of it."""
    comic = put_cbz(world, f"{NAME}.cbz", 3, info(VALUES_2_0, PAGES))
    target = tmp_path / f"{NAME}.cbz"
    target.write_bytes(file_of(world, made(world, comic)).read_bytes())
    return world.settings.library / f"{NAME}.cbz", target


def test_comicbox_reads_the_same_as_from_the_source(read: Read, source_and_made: tuple[Path, Path]):
    before, after = (read(COMICBOX, file) for file in source_and_made)
    pages = after.pop("pages")
    del before["pages"]
    assert after == before
    assert (after["issue"]["number"], after["publisher"]["name"]) == ("12.5", "Small Press")
    assert pages["0"]["page_type"] == "FrontCover"
    assert pages["1"]["bookmark"] == "The Depot"
    assert pages["2"]["page_type"] == "Letters"


def test_darkseid_reads_the_same_as_from_the_source(read: Read, source_and_made: tuple[Path, Path]):
    before, after = (read(DARKSEID, file) for file in source_and_made)
    pages = after.pop("pages")
    del before["pages"], before["page_count"]
    assert after.pop("page_count") == len(pages)
    assert after == before
    assert (after["issue"], after["cover_date"]) == ("12.5", "1994-03-14")
    assert [(page.get("Type"), page.get("Bookmark")) for page in pages] == [
        ("FrontCover", None),
        (None, "The Depot"),
        ("Letters", None),
    ]


@pytest.mark.parametrize(
    ("title", "number"), [("", "3"), ("The Long Quay", "3"), ("2 Moons", "104.5")]
)
def test_comicbox_reads_series_and_number_from_the_name_of_a_file(
    read: Read, tmp_path: Path, title: str, number: str
):
    named = file_stem(ComicMetadata(title, "Lanterns", number), 200)
    file = tmp_path / f"{named}.cbz"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("001.jpg", distinct_page(1))
    found = read(COMICBOX, file)
    assert (found["series"]["name"], found["issue"]["number"]) == ("Lanterns", number)
