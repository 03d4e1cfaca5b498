"""The button on a card that downloads its comic or series with one press."""

from __future__ import annotations

import reflex as rx

from ..states.quick_download import QuickDownloadState
from ..states.tray import TrayState


# Its own component, so that the list around it is not drawn again for what a button says.
@rx.memo
def quick_button(card_id: rx.Var[str], name: rx.Var[str], is_series: rx.Var[bool]) -> rx.Component:
    """Return the button, which says how far it is what it asked for."""
    said = QuickDownloadState.labels[card_id].to(str)
    has_asked = QuickDownloadState.labels.contains(card_id)
    label = rx.cond(is_series, f"Download all of {name}", f"Download {name}")
    button = rx.el.button(
        rx.icon("download", size=16, aria_hidden="true"),
        rx.cond(has_asked, rx.el.span(said, class_name="figures")),
        on_click=rx.cond(
            is_series,
            QuickDownloadState.download_series(card_id),
            QuickDownloadState.download_comic(card_id),
        ),
        type="button",
        title="Download as you chose last time",
        aria_label=rx.cond(has_asked, f"{said}: {label}", label),
        class_name="quick-button",
        custom_attrs={"data-asked": has_asked},
    )
    return rx.cond(TrayState.may_download, button)
