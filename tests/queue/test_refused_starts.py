"""A start that cannot succeed ends with one sentence and no trace, in web and worker alike."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.queue.world import ROOT, World
from tests.small_disk import SmallDisk
from tests.waiting import free_port

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount and change users")
NOBODY = 65534


def web() -> list[str]:
    reflex = str(Path(sys.executable).parent / "reflex")
    return [reflex, "run", "--env", "prod", "--backend-only", "--backend-port", str(free_port())]


def worker() -> list[str]:
    return [sys.executable, "-m", "comic_downloads.worker"]


@pytest.fixture(params=[web, worker])
def program(request: pytest.FixtureRequest) -> list[str]:
    return request.param()


def refusal(world: World, program: list[str], **variables: str) -> str:
    """Run the program, which has to end by itself, and return the last paragraph it printed."""
    world.context.db.dispose()
    ended = subprocess.run(
        program,
        cwd=ROOT,
        env={**os.environ, **world.environment, **variables},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode != 0
    assert "Traceback" not in ended.stdout + ended.stderr
    return ended.stderr.strip()


def test_a_newer_database_is_left_alone(new_world: Callable[..., World], program: list[str]):
    world = new_world()
    with closing(sqlite3.connect(world.settings.database_file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    said = refusal(world, program)

    assert f"The database {world.settings.database_file} was written by a newer version" in said
    assert "restore a backup" in said
    with closing(sqlite3.connect(world.settings.database_file)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)


def test_a_damaged_database_is_not_used(new_world: Callable[..., World], program: list[str]):
    world = new_world()
    for number in range(200):
        world.add_user(f"user {number}")
    world.context.db.dispose()
    noise = random.Random(1).randbytes(40_000)
    with world.settings.database_file.open("r+b") as file:
        file.seek(8192)
        file.write(noise)

    said = refusal(world, program)

    assert f"The database {world.settings.database_file} is damaged" in said
    assert "Restore it from a backup" in said


def test_a_data_dir_that_is_a_file_is_named(
    new_world: Callable[..., World], program: list[str], tmp_path: Path
):
    file = tmp_path / "file"
    file.touch()

    said = refusal(new_world(), program, DATA_DIR=str(file))

    assert f"DATA_DIR {file} is a file" in said
    assert f"uid {os.geteuid()}" in said


def test_a_library_that_never_was_there_is_named(
    new_world: Callable[..., World], program: list[str], tmp_path: Path
):
    said = refusal(new_world(), program, LIBRARY_DIR=str(tmp_path / "mistyped"))
    assert f"LIBRARY_DIR {tmp_path / 'mistyped'} is not a folder" in said


def test_wrong_settings_are_named(new_world: Callable[..., World], program: list[str]):
    said = refusal(new_world(), program, LEASE_SECONDS="soon")
    assert said.startswith("These settings cannot be used:")
    assert "LEASE_SECONDS" in said
    assert "“soon”" in said


@root_only
def test_a_read_only_data_dir_is_named(
    new_world: Callable[..., World], program: list[str], tmp_path: Path
):
    disk = SmallDisk(tmp_path / "disk", 4)
    subprocess.run(["mount", "-o", "remount,ro", disk.folder], check=True)
    try:
        said = refusal(new_world(), program, DATA_DIR=str(disk.folder))
    finally:
        disk.unmount()
    assert f"DATA_DIR {disk.folder}" in said
    assert "ead-only file system" in said
    assert "user root (uid 0)" in said


@pytest.fixture
def as_an_ordinary_user() -> list[str]:
    """Return the command that runs a program without root's right to read and write everything."""
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is missing")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


@root_only
def test_a_data_dir_of_another_user_is_named(
    new_world: Callable[..., World],
    program: list[str],
    tmp_path: Path,
    as_an_ordinary_user: list[str],
):
    folder = tmp_path / "theirs"
    folder.mkdir(mode=0o755)
    os.chown(folder, NOBODY, NOBODY)

    said = refusal(new_world(), [*as_an_ordinary_user, *program], DATA_DIR=str(folder))

    assert f"DATA_DIR {folder}" in said
    assert "user root (uid 0)" in said
    assert "set DATA_DIR to another folder" in said


@root_only
def test_a_database_of_another_user_is_named(
    new_world: Callable[..., World], program: list[str], as_an_ordinary_user: list[str]
):
    world = new_world()
    world.settings.database_file.chmod(0o600)
    os.chown(world.settings.database_file, NOBODY, NOBODY)

    said = refusal(world, [*as_an_ordinary_user, *program])

    assert (
        f"{world.settings.database_file} in DATA_DIR belongs to user nobody (uid {NOBODY})" in said
    )
    assert "user root (uid 0) cannot write to it" in said
    assert "chown -R 0" in said


@root_only
@pytest.mark.parametrize("program", [web], ids=["web"])
def test_a_web_folder_of_another_user_is_named(
    new_world: Callable[..., World],
    program: Callable[[], list[str]],
    tmp_path: Path,
    as_an_ordinary_user: list[str],
):
    folder = tmp_path / "pages"
    folder.mkdir(mode=0o755)
    os.chown(folder, NOBODY, NOBODY)

    said = refusal(new_world(), [*as_an_ordinary_user, *program()], REFLEX_WEB_WORKDIR=str(folder))

    assert f"The pages have to be built in {folder}" in said
    assert f"cannot write to {folder}, which belongs to user nobody (uid {NOBODY})" in said
    assert "REFLEX_WEB_WORKDIR" in said
