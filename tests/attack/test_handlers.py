"""No handler of any state keeps, shows or logs what a page would not have sent.

The handlers are found in the registry of Reflex, so new ones are included.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from reflex_base.registry import RegistrationContext
from simple_websocket import ConnectionClosed

import comic_downloads.web.session
import comic_downloads.web.states
from tests.attack.conftest import OWNER, OpenTab
from tests.attack.socket_client import HYDRATE, SocketTab, handler
from tests.waiting import PATIENCE_SECONDS

# What a tab may show more after all these calls than before them: a few toasts and short texts.
GROWTH_BYTES = 20_000
# How long the server is silent when it has answered everything.
QUIET_SECONDS = 1.5
LONG = "x" * 20_000
WRONG_VALUES: dict[str, Any] = {
    "a long text": LONG,
    "a text of the longest accepted size": "x" * 2000,
    "nothing": None,
    "a huge number": 10**30,
    "a large number": 10**9,
    "a negative number": -1,
    "a yes": True,
    "an object": {"id": LONG},
    "a form": {"__reflex_form_data__": [["username", LONG], [["password"], 1]]},
    "a list": ["x" * 100] * 150,
    "nested lists": functools.reduce(lambda inner, _: [inner], range(400), ["x"]),
}
SIGN_OUT = handler("sign_in", "sign_in_state", "sign_out")


@functools.cache
def handlers() -> dict[str, list[str]]:
    """Return the parameters of every event handler of every state, by the handler's name."""
    for package in (comic_downloads.web.session, comic_downloads.web.states):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    known = {
        name: list(inspect.signature(registered.handler.fn).parameters)[1:]
        for name, registered in RegistrationContext.get().event_handlers.items()
    }
    # A signed-out member would be a second stranger.
    return {name: known[name] for name in sorted(known, key=lambda name: name == SIGN_OUT)}


def payloads(parameters: list[str]) -> Iterator[dict[str, Any]]:
    """Yield arguments of the wrong number, size and kind."""
    yield {}
    yield {"unknown": "x"}
    for value in WRONG_VALUES.values():
        yield dict.fromkeys(parameters, value)


@pytest.fixture(params=["stranger", "guest", "member"])
def tab(request: pytest.FixtureRequest, share: dict[str, Any], open_tab: OpenTab) -> SocketTab:
    """Return a tab of somebody who is not the owner."""
    who = request.param
    cookie = "" if who == "stranger" else request.getfixturevalue(who)
    path = urlsplit(share["url"]).path if who == "guest" else "/"
    # Its wrong passwords must not count against the other tests.
    return open_tab(cookie, path=path, forwarded_for="192.0.2.77")


def test_every_handler_refuses_what_no_page_would_send(
    tab: SocketTab, share: dict[str, Any], folder: Path
) -> None:
    first = tab.hydrate()
    logged = (folder / "log").stat().st_size

    calls = 0
    for name, parameters in handlers().items():
        for payload in payloads(parameters):
            tab.call(name, **payload)
            calls += 1
    while tab.listen(QUIET_SECONDS):
        pass

    assert calls > len(handlers()) * len(WRONG_VALUES)
    assert len(tab.hydrate()) < len(first) + GROWTH_BYTES
    assert LONG[:3000] not in tab.text
    assert OWNER["username"] not in tab.text
    with (folder / "log").open() as log:
        log.seek(logged)
        assert "Traceback" not in log.read()


def test_address_of_a_tab_keeps_nothing_but_what_a_page_sends(
    owner: str, open_tab: OpenTab
) -> None:
    tab = open_tab(owner)
    first = tab.hydrate()

    for number in range(20):
        tab.call(HYDRATE, router_data={"pathname": "/", f"more{number}": LONG})
        tab.call(HYDRATE, router_data={"pathname": "/", "asPath": f"/?{LONG}"})
        tab.call(HYDRATE, router_data={"pathname": "/", "query": {f"more{number}": LONG}})
    while tab.listen(QUIET_SECONDS):
        pass

    assert len(tab.hydrate()) < len(first) + GROWTH_BYTES


def test_longer_message_ends_the_socket(owner: str, open_tab: OpenTab) -> None:
    tab = open_tab(owner)
    tab.call(HYDRATE, unknown="x" * 900_000)

    with pytest.raises(ConnectionClosed):
        tab.listen(PATIENCE_SECONDS)


def test_stranger_who_selects_and_chooses_is_sent_to_sign_in(open_tab: OpenTab) -> None:
    tab = open_tab()
    tab.call(handler("selection", "selection_state", "start"))
    tab.call(handler("picker", "picker_state", "choose_quality"), value="ipad")
    tab.call(handler("downloads", "downloads_state", "choose_section"), section="ready")

    for _ in range(3):
        tab.listen_for('"/sign-in"')
    states = tab.hydrate()
    assert '"selecting_rx_state_":false' in states
    assert '"quality_rx_state_":"original"' in states
    assert '"section_rx_state_":"progress"' in states
