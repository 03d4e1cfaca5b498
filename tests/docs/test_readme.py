"""The README tells the truth about what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from comic_downloads.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_setting_is_documented(name: str):
    assert f"`{name.upper()}`" in README


def test_linked_files_exist():
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_second_command_is_what_ci_runs():
    ci = (ROOT / ".ci" / "run").read_text()
    commands = [line for line in README.splitlines() if line.startswith(".venv/bin/pytest")]
    assert len(commands) == 1
    assert commands[0] in ci
