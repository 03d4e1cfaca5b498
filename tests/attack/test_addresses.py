"""Addresses that no link of ours has, sent to the running product."""

from __future__ import annotations

import httpx
import pytest


@pytest.mark.parametrize("address", ["/api/v1/comics/%0Ax", "/api/v1/downloads/%0A/file", "/a%0Ab"])
def test_address_with_a_line_break_is_a_problem_document(server: str, address: str) -> None:
    answer = httpx.get(server + address)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"
