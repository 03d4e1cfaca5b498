"""The lists of the downloads page are read again when a job moves, not when it gets further."""

from __future__ import annotations

from dataclasses import replace

import pytest

from comic_downloads.web.live.job_moves import JobMoves
from tests.web.jobs import a_job, a_job_at_work


@pytest.mark.parametrize("status", ["queued", "preparing", "paused", "ready", "failed"])
def test_job_that_was_not_known_is_new_whatever_it_does(status: str):
    assert JobMoves().note([a_job(id="01A", status=status)])


def test_job_that_gets_further_stays_where_it_is():
    moves, job = JobMoves(), a_job_at_work(id="01A")
    moves.note([job])
    assert not moves.note([replace(job, progress=job.progress + 1)])


def test_job_moves_when_its_status_changes_and_when_it_is_removed():
    moves, job = JobMoves(), a_job(id="01A", status="queued")
    moves.note([job])
    for changed in (
        replace(job, status="preparing"),
        replace(job, status="ready"),
        replace(job, status="ready", deleted=True),
    ):
        assert moves.note([changed])


def test_one_of_several_jobs_is_enough():
    moves, job = JobMoves(), a_job_at_work(id="01A")
    moves.note([job])
    assert moves.note([a_job(id="01B"), job])
