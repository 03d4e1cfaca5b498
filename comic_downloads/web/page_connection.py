"""Let pages fall back to long polling where a websocket does not open, and know what has arrived.

Reflex's pages know a single transport. They would try a websocket that a proxy or firewall blocks
for ever. The server does not confirm their events either, so a slow line would show nothing.
"""

from __future__ import annotations

from typing import Any

from reflex_base.constants import Dirs
from reflex_base.plugins import Plugin

# In the order in which pages try them.
TRANSPORTS = ("websocket", "polling")

_ONE_TRANSPORT = "[env.TRANSPORT]"
_ALL_TRANSPORTS = "env.TRANSPORTS"
_CREATED = "reconnection: false,\n  });"
_CREATED_WITH_FALLBACK = "reconnection: false,\n    tryAllTransports: true,\n  });"
_RETRY = "const retryConnect = (error) => {"
# A refusal is followed by the next transport at once, but not the silence of a proxy that neither
# passes a websocket on nor answers.
_RETRY_WITH_NEXT = f"""{_RETRY}
    const {{ opts }} = socket.current.io;
    if (error.message === "timeout") opts.transports = [...opts.transports].reverse();"""
# A refusal because of too many open tabs, which the server answers to polling.
_DELAY = "}, 200 * failed_attempts);"
_DELAY_AFTER_REFUSAL = "}, error.description === 429 ? 5000 : 200 * failed_attempts);"
_EMIT = 'socket.emit("event", encodeFormDataArgs(routed_event));'
_EMIT_WITH_RECEIPT = (
    'socket.emit("event", encodeFormDataArgs(routed_event), comicConnection.awaitReceipt());'
)
_LOST = 'socket.current.on("disconnect", (reason, details) => {'
# Reflex shows that a connection is lost once the next attempt fails, which a dead network delays.
_LOST_AND_SHOWN = f"""{_LOST}
    comicConnection.forgetReceipts();
    if (reason === "ping timeout")
      setConnectErrors((errors) => [...errors.slice(-9), new Error(reason)]);"""
_CHANGES = (
    (_ONE_TRANSPORT, _ALL_TRANSPORTS),
    (_CREATED, _CREATED_WITH_FALLBACK),
    (_RETRY, _RETRY_WITH_NEXT),
    (_DELAY, _DELAY_AFTER_REFUSAL),
    (_EMIT, _EMIT_WITH_RECEIPT),
    (_LOST, _LOST_AND_SHOWN),
)


class BadLines(Plugin):
    """Let pages try the transports in turn."""

    def update_env_json(self, **context: Any) -> dict[str, Any]:
        """Return the names of the transports, which the changed script reads."""
        return {"TRANSPORTS": list(TRANSPORTS)}

    def pre_compile(self, **context: Any) -> None:
        """Register the change of Reflex's script that opens the connection."""
        context["add_modify_task"](f"{Dirs.STATE_PATH}.js", withstand_bad_lines)


def withstand_bad_lines(script: str) -> str:
    """Return Reflex's script, which then tries all transports.

    Raises:
        RuntimeError: The script has no place for it, because Reflex has changed.
    """
    if _ALL_TRANSPORTS in script:
        return script
    for old, new in _CHANGES:
        if old not in script:
            raise RuntimeError(f"Reflex's script lacks “{old}”: adapt page_connection.py")
        script = script.replace(old, new)
    return script
