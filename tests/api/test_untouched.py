"""The quality “untouched”: the library's own file, byte for byte, for accounts and guests."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from comic_downloads.usecases.context import Context
from comic_downloads.usecases.delivery.layout_digests import LayoutDigests
from comic_downloads.usecases.operations.maintenance import purge
from tests.library.packed import write_7z, write_epub, write_pdf, write_rar5, write_tar

from .conftest import Clock
from .library import add_archive, archive_bytes, page_bytes, prepare_all, scan
from .sharing import ARCHIVES, code, prepare, shared

DOWNLOADS = "/api/v1/downloads"
PAGES = {f"page{number}.png": page_bytes(number) for number in range(1, 3)}


def write_zip(path: Path, pages: dict[str, bytes]) -> None:
    """Write another archive than this product does: compressed, with a comment."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.comment = b"kept as it is"
        for name, data in pages.items():
            archive.writestr(name, data)


WRITERS: dict[str, Callable[[Path, dict[str, bytes]], Any]] = {
    "cbz": write_zip,
    "zip": write_zip,
    "cbr": write_rar5,
    "cb7": write_7z,
    "cbt": write_tar,
    "pdf": lambda path, pages: write_pdf(path, list(pages.values())),
    "epub": lambda path, pages: write_epub(
        path, {f"{name}.xhtml": f'<img src="{name}" alt=""/>' for name in pages}, pages
    ),
}
TYPES = {
    "cbz": "application/vnd.comicbook+zip",
    "zip": "application/zip",
    "cbr": "application/vnd.comicbook-rar",
    "cb7": "application/x-cb7",
    "cbt": "application/x-cbt",
    "pdf": "application/pdf",
    "epub": "application/epub+zip",
}


def find_digests(context: Context) -> None:
    """Do what a worker does in its spare time."""
    LayoutDigests(context, lambda _seconds: None).work(lambda: False)


def ask(client: TestClient, comic_id: str, **more: Any) -> dict[str, Any]:
    answer = client.post(DOWNLOADS, json={"comic_ids": [comic_id], "quality": "untouched"} | more)
    assert answer.status_code == 202, answer.text
    return answer.json()


@pytest.fixture
def overrides() -> dict[str, object]:
    return {"originals": "layout"}


@pytest.fixture
def archives() -> dict[str, int]:
    return ARCHIVES


@pytest.fixture
def alone(context: Context) -> Path:
    return add_archive(context, "Alone.cbz")


@pytest.fixture
def job(alone: Path, context: Context, owner: TestClient) -> dict[str, Any]:
    return ask(owner, scan(context)["Alone"])


@pytest.mark.parametrize("extension", WRITERS)
def test_the_file_of_every_kind_is_sent_byte_for_byte_under_its_name(
    context: Context, owner: TestClient, extension: str
):
    path = context.settings.library / f"Čapek “R.U.R.”, v01 [scan].{extension}"
    WRITERS[extension](path, PAGES)
    [comic_id] = scan(context).values()

    job = ask(owner, comic_id)
    file = owner.get(job["download_url"])

    data = path.read_bytes()
    assert (job["status"], job["filename"], job["format"]) == ("ready", path.name, extension)
    assert (job["quality"], job["media_type"]) == ("untouched", TYPES[extension])
    assert (file.content, file.headers["content-type"]) == (data, TYPES[extension])
    assert (job["file_size_bytes"], job["sha256"], job["missing_pages"]) == (len(data), None, [])
    middle = len(data) // 2
    part = owner.get(
        job["download_url"],
        headers={"Range": f"bytes={middle}-", "If-Range": file.headers["etag"]},
    )
    assert (part.status_code, part.content) == (206, data[middle:])
    find_digests(context)
    later = owner.get(f"{DOWNLOADS}/{job['id']}").json()
    assert later["sha256"] == hashlib.sha256(data).hexdigest()
    assert owner.get(later["download_url"]).headers["etag"] == file.headers["etag"]
    assert not list((context.settings.data / "storage").rglob(f"*.{extension}"))


def test_a_misnamed_archive_keeps_its_name_and_gets_its_true_media_type(
    context: Context, owner: TestClient
):
    write_rar5(context.settings.library / "Alone.cbz", PAGES)
    job = ask(owner, scan(context)["Alone"])
    assert (job["filename"], job["media_type"]) == ("Alone.cbz", TYPES["cbr"])


def test_its_etag_is_the_same_after_a_clean_up_and_another_for_other_bytes(
    context: Context, owner: TestClient, clock: Clock, job: dict[str, Any], alone: Path
):
    comic_id = job["comics"][0]["id"]
    before = owner.head(job["download_url"]).headers["etag"]
    clock.advance(90_000)
    purge(context)
    assert owner.head(ask(owner, comic_id)["download_url"]).headers["etag"] == before

    status = alone.stat()
    alone.write_bytes(alone.read_bytes()[::-1][::-1].replace(b"page1.png", b"page0.png"))
    os.utime(alone, ns=(status.st_atime_ns, status.st_mtime_ns))
    later = ask(owner, comic_id)
    assert owner.get(later["download_url"]).content == alone.read_bytes()
    assert owner.head(later["download_url"]).headers["etag"] != before


def test_a_file_that_was_changed_is_a_clear_error_and_can_be_asked_for_again(
    context: Context, owner: TestClient, job: dict[str, Any], alone: Path
):
    status = alone.stat()
    alone.write_bytes(archive_bytes(2))
    # A scan leaves files that have just changed for later.
    os.utime(alone, ns=(status.st_atime_ns, status.st_mtime_ns - 3600 * 10**9))
    gone = owner.get(job["download_url"])
    assert (gone.status_code, gone.json()["code"]) == (410, "file_gone")
    assert "“Alone” was changed or replaced after it was asked for" in gone.json()["detail"]
    failed = owner.get(f"{DOWNLOADS}/{job['id']}").json()
    assert (failed["status"], failed["error"]["code"]) == ("failed", "comic_changed")
    assert failed["error"]["comic_id"] == job["comics"][0]["id"]
    refused = owner.post(f"{DOWNLOADS}/{job['id']}/retry")
    assert code(refused) == (422, "comic_changed")
    scan(context)
    assert owner.post(f"{DOWNLOADS}/{job['id']}/retry").status_code == 200
    prepare_all(context)
    again = owner.get(f"{DOWNLOADS}/{job['id']}").json()
    assert owner.get(again["download_url"]).content == alone.read_bytes()


def test_a_file_that_was_removed_is_named(
    context: Context, owner: TestClient, job: dict[str, Any], alone: Path
):
    add_archive(context, "Other.cbz")
    alone.unlink()
    gone = owner.head(job["download_url"])
    assert gone.status_code == 410
    error = owner.get(f"{DOWNLOADS}/{job['id']}").json()["error"]
    assert error["message"].startswith("The file of “Alone” is not there any more.")
    asked = owner.post(
        DOWNLOADS, json={"comic_ids": [job["comics"][0]["id"]], "quality": "untouched"}
    )
    assert code(asked) == (422, "comic_changed")


def test_a_copy_that_took_its_place_is_sent_once_its_digest_is_known(
    context: Context, owner: TestClient, job: dict[str, Any], alone: Path
):
    data = alone.read_bytes()
    find_digests(context)
    copy = alone.with_name("copy")
    copy.write_bytes(data)
    copy.replace(alone)
    assert owner.get(job["download_url"]).content == data
    copy.write_bytes(data[::-1])
    copy.replace(alone)
    assert owner.get(job["download_url"]).status_code == 410


def test_a_copy_that_took_its_place_before_that_is_not_trusted(
    owner: TestClient, job: dict[str, Any], alone: Path
):
    data, status = alone.read_bytes(), alone.stat()
    copy = alone.with_name("copy")
    copy.write_bytes(data[::-1])
    os.utime(copy, ns=(status.st_atime_ns, status.st_mtime_ns))
    copy.replace(alone)
    assert owner.get(job["download_url"]).status_code == 410


def test_a_library_that_is_away_is_503_and_fails_nothing(
    context: Context, owner: TestClient, job: dict[str, Any]
):
    library = context.settings.library
    library.rename(library.with_name("elsewhere"))
    away = owner.get(job["download_url"])
    body = {"comic_ids": [job["comics"][0]["id"]], "quality": "untouched"}
    asked = owner.post(DOWNLOADS, json=body)
    assert code(away) == code(asked) == (503, "library_away")
    library.with_name("elsewhere").rename(library)
    assert owner.get(job["download_url"]).status_code == 200


def test_the_same_file_is_one_for_all_and_its_length_is_told_before(
    owner: TestClient, member: TestClient, job: dict[str, Any], alone: Path
):
    comic_id = job["comics"][0]["id"]
    body = {"comic_ids": [comic_id], "quality": "untouched"}
    estimate = owner.post("/api/v1/estimate", json=body).json()
    assert (estimate["size_bytes"], estimate["page_count"]) == (alone.stat().st_size, 3)
    assert estimate["cached"]
    other = ask(member, comic_id)
    tags = {
        one["download_url"]: owner.head(one["download_url"]).headers["etag"] for one in (job, other)
    }
    assert len(tags) == 2 and len(set(tags.values())) == 1


def test_damaged_pages_are_no_obstacle(context: Context, owner: TestClient):
    path = context.settings.library / "Torn.cbz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1.png", page_bytes(1))
        archive.writestr("2.png", page_bytes(2)[:-40])
    job = ask(owner, scan(context)["Torn"])
    assert (job["missing_pages"], job["pages_total"]) == ([], 1)
    assert owner.get(job["download_url"]).content == path.read_bytes()


def test_a_folder_has_no_file_of_its_own(context: Context, owner: TestClient):
    folder = context.settings.library / "Loose"
    folder.mkdir()
    (folder / "1.png").write_bytes(page_bytes(1))
    body = {"comic_ids": [scan(context)["Loose"]], "quality": "untouched"}
    for path in (DOWNLOADS, "/api/v1/estimate"):
        refused = owner.post(path, json=body)
        assert code(refused) == (422, "no_original_file")
        assert "“Loose” is a folder of images" in refused.json()["detail"]


def test_several_comics_cannot_be_one_untouched_file(owner: TestClient, comics: dict[str, str]):
    body = {"comic_ids": list(comics.values()), "quality": "untouched", "split": "none"}
    refused = owner.post(DOWNLOADS, json=body)
    assert code(refused) == (422, "no_original_file")
    assert "Choose one file each" in refused.json()["detail"]


@pytest.mark.parametrize(
    "choice",
    [
        {"pages": "1"},
        {"grayscale": True},
        {"crop_margins": True},
        {"strips": "split"},
        {"image_format": "jpeg"},
        {"target_size_bytes": 1_000_000},
    ],
)
def test_a_choice_that_would_change_the_file_is_refused(
    owner: TestClient, comics: dict[str, str], choice: dict[str, Any]
):
    body = {"comic_ids": [comics["Alone"]], "quality": "untouched", **choice}
    refused = owner.post(DOWNLOADS, json=body)
    assert code(refused) == (422, "invalid_request")
    assert next(iter(choice)) in refused.json()["detail"]


def test_an_unknown_format_is_refused_and_a_known_one_does_not_matter(
    owner: TestClient, comics: dict[str, str]
):
    body = {"comic_ids": [comics["Alone"]], "quality": "untouched", "format": "docx"}
    assert code(owner.post(DOWNLOADS, json=body)) == (422, "invalid_format")
    assert ask(owner, comics["Alone"], format="pdf")["format"] == "cbz"
    body = {"comic_ids": [comics["Alone"]], "quality": "original"}
    assert code(owner.post(DOWNLOADS, json=body)) == (422, "invalid_format")


def test_a_group_has_the_files_themselves_and_their_zip(
    context: Context, owner: TestClient, alone: Path
):
    rar = write_rar5(alone.with_name("Owl.cbr"), PAGES)
    twin = add_archive(context, "Twins/ALONE.cbz", 2)
    scan(context)
    listed = owner.get("/api/v1/comics").json()["items"]
    by_size = {one["id"]: owner.get(f"/api/v1/comics/{one['id']}").json() for one in listed}
    body = {"comic_ids": list(by_size), "quality": "untouched", "split": "each"}

    group = owner.post(DOWNLOADS, json=body).json()

    assert (group["status"], group["total"], group["format"]) == ("ready", 3, "mixed")
    names = [item["filename"] for item in group["items"]]
    assert len({name.casefold() for name in names}) == 3
    contents = {owner.get(item["download_url"]).content for item in group["items"]}
    assert contents == {path.read_bytes() for path in (alone, twin, rar)}
    packed = owner.get(f"/api/v1/groups/{group['id']}/file")
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        assert archive.testzip() is None
        assert [name[5:] for name in archive.namelist()] == names
        assert {archive.read(name) for name in archive.namelist()} == contents


def test_a_group_with_a_folder_says_which_comic_has_no_file(context: Context, owner: TestClient):
    add_archive(context, "Alone.cbz")
    folder = context.settings.library / "Loose"
    folder.mkdir()
    (folder / "1.png").write_bytes(page_bytes(1))
    body = {"comic_ids": list(scan(context).values()), "quality": "untouched", "split": "each"}
    refused = owner.post(DOWNLOADS, json=body)
    assert code(refused) == (422, "no_original_file")
    assert "“Loose”" in refused.json()["detail"]


def test_the_pattern_of_the_account_leaves_its_name_alone(
    owner: TestClient, comics: dict[str, str]
):
    owner.put("/api/v1/me/filename-pattern", json={"pattern": "{series} - {title}"})
    assert ask(owner, comics["Alone"])["filename"] == "Alone.cbz"


def test_guests_get_the_files_of_a_share(guest: TestClient, address: str, context: Context):
    prepared = prepare(guest, address, quality="untouched", split="each")
    library = context.settings.library
    files = {path.read_bytes() for path in library.rglob("*.cbz")}
    contents = {guest.get(item["download_url"]).content for item in prepared["items"]}
    assert contents and contents <= files


@pytest.mark.parametrize(("formats", "expected"), [(["pdf"], 422), (["cbz"], 202)])
def test_a_share_of_some_formats_offers_files_of_these_only(
    member: TestClient,
    guest: TestClient,
    comics: dict[str, str],
    formats: list[str],
    expected: int,
):
    address = shared(member, comics, formats=formats)
    body = {"format": formats[0], "quality": "untouched", "split": "each"}
    answer = guest.post(f"{address}/prepare", json=body)
    assert answer.status_code == expected
    if expected == 422:
        assert answer.json()["code"] == "invalid_format"


@pytest.mark.parametrize("overrides", [{"originals": "stored"}])
def test_with_stored_originals_a_worker_copies_the_file_once(
    context: Context, owner: TestClient, job: dict[str, Any], alone: Path
):
    assert job["status"] == "queued"
    prepare_all(context)
    ready = owner.get(f"{DOWNLOADS}/{job['id']}").json()
    data = alone.read_bytes()
    assert (ready["status"], ready["filename"]) == ("ready", "Alone.cbz")
    assert ready["sha256"] == hashlib.sha256(data).hexdigest()
    alone.unlink()
    assert owner.get(ready["download_url"]).content == data
    [stored] = (context.settings.data / "storage").rglob("*.cbz")
    assert stored.read_bytes() == data


@pytest.mark.parametrize("overrides", [{"originals": "stored"}])
def test_a_worker_does_not_copy_a_file_that_has_changed(
    context: Context, owner: TestClient, job: dict[str, Any], alone: Path
):
    alone.write_bytes(archive_bytes(1))
    prepare_all(context)
    failed = owner.get(f"{DOWNLOADS}/{job['id']}").json()
    assert (failed["status"], failed["error"]["code"]) == ("failed", "comic_changed")
