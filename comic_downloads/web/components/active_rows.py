"""The active and recently finished downloads, in an order that does not change."""

from __future__ import annotations

import reflex as rx
from reflex.vars import ArrayVar

from ...domain.job import JobStatus
from ..states.tray import TrayState
from ..views.downloads import DownloadRow


def rows_to_watch(*ended_as: JobStatus) -> rx.Var[list[DownloadRow]]:
    """Return active downloads and those that just ended with these statuses, oldest first.

    The order ignores the status, so that no row moves under the pointer when another one
    changes. Ids begin with the time of the request. The browser sorts, so that waiting rows are
    not sent again with every step of the preparing ones.
    """
    statuses = [str(status) for status in ended_as]
    rows = TrayState.working + TrayState.waiting + TrayState.ended
    kept = f"{rows!s}.filter(row => row.is_active || {statuses}.includes(row.status))"
    return rx.Var(
        f"{kept}.sort((one, other) => (one.id < other.id ? -1 : 1))",
        _var_type=list[DownloadRow],
        _var_data=rows._get_all_var_data(),  # pyright: ignore[reportPrivateUsage]  # the names that the expression uses
    ).to(ArrayVar, list[DownloadRow])
