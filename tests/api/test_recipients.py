"""Recipients over HTTP."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

RECIPIENTS = "/api/v1/recipients"
KINDLE = {"name": "My Kindle", "address": "ann@kindle.example", "kind": "kindle"}


def test_recipient_is_listed_changed_and_deleted_by_its_account_only(
    owner: TestClient, member: TestClient
):
    made = owner.post(RECIPIENTS, json=KINDLE)
    address = made.headers["location"]
    assert (made.status_code, made.json()["max_bytes"]) == (201, 50_000_000)
    assert owner.get(RECIPIENTS).json() == {"items": [made.json()], "total": 1}
    for method in ("get", "delete"):
        assert getattr(member, method)(address).status_code == 404
    assert member.patch(address, json={"name": "Mine"}).status_code == 404
    assert member.post(f"{address}/test").status_code == 409
    taken = owner.post(RECIPIENTS, json={**KINDLE, "name": "MY kindle"})
    assert (taken.status_code, taken.json()["code"]) == (409, "recipient_name_taken")
    assert owner.patch(address, json={"kind": "other"}).json()["max_bytes"] == 25_000_000
    assert owner.delete(address).status_code == 204
    assert owner.get(RECIPIENTS).json()["total"] == 0


@pytest.mark.parametrize(
    "address",
    ["", "ann", "a@b\r\nBcc: c@d.example", "a@b.example> SIZE=1", "é@b.example", "a b@c.example"],
)
def test_what_is_no_address_is_refused(owner: TestClient, address: str):
    answer = owner.post(RECIPIENTS, json={**KINDLE, "address": address})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
