"""REDbot, which checks the rules of HTTP, finds no error in the file's responses."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .live_server import live_server
from .shelf import Shelf

pytest.importorskip("redbot", reason="redbot is not installed")

# Prints "level: summary" for each note of REDbot on the address and on its further requests.
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
notes = list(resource.response.notes)
for check in resource.subreqs.values():
    notes += check.response.notes
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
    # The only warning is accepted: Digest is deprecated, but many programs check no other form.
    assert [note for note in notes if note.startswith("warning:") and "Digest" not in note] == []
