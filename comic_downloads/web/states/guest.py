"""The page of a share, for guests: what is shared, and the downloads they asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import reflex as rx

from ...domain.errors import LinkExpired, LinkInvalid, PasswordRequired, Refusal, ShareUsedUp
from ...domain.job import JobStatus
from ...domain.share import refuse_used_up
from ...usecases.context import Context
from ...usecases.guest_access import Guest
from ...usecases.guest_download import guest_downloads, guest_status
from ...usecases.guest_share import open_share
from ..guest_views import GuestComic, GuestPage, GuestRow, guest_page
from ..routes import on_backend, share_token
from .asking import Next, call, cookies, save_file
from .guest_tabs import GuestTab, open_guest_tabs
from .trouble import TroubleState, tells_trouble

_PHASES = {PasswordRequired: "locked", LinkInvalid: "gone", LinkExpired: "expired", ShareUsedUp: "used_up"}
CLOSED = tuple(_PHASES)  # why a guest may not see the page


@dataclass(frozen=True)
class Reading:
    """What a guest may see, and who they are to us."""

    guest: Guest
    page: GuestPage


def read_page(context: Context, token: str, known: Mapping[str, str]) -> Reading:
    """What a guest with these cookies may see. Raises what ``open_share`` does, ShareUsedUp."""
    share = open_share(context, token, known)
    refuse_used_up(share.guest.share.max_downloads, share.guest.share.downloads_done)
    return Reading(share.guest, guest_page(share, guest_downloads(context, token, known)))


def credentials(state: rx.State) -> tuple[str, dict[str, str]]:
    """What the tab is admitted with: the token of its own address, and its cookies."""
    return share_token(state.router.url.path), cookies(state)


class GuestState(rx.State):
    """``phase`` is loading, locked, cookieless, open, or how the share ended: gone, expired, used_up."""

    phase: str = "loading"
    words: str = ""
    password_problem: str = ""
    entering: bool = False
    title: str = ""
    until: str = ""
    left_label: str = ""
    comics: rx.Field[list[GuestComic]] = rx.field(default_factory=list)
    formats: rx.Field[list[str]] = rx.field(default_factory=list)
    rows: rx.Field[list[GuestRow]] = rx.field(default_factory=list)
    announcement: str = ""

    @rx.var
    def name(self) -> str:
        """What the page is called, with the progress of what is at work."""
        progress = next((row.percent_label for row in self.rows if row.percent_label), "")
        return progress or self.title or "Shared comics"

    @rx.var
    def there_count(self) -> int:
        """How many of the comics can be picked."""
        return sum(comic.is_there for comic in self.comics)

    @rx.event
    @tells_trouble
    async def load(self) -> None:
        (await self.get_state(TroubleState)).words = ""
        await self.read()

    async def read(self) -> bool:
        """Admits the guest anew and shows what there is; False if they may not see it."""
        token, known = credentials(self)
        client_token = self.router.session.client_token
        try:
            reading = await call(read_page, token, known)
        except CLOSED as refusal:
            open_guest_tabs.leave(client_token)
            self.show_closed(refusal)
            return False
        if reading.guest.new_cookie is not None:  # without one, each look at the page would be another guest's
            self.phase = "cookieless"
            return False
        guest = reading.guest
        open_guest_tabs.join(GuestTab(client_token, guest.share.id, guest.id, token, known))
        self.show(reading.page)
        return True

    def show(self, page: GuestPage) -> None:
        """Takes over what changed; what is equal is not sent again."""
        news = _news(self.rows, page.rows)
        for name, value in vars(page).items():
            if getattr(self, name) != value:
                setattr(self, name, value)
        self.phase, self.words = "open", ""
        if news:
            self.announcement = news

    def show_closed(self, refusal: Refusal) -> None:
        """Says why there is nothing to see, and forgets what there was."""
        self.reset()
        self.phase, self.words = _PHASES[type(refusal)], refusal.detail

    @rx.event
    def start_entering(self) -> None:
        self.entering, self.password_problem = True, ""

    @rx.event
    def tell_refused(self, problem: str) -> None:
        """``problem`` is empty when the browser has the cookie and loads the page anew."""
        self.password_problem = problem
        self.entering = problem == ""

    @rx.event
    async def download(self, job_id: str) -> Next:
        """Makes a link at the click, and keeps it nowhere."""
        if not await self.read():
            return None
        download = await call(guest_status, *credentials(self), job_id)
        if download.download_url is not None:
            return save_file(on_backend(download.download_url))


def _news(before: list[GuestRow], now: list[GuestRow]) -> str:
    """Which downloads have just ended, as it is said aloud."""
    was_active = {row.id for row in before if row.is_active}
    ended = [row for row in now if row.id in was_active and row.status in {JobStatus.READY, JobStatus.FAILED}]
    return ". ".join(f"{row.filename} {'is ready' if row.is_ready else 'failed'}" for row in ended)
