"""Paths of the HTTP interface that more than one module names."""

from __future__ import annotations

API = "/api/v1"
DOCS = f"{API}/docs"
OPENAPI = f"{API}/openapi.json"
COMICS = f"{API}/comics"
DOWNLOADS = f"{API}/downloads"
GROUPS = f"{API}/groups"
LIBRARY = f"{API}/library"
PRESETS = f"{API}/presets"
SHARES = f"{API}/shares"
PASSWORD = f"{API}/me/password"
TOKENS = f"{API}/tokens"
BROWSER_SIGN_IN = "/auth"
FILES = "/d"
