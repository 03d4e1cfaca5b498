"""End a start that cannot succeed with one sentence on standard error, instead of a trace."""

from __future__ import annotations

import os
import pwd
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from .settings import SettingsError


class StartError(Exception):
    """The program cannot start. The message is a sentence that says why and what to do."""


@contextmanager
def explained_start() -> Iterator[None]:
    """End the program with the message of a SettingsError or StartError, and status 1."""
    try:
        yield
    except SettingsError as error:
        sys.exit(f"These settings cannot be used:\n{error}")
    except StartError as error:
        sys.exit(f"Comic Downloads cannot start: {error}")


def user_name(uid: int | None = None) -> str:
    """Return a user as ``app (uid 10001)``; without an id the one that runs this program."""
    uid = os.geteuid() if uid is None else uid
    try:
        return f"{pwd.getpwuid(uid).pw_name} (uid {uid})"
    except KeyError:  # Containers often run with an id that has no name.
        return f"uid {uid}"
