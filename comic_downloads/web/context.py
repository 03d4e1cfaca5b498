"""Where the pages' states find the context that the app module built."""

from __future__ import annotations

from ..usecases.context import Context

_provided: list[Context] = []


def provide_context(context: Context) -> None:
    """Makes the context known to this process; the app module calls it once."""
    _provided[:] = [context]


def current_context() -> Context:
    """The context of this process. Raises RuntimeError before the app module has provided one."""
    if not _provided:
        raise RuntimeError("provide_context() has not been called")
    return _provided[0]
