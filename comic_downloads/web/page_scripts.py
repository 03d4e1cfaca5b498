"""Find the inline scripts of the built pages, so that browsers run these and no others.

Reflex writes a few scripts into each page. The policy of the pages allows them by their hashes
(Content Security Policy Level 3, section 2.3.1).
"""

from __future__ import annotations

import base64
import hashlib
from html.parser import HTMLParser
from pathlib import Path


def inline_script_sources(pages: Path) -> tuple[str, ...]:
    """Return ``'sha256-…'`` for each inline script of the HTML files below the folder, sorted."""
    scripts = {script for page in pages.rglob("*.html") for script in _inline_scripts(page)}
    return tuple(sorted(_source(script) for script in scripts))


def _inline_scripts(page: Path) -> list[str]:
    parser = _ScriptParser()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser.scripts


def _source(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


class _ScriptParser(HTMLParser):
    """Collects the texts of all scripts that have no address."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.scripts: list[str] = []
        self._parts: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin to collect at an inline script."""
        if tag == "script" and "src" not in dict(attrs):
            self._parts = []

    def handle_data(self, data: str) -> None:
        """Collect the text of an inline script, which may come in pieces."""
        if self._parts is not None:
            self._parts.append(data)

    def handle_endtag(self, tag: str) -> None:
        """Keep the script that ends here."""
        if tag == "script" and self._parts is not None:
            self.scripts.append("".join(self._parts))
            self._parts = None
