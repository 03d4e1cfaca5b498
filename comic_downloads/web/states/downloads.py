"""The downloads page: finished downloads and what can be done with them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

import reflex as rx

from ...domain.job import FINISHED, JobStatus
from ...usecases.context import Context
from ...usecases.delivery.links import make_link
from ...usecases.downloads import control
from ...usecases.downloads.snapshots import list_single_downloads, ready_count, ready_ids
from .. import wording
from ..asked import save_each, save_job
from ..browser_events import toast
from ..context import current_context
from ..session.auth import Next, call, copy_link, copy_text, signed_in, visitor
from ..session.callers import server_only
from ..session.load_errors import reports_load_error
from ..views.downloads import DownloadRow, download_rows
from .checksum import sha256_copied
from .groups import GroupsState, read_groups
from .tray import TrayState, read_tray

TABS = ("active", "completed")
PAGE_SIZE = 50
FAILED_LIMIT = 200
_COMPLETED = sorted(FINISHED - {JobStatus.FAILED})


@dataclass(frozen=True)
class FinishedDownloads:
    """All failed downloads, and the newest completed ones with their total."""

    failed: list[DownloadRow]
    completed: list[DownloadRow]
    completed_total: int
    ready_count: int


def read_downloads(context: Context, user_id: str, limit: int) -> FinishedDownloads:
    """Return the finished downloads of an account, at most ``limit`` completed ones."""
    now = context.clock()
    failed, _ = list_single_downloads(context, user_id, [JobStatus.FAILED], limit=FAILED_LIMIT)
    completed, total = list_single_downloads(context, user_id, _COMPLETED, limit=limit)
    return FinishedDownloads(
        download_rows(failed, now),
        download_rows(completed, now),
        total,
        ready_count(context, user_id),
    )


class DownloadsState(rx.State):
    """The finished downloads, and the download that an open dialog is about."""

    tab: str = "active"
    loaded: bool = False
    failed: rx.Field[list[DownloadRow]] = rx.field(default_factory=list)
    completed: rx.Field[list[DownloadRow]] = rx.field(default_factory=list)
    completed_total: int = 0
    # The ready files, also those of groups.
    ready_count: int = 0
    shown_limit: int = PAGE_SIZE
    asked_id: str = ""
    asked_name: str = ""
    cleanup_asked: bool = False
    continued_id: str = ""
    continued_name: str = ""

    @rx.event
    @reports_load_error
    async def load(self) -> None:
        """Read the downloads and close all dialogs."""
        account = await visitor(self)
        if account is not None:
            self.asked_id, self.cleanup_asked, self.continued_id = "", False, ""
            (await self.get_state(GroupsState)).asked_id = ""
            await self._refresh(account.id)

    @server_only
    def show(self, ended: FinishedDownloads) -> None:
        """Take over what has changed; equal lists are not sent again."""
        if self.failed != ended.failed:
            self.failed = ended.failed
        if self.completed != ended.completed:
            self.completed = ended.completed
        if self.completed_total != ended.completed_total:
            self.completed_total = ended.completed_total
        if self.ready_count != ended.ready_count:
            self.ready_count = ended.ready_count
        self.loaded = True

    async def _refresh(self, user_id: str) -> None:
        self.show(await call(read_downloads, user_id, self.shown_limit))
        groups = await self.get_state(GroupsState)
        groups.show(await call(read_groups, user_id, tuple(groups.open_ids)))
        tray = await self.get_state(TrayState)
        tray.show(await call(read_tray, user_id))

    async def _shown(self, job_id: str) -> DownloadRow | None:
        """Return the download if it is in one of the page's lists."""
        tray = await self.get_state(TrayState)
        groups = await self.get_state(GroupsState)
        members = (row.members for row in (*groups.active, *groups.completed))
        lists = (
            *(self.failed, self.completed, tray.working, tray.waiting, tray.recent, tray.ended),
            *members,
        )
        return next((row for row in chain(*lists) if row.id == job_id), None)

    @rx.event
    def choose_tab(self, tab: str) -> None:
        """Show the active or the completed downloads."""
        if tab in TABS:
            self.tab = tab

    @rx.event
    async def show_more(self) -> None:
        """Show one more batch of completed downloads."""
        account = await signed_in(self)
        self.shown_limit = min(self.shown_limit, self.completed_total) + PAGE_SIZE
        await self._refresh(account.id)

    @rx.event
    async def retry(self, job_id: str) -> Next:
        """Prepare a download again, show the active ones, and save it when it is ready."""
        account = await signed_in(self)
        job = await call(control.retry_download, account.id, job_id)
        self.tab = "active"
        await self._refresh(account.id)
        return save_job(job)

    @rx.event
    async def skip_damaged(self, job_id: str) -> None:
        """Retry a download and leave out the damaged pages."""
        account = await signed_in(self)
        await call(control.retry_download, account.id, job_id, skip_damaged=True)
        await self._refresh(account.id)

    @rx.event
    async def retry_failed(self) -> None:
        """Retry all failed downloads."""
        account = await signed_in(self)
        await call(control.retry_failed, account.id)
        await self._refresh(account.id)

    @rx.event
    async def save_all_ready(self) -> Next:
        """Let this tab save all ready files one after the other."""
        account = await signed_in(self)
        return save_each(await call(ready_ids, account.id))

    @rx.event
    async def ask_removal(self, job_id: str) -> None:
        """Ask for confirmation before removing a download of the page."""
        if shown := await self._shown(job_id):
            self.asked_id, self.asked_name = shown.id, shown.filename

    @rx.event
    def answer_no(self) -> None:
        """Close the question and remove nothing."""
        self.asked_id, self.cleanup_asked = "", False

    @rx.event
    def ask_cleanup(self) -> None:
        """Ask for confirmation before removing all finished downloads."""
        self.cleanup_asked = True

    @rx.event
    async def clean_up(self) -> Next:
        """Remove all finished downloads."""
        account = await signed_in(self)
        self.cleanup_asked = False
        freed = await call(control.cleanup_finished, account.id)
        await self._refresh(account.id)
        return toast(
            "success",
            f"{wording.count(freed.deleted, 'download')} removed, "
            f"{wording.size(freed.freed_bytes)} freed",
        )

    @rx.event
    async def remove(self) -> None:
        """Remove the download that was confirmed."""
        account = await signed_in(self)
        job_id, self.asked_id = self.asked_id, ""
        await call(control.remove_download, account.id, job_id)
        await self._refresh(account.id)

    @rx.event
    async def copy_link(self, job_id: str) -> Next:
        """Copy a new link to the file."""
        return await self._copy(job_id)

    @rx.event
    async def copy_sha256(self, job_id: str) -> Next:
        """Copy the SHA-256 of a file of the page."""
        shown = await self._shown(job_id)
        if shown and shown.sha256:
            return copy_text(shown.sha256, DownloadsState.tell_sha256_copied)

    @rx.event
    def tell_sha256_copied(self, copied: bool) -> Next:
        """Show whether the browser copied the SHA-256."""
        return sha256_copied(copied=copied)

    async def _copy(self, job_id: str) -> Next:
        """Copy a new link, which is stored nowhere."""
        account = await signed_in(self)
        link = await call(make_link, account.id, job_id)
        lifetime = wording.duration(current_context().settings.link_ttl_seconds)
        return copy_link(link.url, DownloadsState.tell_copied(lifetime))

    @rx.event
    async def ask_how_to_continue(self, job_id: str) -> None:
        """Open the dialog about an interrupted transfer of a download of the page."""
        if shown := await self._shown(job_id):
            self.continued_id, self.continued_name = shown.id, shown.filename

    @rx.event
    def close_how_to_continue(self, is_open: bool) -> None:
        """Close the dialog about an interrupted transfer."""
        if not is_open:
            self.continued_id = ""

    @rx.event
    async def copy_fresh_link(self) -> Next:
        """Copy a new link to the file of the interrupted transfer."""
        return await self._copy(self.continued_id)

    @rx.event
    def tell_copied(self, lifetime: str, copied: bool) -> Next:
        """Show whether the browser copied the link."""
        if copied:
            return toast(
                "success", "Link copied.", f"It works for {lifetime}, for anyone who has it."
            )
        return toast("error", "The browser blocked copying.", "Use the Download button instead.")
