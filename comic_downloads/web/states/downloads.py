"""The downloads page: its four lists, and what can be done with one download."""

from __future__ import annotations

from itertools import chain

import reflex as rx

from ...usecases.delivery import keeping
from ...usecases.delivery.links import make_link
from ...usecases.downloads import control
from ...usecases.downloads.sections import SORTS, Section, SectionCounts, SectionRequest
from .. import wording
from ..browser_events import toast
from ..context import current_context
from ..session.auth import Next, call, copy_link, copy_text, signed_in, visitor
from ..session.callers import server_only
from ..session.load_errors import reports_load_error
from ..views.downloads import DownloadRow
from ..views.storage import StorageBar
from .asked import save_job
from .checksum import sha256_copied
from .choosing import ChosenDownloads
from .groups import GroupsState
from .section import DownloadsView, read_section
from .tray import TrayState, read_tray

PAGE_SIZE = 100
MAX_SHOWN = 2000
# The order of each list until another one is chosen.
USUAL = "usual"


class DownloadsState(ChosenDownloads, rx.State):
    """The list that is shown, and the download that an open dialog is about."""

    section: str = Section.PROGRESS.value
    query: str = ""
    sort: str = USUAL
    loaded: bool = False
    rows: rx.Field[list[DownloadRow]] = rx.field(default_factory=list)
    total: int = 0
    counts: SectionCounts = SectionCounts()
    # The ready files, also those of groups.
    ready_count: int = 0
    storage: StorageBar = StorageBar()
    shown_limit: int = PAGE_SIZE
    asked_id: str = ""
    asked_name: str = ""
    cleanup_asked: bool = False
    continued_id: str = ""
    continued_name: str = ""

    @rx.event
    @reports_load_error
    async def load(self) -> None:
        """Read the downloads, close all dialogs, and show the list that the address names.

        Without one, begin with the list that has something.
        """
        account = await visitor(self)
        if account is not None:
            self.asked_id, self.cleanup_asked, self.continued_id = "", False, ""
            (await self.get_state(GroupsState)).asked_id = ""
            named = self.router.url.query_parameters.get("section", "")
            first = not self.loaded and named not in list(Section)
            if named in list(Section):
                self._turn_to(Section(named))
            await self._refresh(account.id)
            if first and not self.counts.progress and self.counts.ready:
                self._turn_to(Section.READY)
                await self._refresh(account.id)

    @server_only
    def request(self) -> SectionRequest:
        """Return what is listed."""
        usual = "next" if self.section == Section.PROGRESS else "newest"
        sort = usual if self.sort == USUAL else self.sort
        return SectionRequest(Section(self.section), self.query, sort, self.shown_limit)

    @server_only
    def show(self, view: DownloadsView) -> None:
        """Take over what has changed; equal values are not sent again."""
        for name in ("rows", "total", "counts", "ready_count", "storage"):
            if getattr(self, name) != getattr(view, name):
                setattr(self, name, getattr(view, name))
        self.keep_selected([*view.groups, *view.rows])
        self.loaded = True

    async def _refresh(self, user_id: str) -> None:
        groups = await self.get_state(GroupsState)
        view = await call(read_section, user_id, self.request(), tuple(groups.open_ids))
        self.show(view)
        groups.show(view.groups)
        tray = await self.get_state(TrayState)
        tray.show(await call(read_tray, user_id))

    async def _shown(self, job_id: str) -> DownloadRow | None:
        """Return the download if it is in one of the page's lists."""
        tray = await self.get_state(TrayState)
        groups = await self.get_state(GroupsState)
        members = (row.members for row in groups.rows)
        lists = (self.rows, tray.working, tray.waiting, tray.recent, *members)
        return next((row for row in chain(*lists) if row.id == job_id), None)

    def _turn_to(self, section: Section) -> None:
        self.section, self.shown_limit, self.selected = section.value, PAGE_SIZE, []

    @rx.event
    async def choose_section(self, section: str) -> None:
        """Show one of the four lists."""
        account = await signed_in(self)
        if section in list(Section):
            self._turn_to(Section(section))
            await self._refresh(account.id)

    @rx.event
    async def search(self, query: str) -> None:
        """Show the downloads whose file names have all these words."""
        account = await signed_in(self)
        self.query, self.shown_limit, self.selected = query, PAGE_SIZE, []
        await self._refresh(account.id)

    @rx.event
    async def choose_sort(self, sort: str) -> None:
        """List in another order."""
        account = await signed_in(self)
        if sort in {USUAL, *SORTS}:
            self.sort = sort
            await self._refresh(account.id)

    @rx.event
    async def show_more(self) -> None:
        """Show more of the list."""
        account = await signed_in(self)
        self.shown_limit = min(min(self.shown_limit, self.total) + 4 * PAGE_SIZE, MAX_SHOWN)
        await self._refresh(account.id)

    @rx.event
    async def retry(self, job_id: str) -> Next:
        """Prepare a download again, show those in progress, and save it when it is ready."""
        account = await signed_in(self)
        job = await call(control.retry_download, account.id, job_id)
        self._turn_to(Section.PROGRESS)
        await self._refresh(account.id)
        return save_job(job)

    @rx.event
    async def skip_damaged(self, job_id: str) -> Next:
        """Retry a download and leave out the damaged pages."""
        account = await signed_in(self)
        job = await call(control.retry_download, account.id, job_id, skip_damaged=True)
        await self._refresh(account.id)
        return save_job(job)

    @rx.event
    async def put_first(self, job_id: str) -> None:
        """Prepare a waiting download before the others of the account."""
        account = await signed_in(self)
        await call(control.put_download_first, account.id, job_id)
        await self._refresh(account.id)

    @rx.event
    async def keep_longer(self, job_id: str) -> None:
        """Keep a file for its full time from now on."""
        account = await signed_in(self)
        await call(keeping.keep_longer, account.id, [job_id])
        await self._refresh(account.id)

    @rx.event
    async def retry_failed(self) -> None:
        """Retry all failed downloads."""
        account = await signed_in(self)
        await call(control.retry_failed, account.id)
        await self._refresh(account.id)

    @rx.event
    async def ask_removal(self, job_id: str) -> None:
        """Ask for confirmation before removing a download of the page."""
        if shown := await self._shown(job_id):
            self.asked_id, self.asked_name = shown.id, shown.filename

    @rx.event
    def answer_no(self) -> None:
        """Close the question and remove nothing."""
        self.asked_id, self.cleanup_asked, self.removal_asked = "", False, False

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
