"""How long the states of a tab are kept: until a few minutes after its websocket has closed.

A phone that sleeps or a lost network closes the websocket, and the tab finds its states again when
it comes back. Anyone can open tabs, so what nobody comes back for must not stay.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable

import reflex as rx
from reflex.istate.manager import StateManager
from reflex.istate.manager.memory import StateManagerMemory
from reflex.istate.manager.redis import StateManagerRedis
from reflex.state import BaseState

from ...free_memory import return_free_memory

# Of tabs whose states are on Redis; rxconfig.py sets it for those in memory.
KEPT_SECONDS = 300
SWEEP_SECONDS = 5.0
# Reflex's websocket library holds a closed websocket until its next ping is due, which is up to
# five seconds (rxconfig.py).
_SWEEPS_UNTIL_UNUSED = 2
# Only a tab that shows nothing new for so long loses its states while it is open.
_IDLE_SECONDS = 24 * 3600

log = logging.getLogger(__name__)


class TabStates(StateManagerMemory):
    """The states of all tabs of a single web process, in its memory only."""

    def __init__(self) -> None:
        super().__init__(token_expiration=_IDLE_SECONDS)

    def forget(self, client_token: str) -> bool:
        """Drop the states of a tab; return False while an event still uses them."""
        token = _root_token(client_token)
        lock = self._states_locks.get(token.lock_key)
        if lock is not None and lock.locked():
            return False
        self._purge_token(token)
        return True


class ClosedTabs:
    """The tabs whose websocket has closed; use it only in the event loop's thread."""

    def __init__(self, monotonic: Callable[[], float], kept_seconds: float = KEPT_SECONDS) -> None:
        self._monotonic = monotonic
        self._kept_seconds = kept_seconds
        self._closed_at: dict[str, float] = {}

    def add(self, client_token: str) -> None:
        """Note that the websocket of a tab has closed now."""
        self._closed_at[client_token] = self._monotonic()

    def remove(self, client_token: str) -> None:
        """Note that a tab has a websocket again."""
        self._closed_at.pop(client_token, None)

    async def sweep(self, forget: Callable[[str], Awaitable[bool]]) -> int:
        """Forget the tabs that closed long ago and return how many.

        One whose states cannot be dropped yet is tried again at the next sweep.
        """
        long_ago = self._monotonic() - self._kept_seconds
        due = [token for token, closed_at in self._closed_at.items() if closed_at <= long_ago]
        forgotten = 0
        for token in due:
            # It may have come back while another was being forgotten.
            if self._closed_at.get(token, math.inf) <= long_ago and await forget(token):
                self._closed_at.pop(token, None)
                forgotten += 1
        return forgotten


async def forget_states(manager: StateManager, client_token: str) -> bool:
    """Drop the states of a tab from memory or Redis; return False if that must wait."""
    if isinstance(manager, TabStates):
        return manager.forget(client_token)
    if isinstance(manager, StateManagerRedis):
        token = _root_token(client_token)
        await manager.redis.delete(*(str(token.with_cls(state)) for state in _all_states()))
    return True


async def sweep_regularly(closed: ClosedTabs, forget: Callable[[str], Awaitable[bool]]) -> None:
    """Forget closed tabs until cancelled, and return their memory to the system.

    A closed websocket is part of a reference cycle, together with the buffers of the web server.
    Python would collect it only after many more objects were made.
    """
    sweeps_left = 0
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        try:
            forgotten = await closed.sweep(forget)
            sweeps_left = _SWEEPS_UNTIL_UNUSED if forgotten else sweeps_left - 1
            if forgotten or sweeps_left == 0:
                await asyncio.to_thread(return_free_memory)
        # Redis may be away; the tabs are due at the next sweep as well.
        except Exception:
            log.exception("Closed tabs could not be forgotten", extra={"action": "forget_tabs"})


def _root_token(client_token: str) -> rx.BaseStateToken:
    return rx.BaseStateToken(ident=client_token, cls=rx.State)


def _all_states() -> list[type[BaseState]]:
    found: list[type[BaseState]] = [rx.State]
    for state in found:
        found.extend(state.get_substates())
    return found
