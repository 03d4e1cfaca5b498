"""Range requests over HTTP, case by case, against the rules of RFC 9110."""

from __future__ import annotations

import email.message
import email.parser
import json
from datetime import timedelta
from email.utils import format_datetime

import httpx
import pytest

from .conftest import DATA, Served

SIZE = len(DATA)


def get(
    served: Served, range_header: str | None = None, method: str = "GET", **headers: str
) -> httpx.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if range_header is not None:
        sent["Range"] = range_header
    return served.client.request(method, served.url, headers=sent)


def parts_of(response: httpx.Response) -> list[tuple[str, bytes]]:
    """Return the parts of a multipart/byteranges body, parsed by Python's own parser."""
    kind = response.headers["content-type"]
    head = f"Content-Type: {kind}\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    message = email.parser.BytesParser().parsebytes(head.encode() + response.content)
    parts = message.get_payload()
    assert isinstance(parts, list)
    found = []
    for part in parts:
        assert isinstance(part, email.message.Message)
        body = part.get_payload(decode=True)
        assert isinstance(body, bytes)
        found.append((part["Content-Range"], body))
    return found


def test_a_plain_request_gives_the_whole_file(served: Served) -> None:
    response = get(served)
    assert response.status_code == 200
    assert response.content == DATA
    assert response.headers["content-length"] == str(SIZE)
    assert response.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-99", 0, 100),
        ("bytes=10-", 10, SIZE),
        ("bytes=-5", SIZE - 5, SIZE),
        (f"bytes=-{SIZE + 1}", 0, SIZE),
        (f"bytes=5-{SIZE}", 5, SIZE),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE),
        ("bytes=0-99999999999999999999999999", 0, SIZE),
        ("BYTES=3-4", 3, 5),
        ("bytes=5-9,0-4", 0, 10),
        ("bytes=0-5,3-9", 0, 10),
        ("bytes=, ,7-8 ,", 7, 9),
        (f"bytes=0-5,{SIZE}-", 0, 6),
        ("bytes=0-5,-0", 0, 6),
        ("bytes=000000000000000000000000001-3", 1, 4),
    ],
)
def test_one_range_is_206_with_exactly_those_bytes(
    served: Served, header: str, start: int, end: int
) -> None:
    response = get(served, header)
    assert response.status_code == 206
    assert response.content == DATA[start:end]
    assert response.headers["content-range"] == f"bytes {start}-{end - 1}/{SIZE}"
    assert response.headers["content-length"] == str(end - start)


@pytest.mark.parametrize(
    "header",
    [
        f"bytes={SIZE}-",
        f"bytes={SIZE}-{SIZE + 5}",
        "bytes=-0",
        f"bytes=-0,{SIZE}-",
        "bytes=9" + "9" * 5000 + "-",
    ],
)
def test_ranges_outside_the_file_are_416(served: Served, header: str) -> None:
    response = get(served, header)
    assert response.status_code == 416
    assert response.headers["content-range"] == f"bytes */{SIZE}"
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == "range_not_satisfiable"


@pytest.mark.parametrize(
    "header",
    [
        "items=0-5",
        "bytes",
        "bytes=",
        "bytes=,",
        "bytes=abc",
        "bytes=5-2",
        "bytes=-",
        "bytes=--5",
        "bytes=+1-2",
        "bytes=1_0-2_0",
        "bytes=0x1-2",
        "bytes=1 - 2",
        "bytes =0-5",
        "bytes=0-5;1-2",
        "bytes=0-5,abc",
        "bytes=0-5,9-7",
        "bytes=٣-٤".encode().decode("latin-1"),
        "bytes=" + ",".join(f"{n * 3}-{n * 3}" for n in range(9)),
        "bytes=" + ",".join(["0-0"] * 101),
    ],
)
def test_headers_that_are_no_valid_range_are_ignored(served: Served, header: str) -> None:
    response = served.client.get(served.url, headers=[(b"Range", header.encode("latin-1"))])
    assert response.status_code == 200
    assert response.content == DATA
    assert "content-range" not in response.headers


def test_two_range_lines_are_ignored(served: Served) -> None:
    response = served.client.get(
        served.url, headers=[(b"Range", b"bytes=0-1"), (b"Range", b"bytes=4-5")]
    )
    assert (response.status_code, response.content) == (200, DATA)


def test_several_ranges_are_multipart_in_the_order_asked(served: Served) -> None:
    response = get(served, "bytes=900-909, 0-4, -3, 100-104, 102-120")
    assert response.status_code == 206
    assert response.headers["content-type"].startswith("multipart/byteranges; boundary=")
    assert response.headers["content-length"] == str(len(response.content))
    assert "content-range" not in response.headers
    assert parts_of(response) == [
        (f"bytes 900-909/{SIZE}", DATA[900:910]),
        (f"bytes 0-4/{SIZE}", DATA[:5]),
        (f"bytes {SIZE - 3}-{SIZE - 1}/{SIZE}", DATA[-3:]),
        (f"bytes 100-120/{SIZE}", DATA[100:121]),
    ]


def test_eight_ranges_are_served(served: Served) -> None:
    response = get(served, "bytes=" + ",".join(f"{n * 3}-{n * 3}" for n in range(8)))
    assert response.status_code == 206
    assert [body for _, body in parts_of(response)] == [DATA[n * 3 : n * 3 + 1] for n in range(8)]


@pytest.mark.parametrize(
    "header", [None, "bytes=0-5", f"bytes={SIZE}-", "items=1-2", "bytes=0-1,5-6"]
)
def test_head_ignores_range_and_has_the_headers_of_get(served: Served, header: str | None) -> None:
    head, whole = get(served, header, "HEAD"), get(served)
    assert head.status_code == 200
    assert head.content == b""
    assert dict(head.headers) == dict(whole.headers)


def test_if_range_with_the_strong_tag_gives_the_part(served: Served) -> None:
    assert get(served, "bytes=0-4", If_Range=served.etag).status_code == 206


def test_if_range_with_the_exact_date_gives_the_part(served: Served) -> None:
    date = get(served).headers["last-modified"]
    assert get(served, "bytes=0-4", If_Range=date).status_code == 206


@pytest.mark.parametrize(
    "validator",
    [
        '"other"',
        "W/{etag}",
        "*",
        "{etag}, {etag}",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "yesterday",
        "",
    ],
)
def test_if_range_with_anything_else_gives_the_whole(served: Served, validator: str) -> None:
    response = get(served, "bytes=0-4", If_Range=validator.replace("{etag}", served.etag))
    assert (response.status_code, response.content) == (200, DATA)


def test_if_range_of_something_else_hides_an_impossible_range(served: Served) -> None:
    assert get(served, f"bytes={SIZE}-", If_Range='"other"').status_code == 200


@pytest.mark.parametrize("tags", ["{etag}", "W/{etag}", '"x", {etag}', '"a,b",W/{etag}', "*"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_if_none_match_with_our_tag_is_304(served: Served, tags: str, method: str) -> None:
    response = get(served, "bytes=0-4", method, If_None_Match=tags.replace("{etag}", served.etag))
    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["etag"] == served.etag
    assert "content-length" not in response.headers or response.headers["content-length"] == "0"


def test_if_none_match_with_other_tags_wins_over_the_date(served: Served) -> None:
    date = get(served).headers["last-modified"]
    assert get(served, If_None_Match='"other"', If_Modified_Since=date).status_code == 200


@pytest.mark.parametrize(("days", "status"), [(0, 304), (1, 304), (-1, 200)])
def test_if_modified_since_compares_dates(served: Served, days: int, status: int) -> None:
    since = (served.job.created_at + timedelta(days=days)).replace(microsecond=0)
    assert get(served, If_Modified_Since=format_datetime(since, usegmt=True)).status_code == status


@pytest.mark.parametrize("form", ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"])
def test_old_date_forms_are_understood(served: Served, form: str) -> None:
    assert get(served, If_Modified_Since=served.job.created_at.strftime(form)).status_code == 304


@pytest.mark.parametrize(
    "date",
    ["now", "Fri, 32 Jan 2099 00:00:00 GMT", "2099-01-01", "Thu, 01 Jan 2099 00:00:00 +0000"],
)
def test_invalid_dates_are_ignored(served: Served, date: str) -> None:
    assert get(served, If_Modified_Since=date).status_code == 200
    assert get(served, If_Unmodified_Since=date).status_code == 200


@pytest.mark.parametrize(
    ("tags", "status"),
    [("{etag}", 200), ('"x",{etag}', 200), ("*", 200), ("W/{etag}", 412), ('"x"', 412)],
)
def test_if_match_compares_strongly(served: Served, tags: str, status: int) -> None:
    response = get(served, If_Match=tags.replace("{etag}", served.etag))
    assert response.status_code == status
    if status == 412:
        assert response.json()["code"] == "precondition_failed"


@pytest.mark.parametrize(("days", "status"), [(0, 206), (1, 206), (-1, 412)])
def test_if_unmodified_since_compares_dates(served: Served, days: int, status: int) -> None:
    since = (served.job.created_at + timedelta(days=days)).replace(microsecond=0)
    assert (
        get(
            served, "bytes=0-4", If_Unmodified_Since=format_datetime(since, usegmt=True)
        ).status_code
        == status
    )


def test_if_match_wins_over_the_date(served: Served) -> None:
    past = "Thu, 01 Jan 1970 00:00:00 GMT"
    assert get(served, If_Match=served.etag, If_Unmodified_Since=past).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_405(served: Served, method: str) -> None:
    response = get(served, None, method)
    assert response.status_code == 405
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD"}


def test_a_problem_to_head_has_no_body(served: Served) -> None:
    response = get(served, None, "HEAD", If_Match='"other"')
    assert (response.status_code, response.content) == (412, b"")
    assert json.loads(get(served, If_Match='"other"').content)["status"] == 412
