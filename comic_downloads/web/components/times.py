"""Times in the reader's own time zone, relative within a week."""

from __future__ import annotations

import reflex as rx

_CALENDAR = {
    "sameDay": "[today] HH:mm",
    "nextDay": "[tomorrow] HH:mm",
    "nextWeek": "dddd HH:mm",
    "lastDay": "[yesterday] HH:mm",
    "lastWeek": "D MMM HH:mm",
    "sameElse": "D MMM YYYY",
}


def moment(time: rx.Var[str] | str) -> rx.Component:
    """Return ``today 14:05`` from RFC 3339, in the time zone of the browser."""
    return rx.moment(time, calendar=_CALENDAR)
