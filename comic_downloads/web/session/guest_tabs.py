"""The open tabs of this process that show a share to a guest."""

from __future__ import annotations

from dataclasses import dataclass

from ...usecases.sharing.access import GuestCredentials


@dataclass
class GuestTab:
    """One browser tab, whose credentials are checked before each update.

    ``due_at``, in monotonic seconds, is when the tab is refreshed without a change.
    """

    client_token: str
    share_id: str
    guest_id: str
    credentials: GuestCredentials
    due_at: float = 0.0


class OpenGuestTabs:
    """The registry of guests' tabs; use it only in the event loop's thread."""

    def __init__(self) -> None:
        self._tabs: dict[str, GuestTab] = {}

    def join(self, tab: GuestTab) -> None:
        """Add the tab, or replace the one with the same token."""
        self._tabs[tab.client_token] = tab

    def leave(self, client_token: str) -> None:
        """Remove the tab if it is known."""
        self._tabs.pop(client_token, None)

    def keep(self, client_tokens: set[str]) -> None:
        """Remove every tab whose token is not in ``client_tokens``."""
        self._tabs = {token: tab for token, tab in self._tabs.items() if token in client_tokens}

    def of_guests(self, guests: set[tuple[str | None, str | None]]) -> list[GuestTab]:
        """Return the tabs of these guests, given as pairs of share id and guest id."""
        return [tab for tab in self._tabs.values() if (tab.share_id, tab.guest_id) in guests]

    def due(self, now: float) -> list[GuestTab]:
        """Return the tabs that are due for a refresh."""
        return [tab for tab in self._tabs.values() if tab.due_at <= now]


open_guest_tabs = OpenGuestTabs()
