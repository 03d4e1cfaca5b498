"""The open tabs of this process that show a share to a guest, and what they are admitted with."""

from __future__ import annotations

from dataclasses import dataclass

from ...usecases.sharing.access import GuestCredentials


@dataclass
class GuestTab:
    """One browser tab. It is admitted anew, with its credentials, whenever it is shown something.

    ``due_at``, in monotonic seconds, is when it is looked at next without being told of a change.
    """

    client_token: str
    share_id: str
    guest_id: str
    credentials: GuestCredentials
    due_at: float = 0.0


class OpenGuestTabs:
    """Belongs to the event loop's thread."""

    def __init__(self) -> None:
        self._tabs: dict[str, GuestTab] = {}

    def join(self, tab: GuestTab) -> None:
        self._tabs[tab.client_token] = tab

    def leave(self, client_token: str) -> None:
        self._tabs.pop(client_token, None)

    def keep(self, client_tokens: set[str]) -> None:
        """Forgets every tab that is not connected any more."""
        self._tabs = {token: tab for token, tab in self._tabs.items() if token in client_tokens}

    def of_guests(self, guests: set[tuple[str | None, str | None]]) -> list[GuestTab]:
        """The tabs of these guests, each named by the ids of share and guest."""
        return [tab for tab in self._tabs.values() if (tab.share_id, tab.guest_id) in guests]

    def due(self, now: float) -> list[GuestTab]:
        return [tab for tab in self._tabs.values() if tab.due_at <= now]


open_guest_tabs = OpenGuestTabs()
