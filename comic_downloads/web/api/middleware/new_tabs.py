"""Refuse a tab too many, before anything is kept for it.

Tabs open a websocket or, where something blocks it, begin to poll.
"""

from __future__ import annotations

import logging
import re
from urllib.parse import parse_qs

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ....domain.errors import DatabaseError, Forbidden, Refusal, TooManyConnections
from ..authentication import authenticate, client_ip
from ..errors import domain_problem
from .polling_tabs import PollingTabs, session_in
from .tab_limits import Holder, TabLimits, holder_of_account, holder_of_address

EVENTS = "/_event"  # Where Reflex listens for the websockets of its pages.

MAX_HEADER_BYTES = 16 * 1024
RETRY_AFTER_SECONDS = 5
# Reflex's pages choose a UUID.
_TOKEN = re.compile(r"[0-9A-Za-z-]{1,64}")

log = logging.getLogger(__name__)


class NewTabs:
    """Answers 429 to a tab too many; the page tries again by itself."""

    def __init__(self, app: ASGIApp, limits: TabLimits, polling: PollingTabs) -> None:
        self.app = app
        self.limits = limits
        self.polling = polling

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward everything but a tab too many."""
        if scope["type"] == "lifespan" or not scope["path"].startswith(EVENTS):
            return await self.app(scope, receive, send)
        query = parse_qs(scope["query_string"].decode("latin-1"))
        if scope["type"] == "http" and (scope["method"] != "GET" or "sid" in query):
            with self.polling.asking(query.get("sid", [""])[0]):
                return await self.app(scope, receive, send)
        self.polling.count_out()
        try:
            token = _token(scope, query)
            holder = await _holder(HTTPConnection(scope))
            self._open(holder, token)
        except Refusal as refusal:
            return await domain_problem(refusal)(scope, receive, send)
        if scope["type"] == "http":
            return await self._begin_polling(holder, token, (scope, receive, send))
        try:
            await self.app(scope, receive, send)
        finally:
            self.limits.close(holder, token)

    def _open(self, holder: Holder, token: str) -> None:
        """Count the tab. Raises TooManyConnections."""
        if self.limits.open(holder, token):
            return
        if self.limits.should_log(holder):
            log.warning("Tab refused", extra={"action": "refuse_tab", holder.kind: holder.name})
        raise TooManyConnections(
            "Too many tabs are open. Close some of them, and this one continues by itself.",
            retry_after_seconds=RETRY_AFTER_SECONDS,
        )

    async def _begin_polling(
        self, holder: Holder, token: str, request: tuple[Scope, Receive, Send]
    ) -> None:
        """Forward the first request of a tab, which opens a session or is refused further down."""
        scope, receive, send = request
        session = ""

        async def send_noted(message: Message) -> None:
            nonlocal session
            session = session or session_in(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, send_noted)
        finally:
            if session:
                self.polling.add(session, holder, token)
            else:
                self.limits.close(holder, token)


def _token(scope: Scope, query: dict[str, list[str]]) -> str:
    """Return the name by which the tab finds its states.

    Raises Forbidden if the request is not one that a page sends.
    """
    tokens = query.get("token", [""])
    header_bytes = sum(len(name) + len(value) for name, value in scope["headers"])
    if header_bytes > MAX_HEADER_BYTES or not _TOKEN.fullmatch(tokens[0]):
        raise Forbidden("Only pages of this server may open this address.")
    return tokens[0]


async def _holder(tab: HTTPConnection) -> Holder:
    """Return by what the tab is counted: its account or, without one, its network."""
    if "cookie" in tab.headers:
        context, threads = tab.app.state.context, tab.app.state.answer_threads
        try:
            account = await threads.run(lambda: authenticate(context, tab))
        except DatabaseError:
            account = None  # The page says so itself.
        if account is not None:
            return holder_of_account(account.id)
    return holder_of_address(client_ip(tab))
