"""Steps of guests and of the person who shares with them."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient

ARCHIVES = {"Alone.cbz": 3, "Other.cbz": 2, "Secret.cbz": 1}  # of which the first two are shared


def shared(member: TestClient, comics: dict[str, str], **limits: Any) -> str:
    answer = member.post(
        "/api/v1/shares", json={"comic_ids": [comics["Other"], comics["Alone"]], **limits}
    )
    assert answer.status_code == 201, answer.text
    return "/api/v1/shares/" + answer.json()["url"].rpartition("/")[2]


def prepare(
    guest: TestClient, address: str, format_name: str = "cbz", **more: Any
) -> dict[str, Any]:
    answer = guest.post(f"{address}/prepare", json={"format": format_name, **more})
    assert answer.status_code in {200, 202}, answer.text
    return answer.json()


def status(guest: TestClient, address: str, job_id: str) -> dict[str, Any]:
    answer = guest.get(f"{address}/status/{job_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]
