"""Finds or fetches a Chromium that Playwright can drive."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from playwright.sync_api import Browser, Error, Playwright

# The switches keep a browser without a way out of the machine from trying it all the time.
SWITCHES = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
]
_HINT = (
    "Install one: “playwright install --with-deps chromium”, "
    "or “apt-get install -y chromium” as root."
)


def launch_chromium(playwright: Playwright) -> Browser:
    """Launch PLAYWRIGHT_CHROMIUM, one on PATH, Playwright's own or a newly installed one.

    Raises RuntimeError that says how to install one.
    """
    found = found_chromium()
    if found:
        return playwright.chromium.launch(executable_path=found, args=SWITCHES)
    try:
        return playwright.chromium.launch(args=SWITCHES)
    except Error:
        installed = _install()
    return playwright.chromium.launch(executable_path=installed, args=SWITCHES)


def found_chromium() -> str | None:
    """PLAYWRIGHT_CHROMIUM or a Chromium on PATH; None for Playwright's own."""
    return os.environ.get("PLAYWRIGHT_CHROMIUM") or _on_path()


def _on_path() -> str | None:
    return next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )


def _install() -> str | None:
    """Return the path of the system's newly installed Chromium, or None for Playwright's own."""
    own = [sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"]
    if subprocess.run(own, capture_output=True, check=False).returncode == 0:
        return None
    apt = ["apt-get", "install", "-y", "-qq", "chromium"]
    if os.geteuid() == 0 and subprocess.run(apt, capture_output=True, check=False).returncode == 0:
        return _on_path()
    raise RuntimeError(f"No Chromium was found. {_HINT}")
