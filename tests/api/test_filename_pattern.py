"""The names of files by the account's own pattern, over HTTP."""

from __future__ import annotations

from fastapi.testclient import TestClient

PATTERN = "/api/v1/me/filename-pattern"
DOWNLOADS = "/api/v1/downloads"


def test_files_are_named_by_the_pattern_of_their_account(owner: TestClient, comics: dict[str, str]):
    set_to = owner.put(PATTERN, json={"pattern": "{title} for {device} ({quality})"})
    assert set_to.json() == {
        "pattern": "{title} for {device} ({quality})",
        "example": "A Light at Sea for Kobo Sage (1080p).cbz",
    }
    assert owner.get("/api/v1/me").json()["filename_pattern"] == set_to.json()["pattern"]

    body = {"comic_ids": [comics["Alone"]], "format": "cbz"}
    assert owner.post(DOWNLOADS, json=body).json()["filename"] == "Alone (original).cbz"
    made = owner.post(DOWNLOADS, json={**body, "quality": "kobo-sage"}).json()
    assert made["filename"] == "Alone for Kobo Sage (kobo-sage).cbz"

    owner.put(PATTERN, json={"pattern": ""})
    usual = owner.post(DOWNLOADS, json={**body, "quality": "480p"}).json()
    assert usual["filename"] == "Alone.cbz"


def test_job_that_is_retried_keeps_the_form_of_its_name(owner: TestClient, comics: dict[str, str]):
    owner.put(PATTERN, json={"pattern": "My {title}"})
    body = {"comic_ids": [comics["Alone"]], "format": "zip"}
    job = owner.post(DOWNLOADS, json=body).json()
    assert owner.post(f"{DOWNLOADS}/{job['id']}/cancel").status_code == 200
    assert owner.post(f"{DOWNLOADS}/{job['id']}/retry").json()["filename"] == "My Alone.zip"


def test_no_two_files_of_a_group_have_one_name(owner: TestClient, comics: dict[str, str]):
    owner.put(PATTERN, json={"pattern": "{series} same"})
    ids = list(comics.values())
    made = owner.post(DOWNLOADS, json={"comic_ids": ids, "format": "cbz", "split": "each"}).json()
    names = [one["filename"].casefold() for one in made["items"]]
    assert len(set(names)) == len(ids)


def test_pattern_that_cannot_be_used_changes_nothing(owner: TestClient):
    owner.put(PATTERN, json={"pattern": "{title}"})
    refused = owner.put(PATTERN, json={"pattern": "{titel}"})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
    assert "{titel} is not known" in refused.json()["detail"]
    assert owner.get("/api/v1/me").json()["filename_pattern"] == "{title}"
