"""The HTTP interface keeps to its OpenAPI document, whatever is sent to it.

Schemathesis makes requests of every kind that the document allows and forbids. The numbers of
requests and the seed are fixed, so that the test ends and repeats.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.attack.conftest import MEMBER, OWNER, cookie_of, running_server

REQUESTS_PER_OPERATION = 5
SEED = 12
LIMIT_SECONDS = 400
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
# It never ends.
EVENT_STREAM = "/api/v1/events"


@dataclass(frozen=True)
class Fuzzed:
    """A server of its own, which these requests may leave in any state."""

    url: str
    tokens: dict[str, str]


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    with running_server(tmp_path_factory.mktemp("fuzzed")) as (url, _):
        # Wrong passwords among the requests will keep this address from signing in.
        yield Fuzzed(url, {"member": new_token(url, MEMBER), "owner": new_token(url, OWNER)})


# The owner comes last, because the owner may remove the member.
@pytest.mark.parametrize("role", ["stranger", "member", "owner"])
def test_every_answer_is_one_that_the_document_describes(
    fuzzed: Fuzzed, tmp_path: Path, role: str
) -> None:
    token = fuzzed.tokens.get(role)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    result = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{fuzzed.url}/api/v1/openapi.json"),
            *(part for item in headers.items() for part in ("--header", ": ".join(item))),
            *("--phases", "examples,coverage,fuzzing", "--checks", ",".join(CHECKS)),
            *("--max-examples", str(REQUESTS_PER_OPERATION), "--seed", str(SEED)),
            *("--exclude-path", EVENT_STREAM, "--request-timeout", "30", "--workers", "1"),
            *("--no-shrink", "--continue-on-failure", "--generation-database", "none"),
        ],
        cwd=tmp_path,
        env=os.environ | {"NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-8000:] + result.stderr[-2000:]


def new_token(server: str, credentials: dict[str, str]) -> str:
    headers = {"Cookie": cookie_of(server, credentials), "Origin": server}
    answer = httpx.post(f"{server}/api/v1/tokens", json={"name": "fuzz"}, headers=headers)
    return answer.raise_for_status().json()["secret"]


@pytest.mark.parametrize(
    "path", ["/api/v1/downloads/%0A/file", "/api/v1/users/a%0Ab", "/api/v1/nothing%0Ahere"]
)
def test_line_break_in_a_path_is_answered_by_the_interface(server: str, path: str) -> None:
    response = httpx.get(server + path)
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
