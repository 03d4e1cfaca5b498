"""The download in the page, which survives reloads and lost networks: our own HTML element from assets/download-element.js."""

from __future__ import annotations

import reflex as rx
from reflex.vars import ObjectVar
from reflex_components_core.el.element import Element

from ..views import DownloadView


class ComicTransfer(Element):
    """``<comic-transfer job-id filename>``; it shows nothing where the browser cannot do it."""

    tag = "comic-transfer"


def transfer(row: ObjectVar[DownloadView]) -> rx.Component:
    return ComicTransfer.create(custom_attrs={"job-id": row.id, "filename": row.filename})
