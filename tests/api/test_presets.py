"""Presets over HTTP: choices saved under a name, and downloads made with them."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from comic_downloads.db.tables import SavedPreset
from comic_downloads.domain.saved_preset import MAX_PRESETS
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.downloads import saved_presets

PRESETS = "/api/v1/presets"
DOWNLOADS = "/api/v1/downloads"
KOBO = {
    "name": "My Kobo",
    "format": "epub",
    "quality": "kobo-sage",
    "crop_margins": True,
    "split": "each",
}


@pytest.fixture
def preset(owner: TestClient) -> dict[str, Any]:
    return owner.post(PRESETS, json=KOBO).json()


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_preset_is_listed_renamed_changed_and_deleted(owner: TestClient):
    made = owner.post(PRESETS, json=KOBO)
    address = made.headers["location"]
    assert (made.status_code, address) == (201, f"{PRESETS}/{made.json()['id']}")
    assert made.json().items() >= KOBO.items()
    assert made.json().items() >= {"problem": None, "grayscale": False, "is_default": False}.items()
    assert owner.get(address).json() == made.json()
    assert owner.get(PRESETS).json() == {"items": [made.json()], "total": 1}

    changed = owner.patch(address, json={"name": "Sage", "crop_margins": False}).json()
    assert changed == {**made.json(), "name": "Sage", "crop_margins": False}
    assert owner.get(address).json() == changed

    assert owner.delete(address).status_code == 204
    assert refusal(owner.get(address)) == (404, "not_found")
    assert owner.get(PRESETS).json()["total"] == 0


def test_download_is_made_with_a_preset_by_name_or_id(
    owner: TestClient, comics: dict[str, str], preset: dict[str, Any]
):
    body = {"comic_ids": [comics["Alone"]]}
    named = owner.post(DOWNLOADS, json={**body, "preset": "MY kobo"})
    assert named.status_code == 202
    assert (named.json()["format"], named.json()["quality"]) == ("epub", "kobo-sage")
    same = owner.post(DOWNLOADS, json={**body, "preset": preset["id"]})
    assert (same.status_code, same.json()["id"]) == (200, named.json()["id"])
    written_out = {key: KOBO[key] for key in ("format", "quality", "crop_margins")}
    again = owner.post(DOWNLOADS, json={**body, **written_out})
    assert (again.status_code, again.json()["id"]) == (200, named.json()["id"])


def test_explicit_choice_wins_over_the_preset(
    owner: TestClient, comics: dict[str, str], preset: dict[str, Any]
):
    body = {"comic_ids": [comics["Alone"]], "preset": preset["id"], "format": "cbz"}
    made = owner.post(DOWNLOADS, json=body).json()
    assert (made["format"], made["quality"]) == ("cbz", "kobo-sage")


def test_preset_divides_several_comics_and_leaves_a_single_one_a_download(
    owner: TestClient, comics: dict[str, str], preset: dict[str, Any]
):
    ids = list(comics.values())
    several = {"comic_ids": ids, "preset": preset["id"]}
    assert owner.post(DOWNLOADS, json=several).json()["total"] == len(ids)
    assert owner.post("/api/v1/estimate", json=several).json()["file_count"] == len(ids)
    joined = owner.post(DOWNLOADS, json={**several, "split": "none"}).json()
    assert len(joined["comics"]) == len(ids)


def test_default_preset_is_used_where_nothing_is_named(
    owner: TestClient, comics: dict[str, str], preset: dict[str, Any]
):
    body = {"comic_ids": [comics["Alone"]]}
    assert refusal(owner.post(DOWNLOADS, json=body)) == (422, "invalid_format")

    owner.patch(f"{PRESETS}/{preset['id']}", json={"is_default": True})
    assert owner.post(DOWNLOADS, json=body).json()["quality"] == "kobo-sage"

    other = {"name": "Tablet", "format": "pdf", "is_default": True}
    assert owner.post(PRESETS, json=other).json()["is_default"] is True
    listed = owner.get(PRESETS).json()["items"]
    assert [(one["name"], one["is_default"]) for one in listed] == [
        ("My Kobo", False),
        ("Tablet", True),
    ]
    assert owner.post(DOWNLOADS, json=body).json()["format"] == "pdf"


def test_no_two_presets_have_one_name_in_any_case(owner: TestClient, preset: dict[str, Any]):
    assert refusal(owner.post(PRESETS, json={**KOBO, "name": " my  KOBO "})) == (
        409,
        "preset_name_taken",
    )
    other = owner.post(PRESETS, json={**KOBO, "name": "Other"}).json()
    renamed = owner.patch(f"{PRESETS}/{other['id']}", json={"name": "my kobo"})
    assert refusal(renamed) == (409, "preset_name_taken")
    own = owner.patch(f"{PRESETS}/{preset['id']}", json={"name": "MY KOBO"})
    assert own.json()["name"] == "MY KOBO"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"name": " "}, "invalid_request"),
        ({"name": "n" * 61}, "invalid_request"),
        ({"format": "cbr"}, "invalid_format"),
        ({"format": None}, "invalid_format"),
        ({"quality": "kobo-toaster"}, "invalid_quality"),
        ({"quality": "10x10"}, "invalid_quality"),
        ({"split": "half"}, "invalid_request"),
        ({"expires_in_seconds": 1}, "invalid_request"),
        ({"image_format": "webp"}, "invalid_request"),
        ({"comic_ids": ["one"]}, "invalid_request"),
    ],
)
def test_choices_that_cannot_be_made_are_not_saved(
    owner: TestClient, preset: dict[str, Any], wrong: dict[str, Any], code: str
):
    assert refusal(owner.post(PRESETS, json={**KOBO, "name": "Wrong", **wrong})) == (422, code)
    if wrong != {"format": None}:
        changed = owner.patch(f"{PRESETS}/{preset['id']}", json=wrong)
        assert refusal(changed) == (422, code)
    assert owner.get(PRESETS).json()["items"] == [preset]


def test_presets_of_others_are_unknown(
    owner: TestClient, member: TestClient, comics: dict[str, str], preset: dict[str, Any]
):
    address = f"{PRESETS}/{preset['id']}"
    assert member.get(PRESETS).json()["total"] == 0
    for answer in (member.get(address), member.patch(address, json={}), member.delete(address)):
        assert refusal(answer) == (404, "not_found")
    body = {"comic_ids": [comics["Alone"]], "preset": preset["id"]}
    assert refusal(member.post(DOWNLOADS, json=body)) == (422, "invalid_preset")
    assert member.post(PRESETS, json=KOBO).status_code == 201


def test_an_account_has_a_limited_number_of_presets(owner: TestClient):
    for number in range(MAX_PRESETS):
        assert owner.post(PRESETS, json={**KOBO, "name": f"No. {number}"}).status_code == 201
    assert refusal(owner.post(PRESETS, json=KOBO)) == (409, "conflict")


@pytest.mark.parametrize(
    ("gone", "named"),
    [({"quality": "kobo-gone"}, "“kobo-gone”"), ({"sepia": True}, "“sepia”")],
)
def test_preset_whose_device_or_option_is_gone_says_so(
    owner: TestClient,
    context: Context,
    comics: dict[str, str],
    preset: dict[str, Any],
    gone: dict[str, Any],
    named: str,
):
    stored = {key: value for key, value in KOBO.items() if key != "name"}
    with context.db.write() as session:
        session.connection().execute(update(SavedPreset).values(choices={**stored, **gone}))
    assert named in owner.get(f"{PRESETS}/{preset['id']}").json()["problem"]

    body = {"comic_ids": [comics["Alone"]], "preset": "My Kobo"}
    answer = owner.post(DOWNLOADS, json=body)
    assert refusal(answer) == (422, "invalid_preset")
    assert "My Kobo" in answer.json()["detail"] and named in answer.json()["detail"]
    assert refusal(owner.post("/api/v1/estimate", json=body)) == (422, "invalid_preset")


def test_last_choice_is_remembered_and_gives_way_to_a_new_default(
    owner: TestClient, context: Context, preset: dict[str, Any]
):
    user_id = owner.get("/api/v1/me").json()["id"]
    assert saved_presets.last_choice(context, user_id) is None

    saved_presets.keep_last_choice(context, user_id, {"format": "pdf"}, None)
    last = saved_presets.last_choice(context, user_id)
    assert last is not None
    assert (last.choices, last.preset_id) == ({"format": "pdf"}, None)

    saved_presets.keep_last_choice(context, user_id, {"format": "epub"}, preset["id"])
    owner.patch(f"{PRESETS}/{preset['id']}", json={"format": "cbz"})
    last = saved_presets.last_choice(context, user_id)
    assert last is not None
    assert (last.choices["format"], last.preset_id) == ("cbz", preset["id"])

    default = owner.post(PRESETS, json={"name": "New", "format": "zip", "is_default": True}).json()
    last = saved_presets.last_choice(context, user_id)
    assert last is not None
    assert (last.choices["format"], last.preset_id) == ("zip", default["id"])


def test_presets_go_with_their_account(owner: TestClient, member: TestClient, context: Context):
    member.post(PRESETS, json=KOBO)
    user_id = member.get("/api/v1/me").json()["id"]
    saved_presets.keep_last_choice(context, user_id, {"format": "pdf"}, None)
    assert owner.delete(f"/api/v1/users/{user_id}").status_code == 204
    assert saved_presets.list_presets(context, user_id) == []
    assert saved_presets.last_choice(context, user_id) is None
