"""What monitoring and the owner can see of the server."""

from __future__ import annotations

import re
import shutil

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from comic_downloads.usecases.context import Context
from comic_downloads.web.api.app import create_api

from .conftest import BASE_URL, Clock
from .library import add_archive, prepare_all, scan


def figures(text: str) -> dict[tuple[str, ...], float]:
    families = text_string_to_metric_families(text)
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


@pytest.fixture
def one_ready_one_waiting(owner: TestClient, context: Context, clock: Clock) -> None:
    clock.advance(
        -60
    )  # whether a job waits is decided by the database's clock, which must not be behind
    add_archive(context, "Alone.cbz")
    comic_ids = list(scan(context).values())
    owner.post("/api/v1/downloads", json={"comic_ids": comic_ids, "format": "cbz"})
    prepare_all(context)
    clock.advance(1)
    owner.post("/api/v1/downloads", json={"comic_ids": comic_ids, "format": "zip"})


def test_health_answers_anybody(visitor: TestClient):
    answer = visitor.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_ready_names_the_part_that_is_missing(visitor: TestClient):
    answer = visitor.get("/health/ready")
    parts = answer.json()
    assert (answer.status_code, parts.pop("status")) == (503, "not ready")
    assert "No worker is running" in parts.pop("worker")
    assert parts == {"database": "ok", "queue": "ok", "storage": "ok", "library": "ok"}


def test_ready_says_that_the_library_is_away_and_returns_with_it(
    visitor: TestClient, context: Context, comics: dict[str, str]
):
    library = context.settings.library
    away = library.rename(library.with_name("away"))
    library.mkdir()
    answer = visitor.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["library"] == (
        "The library folder is empty or cannot be read: its disk may not be mounted."
    )
    library.rmdir()
    away.rename(library)
    assert visitor.get("/health/ready").json()["library"] == "ok"


def test_ready_tells_no_path_when_the_storage_fails(visitor: TestClient, context: Context):
    folder = context.settings.data / "storage"
    shutil.rmtree(folder, ignore_errors=True)
    folder.write_text("in the way")
    answer = visitor.get("/health/ready")
    assert answer.json()["storage"] == "The storage cannot be written to."
    assert str(context.settings.data) not in answer.text


def test_owner_sees_the_queue(owner: TestClient, one_ready_one_waiting: None):
    report = owner.get("/api/v1/queue").json()
    assert (report["counts"]["ready"], report["counts"]["queued"]) == (1, 1)
    assert (report["finished_last_hour"], report["failed_last_hour"]) == (1, 0)
    assert report["oldest_waiting_seconds"] == 0
    assert sum(point["finished"] for point in report["throughput"]) == 1


def test_members_do_not_see_the_queue(member: TestClient):
    assert member.get("/api/v1/queue").json()["code"] == "forbidden"


def test_metrics_count_jobs_and_answers(owner: TestClient, one_ready_one_waiting: None):
    answer = owner.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = figures(answer.text)
    assert found["comic_downloads_jobs", "queued"] == 1
    assert found["comic_downloads_jobs", "ready"] == 1
    assert found["comic_downloads_http_requests_total", "POST", "/api/v1/downloads", "202"] == 2


def test_metrics_name_routes_and_never_ids(owner: TestClient, visitor: TestClient):
    owner.get("/api/v1/comics/some-id")
    owner.get("/d/some-token/file.cbz")
    owner.get("/api/v1/nothing/at/all")
    text = owner.get("/metrics").text
    assert not re.search("some-id|some-token|nothing", text)


def test_metrics_are_for_the_owner_only(member: TestClient, visitor: TestClient):
    assert member.get("/metrics").json()["code"] == "forbidden"
    assert visitor.get("/metrics").json()["code"] == "not_signed_in"


def test_metrics_take_the_owners_token(owner: TestClient, visitor: TestClient):
    secret = owner.post("/api/v1/tokens", json={"name": "prometheus"}).json()["secret"]
    assert visitor.get("/metrics", headers={"Authorization": f"Bearer {secret}"}).status_code == 200


@pytest.mark.parametrize("overrides", [{"metrics_networks": ["10.1.0.0/16", "fd00::/8"]}])
@pytest.mark.parametrize(
    ("peer", "forwarded", "status"),
    [
        ("10.1.2.3", None, 200),
        ("fd00::7", None, 200),
        ("10.2.0.1", None, 401),
        ("127.0.0.1", "10.1.2.3", 200),
        ("127.0.0.1", "10.1.2.3, 8.8.8.8", 401),
        ("8.8.8.8", "10.1.2.3", 401),
    ],
)
def test_metrics_open_to_the_configured_networks(
    context: Context, peer: str, forwarded: str | None, status: int
):
    client = TestClient(create_api(context), base_url=BASE_URL, client=(peer, 50000))
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert client.get("/metrics", headers=headers).status_code == status


def test_ready_notices_a_database_whose_rows_cannot_be_read(
    owner: TestClient, visitor: TestClient, context: Context
):
    context.db.dispose()
    file = context.settings.database_file
    with file.open("r+b") as database:
        database.seek(4096)
        database.write(b"\xa5" * (file.stat().st_size - 4096))

    answer = visitor.get("/health/ready")

    assert answer.status_code == 503
    assert answer.json()["database"] == "The database does not answer, or is damaged."
