"""Names for finished files that every file system takes."""

from __future__ import annotations

import unicodedata

# Every file system takes 255 bytes; a browser may add " (12)" and ".crdownload".
MAX_FILENAME_BYTES = 200
_FORBIDDEN = set('<>:"/\\|?*')
_WINDOWS_DEVICES = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10)),
}


def safe_filename(stem: str, extension: str) -> str:
    """Return a file name that every file system takes.

    It is NFC, of bounded length, and without path separators, control characters, reserved
    characters and reserved names.
    """
    text = unicodedata.normalize("NFC", stem)
    text = "".join(
        " " if c in _FORBIDDEN or unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else c
        for c in text
    )
    text = " ".join(text.split()).strip(". ")
    if not text:
        text = "comic"
    if text.split(".")[0].strip().lower() in _WINDOWS_DEVICES:
        text = f"_{text}"
    limit = MAX_FILENAME_BYTES - len(extension.encode()) - 1
    text = text.encode()[:limit].decode(errors="ignore").rstrip(". ")
    return f"{text}.{extension}"
