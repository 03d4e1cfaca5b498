"""The scripts and style sheets that every page loads, in order. The files are in ``assets/``."""

from __future__ import annotations

SCRIPTS = (
    "answers.js",
    "page.js",
    "connection.js",
    "focus.js",
    "download.js",
    "download-element.js",
    "group-download.js",
    "group-download-element.js",
    "saving.js",
    "saving-elements.js",
    "account.js",
    "reader.js",
    "card-lists.js",
)

# The build of the pages joins these into one file. Between rules of equal weight the later one
# wins, so what varies something comes after it, and the overrides of Radix are last.
STYLESHEETS = (
    "styles/base.css",
    "styles/frame.css",
    "styles/covers.css",
    "styles/library.css",
    "styles/series.css",
    "styles/comic.css",
    "styles/picker.css",
    "styles/reader.css",
    "styles/downloads.css",
    "styles/transfer.css",
    "styles/groups.css",
    "styles/guest.css",
    "styles/tray.css",
    "styles/toasts.css",
    "styles/connection.css",
    "styles/owner.css",
    "styles/radix.css",
)
