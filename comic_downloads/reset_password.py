"""``python -m comic_downloads.reset_password``: a way back for an owner without a password."""

from __future__ import annotations

import argparse
import sys
from urllib.parse import urljoin

from .domain.account_link import LinkKind
from .start import explained_start
from .usecases.accounts import account_links
from .usecases.accounts.accounts import list_users
from .web.api.paths import account_link_page
from .wiring import build_context


def reset_link(username: str | None) -> str:
    """Return a link that sets a new password of the account; of the owner's if None.

    Raises:
        LookupError: There is no such account.
    """
    context = build_context()
    for account in list_users(context):
        if account.username == username or (username is None and account.is_owner):
            made = account_links.create_reset(context, account.id)
            path = account_link_page(LinkKind.RESET, made.token)
            return urljoin(context.settings.base_url, path)
    raise LookupError


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m comic_downloads.reset_password",
        description="Prints a link that works once and sets a new password.",
    )
    parser.add_argument("username", nargs="?", help="whose password; the owner's if left out")
    arguments = parser.parse_args()
    with explained_start():
        try:
            sys.stdout.write(f"{reset_link(arguments.username)}\n")
        except LookupError:
            sys.exit(f"There is no account named {arguments.username or 'owner'}.")


if __name__ == "__main__":
    main()
