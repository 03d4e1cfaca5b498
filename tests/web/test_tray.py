"""What the tray's button says of downloads that have ended."""

from __future__ import annotations

from comic_downloads.web.states.tray import TrayState
from comic_downloads.web.views.tray import TrayView, tray_view
from tests.web.jobs import NO_STORAGE, NOW, a_job, a_job_at_work
from tests.web.states import a_tab, run
from tests.web.test_wording import plain


def tray_with(*statuses: str, at_work: int = 0) -> TrayView:
    """Return a tray of downloads that ended with these statuses, and of some active ones."""
    ended = [
        a_job(
            id=f"{number}",
            status=status,
            finished_at=NOW,
            error=NO_STORAGE if status == "failed" else None,
        )
        for number, status in enumerate(statuses)
    ]
    return tray_view(
        [a_job_at_work(id=f"at work {number}") for number in range(at_work)],
        [],
        ended,
        (at_work, 0),
        NOW,
    )


def test_what_failed_is_told_until_the_tray_is_opened_and_again_when_it_fails_again():
    async def test() -> None:
        tray = await a_tab("none").get_state(TrayState)
        tray.show(tray_with("ready", "failed", "failed"))
        assert (tray.failed_count, tray.tray_label) == (
            2,
            "Recent downloads, 2 failed",
        )
        tray.see_failures(True)
        assert (tray.failed_count, tray.tray_label) == (0, "Recent downloads")
        tray.show(tray_with("ready", "failed", "failed", "failed"))
        assert tray.failed_count == 1
        tray.show(tray_with("ready", at_work=2))
        tray.show(tray_with("ready", "failed", at_work=1))
        assert plain(tray.tray_label) == "1 download active, 45 % done, 1 failed"

    run(test())


def test_only_a_file_to_fetch_is_ticked():
    async def test() -> None:
        tray = await a_tab("none").get_state(TrayState)
        ticked = []
        for statuses in (["ready"], ["failed"], ["cancelled"], ["failed", "ready"]):
            tray.show(tray_with(*statuses))
            ticked.append(tray.has_files)
        assert ticked == [True, False, False, True]

    run(test())
