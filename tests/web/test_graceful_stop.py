"""What a process does with the signals that ask it to stop."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import asyncio, os, signal
from comic_downloads.web.api.middleware.graceful_stop import OpenResponses

signal.signal(signal.SIGTERM, lambda *_: print("handled"))

async def serve():
    ending = asyncio.create_task(OpenResponses().end_at_stop())
    await asyncio.sleep(0)
    os.kill(os.getpid(), signal.SIGTERM)
    await ending

asyncio.run(serve())
os.kill(os.getpid(), signal.SIGTERM)
"""


def test_a_second_signal_once_the_event_loop_is_closed_does_no_harm():
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=False
    )
    assert (run.stdout.split(), run.returncode) == (["handled", "handled"], 0), run.stderr
