"""The files that every page loads."""

from __future__ import annotations

from pathlib import Path

from comic_downloads.web.assets import SCRIPTS, STYLESHEETS

ASSETS = Path(__file__).parents[2] / "assets"


def test_every_style_sheet_is_loaded_once():
    there = [path.relative_to(ASSETS).as_posix() for path in ASSETS.rglob("*.css")]
    assert sorted(STYLESHEETS) == sorted(there)


def test_only_one_style_sheet_overrides_radix():
    # The others may name a part of Radix among parts of ours; it is not the only subject there.
    overriding = {path.name for path in ASSETS.rglob("*.css") if "\n.rt-" in path.read_text()}
    assert overriding == {"radix.css"}


def test_every_script_exists():
    assert all((ASSETS / name).is_file() for name in SCRIPTS)
