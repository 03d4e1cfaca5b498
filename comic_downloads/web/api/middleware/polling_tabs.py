"""Count the tabs that reach the server by long polling, because something blocks websockets.

Such a tab has no connection whose end would count it out, only one request after the other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .tab_limits import Holder, TabLimits

# Longer than a page takes to ask again, or to be pinged in vain (rxconfig.py).
GONE_AFTER_SECONDS = 20.0


@dataclass
class _Tab:
    holder: Holder
    token: str
    requests: int
    seen_at: float


class PollingTabs:
    """Counts these tabs by their Engine.IO session; use it only in the event loop's thread."""

    def __init__(self, limits: TabLimits, monotonic: Callable[[], float]) -> None:
        self._limits = limits
        self._monotonic = monotonic
        self._tabs: dict[str, _Tab] = {}

    def add(self, session: str, holder: Holder, token: str) -> None:
        """Note the session of a tab that ``TabLimits`` counts already."""
        self._tabs[session] = _Tab(holder, token, 0, self._monotonic())

    @contextmanager
    def asking(self, session: str) -> Iterator[None]:
        """Keep the tab counted while one of its requests lasts, and for a moment after it."""
        if (tab := self._tabs.get(session)) is None:
            yield
            return
        tab.requests += 1
        try:
            yield
        finally:
            tab.requests -= 1
            tab.seen_at = self._monotonic()

    def count_out(self) -> None:
        """Count out the tabs that have asked for nothing for so long that they are gone."""
        long_ago = self._monotonic() - GONE_AFTER_SECONDS
        for session, tab in list(self._tabs.items()):
            if not tab.requests and tab.seen_at <= long_ago:
                del self._tabs[session]
                self._limits.close(tab.holder, tab.token)


def session_in(answer: bytes) -> str:
    """Return the session that the answer to a first request opens; empty if it opens none.

    It begins with the packet ``0{"sid": …}`` (Engine.IO protocol, version 4).
    """
    try:
        opened, _ = json.JSONDecoder().raw_decode(answer.decode(), 1)
        return str(opened["sid"]) if answer.startswith(b"0") else ""
    except (ValueError, LookupError, TypeError):
        return ""
