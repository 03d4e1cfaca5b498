"""Tell the operator the set-up code while the server has no owner."""

from __future__ import annotations

import logging
import sys

from ..usecases.accounts.accounts import owner_exists
from ..usecases.accounts.setup import setup_code
from ..usecases.context import Context

log = logging.getLogger(__name__)


def announce_setup_code(context: Context) -> None:
    """Log the set-up code if there is no owner yet; with text logs, also print it."""
    if owner_exists(context):
        return
    code = setup_code(context)
    log.warning(
        "No owner yet. Set-up code: %s (needed from other machines)",
        code,
        extra={"action": "setup_code"},
    )
    if context.settings.log_format == "text":  # Only JSON may stand beside JSON.
        sys.stdout.write(f"\nNo owner yet. Set-up code for browsers on other machines: {code}\n\n")
        sys.stdout.flush()
