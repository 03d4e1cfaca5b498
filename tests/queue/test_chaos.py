"""A short run of ``python -m benchmarks.chaos``: with a few kills nothing is lost, damaged or left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.chaos.__main__ import run
from benchmarks.chaos.site import BACKENDS

JOBS, KILLS = 10, 4


@pytest.mark.parametrize("backend", BACKENDS)
def test_nothing_is_lost_while_processes_are_killed(backend: str, tmp_path: Path):
    verdict, site = run(backend, seed=3, jobs=JOBS, kills=KILLS, folder=tmp_path)

    assert (verdict.lost, verdict.damaged, verdict.left_behind) == ([], [], [])
    assert verdict.ended_right == JOBS
    assert site.kills.total() == KILLS
    assert verdict.files_opened > 0
    assert verdict.converted_twice == 0
