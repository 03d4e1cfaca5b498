"""Links: who gets one, what it opens, and what happens to an old, altered or orphaned one."""

from __future__ import annotations

import base64
import hashlib
import string
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from itsdangerous import Signer
from starlette.testclient import TestClient

from comic_downloads.db.tables import Artifact, UserAccount
from comic_downloads.domain.errors import NotFound, NotReady
from comic_downloads.usecases.delivery.links import make_link

from .conftest import DATA, Served
from .shelf import Shelf

KEY_A, KEY_B = "a" * 32, "b" * 32


def token_of(url: str) -> str:
    return url.split("/")[2]


def test_a_link_opens_the_file_under_its_name(served: Served) -> None:
    response = served.client.get(served.url)
    assert response.content == DATA
    assert response.headers["content-disposition"] == (
        'attachment; filename="Capek 003 _ Valka _s mloky_.cbz"; '
        "filename*=UTF-8''%C4%8Capek%20003%20%E2%80%93%20V%C3%A1lka%20%E2%80%9Cs%20mloky%E2%80%9D.cbz"
    )


def test_the_answer_carries_hash_type_and_guards(served: Served) -> None:
    headers = served.client.get(served.url).headers
    digest = base64.b64encode(bytes.fromhex(served.job.sha256)).decode()
    assert headers["etag"] == f'"{served.job.sha256}"'
    assert headers["repr-digest"] == f"sha-256=:{digest}:"
    assert headers["digest"] == f"sha-256={digest}"
    assert headers["content-type"] == "application/vnd.comicbook+zip"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"].startswith("private")
    assert "sandbox" in headers["content-security-policy"]
    assert "set-cookie" not in headers


def test_a_link_lasts_as_long_as_it_says(served: Served) -> None:
    link = make_link(served.shelf.context, served.job.user_id, served.job.id)
    lasts = link.expires_at - served.shelf.clock()
    assert timedelta(seconds=3590) < lasts <= timedelta(seconds=3600)
    served.shelf.clock.ahead = timedelta(seconds=3580)
    assert served.client.get(link.url).status_code == 200
    served.shelf.clock.ahead = timedelta(seconds=3601)
    response = served.client.get(link.url)
    assert (response.status_code, response.json()["code"]) == (410, "link_expired")


def test_a_fresh_link_keeps_the_etag(served: Served) -> None:
    before = served.client.get(served.url).headers
    served.shelf.clock.ahead = timedelta(hours=2)
    after = served.client.get(served.shelf.link(served.job)).headers
    assert (after["etag"], after["last-modified"]) == (before["etag"], before["last-modified"])


def test_every_altered_character_is_refused(served: Served) -> None:
    token = token_of(served.url)
    for place, old in enumerate(token):
        new = "A" if old != "A" else "B"
        response = served.client.get(
            served.url.replace(token, token[:place] + new + token[place + 1 :])
        )
        assert response.status_code == 404, f"character {place}"
        assert response.json()["code"] == "link_invalid"


def test_no_other_last_character_is_accepted(served: Served) -> None:
    token = token_of(served.url)
    answers = {
        last: served.client.get(served.url.replace(token, token[:-1] + last)).status_code
        for last in string.ascii_letters + string.digits + "-_"
    }
    assert [last for last, status in answers.items() if status != 404] == [token[-1]]


@pytest.mark.parametrize(
    "token",
    ["x", "v1", "v1.......", "....", "v2.a.b.c.d.1.s", "%00", "v1.%C3%A9.b.c.d.1.s", "a" * 3000],
)
def test_nonsense_is_refused(served: Served, token: str) -> None:
    response = served.client.get(f"/d/{token}/x.cbz")
    assert (response.status_code, response.json()["code"]) == (404, "link_invalid")


@pytest.mark.parametrize("kept", [0.3, 0.7, 1.0])
def test_a_link_that_was_cut_short_says_so(served: Served, kept: float) -> None:
    without_name = urlsplit(served.url).path.rpartition("/")[0]
    response = served.client.get(without_name[: int(len(without_name) * kept)])
    assert (response.status_code, response.json()["code"]) == (404, "link_invalid")
    assert "Copy it again" in response.json()["detail"]


@pytest.mark.parametrize("added", ["=", "A", "\u00e9", ".", "%20"])
def test_a_token_with_something_added_is_refused(served: Served, added: str) -> None:
    token = token_of(served.url)
    assert served.client.get(f"/d/{token}{added}/x.cbz").status_code == 404


def test_a_link_signed_elsewhere_is_refused(served: Served, shelf: Shelf) -> None:
    stranger = Shelf(shelf.folder, {"secret_key": KEY_A})
    url = stranger.link(served.job)
    stranger.close()
    assert served.client.get(url).json()["code"] == "link_invalid"


def test_keys_rotate(shelf: Shelf) -> None:
    job = shelf.add_ready(shelf.add_user(), DATA)
    old, both, new = (
        Shelf(shelf.folder, {"secret_key": keys}) for keys in (KEY_A, f"{KEY_B},{KEY_A}", KEY_B)
    )
    old_url, new_url = old.link(job), both.link(job)
    answers = {}
    for name, at in (("old", old), ("both", both), ("new", new)):
        with TestClient(at.app()) as client:
            answers[name] = (client.get(old_url).status_code, client.get(new_url).status_code)
        at.close()
    assert answers == {"old": (200, 404), "both": (200, 200), "new": (404, 200)}


def test_a_link_of_an_earlier_version_is_still_valid(served: Served, shelf: Shelf) -> None:
    text, _, signature = token_of(served.url).rpartition(".")
    signer = Signer(
        shelf.context.settings.secret_keys[0],
        salt=b"comic-downloads.link",
        key_derivation="hmac",
        digest_method=hashlib.sha256,
    )
    assert signer.sign(text).decode() == f"{text}.{signature}"


def test_a_link_is_made_for_the_jobs_user_alone(served: Served) -> None:
    context = served.shelf.context
    with pytest.raises(NotFound):
        make_link(context, served.shelf.add_user(), served.job.id)
    with pytest.raises(NotFound):
        make_link(context, served.job.user_id, "nothing")


@pytest.mark.parametrize("status", ["queued", "paused", "cancelled", "expired"])
def test_a_link_needs_a_ready_file(served: Served, status: str) -> None:
    served.shelf.change(served.job.id, status=status, progress=0, artifact_id=None)
    with pytest.raises(NotReady):
        make_link(served.shelf.context, served.job.user_id, served.job.id)
    response = served.client.get(served.url)
    assert (response.status_code, response.json()["code"]) == (410, "file_gone")


def test_a_removed_download_ends_its_links(served: Served) -> None:
    served.shelf.change(served.job.id, deleted_at=served.shelf.clock())
    assert served.client.get(served.url).json()["code"] == "link_invalid"
    with pytest.raises(NotFound):
        make_link(served.shelf.context, served.job.user_id, served.job.id)


def test_a_removed_account_ends_its_links(served: Served) -> None:
    with served.shelf.context.db.write() as session:
        session.delete(session.get_one(UserAccount, served.job.user_id))
    assert served.client.get(served.url).status_code == 404


def test_asking_for_a_link_prolongs_the_files_life(served: Served) -> None:
    shelf = served.shelf
    shelf.clock.ahead = timedelta(hours=10)
    revision = shelf.job(served.job.id).revision
    make_link(shelf.context, served.job.user_id, served.job.id)
    job = shelf.job(served.job.id)
    with shelf.context.db.read() as session:
        artifact = session.get_one(Artifact, job.artifact_id)
    in_a_day = shelf.clock() + timedelta(days=1)
    assert job.expires_at is not None
    assert abs(job.expires_at - in_a_day) < timedelta(minutes=1)
    assert abs(artifact.expires_at - in_a_day) < timedelta(minutes=1)
    assert job.revision > revision


def test_a_link_works_again_when_the_same_file_was_prepared_again(served: Served) -> None:
    shelf = served.shelf
    before = served.client.get(served.url).headers
    shelf.change(served.job.id, status="expired", progress=0, artifact_id=None)
    with shelf.context.db.write() as session:
        session.delete(session.get_one(Artifact, served.job.artifact_id))
    twin = shelf.add_ready(served.job.user_id, DATA)
    shelf.change(served.job.id, status="ready", progress=100, artifact_id=twin.artifact_id)
    response = served.client.get(
        served.url, headers={"Range": "bytes=500-", "If-Range": before["last-modified"]}
    )
    assert (response.status_code, response.content) == (206, DATA[500:])
    assert response.headers["etag"] == before["etag"]


def test_a_link_never_opens_another_content(served: Served) -> None:
    shelf = served.shelf
    other = shelf.add_ready(served.job.user_id, b"another comic")
    shelf.change(served.job.id, artifact_id=other.artifact_id, etag=other.etag)
    assert served.client.get(served.url).json()["code"] == "file_gone"


def test_the_name_in_the_address_does_not_matter(served: Served) -> None:
    response = served.client.get(f"/d/{token_of(served.url)}/evil.exe")
    assert "evil" not in response.headers["content-disposition"]
    assert response.content == DATA


def test_a_cdn_gets_links_and_may_keep_the_file_while_they_live(shelf: Shelf) -> None:
    job = shelf.add_ready(shelf.add_user(), DATA)
    fronted = Shelf(shelf.folder, {"cdn_base_url": "https://cdn.example/"})
    url = fronted.link(job)
    assert url.startswith("https://cdn.example/d/v1.")
    with TestClient(fronted.app()) as client:
        kept = client.get(url.removeprefix("https://cdn.example")).headers["cache-control"]
    fronted.close()
    seconds = int(kept.split("max-age=")[1].split(",")[0])
    assert kept.startswith("public")
    assert 3500 < seconds <= 3600
