"""The cookie that a use case wants the browser to keep."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class NewCookie:
    """A cookie to set, as HttpOnly and SameSite=Lax."""

    name: str
    value: str = field(repr=False)
    max_age_seconds: int
