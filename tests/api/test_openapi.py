"""The description of the interface, for programs and for people."""

from __future__ import annotations

import re

from fastapi.testclient import TestClient
from openapi_spec_validator import validate

from comic_downloads.domain.errors import ComicDownloadsError


def test_description_is_valid_openapi(visitor: TestClient):
    schema = visitor.get("/api/v1/openapi.json").json()
    validate(schema)
    assert schema["info"]["title"] == "Comic Downloads"


def test_every_operation_is_described_with_its_problems(visitor: TestClient):
    schema = visitor.get("/api/v1/openapi.json").json()
    operations = [
        operation for methods in schema["paths"].values() for operation in methods.values()
    ]
    assert all(operation.get("description") for operation in operations)
    assert all("HTTPValidationError" not in str(operation) for operation in operations)


def test_description_names_why_a_link_may_be_over(visitor: TestClient):
    answers = visitor.get("/api/v1/openapi.json").json()["paths"]["/d/{token}/{filename}"]["get"][
        "responses"
    ]
    assert all(
        f"`{code}`" in answers["410"]["description"]
        for code in ("link_expired", "file_gone", "share_used_up")
    )


def test_head_of_a_file_is_described_like_the_file(visitor: TestClient):
    path = visitor.get("/api/v1/openapi.json").json()["paths"]["/d/{token}/{filename}"]
    assert {"404", "410", "412"} <= path["head"]["responses"].keys() & path["get"]["responses"]


def test_docs_can_be_read_without_the_internet(visitor: TestClient):
    page = visitor.get("/api/v1/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "<script" not in page.text
    assert re.findall(r'(?:src|href)="(https?:|//)', page.text) == []
    assert "script-src" not in page.headers["content-security-policy"]
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


def test_docs_list_every_operation_and_every_error_code(visitor: TestClient):
    page = visitor.get("/api/v1/docs").text
    paths = visitor.get("/api/v1/openapi.json").json()["paths"]
    assert all(f"<code>{path}</code>" in page for path in paths)
    assert all(
        f'id="{code}"' in page for code in codes_below(ComicDownloadsError) | {"method_not_allowed"}
    )


def codes_below(kind: type[ComicDownloadsError]) -> set[str]:
    return {child.code for child in kind.__subclasses__()}.union(
        *(codes_below(child) for child in kind.__subclasses__())
    )
