"""Workers are killed in every phase of a scan: nothing is lost, and hardly anything done twice."""

from __future__ import annotations

import pytest
from sqlalchemy import update
from sqlmodel import Session

from comic_downloads.db.tables import LibraryScan
from comic_downloads.usecases.library.status import library_status
from tests.waiting import wait_for

from .world import SMALL, World

COMICS, PAGES = 4, 6

# Runs the worker with a probe that notes each call, and stops at a certain one until it is killed.
PROGRAM = """
import os, sys, time
from pathlib import Path
from comic_downloads.packaging import images

real, notes = images.probe, Path(os.environ["NOTES"])

def probe(stream, max_pixels):
    count = len(notes.read_text().split()) if notes.exists() else 0
    if count == int(os.environ["STOP_AT"]) and not Path(os.environ["STOPPED"]).exists():
        Path(os.environ["STOPPED"]).touch()
        time.sleep(600)
    facts = real(stream, max_pixels)
    with notes.open("a") as file:
        file.write(facts.sha256 + "\\n")
    return facts

images.probe = probe
sys.argv = ["worker"]
from comic_downloads.worker.__main__ import main
main()
"""


@pytest.mark.parametrize(
    "stop_at",
    [
        pytest.param(0, id="listing the first comic"),
        pytest.param(COMICS - 1, id="listing the last comic"),
        pytest.param(COMICS, id="reading the first page"),
        pytest.param(COMICS * PAGES // 2, id="reading"),
        pytest.param(COMICS * PAGES - 1, id="reading the last page"),
    ],
)
def test_a_scan_survives_the_death_of_its_worker(world: World, stop_at: int):
    for number in range(COMICS):
        world.put_comic(f"Comic {number}", PAGES, SMALL)
    notes, stopped = world.folder / "notes", world.folder / "stopped"
    variables = {"NOTES": str(notes), "STOPPED": str(stopped), "STOP_AT": str(stop_at)}
    worker = world.start_worker(program=PROGRAM, **variables)
    wait_for("the worker to stand still", stopped.exists)
    worker.kill()
    with world.context.db.write() as session:  # Another worker would wait for the heartbeat's end.
        _end_heartbeat(session)
    world.start_worker(program=PROGRAM, **variables)
    wait_for("all pages to be read", lambda: all(map(world.is_read, _names())))
    status = library_status(world.context)
    assert (status.comic_count, status.unread_comics) == (COMICS, 0)
    assert (status.damaged, status.problems) == ((), ())
    probed = notes.read_text().split()
    assert len(set(probed)) == COMICS * PAGES
    # What was not written when the worker died is done again: the comics that were listed together,
    # or the pages of one comic that were read within a second.
    assert len(probed) <= COMICS * PAGES + max(COMICS, PAGES)


def _names() -> list[str]:
    return [f"Comic {number}" for number in range(COMICS)]


def _end_heartbeat(session: Session) -> None:
    session.connection().execute(update(LibraryScan).values(heartbeat_at=None))
