"""The page of a share, for guests without an account."""

from __future__ import annotations

import reflex as rx
from reflex.vars import ObjectVar

from ...domain.own_file import UNTOUCHED
from ...domain.split import EACH, NO_SPLIT
from .. import routes
from ..browser_events import call_page
from ..components.choices import (
    choice_meaning,
    device_choice,
    format_choice,
    quality_choice,
)
from ..components.cover import cover
from ..components.frame import guests_frame, skip_link
from ..components.guest_group_row import guest_group_row
from ..components.guest_row import guest_row
from ..components.list_states import empty_state, failed_state, loading_rows
from ..components.reader import reader
from ..components.split_choice import split_item
from ..components.times import moment
from ..labels import FORMATS
from ..session.load_errors import LoadErrorState
from ..states.guest_choice import GuestChoiceState
from ..states.guest_reader import GuestReaderState
from ..states.guests import GuestState
from ..views.device_field import DEVICE
from ..views.guests import GuestComic

_PASSWORD_FIELD = "guest-password"
_CHOICES = "choices"
_SHARES = routes.shares_api()
_COVER_HEIGHT = 480
_FORMAT_NAMES = [(str(format), words.name) for format, words in FORMATS.items()]


def guest_page() -> rx.Component:
    """Return the page, which shows the share, its password form or how it ended."""
    return guests_frame(
        rx.el.noscript(rx.el.a("Open the page without scripts", href="?plain")),
        rx.cond(
            LoadErrorState.message != "",
            failed_state(LoadErrorState.message, LoadErrorState.reload),
            rx.match(
                GuestState.phase,
                ("locked", _locked()),
                ("cookieless", _cookieless()),
                ("open", _open()),
                ("gone", _ended("link-2-off", "This link does not work")),
                ("expired", _ended("clock-alert", "This link has expired")),
                ("used_up", _used_up()),
                loading_rows(),
            ),
        ),
        rx.box(
            GuestState.announcement, class_name="visually-hidden", role="status", aria_live="polite"
        ),
    )


def _locked() -> rx.Component:
    return rx.box(
        rx.form(
            rx.heading("Shared comics", as_="h1", size="6"),
            rx.text(
                "Enter the password that you got with the link.",
                color_scheme="gray",
                margin_top="4px",
            ),
            rx.el.label("Password", html_for=_PASSWORD_FIELD, class_name="field-label"),
            rx.input(
                id=_PASSWORD_FIELD,
                type="password",
                auto_complete="off",
                auto_focus=True,
                required=True,
                size="3",
                custom_attrs={"aria-describedby": "guest-problem"},
            ),
            _problem(),
            rx.button("Open", type="submit", size="3", width="100%", loading=GuestState.entering),
            on_submit=_enter(),
        ),
        class_name="sign-in-card sheet guest-unlock",
    )


def _enter() -> list[rx.event.EventSpec | rx.event.EventCallback]:
    """Send the password over HTTP, so that it never passes through the page's state."""
    send = call_page(
        "comicDownloads.enterShare", _SHARES, _PASSWORD_FIELD, then=GuestState.tell_refused
    )
    return [GuestState.start_entering, send]


def _problem() -> rx.Component:
    return rx.box(
        rx.cond(
            GuestState.password_problem != "",
            rx.callout(
                GuestState.password_problem,
                icon="circle-alert",
                color_scheme="red",
                high_contrast=True,
                size="1",
            ),
        ),
        id="guest-problem",
        role="alert",
        margin_y="20px",
    )


def _cookieless() -> rx.Component:
    """Return the message for browsers without the cookie that tells guests apart."""
    return empty_state(
        "cookie",
        "Shared comics",
        "This page needs a cookie, which your browser did not store.",
        _problem(),
        rx.button("Open", on_click=_enter(), loading=GuestState.entering),
        level="h1",
    )


def _ended(icon: str, heading: str) -> rx.Component:
    return empty_state(icon, heading, GuestState.message, level="h1")


def _used_up() -> rx.Component:
    return empty_state(
        "circle-check",
        "Download limit reached",
        GuestState.message,
        rx.text(
            "If you already downloaded it, check your browser's downloads.",
            size="2",
            color_scheme="gray",
        ),
        level="h1",
    )


def _open() -> rx.Component:
    is_one = GuestState.comics.length() == 1
    return rx.fragment(
        rx.el.h1(GuestState.title, class_name="comic-title"),
        rx.text(
            "Shared with you · expires ",
            moment(GuestState.until),
            rx.cond(GuestState.left_label != "", f" · {GuestState.left_label}", ""),
            color_scheme="gray",
            class_name="figures",
            margin_top="8px",
        ),
        rx.box(
            rx.box(rx.cond(is_one, rx.fragment(), _picking()), _covers(is_one), min_width="0"),
            rx.box(
                _choices(),
                _downloads(),
                _plain_addresses(),
                id=_CHOICES,
                tab_index=-1,
                class_name="guest-side",
            ),
            class_name=rx.cond(is_one, "guest guest-one", "guest"),
        ),
        _reader(),
    )


def _picking() -> rx.Component:
    there = GuestState.available_count
    return rx.box(
        skip_link("Skip the covers", _CHOICES),
        rx.text(
            f"{there - GuestChoiceState.deselected.length()} of {there} comics selected",
            size="2",
            weight="medium",
            class_name="figures",
            role="status",
        ),
        rx.spacer(),
        rx.button("All", variant="soft", color_scheme="gray", on_click=GuestChoiceState.pick_all),
        rx.button("None", variant="soft", color_scheme="gray", on_click=GuestChoiceState.pick_none),
        class_name="guest-picking",
    )


def _covers(is_one: rx.Var[bool]) -> rx.Component:
    return rx.el.ul(
        rx.foreach(
            GuestState.comics,
            lambda comic: rx.el.li(
                rx.cond(is_one, _alone(comic), _card(comic)), _read_button(comic), key=comic.id
            ),
        ),
        class_name="grid guest-covers",
        aria_label="Comics",
    )


def _cover(comic: ObjectVar[GuestComic]) -> rx.Component:
    # The token comes from the address of the page, so no state stores it.
    address = f"{_SHARES}/{rx.State.share_token}/cover/{comic.id}?height={_COVER_HEIGHT}"  # pyright: ignore[reportAttributeAccessIssue]
    return cover(rx.cond(comic.is_available, address, ""), comic.title, comic.tint)


def _read_button(comic: ObjectVar[GuestComic]) -> rx.Component:
    return rx.cond(
        GuestState.can_read & comic.is_available,
        rx.button(
            rx.icon("book-open", size=16, aria_hidden="true"),
            "Read",
            # A plain f-string would get a name from Python's hash, another one in each build.
            id=rx.Var.create(f"read-{comic.id}"),
            type="button",
            variant="soft",
            color_scheme="gray",
            margin_top="8px",
            on_click=GuestReaderState.read(comic.id),
            aria_label=f"Read {comic.title}",
        ),
    )


def _reader() -> rx.Component:
    return reader(
        GuestReaderState,
        GuestReaderState.title,
        opener=f"read-{GuestReaderState.comic_id}",
        base=f"{_SHARES}/{rx.State.share_token}",  # pyright: ignore[reportAttributeAccessIssue]
    )


def _facts(comic: ObjectVar[GuestComic]) -> rx.Component:
    return rx.el.p(comic.facts, class_name="card-facts")


def _alone(comic: ObjectVar[GuestComic]) -> rx.Component:
    """Return the only comic of a share, whose title is the title of the page."""
    return rx.fragment(_cover(comic), rx.box(_facts(comic), margin_top="12px"))


def _card(comic: ObjectVar[GuestComic]) -> rx.Component:
    is_picked = comic.is_available & ~GuestChoiceState.deselected.contains(comic.id)
    return rx.el.button(
        rx.cond(
            comic.is_available,
            rx.box(rx.icon("check", size=18), class_name="card-tick", aria_hidden="true"),
        ),
        _cover(comic),
        rx.el.p(comic.title, class_name="card-title"),
        _facts(comic),
        type="button",
        class_name="card card-button",
        on_click=GuestChoiceState.toggle(comic.id),
        disabled=~comic.is_available,
        custom_attrs={"data-selected": is_picked, "aria-pressed": is_picked},
    )


def _format() -> rx.Component:
    return format_choice(
        [
            rx.foreach(
                GuestState.formats,
                lambda name: rx.segmented_control.item(
                    rx.match(name, *_FORMAT_NAMES, name), value=name
                ),
            )
        ],
        GuestChoiceState.format,
        GuestChoiceState.choose_format,
    )


def _choices() -> rx.Component:
    return rx.box(
        rx.cond(GuestChoiceState.quality == UNTOUCHED, rx.fragment(), _format()),
        rx.box(
            quality_choice(
                GuestChoiceState.quality_kind,
                GuestChoiceState.choose_quality,
                [rx.select.item("Made for a device", value=DEVICE)],
            ),
            rx.cond(
                GuestChoiceState.by_device,
                device_choice(
                    GuestChoiceState.device,
                    GuestChoiceState.choose_device,
                    choice_meaning(GuestChoiceState.device_meaning),
                ),
            ),
            margin_top="20px",
        ),
        rx.cond(
            (GuestState.suggested_meaning != "")
            & (GuestState.suggested[0] == GuestChoiceState.format)
            & (GuestState.suggested[1] == GuestChoiceState.quality),
            rx.text(
                f"As the person who shares suggests: {GuestState.suggested_meaning}",
                size="2",
                color_scheme="gray",
                margin_top="12px",
            ),
        ),
        rx.cond(GuestState.available_count > 1, _files()),
        rx.box(
            rx.text(GuestChoiceState.problem, color_scheme="red", size="2"),
            role="alert",
            margin_top="16px",
        ),
        rx.button(
            rx.icon("package", size=18, aria_hidden="true"),
            "Prepare",
            size="3",
            width="100%",
            margin_top="4px",
            on_click=GuestChoiceState.prepare,
            loading=GuestChoiceState.busy,
            disabled=GuestChoiceState.deselected.length() >= GuestState.available_count,
        ),
        class_name="sheet picker",
    )


def _files() -> rx.Component:
    """Return the choice between one file each and one file."""
    return rx.box(
        rx.radio_group.root(
            split_item(EACH, "One file each"),
            split_item(NO_SPLIT, "All in one file"),
            value=GuestChoiceState.split,
            on_change=GuestChoiceState.choose_split,
            aria_label="Files",
        ),
        class_name="split-choice",
        margin_top="12px",
    )


def _plain_addresses() -> rx.Component:
    """Return where the files are for download managers, and the page without scripts."""
    file = f"{GuestState.origin}s/{rx.State.share_token}/all.{GuestChoiceState.format}"  # pyright: ignore[reportAttributeAccessIssue]
    return rx.el.details(
        rx.el.summary("Without this page", class_name="more-choices"),
        rx.text(
            "For download managers, scripts and e-readers. It takes a moment if the file is not "
            "ready yet.",
            size="2",
            color_scheme="gray",
            margin_top="8px",
        ),
        rx.el.pre(
            rx.el.code(
                "curl -fJO ", rx.cond(GuestState.has_password, "--user me ", ""), f"'{file}'"
            ),
            class_name="code-line",
            tab_index=0,
            aria_label="Command for curl",
        ),
        rx.link(
            "The page without scripts",
            href="?plain",
            size="2",
            reload_document=True,  # The router must not treat the address as a page.
        ),
        margin_top="20px",
    )


def _downloads() -> rx.Component:
    return rx.cond(
        (GuestState.rows.length() > 0) | (GuestState.groups.length() > 0),
        rx.fragment(
            rx.el.h2("Your downloads", class_name="section-title"),
            rx.el.ul(
                rx.foreach(GuestState.groups, guest_group_row),
                rx.foreach(GuestState.rows, guest_row),
                class_name="rows sheet",
                aria_label="Your downloads",
            ),
        ),
    )
