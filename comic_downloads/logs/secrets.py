"""Replace secrets in text that is logged."""

from __future__ import annotations

import re

# Signed links, shares and sign-in tickets: anybody who reads the address in a log could use it. A
# server takes doubled slashes for one, so they are taken for one here.
_SECRET_PATHS = re.compile(
    r"((?<!/)/+(?:d/+|s/+|auth/+ticket/+|(?:api/+v1/+)?(?:invite|reset)/+|api/+v1/+shares/+(?=[^/?\s\"']+/|v1\.)))[^/?\s\"']+"
)
# Every signed token, wherever it stands, whatever it is for.
_SIGNED_TOKENS = re.compile(r"v1\.[0-9a-f]{8}\.[\w.-]+")
_SECRET_VALUES = re.compile(
    r"(?i)(\bbearer\s+|\bbasic\s+|\bsession=|\b(?:share|device)_\w+=|\bcdl_(?=\w))[^\s;,\"']+"
)
# The same in dictionaries as Python and JSON write them.
_SECRET_FIELDS = re.compile(
    r"(?i)([\"'](?:session|(?:share|device)_\w+|cookie|authorization|\w{0,40}(?:password|token|secret)\w{0,40})"
    r"[\"']\s*:\s*(?:\"(?=[^\"])|'(?=[^'])))(?:(?<=\")[^\"]*|(?<=')[^']*)"
)


def redacted(text: str) -> str:
    """Return the text with tokens in paths, headers, cookies and fields replaced by ``***``."""
    for secrets in (_SECRET_FIELDS, _SECRET_PATHS, _SECRET_VALUES):
        text = secrets.sub(r"\1***", text)
    return _SIGNED_TOKENS.sub("***", text)
