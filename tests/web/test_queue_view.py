"""What the owner's queue page shows of workers, counts and the last hour."""

from __future__ import annotations

from datetime import timedelta

from comic_downloads.usecases.operations.queue import QueueReport, Throughput, WorkerView
from comic_downloads.web.views.queue import queue_view
from tests.web.jobs import NOW


def a_worker(silent_seconds: int, **job: object) -> WorkerView:
    nothing = {
        "job_id": None,
        "job_filename": None,
        "phase": None,
        "progress": None,
        "progressed_at": None,
    }
    times = {
        "started_at": NOW - timedelta(hours=1),
        "heartbeat_at": NOW - timedelta(seconds=silent_seconds),
    }
    return WorkerView(id="01WORKER", host="shelf", pid=42, **{**times, **nothing, **job})


def a_report(**changes: object) -> QueueReport:
    empty = {
        "workers": (),
        "counts": {},
        "oldest_waiting_seconds": None,
        "finished_last_hour": 0,
        "failed_last_hour": 0,
        "throughput": (),
    }
    return QueueReport(**{**empty, **changes})


def test_worker_row_names_host_work_and_heartbeat():
    busy = a_worker(
        2,
        job_id="01JOB",
        job_filename="Harbour 001.cbz",
        phase="converting",
        progress=45,
        progressed_at=NOW - timedelta(minutes=3),
    )
    silent = a_worker(17)

    rows = queue_view(a_report(workers=(busy, silent)), NOW).workers

    assert [(row.name, row.work, row.percent, row.is_busy) for row in rows] == [
        ("shelf · 42", "Harbour 001.cbz", 45, True),
        ("shelf · 42", "Idle", 0, False),
    ]
    assert [row.heard.replace("\N{NO-BREAK SPACE}", " ") for row in rows] == [
        "last seen just now",
        "silent for 17 s",
    ]
    assert [row.last_progress.replace("\N{NO-BREAK SPACE}", " ") for row in rows] == [
        "last progress 3 min ago",
        "",
    ]


def test_figures_count_by_status_and_name_the_longest_wait():
    view = queue_view(
        a_report(counts={"queued": 1200, "failed": 3}, oldest_waiting_seconds=90), NOW
    )

    figures = {
        figure.label: figure.value.replace("\N{NO-BREAK SPACE}", " ") for figure in view.figures
    }

    assert (figures["Waiting"], figures["Failed"], figures["Ready"]) == ("1,200", "3", "0")
    assert figures["Longest wait"] == "2 min"


def test_figures_say_what_finished_files_take_and_what_is_free():
    view = queue_view(a_report(stored_bytes=1_200_000, free_bytes=34_000_000_000), NOW)
    figures = {one.label: one.value.replace("\N{NO-BREAK SPACE}", " ") for one in view.figures}
    assert (figures["Finished files"], figures["Free space"]) == ("1.2 MB", "34.0 GB")


def test_plot_is_scaled_to_its_tallest_bar_and_tells_failures_apart():
    points = (
        Throughput(NOW - timedelta(minutes=10), 6, 2),
        Throughput(NOW - timedelta(minutes=5), 4, 0),
    )

    view = queue_view(a_report(throughput=points, finished_last_hour=10, failed_last_hour=2), NOW)

    assert [(bar.finished_height, bar.failed_height) for bar in view.bars] == [(75, 25), (50, 0)]
    assert view.bars[0].label.endswith("6 created, 2 failed")
    assert view.last_hour.endswith("2 failed")


def test_quiet_queue_has_no_waits_and_flat_bars():
    view = queue_view(a_report(throughput=(Throughput(NOW, 0, 0),)), NOW)

    assert {one.label: one.value for one in view.figures}["Longest wait"] == "none"
    assert (view.bars[0].finished_height, view.bars[0].failed_height) == (0, 0)
