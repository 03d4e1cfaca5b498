"""Hold the context of this process for the states of the pages."""

from __future__ import annotations

from ..usecases.context import Context

_provided: list[Context] = []


def provide_context(context: Context) -> None:
    """Set the context of this process; the app module calls this once."""
    _provided[:] = [context]


def current_context() -> Context:
    """Return the context. Raises RuntimeError if none was provided."""
    if not _provided:
        raise RuntimeError("provide_context() has not been called")
    return _provided[0]
