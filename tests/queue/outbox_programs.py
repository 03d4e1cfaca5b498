"""Programs for tests to kill: one that moves jobs, and one that consumes the outbox.

Run as ``python -m tests.queue.outbox_programs move USER COMIC`` or ``… consume FILE``.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from pathlib import Path

from comic_downloads.db import outbox
from comic_downloads.domain.errors import InvalidTransition
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.downloads import control
from comic_downloads.usecases.downloads.request import DownloadRequest
from comic_downloads.usecases.downloads.submit import submit_download
from comic_downloads.usecases.operations.transition_counts import count_transitions
from comic_downloads.wiring import build_context

CONSUMER = "test"
POLL_SECONDS = 0.01


def move_jobs(context: Context, user_id: str, comic_id: str) -> None:
    """Submit jobs, and pause, resume, cancel and retry them, one and many at a time, endlessly."""
    formats = itertools.cycle(("cbz", "zip", "pdf"))
    while True:
        request = DownloadRequest(comic_ids=(comic_id,), format=next(formats))
        job_id = submit_download(context, user_id, request).job.id
        control.pause_all(context, user_id)
        control.resume_all(context, user_id)
        try:
            control.cancel_download(context, user_id, job_id)
            control.retry_download(context, user_id, job_id)
        except InvalidTransition:  # Another of these programs was faster.
            continue


def consume(context: Context, path: str) -> None:
    """Append the id of each event to the file, then acknowledge it, endlessly; count them too."""
    with Path(path).open("a") as file:
        while True:
            with context.db.write() as session:
                outbox.place_events(session)
            with context.db.write() as session:
                events = outbox.next_events(session, CONSUMER, limit=5)
                for event in events:
                    file.write(f"{event.id}\n")
                file.flush()
                os.fsync(file.fileno())
                outbox.acknowledge(session, CONSUMER, events)
            count_transitions(context)
            if not events:
                time.sleep(POLL_SECONDS)


if __name__ == "__main__":
    {"move": move_jobs, "consume": consume}[sys.argv[1]](build_context(), *sys.argv[2:])
