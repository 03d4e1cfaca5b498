"""The downloads at work, with those that have just ended, in an order that stays while one watches."""

from __future__ import annotations

import reflex as rx
from reflex.vars import ArrayVar

from ...domain.job import JobStatus
from ..states.tray import TrayState
from ..views.downloads import DownloadRow


def rows_to_watch(*ended_as: JobStatus) -> rx.Var[list[DownloadRow]]:
    """The unfinished downloads and those that have just ended in one of these ways, oldest first, whatever their status.

    So no row moves under the pointer when another one begins, pauses or is called off. An id begins with the time of its
    request. The browser sorts, so that rows which wait need not be sent with every step of those at work.
    """
    statuses = [str(status) for status in ended_as]
    rows = TrayState.working + TrayState.waiting + TrayState.ended
    kept = f"{rows!s}.filter(row => row.is_active || {statuses}.includes(row.status))"
    return rx.Var(
        f"{kept}.sort((one, other) => (one.id < other.id ? -1 : 1))",
        _var_type=list[DownloadRow],
        _var_data=rows._get_all_var_data(),  # pyright: ignore[reportPrivateUsage]  # the names that the expression uses
    ).to(ArrayVar, list[DownloadRow])
