"""The form of every error, and addresses that lead nowhere."""

from __future__ import annotations

import logging

import pytest
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from comic_downloads.domain.errors import StorageUnavailable
from comic_downloads.usecases.context import Context
from comic_downloads.web.api.app import create_api

from .conftest import BASE_URL, PASSWORD

MEMBERS = {"type", "title", "status", "detail", "code"}
NEEDS_ACCOUNT = [
    ("GET", "/api/v1/me"),
    ("PUT", "/api/v1/me/password"),
    ("PUT", "/api/v1/me/filename-pattern"),
    ("GET", "/api/v1/me/sessions"),
    ("DELETE", "/api/v1/me/sessions"),
    ("DELETE", "/api/v1/me/sessions/1"),
    ("GET", "/api/v1/tokens"),
    ("POST", "/api/v1/tokens"),
    ("DELETE", "/api/v1/tokens/1"),
    ("GET", "/api/v1/users"),
    ("POST", "/api/v1/users"),
    ("DELETE", "/api/v1/users/1"),
    ("PUT", "/api/v1/users/1/limits"),
    ("POST", "/api/v1/users/1/reset"),
    ("GET", "/api/v1/invites"),
    ("POST", "/api/v1/invites"),
    ("DELETE", "/api/v1/invites/1"),
    ("GET", "/api/v1/series"),
    ("GET", "/api/v1/series/1"),
    ("GET", "/api/v1/comics"),
    ("POST", "/api/v1/comics"),
    ("GET", "/api/v1/comics/1"),
    ("GET", "/api/v1/comics/1/cover"),
    ("GET", "/api/v1/comics/1/pages/0"),
    ("GET", "/api/v1/comics/1/stream"),
    ("GET", "/api/v1/comics/1/place"),
    ("PUT", "/api/v1/comics/1/place"),
    ("DELETE", "/api/v1/comics/1/place"),
    ("GET", "/api/v1/library"),
    ("POST", "/api/v1/library/scan"),
    ("GET", "/api/v1/formats"),
    ("GET", "/api/v1/devices"),
    ("GET", "/api/v1/presets"),
    ("POST", "/api/v1/presets"),
    ("GET", "/api/v1/presets/x"),
    ("PATCH", "/api/v1/presets/x"),
    ("DELETE", "/api/v1/presets/x"),
    ("GET", "/api/v1/recipients"),
    ("POST", "/api/v1/recipients"),
    ("GET", "/api/v1/recipients/x"),
    ("PATCH", "/api/v1/recipients/x"),
    ("DELETE", "/api/v1/recipients/x"),
    ("POST", "/api/v1/recipients/x/test"),
    ("POST", "/api/v1/downloads/x/send"),
    ("GET", "/api/v1/downloads/x/sendings"),
    ("GET", "/api/v1/lists"),
    ("POST", "/api/v1/lists"),
    ("GET", "/api/v1/lists/x"),
    ("PATCH", "/api/v1/lists/x"),
    ("DELETE", "/api/v1/lists/x"),
    ("POST", "/api/v1/lists/import"),
    ("GET", "/api/v1/lists/x/file"),
    ("POST", "/api/v1/lists/x/comics"),
    ("DELETE", "/api/v1/lists/x/comics/y"),
    ("POST", "/api/v1/estimate"),
    ("GET", "/api/v1/downloads"),
    ("POST", "/api/v1/downloads"),
    ("GET", "/api/v1/downloads/1"),
    ("DELETE", "/api/v1/downloads/1"),
    ("GET", "/api/v1/downloads/1/progress"),
    ("GET", "/api/v1/downloads/1/file"),
    ("GET", "/api/v1/downloads/1/pages/0"),
    ("POST", "/api/v1/downloads/1/first"),
    ("POST", "/api/v1/downloads/1/pause"),
    ("POST", "/api/v1/downloads/1/resume"),
    ("POST", "/api/v1/downloads/1/retry"),
    ("POST", "/api/v1/downloads/1/cancel"),
    ("POST", "/api/v1/downloads/1/link"),
    ("POST", "/api/v1/downloads/cleanup"),
    ("POST", "/api/v1/downloads/retry-failed"),
    ("POST", "/api/v1/downloads/pause-all"),
    ("POST", "/api/v1/downloads/resume-all"),
    ("GET", "/api/v1/groups/1"),
    ("DELETE", "/api/v1/groups/1"),
    ("GET", "/api/v1/groups/1/file"),
    ("HEAD", "/api/v1/groups/1/file"),
    ("POST", "/api/v1/groups/1/pause"),
    ("POST", "/api/v1/groups/1/resume"),
    ("POST", "/api/v1/groups/1/retry"),
    ("POST", "/api/v1/groups/1/cancel"),
    ("GET", "/api/v1/shares"),
    ("POST", "/api/v1/shares"),
    ("GET", "/api/v1/shares/1"),
    ("PATCH", "/api/v1/shares/1"),
    ("DELETE", "/api/v1/shares/1"),
    ("GET", "/api/v1/events"),
    ("GET", "/api/v1/queue"),
]
NEEDS_SHARE = [
    ("GET", "/api/v1/shares/x/info"),
    ("POST", "/api/v1/shares/x/unlock"),
    ("POST", "/api/v1/shares/x/prepare"),
    ("GET", "/api/v1/shares/x/status/1"),
    ("GET", "/api/v1/shares/x/groups/1"),
    ("GET", "/api/v1/shares/x/groups/1/file"),
    ("HEAD", "/api/v1/shares/x/groups/1/file"),
    ("POST", "/api/v1/shares/x/groups/1/pause"),
    ("GET", "/api/v1/shares/x/file/1"),
    ("GET", "/api/v1/shares/x/download/1/0"),
    ("GET", "/api/v1/shares/x/cover/1"),
    ("GET", "/s/x/all.cbz"),
    ("HEAD", "/s/x/all.cbz"),
]
CATALOGUE_FEEDS = [
    f"/opds/{version}{catalogue}{place}"
    for version in ("v1.2", "v2")
    for catalogue in ("", "/p/x")
    for place in (
        "",
        "/catalog",
        "/new",
        "/crawl",
        "/comics",
        "/comics/1",
        "/series",
        "/series/1",
        "/lists",
        "/lists/x",
        "/ready",
    )
] + ["/opds/v1.2/search", "/opds/v1.2/p/x/search"]
CATALOGUE_FILES = [
    (method, f"/opds/{version}/{place}")
    for version in ("v1.2", "v2")
    for place in ("files/1/cbz/x.cbz", "downloads/1/x.cbz")
    for method in ("GET", "HEAD")
]
NEEDS_ACCOUNT += [
    *(("GET", address) for address in CATALOGUE_FEEDS),
    *CATALOGUE_FILES,
    ("GET", "/opds/v1.2/covers/1"),
    ("GET", "/opds/v1.2/pages/1/0"),
    ("GET", "/opds/v2/covers/1"),
    ("GET", "/opds/v2/pages/1/0"),
]
OPEN_TO_ALL = {
    "/api/v1/setup",
    "/api/v1/session",
    "/health",
    "/health/ready",
    "/metrics",
    "/d/{token}/{filename}",
    "/api/v1/invite/{token}",
    "/api/v1/reset/{token}",
    "/opds/v2/authentication",
}


def assert_problem(answer, status: int, code: str) -> None:
    assert (answer.status_code, answer.headers["content-type"]) == (
        status,
        "application/problem+json",
    )
    document = answer.json()
    assert document.keys() >= MEMBERS
    assert (document["status"], document["code"], document["type"]) == (
        status,
        code,
        f"/api/v1/docs#{code}",
    )


@pytest.mark.parametrize(("method", "address"), NEEDS_ACCOUNT)
def test_nothing_is_told_or_done_without_signing_in(visitor: TestClient, method: str, address: str):
    answer = visitor.request(method, address)
    if method == "HEAD":  # It has no body.
        assert answer.status_code == 401
    elif address.startswith("/opds/v2"):
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/opds-authentication+json"
    else:
        assert_problem(answer, 401, "not_signed_in")


@pytest.mark.parametrize(("method", "address"), NEEDS_SHARE)
def test_nothing_is_told_or_done_without_the_link_of_a_share(
    owner: TestClient, method: str, address: str
):
    body = {"password": "x"} if address.endswith("unlock") else {"format": "cbz"}
    answer = owner.request(method, address, json=body)
    if method == "HEAD":  # It has no body.
        assert answer.status_code == 404
    else:
        assert_problem(answer, 404, "link_invalid")


def test_every_address_that_needs_an_account_is_among_those_tested(visitor: TestClient):
    paths = visitor.get("/api/v1/openapi.json").json()["paths"]
    described = {
        (method.upper(), path)
        for path, methods in paths.items()
        for method in methods
        if path not in OPEN_TO_ALL
    }
    tested = {
        (method, visitor_path(paths, address)) for method, address in [*NEEDS_ACCOUNT, *NEEDS_SHARE]
    }
    assert described == tested


def visitor_path(paths: dict, address: str) -> str:
    """Return the described path that this address belongs to."""
    parts = address.split("/")
    for path in sorted(paths, key=lambda path: path.count("{")):
        pattern = path.split("/")
        if len(pattern) == len(parts) and all(
            a == b or b.startswith("{") for a, b in zip(parts, pattern, strict=True)
        ):
            return path
    return address


@pytest.mark.parametrize(
    "address",
    ["/api", "/api/v2/me", "/api/v1/nothing", "/auth/nothing", "/health/nothing"],
)
def test_unknown_address_is_a_problem_document(visitor: TestClient, address: str):
    assert_problem(visitor.get(address), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "address", "allowed"),
    [
        ("PATCH", "/api/v1/me", "GET, HEAD"),
        ("GET", "/api/v1/session", "DELETE, POST"),
        ("POST", "/health", "GET, HEAD"),
        ("PUT", "/api/v1/downloads/cleanup", "POST"),
        ("PUT", "/api/v1/downloads/some-id", "DELETE, GET, HEAD"),
    ],
)
def test_wrong_method_names_the_right_ones(
    visitor: TestClient, method: str, address: str, allowed: str
):
    answer = visitor.request(method, address)
    assert_problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == allowed


def test_other_addresses_are_left_to_what_is_mounted_below(context: Context):
    api = create_api(context)
    api.mount(
        "", Starlette(routes=[Route("/{path:path}", lambda _request: PlainTextResponse("a page"))])
    )
    client = TestClient(api, base_url=BASE_URL)
    assert [client.get(address).text for address in ("/", "/s/x", "/apiary")] == ["a page"] * 3
    assert_problem(client.get("/api/v1/nothing"), 404, "not_found")
    assert "frame-ancestors" in client.get("/").headers["content-security-policy"]


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/comics/%0Ax",
        "/api/v1/comics%0A",
        "/api/v1/downloads/%0A/file",
        "/api/v1/nothing%0Ahere",
        "/health%0A",
        "/d/token/a%0Ab.cbz",
        "/a%0Apage",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_address_with_a_line_break_is_not_found(context: Context, address: str, method: str):
    api = create_api(context)
    api.mount("", Starlette(routes=[Route("/{path:path}", lambda _: PlainTextResponse("a page"))]))
    answer = TestClient(api, base_url=BASE_URL).request(method, address)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert method == "HEAD" or answer.json()["code"] == "not_found"


@pytest.mark.parametrize("content", [b"{", b"[1,", b"\xff\xfe", b'"text"', b"[]", b"null", b""])
def test_body_that_is_no_json_object_is_refused(visitor: TestClient, content: bytes):
    answer = visitor.post(
        "/api/v1/session", content=content, headers={"Content-Type": "application/json"}
    )
    assert_problem(answer, 422, "invalid_request")


def test_wrong_fields_are_listed_with_what_is_wrong(visitor: TestClient):
    answer = visitor.post("/api/v1/session", json={"username": 5})
    assert_problem(answer, 422, "invalid_request")
    assert [entry["field"] for entry in answer.json()["errors"]] == [
        "body.username",
        "body.password",
    ]


def test_too_large_a_body_is_refused_whether_its_length_is_told_or_not(visitor: TestClient):
    large = b'{"username": "' + b"x" * 1_100_000 + b'"}'
    headers = {"Content-Type": "application/json"}
    pieces = (large[start : start + 100_000] for start in range(0, len(large), 100_000))
    assert_problem(
        visitor.post("/api/v1/session", content=large, headers=headers), 413, "payload_too_large"
    )
    assert_problem(
        visitor.post("/api/v1/session", content=pieces, headers=headers), 413, "payload_too_large"
    )


def test_unexpected_error_is_logged_and_tells_nothing_of_the_inside(
    context: Context, caplog: pytest.LogCaptureFixture
):
    api = create_api(context)

    def fail() -> None:
        raise RuntimeError("secret connection string")

    api.router.routes.clear()
    api.add_api_route("/api/v1/fails", fail)
    answer = TestClient(api, base_url=BASE_URL).get("/api/v1/fails")
    assert_problem(answer, 500, "internal_error")
    assert "secret" not in answer.text
    assert [
        record.levelno for record in caplog.records if "unexpected error" in record.message
    ] == [logging.ERROR]


def test_storage_that_does_not_answer_asks_to_come_again(context: Context):
    api = create_api(context)

    def fail() -> None:
        raise StorageUnavailable("The bucket does not answer.")

    api.router.routes.clear()
    api.add_api_route("/api/v1/fails", fail)
    answer = TestClient(api, base_url=BASE_URL).get("/api/v1/fails")
    assert_problem(answer, 503, "storage_unavailable")
    assert int(answer.headers["retry-after"]) > 0


def test_head_is_answered_like_get_without_the_body(owner: TestClient):
    got, head = owner.get("/api/v1/formats"), owner.head("/api/v1/formats")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]


def test_access_is_logged_without_the_secrets_in_addresses(
    visitor: TestClient, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.INFO, "comic_downloads.access"):
        visitor.get("/d/v1.secret.token/Comic.cbz")
        visitor.get("/auth/ticket/secret-ticket?next=/")
        visitor.post("/api/v1/session", json={"username": "olga", "password": PASSWORD})
    lines = [
        (record.__dict__["path"], record.__dict__["status"])
        for record in caplog.records
        if record.name.endswith("access")
    ]
    assert lines == [("/d/***/Comic.cbz", 404), ("/auth/ticket/***", 404), ("/api/v1/session", 401)]


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("/api/v1/session", '{"username": "\\ud800", "password": "long enough"}'),
        ("/api/v1/session", '{"username": "olga", "password": "long enough \\ud800"}'),
        ("/api/v1/users", '{"username": "otto", "password": "long enough", "role": "\\ud800"}'),
        ("/api/v1/tokens", '{"name": "\\ud800"}'),
        ("/api/v1/downloads", '{"comic_ids": ["1"], "format": "\\ud800"}'),
        ("/api/v1/downloads", '{"comic_ids": ["1"], "format": "cbz", "quality": "\\ud800"}'),
    ],
)
def test_text_that_is_no_unicode_is_refused(owner: TestClient, address: str, body: str) -> None:
    headers = {"Origin": BASE_URL, "Content-Type": "application/json"}
    answer = owner.post(address, content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"][:8]) == (422, "invalid_")
