"""The button to upload comics into the library."""

from __future__ import annotations

from typing import Any

import reflex as rx

from ..states.tray import TrayState
from ..states.uploads import FIELD_ID, UploadState

_COMIC_FILES = ".cbz,.zip,.cbr,.rar,.cb7,.7z,.cbt,.tar,.pdf,.epub"


def upload_button() -> rx.Component:
    """Return a button that opens the file chooser of the hidden field beside it."""
    return rx.cond(
        TrayState.may_upload,
        rx.fragment(
            rx.el.input(
                id=FIELD_ID,
                type="file",
                multiple=True,
                accept=_COMIC_FILES,
                on_change=UploadState.start,
                class_name="visually-hidden",
                aria_label="Add comics to the library",
                tab_index=-1,  # The keyboard reaches the button beside it instead.
            ),
            choose_files_button("Add", variant="soft", color_scheme="gray"),
        ),
    )


def choose_files_button(label: str, **look: Any) -> rx.Component:
    """Return a button that opens the file chooser of ``upload_button``, which is on the page."""
    return rx.button(
        rx.icon("plus", size=16, aria_hidden="true"),
        label,
        on_click=rx.call_script(f"document.getElementById('{FIELD_ID}').click()"),
        loading=UploadState.busy,
        title="Add comic files to the library",
        **look,
    )
