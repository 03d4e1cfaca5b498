"""One websocket sends as many events as a page could, and no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import pytest
import reflex as rx
from reflex.app import EventNamespace

from comic_downloads.web.session.event_pace import BURST, EVENTS_PER_SECOND, EventPace
from comic_downloads.web.session.event_socket import EventSocket
from comic_downloads.web.session.tab_states import ClosedTabs
from tests.attack.socket_client import HYDRATE
from tests.web.states import run


@dataclass
class Monotonic:
    """A monotonic clock that only the test moves."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Monotonic:
    return Monotonic()


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that collects the sockets whose events reach Reflex."""
    sockets: list[str] = []

    async def on_event(_namespace: EventNamespace, sid: str, _data: Any) -> None:
        sockets.append(sid)

    monkeypatch.setattr(EventNamespace, "on_event", on_event)
    return sockets


@pytest.fixture
def socket(clock: Monotonic) -> EventSocket:
    app = cast(rx.App, None)  # Only Reflex itself would use it, and a process has only one.
    return EventSocket("/_event", app, ClosedTabs(clock), EventPace(clock))


def send(socket: EventSocket, sid: str, number: int) -> None:
    async def send_all() -> None:
        for _ in range(number):
            await socket.on_event(sid, {"name": HYDRATE, "payload": {}, "router_data": {}})

    run(send_all())


def test_events_beyond_the_burst_are_dropped_and_the_log_says_so_once(
    socket: EventSocket, queued: list[str], caplog: pytest.LogCaptureFixture
):
    send(socket, "one", 2 * BURST)
    assert len(queued) == BURST
    assert caplog.text.count("Event refused") == 1


def test_other_sockets_and_later_events_are_not_affected(
    socket: EventSocket, queued: list[str], clock: Monotonic
):
    send(socket, "one", 2 * BURST)
    send(socket, "other", 1)
    assert queued[-1] == "other"

    clock.seconds += 2
    send(socket, "one", BURST)
    assert queued.count("one") == BURST + 2 * EVENTS_PER_SECOND


def test_allowance_does_not_grow_beyond_the_burst(
    socket: EventSocket, queued: list[str], clock: Monotonic
):
    send(socket, "one", 1)
    clock.seconds += 3600
    send(socket, "one", 2 * BURST)
    assert len(queued) == 1 + BURST
