"""A short run of ``python -m benchmarks.chaos``: kills lose, damage and leave behind nothing."""

from __future__ import annotations

from pathlib import Path

from benchmarks.chaos.__main__ import run

JOBS, KILLS = 8, 3


def test_nothing_is_lost_while_processes_are_killed(tmp_path: Path):
    verdict, acts = run("postgres+redis+s3", seed=3, jobs=JOBS, kills=KILLS, folder=tmp_path)

    assert (verdict.lost, verdict.damaged, verdict.left_behind) == ([], [], [])
    assert verdict.ended_right == JOBS
    assert acts.done.total() == KILLS
    assert verdict.files_opened > 0
    assert verdict.converted_twice == 0
