"""The transfer of a finished file to its user: progress, resuming, download in the page.

The download in the page survives reloads and network failures. It is our own HTML element, from
assets/download-element.js.
"""

from __future__ import annotations

import reflex as rx
from reflex.vars import ObjectVar
from reflex_components_core.el.element import Element

from ..states.downloads import DownloadsState
from ..views.downloads import DownloadRow
from .progress import progress_bar
from .question import RESTORE_FOCUS


class ComicTransfer(Element):
    """The element ``<comic-transfer>``, which is empty in browsers that do not support it."""

    tag = "comic-transfer"


def transfer(row: ObjectVar[DownloadRow]) -> rx.Component:
    """Return the download in the page."""
    return ComicTransfer.create(custom_attrs={"job-id": row.id, "filename": row.filename})


def transfer_bar(row: ObjectVar[DownloadRow]) -> rx.Component:
    """Return how much of the file has arrived, while some of it is missing."""
    is_part = (row.transfer == "under_way") | (row.transfer == "broke_off")
    tone = rx.cond(row.transfer == "broke_off", "amber", "iris")
    bar = progress_bar(row.transfer_percent, f"Transfer of {row.filename}", tone)
    return rx.cond(is_part, rx.box(bar, class_name="transfer-words"))


def resume_dialog() -> rx.Component:
    """Return the dialog that explains how to continue an interrupted transfer."""
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title("Continue this download"),
            rx.dialog.description(
                rx.el.b(DownloadsState.continued_name),
                " was interrupted. What has arrived is kept, and the download can continue from "
                "there.",
            ),
            _ways_to_continue(),
            rx.flex(
                rx.dialog.close(rx.button("Close", variant="soft", color_scheme="gray")),
                rx.button("Copy new link", on_click=DownloadsState.copy_fresh_link),
                gap="12px",
                justify="end",
                wrap="wrap",
                margin_top="20px",
            ),
            on_close_auto_focus=RESTORE_FOCUS,
            max_width="480px",
        ),
        open=DownloadsState.continued_id != "",
        on_open_change=DownloadsState.close_how_to_continue,
    )


def _ways_to_continue() -> rx.Component:
    return rx.el.ul(
        rx.el.li(rx.el.b("In a browser: "), "open the list of downloads and press Resume."),
        rx.el.li(
            rx.el.b("In a download program: "),
            "use a new link. ",
            rx.code("curl -C - -O -J"),
            ", ",
            rx.code("wget -c"),
            " and ",
            rx.code("aria2c -c"),
            " continue a file that exists.",
        ),
        rx.el.li(
            rx.el.b("If neither works: "),
            "download it again. “Download in this page” resumes by itself.",
        ),
        class_name="ways",
    )
