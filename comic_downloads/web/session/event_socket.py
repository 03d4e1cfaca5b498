"""The websocket of the pages: accept only events that a page of ours can send.

Whatever arrives here may come from anyone. An event is dropped unless its handler exists, its
arguments have the right types and sizes, and its address is short. So nothing else is queued,
stored in the state of a tab, or printed in an error. More events than a page sends are dropped too.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable
from typing import Any

import reflex as rx
from engineio.payload import Payload
from pydantic import BaseModel
from reflex.app import EventNamespace
from reflex.istate.manager.memory import StateManagerMemory
from reflex_base.registry import RegistrationContext

from .arguments import MAX_TEXT, are_acceptable, arguments_of
from .event_pace import BURST, EventPace
from .tab_states import KEPT_SECONDS, ClosedTabs, TabStates, forget_states, sweep_regularly

# The most characters of a message, as rxconfig.py sets it.
MAX_MESSAGE = 64 * 1024
_MAX_QUERY_FIELDS = 50
_LOGGED_NAME = 100

# Of Reflex's own handlers, those that its pages call.
_REFLEX_HANDLERS = (
    "hydrate",
    "hydrate_and_load",
    "on_load_internal",
    "set_is_hydrated",
    "handle_frontend_exception",
)
_PACKAGE = __name__.partition(".")[0]

log = logging.getLogger(__name__)


class EventSocket(EventNamespace):
    """Receives the events of all tabs."""

    def __init__(
        self, namespace: str, app: rx.App, closed_tabs: ClosedTabs, pace: EventPace
    ) -> None:
        super().__init__(namespace, app)
        self._closed_tabs = closed_tabs
        self._pace = pace
        self._refused: set[str] = set()

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        """Link the socket to the states of its tab."""
        await super().on_connect(sid, environ, auth)
        if (client_token := self.sid_to_token.get(sid)) is not None:
            self._closed_tabs.remove(client_token)

    async def on_event(self, sid: str, data: Any) -> None:
        """Queue an event of a tab if a page of ours could have sent it.

        The first event that a socket sends in vain is logged.
        """
        event = acceptable_event(data) if self._pace.admits(sid) else None
        if event is not None:
            return await super().on_event(sid, event)
        if sid not in self._refused:
            self._refused.add(sid)
            name = data.get("name") if isinstance(data, dict) else None
            log.warning(
                "Event refused", extra={"action": "refuse_event", "event": str(name)[:_LOGGED_NAME]}
            )

    def on_disconnect(self, sid: str) -> asyncio.Task[None] | None:
        """Forget the socket, but keep the states of its tab for a while."""
        self._refused.discard(sid)
        self._pace.forget(sid)
        if (client_token := self.sid_to_token.get(sid)) is not None:
            self._closed_tabs.add(client_token)
        return super().on_disconnect(sid)

    async def forget_closed_tabs(self) -> None:
        """Drop the states of tabs that closed minutes ago, until cancelled."""
        await sweep_regularly(self._closed_tabs, self._forget)

    async def _forget(self, client_token: str) -> bool:
        # The tab may have come back to another web process.
        if await self._token_manager.is_token_connected(client_token):
            return True
        return await forget_states(self.app.state_manager, client_token)


def listen_for_events(app: rx.App, monotonic: Callable[[], float]) -> EventSocket:
    """Make the app receive its events through an ``EventSocket``, and keep its states in memory.

    States on Redis stay there.
    """
    assert app.sio is not None
    assert app.event_namespace is not None
    kept_seconds = KEPT_SECONDS
    if isinstance(app.state_manager, StateManagerMemory):
        kept_seconds = app.state_manager.token_expiration
        app._state_manager = TabStates()
        _serve_long_polling(app)
    closed_tabs = ClosedTabs(monotonic, kept_seconds)
    pace = EventPace(monotonic)
    socket = EventSocket(app.event_namespace.namespace, app, closed_tabs, pace)
    app._event_namespace = socket
    app.sio.register_namespace(socket)
    return socket


def _serve_long_polling(app: rx.App) -> None:
    """Serve pages that cannot open a websocket, because a proxy or firewall blocks them.

    All requests of such a page have to reach the same process, so there must be only this one.
    """
    assert app.sio is not None
    app.sio.eio.transports = [*app.sio.eio.transports, "polling"]
    # A page sends all that has gathered since its last request.
    Payload.max_decode_packets = BURST


def acceptable_event(data: object) -> dict[str, Any] | None:
    """Return the parts of an event that its handler needs, or None if it is not acceptable."""
    if not isinstance(data, dict) or not isinstance(name := data.get("name"), str):
        return None
    arguments = _handlers().get(name)
    payload = data.get("payload") or {}
    place = _place(data.get("router_data") or {})
    if arguments is None or place is None or not are_acceptable(arguments, payload):
        return None
    return {"name": name, "payload": payload, "router_data": place}


def _place(router_data: object) -> dict[str, Any] | None:
    """Return the address of a tab's page; None if it is too long or has another form."""
    if not isinstance(router_data, dict):
        return None
    address, query = router_data.get("asPath", "/"), router_data.get("query", {})
    if not isinstance(query, dict) or len(query) > _MAX_QUERY_FIELDS:
        return None
    # React Router leaves a parameter without a value empty.
    texts = [router_data.get("pathname", "/"), address, *query, *filter(None, query.values())]
    if not all(isinstance(text, str) and len(text) <= MAX_TEXT for text in texts):
        return None
    place = {key: router_data[key] for key in ("pathname", "query") if key in router_data}
    # An address that begins with two slashes would name a host.
    return place | ({"asPath": "/" + address.lstrip("/")} if "asPath" in router_data else {})


@functools.cache
def _handlers() -> dict[str, type[BaseModel]]:
    """Return the arguments of every handler that a page may call, by the handler's name."""
    known: dict[str, type[BaseModel]] = {}
    for name, registered in RegistrationContext.get().event_handlers.items():
        handler = registered.handler.fn
        if handler.__module__.startswith(f"{_PACKAGE}."):
            known[name] = arguments_of(handler)
        elif name.rpartition(".")[2] in _REFLEX_HANDLERS:
            # Reports of errors are long; they are cut where they are logged.
            known[name] = arguments_of(handler, max_text=MAX_MESSAGE)
    return known
