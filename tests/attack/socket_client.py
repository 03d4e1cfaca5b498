"""A client of the pages' websocket that sends what none of our pages would send."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from simple_websocket import Client, ConnectionClosed

from tests.waiting import PATIENCE_SECONDS

STATES = "reflex___state____state"
HYDRATE = f"{STATES}.hydrate"
NAMESPACE = "/_event"
ANSWER_SECONDS = 0.8


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
        self.listen_for(f"40{NAMESPACE}")

    @property
    def has_its_token(self) -> bool:
        """Return False if the server assigned another token.

        It does so while another socket still uses the token that this one named.
        """
        return "new_token" not in self.text

    def send(self, name: str, **payload: Any) -> str:
        """Call a handler and return what arrives within ``ANSWER_SECONDS``.

        A slow server may answer later: await with ``listen_for`` what has to arrive.
        """
        self.call(name, **payload)
        return self.listen()

    def hydrate(self) -> str:
        """Ask for the whole state, as a page does that was loaded, and return the answer."""
        self.call(HYDRATE)
        return self.listen_for('"is_hydrated_rx_state_":false')

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

    def listen(self, seconds: float = ANSWER_SECONDS) -> str:
        """Return what arrives in that time."""
        return "".join(self._messages(seconds))

    def listen_for(self, text: str) -> str:
        """Return what arrives until a message holds the text.

        Raises:
            AssertionError: No message held it in ``PATIENCE_SECONDS``.
        """
        heard = ""
        for message in self._messages(PATIENCE_SECONDS):
            heard += message
            if text in message:
                return heard
        raise AssertionError(f"waited {PATIENCE_SECONDS:.0f} s for {text} in {heard}")

    def _messages(self, seconds: float) -> Iterator[str]:
        """Yield the messages that arrive in that time, and add them to ``text``."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and (
            message := self._socket.receive(timeout=left)
        ) is not None:
            # Engine.IO's ping, which the client answers with a pong.
            if message == "2":
                self._socket.send("3")
                continue
            self.text += str(message)
            yield str(message)

    def close(self) -> None:
        """Close the websocket, if it is still open."""
        try:
            self._socket.close()
        except ConnectionClosed:
            return
