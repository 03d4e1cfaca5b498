"""Limits how many tabs a network opens, because the server keeps the states of each.

A tab that comes back within minutes is not a new one.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from ....domain.account import network_of
from ..authentication import client_ip

EVENTS = "/_event"  # Where Reflex listens for the websockets of its pages.

BURST = 60
TABS_PER_SECOND = 1.0
MAX_OPEN = 500
KNOWN_SECONDS = 300.0
MAX_HEADER_BYTES = 16 * 1024
_MAX_NETWORKS = 10_000
_LOG_SECONDS = 60.0
# Reflex's pages choose a UUID.
_TOKEN = re.compile(r"[0-9A-Za-z-]{1,64}")

log = logging.getLogger(__name__)


@dataclass
class _Network:
    allowance: float
    refilled_at: float
    open_count: int = 0
    logged_at: float | None = None


class TabLimits:
    """Counts the tabs of each network; use it only in the event loop's thread.

    After ``BURST`` new tabs, a network may open one a second, and never have more than ``MAX_OPEN``
    open at a time.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._networks: dict[str, _Network] = {}
        self._open: dict[str, int] = {}
        self._closed_at: dict[str, float] = {}

    def open(self, network: str, token: str) -> bool:
        """Count a tab that opens; return False if there are too many."""
        known = self._known(network)
        is_new = token in self._open or token not in self._closed_at
        if known.open_count >= MAX_OPEN or (is_new and known.allowance < 1):
            return False
        known.open_count += 1
        known.allowance -= is_new
        self._open[token] = self._open.get(token, 0) + 1
        return True

    def close(self, network: str, token: str) -> None:
        """Count a tab that has closed."""
        self._known(network).open_count -= 1
        self._open[token] -= 1
        if not self._open[token]:
            del self._open[token]
            # The oldest come first.
            self._closed_at.pop(token, None)
            self._closed_at[token] = self._monotonic()

    def should_log(self, network: str) -> bool:
        """Return True at the first refusal of a network, and once a minute from then on."""
        known, now = self._known(network), self._monotonic()
        if known.logged_at is not None and now - known.logged_at < _LOG_SECONDS:
            return False
        known.logged_at = now
        return True

    def _known(self, network: str) -> _Network:
        now = self._monotonic()
        self._forget(now)
        known = self._networks.setdefault(network, _Network(BURST, now))
        refill = (now - known.refilled_at) * TABS_PER_SECOND
        known.allowance, known.refilled_at = min(known.allowance + refill, BURST), now
        return known

    def _forget(self, now: float) -> None:
        while self._closed_at:
            token, closed_at = next(iter(self._closed_at.items()))
            if now - closed_at < KNOWN_SECONDS:
                break
            del self._closed_at[token]
        if len(self._networks) > _MAX_NETWORKS:
            self._networks = {
                network: known for network, known in self._networks.items() if known.open_count
            }


class NewTabs:
    """Refuses the websockets of tabs beyond the limit; the page tries again by itself."""

    def __init__(self, app: ASGIApp, limits: TabLimits) -> None:
        self.app = app
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward everything but a websocket too many, which is refused before it opens."""
        if scope["type"] != "websocket" or not scope["path"].startswith(EVENTS):
            return await self.app(scope, receive, send)
        token = _token(scope)
        network = network_of(client_ip(HTTPConnection(scope)))
        if not token or not self.limits.open(network, token):
            if self.limits.should_log(network):
                log.warning("Tab refused", extra={"action": "refuse_tab", "network": network})
            return await send({"type": "websocket.close", "code": 1008})
        try:
            await self.app(scope, receive, send)
        finally:
            self.limits.close(network, token)


def _token(scope: Scope) -> str:
    """Return the name by which the tab finds its states; empty if the request is not a page's."""
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADER_BYTES:
        return ""
    tokens = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])
    return tokens[0] if _TOKEN.fullmatch(tokens[0]) else ""
