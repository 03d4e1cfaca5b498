"""DATA_DIR is closed to other users of the machine."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from comic_downloads.settings import Settings
from comic_downloads.wiring import build_context

OPEN = 0o755


def mode(folder: Path) -> int:
    return stat.S_IMODE(folder.stat().st_mode)


def start(data: Path, **settings: object) -> None:
    """Start as ``reflex run`` does, under a umask that lets everybody read new files."""
    before = os.umask(0o022)
    try:
        values = {"data_dir": data, "demo_library": False, **settings}
        build_context(Settings.model_validate(values)).db.dispose()
    finally:
        os.umask(before)


def test_new_folder_is_closed(tmp_path: Path):
    data = tmp_path / "new" / "data"
    start(data)
    assert mode(data) == 0o700
    assert mode(data.parent) == OPEN
    assert {name: mode(data / name) for name in ("library", "states", "work")} == {
        "library": 0o700,
        "states": 0o700,
        "work": 0o700,
    }
    files = {path.name: mode(path) for path in data.iterdir() if path.is_file()}
    assert "disk_reserve" in files
    assert set(files.values()) == {0o600}


def test_folder_of_an_earlier_version_is_closed(tmp_path: Path):
    start(tmp_path / "data")
    for folder in (tmp_path / "data", tmp_path / "data" / "states"):
        folder.chmod(OPEN)
    start(tmp_path / "data")
    assert (mode(tmp_path / "data"), mode(tmp_path / "data" / "states")) == (0o700, 0o700)


def test_disk_reserve_of_an_earlier_version_is_closed(tmp_path: Path):
    start(tmp_path / "data")
    reserve = tmp_path / "data" / "disk_reserve"
    reserve.chmod(0o644)
    start(tmp_path / "data")
    assert mode(reserve) == 0o600


def test_folder_that_holds_something_else_stays_open_and_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    data = tmp_path / "data"
    data.mkdir(mode=OPEN)
    (data / "letters.txt").touch()
    start(data)
    assert mode(data) == OPEN
    assert f"Other users of this machine can read {data}" in caplog.text


def test_library_that_others_read_stays_open(tmp_path: Path):
    library = tmp_path / "data" / "library"
    library.mkdir(mode=OPEN, parents=True)
    start(tmp_path / "data")
    assert (mode(tmp_path / "data"), mode(library)) == (0o700, OPEN)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_folder_of_another_user_stays_as_it_is(tmp_path: Path):
    data = tmp_path / "data"
    data.mkdir(mode=0o777)
    data.chmod(0o777)
    os.chown(data, 10001, 10001)
    start(data)
    assert mode(data) == 0o777


@pytest.mark.parametrize("kept", [True, False])
def test_web_server_that_sends_files_can_pass_but_not_list(tmp_path: Path, kept: bool):
    data = tmp_path / "data"
    if kept:
        start(data)
    start(data, send_file="x-accel-redirect")
    assert mode(data) == 0o711
    assert (mode(data / "states"), mode(data / "work")) == (0o700, 0o700)
