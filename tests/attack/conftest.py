"""The running product without its pages, and the accounts of the people in these tests."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.attack.socket_client import SocketTab
from tests.browser.product import ROOT
from tests.waiting import free_port, wait_for, wait_for_server

OWNER = {"username": "olivia", "password": "a long enough password"}
MEMBER = {"username": "mallory", "password": "another long password"}
SHARE_PASSWORD = "speak, friend"

OpenTab = Callable[..., SocketTab]
ReopenTab = Callable[..., SocketTab]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the server's data, and of its output in ``log``."""
    return tmp_path_factory.mktemp("attacked")


@pytest.fixture(scope="session")
def server(folder: Path) -> Iterator[str]:
    """Yield the address of a server that all these tests share."""
    with running_server(folder) as (url, _):
        yield url


@contextmanager
def running_server(folder: Path, **variables: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Start the product as ``started_server`` does, and add an owner and a member."""
    with started_server(folder, **variables) as (url, process):
        httpx.post(f"{url}/api/v1/setup", json=OWNER).raise_for_status()
        httpx.post(
            f"{url}/api/v1/users", json=MEMBER, headers={"Cookie": cookie_of(url, OWNER)}
        ).raise_for_status()
        yield url, process


@contextmanager
def started_server(folder: Path, **variables: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Start the product without its built pages, and yield its address and process.

    It runs ``reflex run --backend-only``, with further environment variables.
    """
    port = free_port()
    url = f"http://localhost:{port}"
    environment = os.environ | {
        "DATA_DIR": str(folder / "data"),
        "BASE_URL": url,
        "WORKER_PROCESSES": "1",
        "MIN_FREE_BYTES": "1MB",
        # The tabs of these tests answer pings only while they listen.
        "REFLEX_SOCKET_TIMEOUT": "300s",
        **variables,
    }
    command = [
        str(Path(sys.executable).parent / "reflex"),
        "run",
        "--env",
        "prod",
        "--backend-only",
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--backend-port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        wait_for_server(f"{url}/health", process, folder / "log")
        yield url, process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(20)


@pytest.fixture
def owner(server: str) -> str:
    """Return the cookie of a new session of the owner."""
    return cookie_of(server, OWNER)


@pytest.fixture
def member(server: str) -> str:
    """Return the cookie of a new session of a member."""
    return cookie_of(server, MEMBER)


@pytest.fixture
def open_tab(server: str) -> Iterator[OpenTab]:
    """Return a function that opens a tab; the tabs are closed at the end."""
    tabs: list[SocketTab] = []

    def open_one(cookie: str = "", **how: str) -> SocketTab:
        tabs.append(SocketTab(server, cookie, **how))
        return tabs[-1]

    yield open_one
    for tab in tabs:
        tab.close()


@pytest.fixture
def reopen_tab(open_tab: OpenTab) -> ReopenTab:
    """Return a function that closes a tab and opens another with the same token.

    It waits until the server knows that the first is closed.
    """

    def reopen(tab: SocketTab, cookie: str = "", **how: str) -> SocketTab:
        tab.close()

        def next_tab() -> SocketTab | None:
            new = open_tab(cookie, token=tab.token, **how)
            if new.has_its_token:
                return new
            return new.close()

        return wait_for("the server to let go of the tab", next_tab)

    return reopen


@pytest.fixture
def share(server: str, owner: str) -> dict[str, Any]:
    """Share one comic with a password, and return the share."""
    found = functools.partial(
        httpx.get, f"{server}/api/v1/comics?query=train", headers={"Cookie": owner}
    )
    comics = wait_for("the demo comics to be read", lambda: found().json()["items"])
    body = {"comic_ids": [comics[0]["id"]], "password": SHARE_PASSWORD}
    return (
        httpx.post(f"{server}/api/v1/shares", json=body, headers={"Cookie": owner})
        .raise_for_status()
        .json()
    )


@pytest.fixture
def guest(server: str, share: dict[str, Any]) -> str:
    """Return the cookie of a guest who knows the password."""
    token = share["url"].rpartition("/")[2]
    answer = httpx.post(
        f"{server}/api/v1/shares/{token}/unlock", json={"password": SHARE_PASSWORD}
    ).raise_for_status()
    return "; ".join(f"{name}={value}" for name, value in answer.cookies.items())


def cookie_of(url: str, credentials: dict[str, str]) -> str:
    """Sign in over HTTP and return the cookie."""
    answer = httpx.post(f"{url}/api/v1/session", json=credentials).raise_for_status()
    return f"session={answer.cookies['session']}"
