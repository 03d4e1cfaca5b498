"""The rows of a list as they are at this moment."""

from __future__ import annotations

import reflex as rx
from reflex.vars import ArrayVar
from reflex_base.vars import VarData

from ..states.downloads import DownloadsState
from ..states.tray import TrayState
from ..views.downloads import DownloadRow


def live_rows() -> rx.Var[list[DownloadRow]]:
    """Return the rows of the page, those at work as the tray has them.

    A frame of progress sends the downloads at work alone. The browser puts them into the list, so
    that the others need not be sent again.
    """
    rows, working = DownloadsState.rows, TrayState.working
    script = f"((now) => {rows!s}.map((row) => now.get(row.id) ?? row))"
    newest = f"(new Map({working!s}.map((row) => [row.id, row])))"
    return rx.Var(
        f"{script}{newest}",
        _var_type=list[DownloadRow],
        _var_data=VarData.merge(rows._get_all_var_data(), working._get_all_var_data()),  # pyright: ignore[reportPrivateUsage]  # the names that the expression uses
    ).to(ArrayVar, list[DownloadRow])
