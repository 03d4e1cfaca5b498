"""The running product without its pages, and the accounts of the people in these tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.attack.socket_client import SocketTab
from tests.browser.product import ROOT, free_port

START_TIMEOUT_SECONDS = 120
OWNER = {"username": "olivia", "password": "a long enough password"}
MEMBER = {"username": "mallory", "password": "another long password"}

OpenTab = Callable[..., SocketTab]


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist looks for the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With pytest-xdist all of these run in one process, after the tests in a browser, so that one product runs at a time."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server keeps its data, and its output in ``log``."""
    return tmp_path_factory.mktemp("attacked")


@pytest.fixture(scope="session")
def server(folder: Path) -> Iterator[str]:
    """The address of a server that all these tests share."""
    with running_server(folder) as (url, _):
        yield url


@contextmanager
def running_server(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """``reflex run --backend-only``, everything but the built pages, with an owner and a member: its address and process."""
    port = free_port()
    url = f"http://localhost:{port}"
    environment = os.environ | {
        "DATA_DIR": str(folder / "data"),
        "BASE_URL": url,
        "WORKER_PROCESSES": "1",
        "MIN_FREE_BYTES": "1MB",
    }
    command = [str(Path(sys.executable).parent / "reflex"), "run", "--env", "prod", "--backend-only"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--backend-port", str(port)], cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        _wait_until_it_answers(url, process, folder / "log")
        httpx.post(f"{url}/api/v1/setup", json=OWNER).raise_for_status()
        httpx.post(f"{url}/api/v1/users", json=MEMBER, headers={"Cookie": cookie_of(url, OWNER)}).raise_for_status()
        yield url, process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(20)


@pytest.fixture
def owner(server: str) -> str:
    """The owner's cookie, of a session of its own."""
    return cookie_of(server, OWNER)


@pytest.fixture
def member(server: str) -> str:
    """A member's cookie, of a session of its own."""
    return cookie_of(server, MEMBER)


@pytest.fixture
def open_tab(server: str) -> Iterator[OpenTab]:
    tabs: list[SocketTab] = []

    def open_one(cookie: str = "", **how: str) -> SocketTab:
        tabs.append(SocketTab(server, cookie, **how))
        return tabs[-1]

    yield open_one
    for tab in tabs:
        tab.close()


def cookie_of(url: str, credentials: dict[str, str]) -> str:
    answer = httpx.post(f"{url}/api/v1/session", json=credentials).raise_for_status()
    return f"session={answer.cookies['session']}"


def _wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while True:
        try:
            httpx.get(f"{url}/health").raise_for_status()
            return
        except httpx.HTTPError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The product did not start:\n{log.read_text(errors='replace')[-4000:]}") from None
        time.sleep(0.3)
