"""The tabs of this process whose picker offers comics that are not wholly read yet."""

from __future__ import annotations

from collections.abc import Container


class WaitingPickers:
    """The registry of these tabs; use it only in the event loop's thread."""

    def __init__(self) -> None:
        self._comic_ids: dict[str, tuple[str, ...]] = {}

    def wait(self, client_token: str, comic_ids: tuple[str, ...]) -> None:
        """Let the tab wait until these comics are read; what it waited for before is forgotten."""
        self._comic_ids[client_token] = comic_ids

    def leave(self, client_token: str) -> None:
        """Let the tab wait no longer."""
        self._comic_ids.pop(client_token, None)

    def keep(self, client_tokens: Container[str]) -> None:
        """Forget every tab whose token is not in ``client_tokens``."""
        for token in [token for token in self._comic_ids if token not in client_tokens]:
            self.leave(token)

    def all(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return the token and the comics of each tab."""
        return list(self._comic_ids.items())


waiting_pickers = WaitingPickers()
