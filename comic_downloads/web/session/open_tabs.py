"""The open tabs of this process and the accounts that are signed in on them."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass
class Tab:
    """One browser tab. Its session is checked again regularly, so that the tab ends with it."""

    client_token: str
    user_id: str
    session_token: str
    path: str
    checked_at: float  # Monotonic seconds.


class OpenTabs:
    """The registry of tabs; use it only in the event loop's thread."""

    def __init__(self) -> None:
        self._tabs: dict[str, Tab] = {}

    def join(self, tab: Tab) -> None:
        """Add the tab, or replace the one with the same token."""
        self._tabs[tab.client_token] = tab

    def leave(self, client_token: str) -> None:
        """Remove the tab if it is known."""
        self._tabs.pop(client_token, None)

    def doubt(self, session_token: str) -> None:
        """Make the tabs of this session due for a check of their session."""
        for tab in self._tabs.values():
            if tab.session_token == session_token:
                tab.checked_at = -math.inf

    def keep(self, client_tokens: set[str]) -> None:
        """Remove every tab whose token is not in ``client_tokens``."""
        self._tabs = {token: tab for token, tab in self._tabs.items() if token in client_tokens}

    def of_user(self, user_id: str) -> list[Tab]:
        """Return the tabs of this account."""
        return [tab for tab in self._tabs.values() if tab.user_id == user_id]

    def at(self, path: str) -> list[Tab]:
        """Return the tabs that show the page at this path."""
        return [tab for tab in self._tabs.values() if tab.path == path]

    def all(self) -> list[Tab]:
        """Return all tabs."""
        return list(self._tabs.values())

    def users(self) -> set[str]:
        """Return the ids of the accounts that have an open tab."""
        return {tab.user_id for tab in self._tabs.values()}


open_tabs = OpenTabs()
