"""Let built pages talk to the address they came from, so that one build serves every BASE_URL.

Reflex writes a whole address into the pages. It corrects the host where that is localhost, but not
the port, so pages behind a proxy had to be built for their public address.
"""

from __future__ import annotations

from typing import Any

from reflex.utils.exec import is_prod_mode
from reflex_base.constants import Dirs, Endpoint
from reflex_base.plugins import Plugin

_WHOLE_ADDRESS = "const endpoint = new URL(url_str);"
_OWN_ADDRESS = 'if (url_str.startsWith("/")) return new URL(url_str, window.location.href);'


class PagesOwnAddress(Plugin):
    """Write paths in place of addresses into production pages."""

    def update_env_json(self, **context: Any) -> dict[str, Any] | None:
        """Return the path of each endpoint; in development the backend has a port of its own."""
        return {endpoint.name: str(endpoint) for endpoint in Endpoint} if is_prod_mode() else None

    def pre_compile(self, **context: Any) -> None:
        """Register the change of Reflex's script that completes a path to an address."""
        context["add_modify_task"](f"{Dirs.STATE_PATH}.js", complete_paths)


def complete_paths(script: str) -> str:
    """Return Reflex's script with the line that completes paths.

    Raises:
        RuntimeError: The script has no place for it, because Reflex has changed.
    """
    if _OWN_ADDRESS in script:
        return script
    if _WHOLE_ADDRESS not in script:
        raise RuntimeError(f"Reflex's script lacks “{_WHOLE_ADDRESS}”: adapt page_address.py")
    return script.replace(_WHOLE_ADDRESS, f"{_OWN_ADDRESS}\n  {_WHOLE_ADDRESS}")
