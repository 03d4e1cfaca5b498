"""A TCP proxy that acts as a bad line: it breaks connections off, trickles, or is dead."""

from __future__ import annotations

import contextlib
import math
import socket
import struct
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

BLOCK_BYTES = 16 * 1024
# How a request for a file begins.
FILE_REQUEST = b"GET /d/"
# Between two blocks of a file that trickles: some 300 kB come in a second.
TRICKLE_SECONDS = 0.05


class CuttingProxy:
    """A proxy that passes connections on to a server.

    Each connection takes the next budget of bytes, and is reset when it is spent. When no budgets
    are left, connections are passed on whole. While ``dead`` is set, nothing passes.
    Files trickle once ``held_at`` bytes of them have passed, until ``let_files_pass`` is called;
    other answers do not.
    """

    def __init__(self, server: str, budgets: Iterable[int], held_at: float = math.inf) -> None:
        target = urlsplit(server)
        self._target = (target.hostname or "", target.port or 80)
        self._budgets = iter(budgets)
        self._lock = threading.Lock()
        self._changed = threading.Condition()
        self._file_bytes_left = held_at
        self.dead = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.cuts = 0
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def let_files_pass(self, file_bytes: float = math.inf) -> None:
        """Let so many more bytes of files pass, all connections together."""
        with self._changed:
            self._file_bytes_left = file_bytes
            self._changed.notify_all()

    def close(self) -> None:
        self._listener.close()
        self.let_files_pass()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return  # The listener was closed, because the test is over.
            if self.dead:
                client.close()
                continue
            with self._lock:
                self.connections += 1
                budget = next(self._budgets, None)
            threading.Thread(target=self._serve, args=(client, budget), daemon=True).start()

    def _serve(self, client: socket.socket, budget: int | None) -> None:
        with client, socket.create_connection(self._target) as server:
            is_file = threading.Event()
            threading.Thread(target=_pass_on, args=(client, server, is_file), daemon=True).start()
            left = budget
            with contextlib.suppress(OSError):
                while data := server.recv(BLOCK_BYTES if left is None else min(BLOCK_BYTES, left)):
                    if is_file.is_set():
                        self._wait_to_pass(len(data))
                    if self.dead:
                        return self._cut(client)
                    client.sendall(data)
                    if left is not None:
                        left -= len(data)
                        if left == 0:
                            return self._cut(client)

    def _wait_to_pass(self, size_bytes: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._file_bytes_left > 0, TRICKLE_SECONDS)
            self._file_bytes_left -= size_bytes

    def _cut(self, client: socket.socket) -> None:
        with self._lock:
            self.cuts += 1
        # With this option, closing resets the connection, as a lost line does. curl would take an
        # orderly end within the headers for success.
        linger = struct.pack("ii", 1, 0)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        # This ends the other thread's read, which would keep the socket open.
        client.shutdown(socket.SHUT_RD)


def _pass_on(source: socket.socket, sink: socket.socket, is_file: threading.Event) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(BLOCK_BYTES):
            if data.startswith(FILE_REQUEST):
                is_file.set()
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def cutting_proxy(
    server: str, budgets: Iterable[int] = (), held_at: float = math.inf
) -> Iterator[CuttingProxy]:
    proxy = CuttingProxy(server, budgets, held_at)
    try:
        yield proxy
    finally:
        proxy.close()
