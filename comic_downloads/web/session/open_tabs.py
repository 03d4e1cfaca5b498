"""The open tabs of this process, and whose they are."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass
class Tab:
    """One browser tab. ``session_token`` is asked again now and then, so that a tab ends with its session."""

    client_token: str
    user_id: str
    session_token: str
    path: str
    checked_at: float  # monotonic seconds


class OpenTabs:
    """Belongs to the event loop's thread."""

    def __init__(self) -> None:
        self._tabs: dict[str, Tab] = {}

    def join(self, tab: Tab) -> None:
        self._tabs[tab.client_token] = tab

    def leave(self, client_token: str) -> None:
        self._tabs.pop(client_token, None)

    def doubt(self, session_token: str) -> None:
        """Has the tabs of this session looked at anew at once."""
        for tab in self._tabs.values():
            if tab.session_token == session_token:
                tab.checked_at = -math.inf

    def keep(self, client_tokens: set[str]) -> None:
        """Forgets every tab that is not connected any more."""
        self._tabs = {token: tab for token, tab in self._tabs.items() if token in client_tokens}

    def of_user(self, user_id: str) -> list[Tab]:
        return [tab for tab in self._tabs.values() if tab.user_id == user_id]

    def at(self, path: str) -> list[Tab]:
        return [tab for tab in self._tabs.values() if tab.path == path]

    def all(self) -> list[Tab]:
        return list(self._tabs.values())

    def users(self) -> set[str]:
        return {tab.user_id for tab in self._tabs.values()}


open_tabs = OpenTabs()
