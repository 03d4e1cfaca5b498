#!/usr/bin/env bash
# Granian 2.8.7 on idle websockets, beside uvicorn 0.54.0 with websockets 17.4. The same echo
# application runs in both. psutil 7.2.2 measures the resident memory of the server's processes.
#
# Behaviour: every open websocket holds about 147 KiB in Granian, seven times as much as in
#            uvicorn, even after a single message of two bytes. A page that keeps one open for each
#            visitor costs 150 MB for a thousand visitors who do nothing.
# Expected:  Granian moves the protocol from Python to Rust, so an idle connection should need less
#            than in uvicorn, where it is a handful of Python objects.
# Cause:     Granian reads websockets with tungstenite, which sets aside 128 KiB a connection
#            unless asked for less. Granian has no option for that; its option for the buffer of
#            HTTP/1 changes nothing here.
# Seen:      KiB a websocket: Granian 147, with --http1-buffer-size 8192 147, uvicorn 21
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -qq --disable-pip-version-check \
  granian==2.8.7 psutil==7.2.2 uvicorn==0.54.0 websockets==17.4

cat > echo.py <<'PY'
async def app(scope, receive, send):
    """Send every message back. Speaks ASGI."""
    if scope["type"] == "lifespan":
        while True:
            event = await receive()
            await send({"type": f"{event['type']}.complete"})
    await receive()
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": event["text"]})
PY

cat > measure.py <<'PY'
import socket
import subprocess
import time
from contextlib import ExitStack

import psutil
from websockets.sync.client import connect

WARM_UP, WEBSOCKETS = 20, 300
SERVERS = {
    "Granian": ["venv/bin/granian", "--interface", "asgi", "--no-log"],
    "Granian, HTTP buffer of 8 KiB": [
        *("venv/bin/granian", "--interface", "asgi", "--no-log", "--http1-buffer-size", "8192")
    ],
    "uvicorn": ["venv/bin/uvicorn", "--ws", "websockets-sansio", "--log-level", "critical"],
}


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port: int) -> None:
    """Return as soon as the server listens."""
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the server did not start")


def resident(pid: int) -> int:
    """Return the resident memory of a process and its children, in KiB."""
    parent = psutil.Process(pid)
    return sum(p.memory_info().rss for p in (parent, *parent.children(recursive=True))) // 1024


def open_websockets(stack: ExitStack, port: int, count: int) -> None:
    """Connect, exchange one message, and stay connected until the stack is closed."""
    for _ in range(count):
        websocket = stack.enter_context(connect(f"ws://127.0.0.1:{port}/", compression=None))
        websocket.send("hi")
        assert websocket.recv() == "hi"


def measure(command: list[str]) -> float:
    """Return the KiB that the server holds for each of many idle websockets."""
    port = free_port()
    server = subprocess.Popen([*command, "--port", str(port), "echo:app"])
    try:
        wait_for(port)
        with ExitStack() as stack:
            open_websockets(stack, port, WARM_UP)
            before = resident(server.pid)
            open_websockets(stack, port, WEBSOCKETS)
            return (resident(server.pid) - before) / WEBSOCKETS
    finally:
        server.terminate()
        server.wait()


held = {name: measure(command) for name, command in SERVERS.items()}
for name, size in held.items():
    print(f"{name}: {size:.0f} KiB a websocket")
uvicorn = held.pop("uvicorn")
assert all(size > 128 for size in held.values())
assert all(size > 3 * uvicorn for size in held.values())
PY
venv/bin/python measure.py
