"""How comics are called outside of their series: in lists, downloads, shares and file names."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import PurePosixPath

import pytest
from comicapi.filenameparser import FileNameParser
from fastapi.testclient import TestClient

from comic_downloads.domain.filenames import MAX_FILENAME_BYTES
from comic_downloads.library.metadata import describe
from comic_downloads.usecases.context import Context

from .library import add_archive, page_bytes, prepare_all, scan

COMICS = "/api/v1/comics"
DOWNLOADS = "/api/v1/downloads"


def add_tagged(context: Context, path: str, **fields: str) -> None:
    """Add a comic of one page with a ComicInfo.xml of these fields."""
    target = context.settings.library / path
    target.parent.mkdir(parents=True, exist_ok=True)
    elements = "".join(f"<{tag}>{text}</{tag}>" for tag, text in fields.items())
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("1.png", page_bytes(1))
        archive.writestr("ComicInfo.xml", f"<ComicInfo>{elements}</ComicInfo>")


def ids_by_path(owner: TestClient) -> dict[str, str]:
    items = owner.get(COMICS, params={"limit": 500}).json()["items"]
    return {owner.get(f"{COMICS}/{one['id']}").json()["path"]: one["id"] for one in items}


def download(owner: TestClient, comic_ids: Sequence[str], format: str = "pdf") -> dict:
    return owner.post(DOWNLOADS, json={"comic_ids": list(comic_ids), "format": format}).json()


@pytest.mark.parametrize(
    ("path", "name", "filename"),
    [
        ("Owl/Owl 003.cbz", "Owl #3", "Owl #003.pdf"),
        ("Owl/Owl 003 - The Nest.cbz", "Owl #3 – The Nest", "Owl #003 - The Nest.pdf"),
        ("Owl/Owl v03.cbz", "Owl Vol. 3", "Owl v03.pdf"),
        ("Owl/Owl v03 c012.cbz", "Owl Vol. 3 #12", "Owl v03 #012.pdf"),
        ("Owl/Owl v01.5 - Eggs.cbz", "Owl Vol. 1.5 – Eggs", "Owl v01.5 - Eggs.pdf"),
        ("Owl/Owl Annual 001 (2012).cbz", "Owl Annual #1", "Owl Annual #001.pdf"),
        ("Owl/Annuals/Owl 001.cbz", "Owl Annual #1", "Owl Annual #001.pdf"),
        (
            "Owl/Owl - Winter Special 001.cbz",
            "Owl Winter Special #1",
            "Owl Winter Special #001.pdf",
        ),
        ("Owl/Giant-Size Owl 001.cbz", "Giant-Size Owl #1", "Giant-Size Owl #001.pdf"),
        ("Owl/Owl c001-010.cbz", "Owl #1-10", "Owl #001-010.pdf"),
        ("Owl/Owl 003a.cbz", "Owl #3a", "Owl #003a.pdf"),
        ("Owl/Owl -1.cbz", "Owl #-1", "Owl #-001.pdf"),
        ("Owl/Owl guide book.cbz", "Owl guide book", "Owl guide book.pdf"),
        ("Alone.cbz", "Alone", "Alone.pdf"),
    ],
)
def test_name_of_a_comic_tells_its_series_and_its_place(
    owner: TestClient, context: Context, path: str, name: str, filename: str
):
    add_archive(context, path, page_count=1)
    add_archive(context, "Owl/Owl 099.cbz", page_count=1)
    scan(context)
    comic_id = ids_by_path(owner)[path]
    assert owner.get(f"{COMICS}/{comic_id}").json()["name"] == name
    job = download(owner, [comic_id])
    assert (job["comics"][0]["name"], job["filename"]) == (name, filename)


def test_a_title_that_only_repeats_the_place_is_left_out_of_the_name(
    owner: TestClient, context: Context
):
    for number, title in (("1", "Volume 1"), ("2", "Owl Vol. 2"), ("3", "Owl"), ("4", "Nest 4")):
        add_tagged(context, f"{number}.cbz", Series="Owl", Volume=number, Title=title)
    scan(context)
    items = owner.get(COMICS).json()["items"]
    assert [one["name"] for one in items] == [
        "Owl Vol. 1",
        "Owl Vol. 2",
        "Owl Vol. 3",
        "Owl Vol. 4 – Nest 4",
    ]


def test_issues_of_two_runs_and_an_annual_have_different_file_names(
    owner: TestClient, context: Context
):
    for folder in ("Owl (2011)", "Owl (2016)"):
        add_archive(context, f"{folder}/Owl 001.cbz", page_count=1)
        add_archive(context, f"{folder}/Owl Annual 001.cbz", page_count=1)
    scan(context)
    names = {download(owner, [comic_id])["filename"] for comic_id in ids_by_path(owner).values()}
    assert names == {
        "Owl (2011) #001.pdf",
        "Owl (2011) Annual #001.pdf",
        "Owl (2016) #001.pdf",
        "Owl (2016) Annual #001.pdf",
    }


@pytest.mark.parametrize(
    "series",
    ["大きな森の小さな家の長い長い物語" * 5, "Очень длинное название " * 6, "Very Long " * 25],
)
def test_a_long_series_is_shortened_so_that_the_number_stays(
    owner: TestClient, context: Context, series: str
):
    for number in range(1, 13):
        add_tagged(context, f"{number}.cbz", Series=series.strip(), Number=f"{number}")
    scan(context)
    comic_ids = [one["id"] for one in owner.get(COMICS).json()["items"]]
    names = [download(owner, [comic_id])["filename"] for comic_id in comic_ids]
    assert [name[-7:-4] for name in names] == [f"{number:03}" for number in range(1, 13)]
    together = download(owner, comic_ids, "zip")
    assert together["filename"].endswith("#001 and 11 more.zip")
    assert all(len(name.encode()) <= MAX_FILENAME_BYTES for name in (*names, together["filename"]))
    prepare_all(context)
    packed = owner.get(f"{DOWNLOADS}/{together['id']}/file", follow_redirects=True).content
    folders = [name.partition("/")[0] for name in zipfile.ZipFile(io.BytesIO(packed)).namelist()]
    assert [name[-3:] for name in folders] == [f"{number:03}" for number in range(1, 13)]
    assert folders == sorted(folders)


def test_folders_in_a_zip_of_a_series_sort_in_reading_order(owner: TestClient, context: Context):
    for name in ("Owl v01", "Owl v02", "Owl c018", "Owl Annual 001"):
        add_archive(context, f"Owl/{name}.cbz", page_count=1)
    scan(context)
    (series,) = owner.get("/api/v1/series").json()["items"]
    body = {"series_id": series["id"], "format": "zip"}
    job = owner.post(DOWNLOADS, json=body).json()
    assert job["filename"] == "Owl.zip"
    prepare_all(context)
    packed = owner.get(f"{DOWNLOADS}/{job['id']}/file", follow_redirects=True).content
    folders = [name.partition("/")[0] for name in zipfile.ZipFile(io.BytesIO(packed)).namelist()]
    assert folders == ["001 Owl v01", "002 Owl v02", "003 Owl #018", "004 Owl Annual #001"]


_READ_BACK = [
    {"Series": "Tin Owl", "Number": "3", "Title": "The Nest"},
    {"Series": "Tin Owl", "Number": "3"},
    {"Series": "Tin Owl", "Number": "12.5", "Title": "2 Eggs"},
    {"Series": "Tin Owl", "Volume": "4", "Title": "The Nest"},
    {"Series": "Tin Owl", "Volume": "4", "Number": "12", "Title": "The Nest"},
    {"Series": "100 Owls", "Number": "7", "Title": "The Nest"},
    {"Series": "Sector No. 8", "Number": "7", "Title": "The Nest"},
    {"Series": "Owl 2099", "Number": "7"},
    {"Series": "Owl - The Return", "Number": "7", "Title": "The Nest"},
]


@pytest.mark.parametrize("fields", _READ_BACK, ids=lambda fields: " ".join(fields.values()))
def test_the_name_of_a_file_is_read_back_as_what_the_comic_is(
    owner: TestClient, context: Context, fields: dict[str, str]
):
    add_tagged(context, "x.cbz", **fields)
    scan(context)
    (comic_id,) = ids_by_path(owner).values()
    filename = download(owner, [comic_id])["filename"]
    ours = describe(filename)
    volume = int(fields["Volume"]) if "Volume" in fields else None
    assert (ours.series, ours.number, ours.volume) == (
        fields["Series"],
        fields.get("Number", ""),
        volume,
    )
    assert ours.title == fields.get("Title", ours.title)
    tagger = FileNameParser()
    tagger.parse_filename(PurePosixPath(filename).name)
    assert tagger.series == fields["Series"]
    assert tagger.issue == fields.get("Number", fields.get("Volume"))


def test_guests_see_the_names_of_shared_comics(owner: TestClient, context: Context):
    add_archive(context, "Owl/Owl v03.cbz", page_count=1)
    scan(context)
    (comic_id,) = ids_by_path(owner).values()
    share = owner.post("/api/v1/shares", json={"comic_ids": [comic_id]}).json()
    assert (share["title"], share["comics"][0]["name"]) == ("Owl Vol. 3", "Owl Vol. 3")
