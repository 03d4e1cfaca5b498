"""The start warns where SQLite does not work as it should."""

from __future__ import annotations

from pathlib import Path

import pytest

from comic_downloads.files import network_disks
from comic_downloads.settings import Settings
from comic_downloads.start_checks import start_context

LINE = "{number} 30 0:52 / {place} rw,relatime shared:1 - {kind} server:/export rw,vers=4.2\n"


def warnings_of_start(
    caplog: pytest.LogCaptureFixture, data: Path, **settings: object
) -> list[str]:
    values = {"data_dir": data, "demo_library": False, **settings}
    start_context(Settings.model_validate(values)).db.dispose()
    return [
        record.getMessage()
        for record in caplog.records
        if getattr(record, "action", "") == "database_disk"
    ]


@pytest.fixture
def mounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file that takes the place of the system's list of mounts."""
    file = tmp_path / "mountinfo"
    file.write_text(LINE.format(number=1, place="/", kind="ext4"))
    monkeypatch.setattr(network_disks, "MOUNTS", file)
    return file


@pytest.mark.parametrize("kind", ["nfs4", "nfs", "cifs", "smb3", "9p", "fuse.sshfs", "ceph"])
def test_database_on_a_network_file_system_is_warned_about(
    mounts: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str
):
    share = tmp_path / "a share"
    with mounts.open("a") as file:
        place = str(share).replace(" ", "\\040")
        file.write(LINE.format(number=2, place=place, kind=kind))
        file.write(LINE.format(number=3, place=f"{place}/library", kind="ext4"))
    (warning,) = warnings_of_start(caplog, share / "data")
    assert f"is on a network file system ({kind})" in warning
    assert "PostgreSQL" in warning


@pytest.mark.parametrize(
    "kind", ["ext4", "btrfs", "zfs", "overlay", "tmpfs", "fuse.mergerfs", "xfs"]
)
def test_database_on_a_disk_of_this_machine_is_not(
    mounts: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str
):
    with mounts.open("a") as file:
        file.write(LINE.format(number=2, place=tmp_path, kind="nfs4"))
        file.write(LINE.format(number=3, place=tmp_path, kind=kind))
        file.write(LINE.format(number=4, place=f"{tmp_path}/da", kind="nfs4"))
    assert warnings_of_start(caplog, tmp_path / "data") == []


def test_library_on_a_network_file_system_is_fine(
    mounts: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    library = tmp_path / "share"
    library.mkdir()
    with mounts.open("a") as file:
        file.write(LINE.format(number=2, place=library, kind="nfs4"))
    assert warnings_of_start(caplog, tmp_path / "data", library_dir=library) == []


def test_database_without_wal_is_warned_about(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    file = tmp_path / "data" / "comics.db"
    file.parent.mkdir()
    url = f"sqlite:///file:{file}?vfs=unix-dotfile&uri=true"
    (warning,) = warnings_of_start(caplog, tmp_path / "data", database_url=url)
    assert f"The database {file} does not work in WAL mode but in “delete”" in warning
