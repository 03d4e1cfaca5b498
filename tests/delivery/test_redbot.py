"""REDbot, which knows HTTP's rules better than we do, finds nothing wrong with the file's answers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .live_server import live_server
from .shelf import Shelf

pytest.importorskip("redbot", reason="redbot is not installed")

# Prints "level: summary" for each note of REDbot on the address, those of its further requests included.
CHECK = """
import sys
from configparser import ConfigParser
import thor
from redbot.resource import HttpResource

configuration = ConfigParser()
configuration.read_dict({"redbot": {"enable_local_access": "True"}})
resource = HttpResource(configuration["redbot"])
resource.set_request(sys.argv[1])
resource.once("check_done", thor.stop)
resource.check()
thor.run()
notes = [*resource.response.notes, *(note for check in resource.subreqs.values() for note in check.response.notes)]
for note in notes:
    print(f"{note.level.value}: {note.summary}")
"""


def test_redbot_finds_no_error(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "data")
    job = shelf.add_ready(shelf.add_user(), os.urandom(300_000))
    with live_server(shelf.folder) as server:
        command = [sys.executable, "-c", CHECK, server + shelf.link(job)]
        result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    shelf.close()
    notes = result.stdout.splitlines()
    assert any("partial content" in note for note in notes), notes
    assert [note for note in notes if note.startswith("bad:")] == []
    # the only warning is wanted: Digest is deprecated, and still the one form that many programs check
    assert [note for note in notes if note.startswith("warning:") and "Digest" not in note] == []
