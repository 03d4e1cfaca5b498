"""A client of the pages' websocket that sends what none of our pages would send."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any
from urllib.parse import urlsplit

from simple_websocket import Client, ConnectionClosed

STATES = "reflex___state____state"
HYDRATE = f"{STATES}.hydrate"
NAMESPACE = "/_event"
ANSWER_SECONDS = 0.8
CONNECT_SECONDS = 10.0


def handler(module: str, state: str, name: str) -> str:
    """Return the full name by which the websocket calls a state's method.

    The arguments are like ``handler("tray", "tray_state", "enter")``.
    """
    return f"{STATES}.comic_downloads___web___states___{module}____{state}.{name}"


class SocketTab:
    """An open websocket that speaks Socket.IO over Engine.IO, as far as these tests need it.

    ``text`` holds everything that it has received.
    """

    def __init__(
        self,
        url: str,
        cookie: str = "",
        *,
        token: str = "",
        origin: str | None = None,
        path: str = "/",
        forwarded_for: str = "",
    ) -> None:
        self.token = token or str(uuid.uuid4())
        self._path = path
        address = (
            f"ws://{urlsplit(url).netloc}/_event/?EIO=4&transport=websocket&token={self.token}"
        )
        page = url if origin is None else origin
        headers = {"Cookie": cookie, "Origin": page, "X-Forwarded-For": forwarded_for}
        self._socket = Client(
            address, headers={name.encode(): value.encode() for name, value in headers.items()}
        )
        self.text = ""
        self._socket.send(f"40{NAMESPACE},")
        self.listen(CONNECT_SECONDS, until=f"40{NAMESPACE}")

    @property
    def has_its_token(self) -> bool:
        """Return False if the server assigned another token.

        It does so while another socket still uses the token that this one named.
        """
        return "new_token" not in self.text

    def send(self, name: str, **payload: Any) -> str:
        """Call a handler and return what arrives within ``ANSWER_SECONDS``."""
        self.call(name, **payload)
        return self.listen()

    def call(self, name: str, router_data: Any = None, **payload: Any) -> None:
        """Call a handler without waiting for anything, by default from the tab's own page."""
        page = {"pathname": self._path, "asPath": self._path, "query": {}}
        self.emit("event", {"name": name, "payload": payload, "router_data": router_data or page})

    def emit(self, kind: str, data: Any) -> None:
        """Send a message of Socket.IO, whatever is in it."""
        self.send_frame(f"42{NAMESPACE}," + json.dumps([kind, data]))

    def send_frame(self, frame: str) -> None:
        """Send a frame as it is."""
        self._socket.send(frame)

    def listen(self, seconds: float = ANSWER_SECONDS, until: str | None = None) -> str:
        """Return what arrives in that time.

        If ``until`` is given, return as soon as a message starts with it.
        """
        heard = ""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and (
            message := self._socket.receive(timeout=left)
        ) is not None:
            # Engine.IO's ping, which the client answers with a pong.
            if message == "2":
                self._socket.send("3")
                continue
            heard += str(message)
            if until is not None and str(message).startswith(until):
                break
        self.text += heard
        return heard

    def close(self) -> None:
        """Close the websocket, if it is still open."""
        try:
            self._socket.close()
        except ConnectionClosed:
            return
