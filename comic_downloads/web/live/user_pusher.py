"""Push changes to the open tabs they concern.

This one lifespan task is behind all live progress on the pages of signed-in users.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta

import reflex as rx
from reflex_base.event import Event
from reflex_components_sonner.toast import ToastAction

from ...domain.group import GroupOwner
from ...domain.job import UNFINISHED, JobStatus
from ...usecases.downloads.group_snapshots import GroupWithJobs, get_group, groups_of_jobs
from ...usecases.downloads.snapshots import JobSnapshot
from ...usecases.operations.health import worker_alive
from .. import routes, wording
from ..browser_events import dismiss_toast, redirect, toast
from ..context import current_context
from ..session.auth import call, save_file
from ..session.open_tabs import Tab, open_tabs
from ..states.asked import tell_ready
from ..states.downloads import DownloadsState
from ..states.groups import GroupsState
from ..states.picker import PickerState
from ..states.queue import QueueState, read_jobs, read_queue
from ..states.quick_download import QuickDownloadState
from ..states.section import read_section
from ..states.tray import TrayState, read_tray
from ..views.downloads import choice, title
from ..views.each import each_shown
from .group_toasts import group_spoken, group_toast, is_news
from .job_moves import JobMoves
from .picker_pusher import PickerPusher
from .push_loop import every_round
from .scan_pusher import ScanPusher
from .tab_sessions import TabSessions, send

QUEUE_PAGE_SECONDS = 1.0
# How often places in the queue are refreshed for users whose own jobs do not change.
QUEUE_SECONDS = 2.0
WORKER_SECONDS = 5.0
# A list of hundreds is read and sent as a whole. What is at work is shown more often.
LISTS_SECONDS = 0.5
NEWS_AGE = timedelta(minutes=1)
ANNOUNCED_LIMIT = 1000
SHOW_AGAIN_SECONDS = 1.0

log = logging.getLogger(__name__)


class Pusher:
    """Push for the life of the web process. Every method belongs to the event loop's thread."""

    def __init__(self, app: rx.App, monotonic: Callable[[], float]) -> None:
        self._app = app
        self._monotonic = monotonic
        self._sessions = TabSessions(app, monotonic)
        self._announced: dict[tuple[str, str, object], None] = {}
        self._group_ends: dict[str, tuple[str, str, object]] = {}
        self._unshown: dict[str, dict[str, JobSnapshot]] = {}
        self._show_again_at = 0.0
        self._queue_shown_at = 0.0
        self._queue_page_shown_at = 0.0
        self._worker_looked_at = 0.0
        self._moves = JobMoves()
        self._outdated_lists: set[str] = set()
        self._lists_shown_at = 0.0
        self._worker_missing: bool | None = None
        self._scan = ScanPusher(app, self._sessions, monotonic)
        self._picker = PickerPusher(app, monotonic)

    async def run(self) -> None:
        """Push until cancelled."""
        await every_round(self._round)

    async def _round(self, jobs: Sequence[JobSnapshot]) -> None:
        self._forget_closed_tabs()
        if not open_tabs.all():
            return
        self._sessions.begin_round()
        await self._sessions.end_unused()
        # The downloads of guests appear in nobody's tray.
        own = [job for job in jobs if job.share_id is None]
        await self._show_changes(own)
        await self._show_lists()
        now = self._monotonic()
        if now - self._queue_shown_at >= QUEUE_SECONDS:
            self._queue_shown_at = now
            await self._show_queue({job.user_id for job in own})
        if now - self._worker_looked_at >= WORKER_SECONDS:
            self._worker_looked_at = now
            await self._show_worker()
        await self._scan.show()
        await self._picker.show()
        await self._show_queue_page()

    def _forget_closed_tabs(self) -> None:
        namespace = self._app.event_namespace
        open_tabs.keep(set(namespace.token_to_sid) if namespace else set())

    async def _show_changes(self, jobs: Sequence[JobSnapshot]) -> None:
        """Show every user's changes.

        Changes that cannot be shown, for example while Redis is away, are kept for another try.
        """
        for job in jobs:
            self._unshown.setdefault(job.user_id, {})[job.id] = job
        if self._monotonic() < self._show_again_at:
            return
        for user_id, changed in list(self._unshown.items()):
            if user_id in open_tabs.users():
                try:
                    await self._show_jobs(user_id, list(changed.values()))
                # One user's broken tab must not hold up the others.
                except Exception:
                    log.exception("Changes could not be shown and are tried again")
                    self._show_again_at = self._monotonic() + SHOW_AGAIN_SECONDS
                    continue
            del self._unshown[user_id]

    async def _show_jobs(self, user_id: str, jobs: list[JobSnapshot]) -> None:
        tabs = await self._sessions.signed_in(open_tabs.of_user(user_id))
        if not tabs:
            return
        tray = await call(read_tray, user_id)
        group_ids = {job.group_id for job in jobs if job.group_id is not None}
        news = [job for job in jobs if job.group_id is None and self._is_news(job)]
        group_news = await self._group_news(user_id, group_ids)
        outdated = self._take_back(jobs)
        if self._moves.note(jobs) or group_ids:
            self._outdated_lists |= {
                tab.client_token for tab in tabs if tab.path == routes.DOWNLOADS
            }
        spoken = each_shown("announcement", news, _spoken)
        announcement = ". ".join([*spoken, *each_shown("announcement", group_news, group_spoken)])
        ready = [tell_ready("job", job.id) for job in news if job.status == JobStatus.READY]
        ready += [tell_ready("group", found.group.id) for found in group_news]
        ended = {job.id: job.status for job in jobs if job.status not in UNFINISHED}
        ended |= {found.group.id: found.group.status for found in group_news}
        ended_ids = {job.id for job in news} | {found.group.id for found in group_news}
        toasts = [*each_shown("toast", news, _toast), *each_shown("toast", group_news, group_toast)]
        for tab in tabs:
            async with self._app.modify_state(
                rx.BaseStateToken(ident=tab.client_token, cls=TrayState)
            ) as state:
                frame = await state.get_state(TrayState)
                frame.show(tray)
                asked_id = frame.asked_id
                if frame.follows_cards():
                    (await state.get_state(QuickDownloadState)).show(tray, ended)
                if announcement:
                    frame.announcement = announcement
            # The downloads page shows it already, and has buttons where toasts would be.
            for shown in toasts if tab.path != routes.DOWNLOADS else ():
                await send(self._app, tab, shown)
            for told in ready:
                await send(self._app, tab, told)
            if asked_id in ended_ids:
                await self._app.event_processor.enqueue_many(
                    tab.client_token, *Event.from_event_type(PickerState.estimate_now())
                )
            for job_id in outdated:
                await send(self._app, tab, dismiss_toast(_toast_id(job_id)))
        self._note_announced(news)

    async def _group_news(self, user_id: str, group_ids: Collection[str]) -> list[GroupWithJobs]:
        """Return those of the groups that have just ended, and forget others that had."""
        if not group_ids:
            return []
        news: list[GroupWithJobs] = []
        for group in await call(groups_of_jobs, group_ids):
            ended = (group.id, group.status, group.finished_at)
            if not group.has_ended:
                self._group_ends.pop(group.id, None)
            elif self._group_ends.get(group.id) != ended and is_news(
                group, current_context().clock() - NEWS_AGE
            ):
                self._group_ends[group.id] = ended
                news.append(await call(get_group, GroupOwner(user_id), group.id))
        for group_id in list(self._group_ends)[: max(len(self._group_ends) - ANNOUNCED_LIMIT, 0)]:
            del self._group_ends[group_id]
        return news

    async def _show_lists(self) -> None:
        """Show the lists of the downloads page that have changed, twice a second at most."""
        now = self._monotonic()
        if not self._outdated_lists or now - self._lists_shown_at < LISTS_SECONDS:
            return
        self._lists_shown_at = now
        tabs = [tab for tab in open_tabs.all() if tab.client_token in self._outdated_lists]
        self._outdated_lists.clear()
        for tab in await self._sessions.signed_in(tabs):
            try:
                await self._show_list(tab)
            # One broken tab must not hold up the others.
            except Exception:
                log.exception("A list of downloads could not be shown and is tried again")
                self._outdated_lists.add(tab.client_token)

    async def _show_list(self, tab: Tab) -> None:
        token = rx.BaseStateToken(ident=tab.client_token, cls=DownloadsState)
        async with self._app.modify_state(token) as state:
            wanted = (await state.get_state(DownloadsState)).request()
            open_ids = tuple((await state.get_state(GroupsState)).open_ids)
        view = await call(read_section, tab.user_id, wanted, open_ids)
        async with self._app.modify_state(token) as state:
            downloads = await state.get_state(DownloadsState)
            groups = await state.get_state(GroupsState)
            # What is listed may have been chosen anew meanwhile; it is then read by that.
            if downloads.request() == wanted and tuple(groups.open_ids) == open_ids:
                downloads.show(view)
                groups.show(view.groups)

    async def _show_queue(self, just_shown: set[str]) -> None:
        for user_id in open_tabs.users() - just_shown:
            tray = await call(read_tray, user_id)
            if not tray.count:
                continue
            for tab in await self._sessions.signed_in(open_tabs.of_user(user_id)):
                async with self._app.modify_state(
                    rx.BaseStateToken(ident=tab.client_token, cls=TrayState)
                ) as state:
                    (await state.get_state(TrayState)).show(tray)

    async def _show_worker(self) -> None:
        missing = not await call(worker_alive)
        if missing == self._worker_missing:
            return
        self._worker_missing = missing
        for tab in await self._sessions.signed_in(open_tabs.all()):
            async with self._app.modify_state(
                rx.BaseStateToken(ident=tab.client_token, cls=TrayState)
            ) as state:
                (await state.get_state(TrayState)).worker_missing = missing

    async def _show_queue_page(self) -> None:
        if self._monotonic() - self._queue_page_shown_at < QUEUE_PAGE_SECONDS:
            return
        self._queue_page_shown_at = self._monotonic()
        tabs = await self._sessions.of_owner(open_tabs.at(routes.QUEUE))
        if not tabs:
            return
        view = await call(read_queue)
        for tab in tabs:
            token = rx.BaseStateToken(ident=tab.client_token, cls=QueueState)
            async with self._app.modify_state(token) as state:
                query = (await state.get_state(QueueState)).query
            owner = await self._sessions.account_of(tab)
            jobs = await call(read_jobs, owner, query) if owner and owner.is_owner else None
            async with self._app.modify_state(token) as state:
                queue = await state.get_state(QueueState)
                queue.show(view)
                if jobs is not None and queue.query == query:
                    queue.show_jobs(jobs)

    def _is_news(self, job: JobSnapshot) -> bool:
        """Return True until it was shown that the job has just ended, well or badly."""
        if (
            job.deleted
            or job.status not in {JobStatus.READY, JobStatus.FAILED}
            or job.finished_at is None
        ):
            return False
        if current_context().clock() - job.finished_at > NEWS_AGE:
            return False
        return (job.id, job.status, job.finished_at) not in self._announced

    def _take_back(self, jobs: Sequence[JobSnapshot]) -> set[str]:
        """Return the jobs whose announced end no longer holds, and forget the announcements.

        They are being tried again, or were removed.
        """
        gone_on = {
            job.id
            for job in jobs
            if job.deleted or job.status not in {JobStatus.READY, JobStatus.FAILED}
        }
        outdated = [announced for announced in self._announced if announced[0] in gone_on]
        for announced in outdated:
            del self._announced[announced]
        return {job_id for job_id, _, _ in outdated}

    def _note_announced(self, news: Sequence[JobSnapshot]) -> None:
        self._announced.update(((job.id, job.status, job.finished_at), None) for job in news)
        for key in list(self._announced)[: max(len(self._announced) - ANNOUNCED_LIMIT, 0)]:
            del self._announced[key]


def _spoken(job: JobSnapshot) -> str:
    return f"{title(job)} is ready" if job.status == JobStatus.READY else f"{title(job)} failed"


def _toast_id(job_id: str) -> str:
    return f"ended-{job_id}"


def _toast(job: JobSnapshot) -> rx.event.EventSpec:
    if job.status == JobStatus.READY:
        return toast(
            "success",
            f"{title(job)} is ready",
            wording.facts(job.filename, choice(job)),
            id=_toast_id(job.id),
            action=ToastAction("Download", save_file(routes.download_file(job.id))),
            duration=12_000,
            close_button=True,
        )
    return toast(
        "error",
        f"{title(job)} failed",
        job.error.message if job.error else "",
        id=_toast_id(job.id),
        action=ToastAction("Show", redirect(routes.DOWNLOADS)),
        duration=20_000,
        close_button=True,
    )
