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


def test_first_two_commands_are_one_line_each_and_install_what_they_need():
    start, tests = re.findall(r"^```sh\n(.*?)```$", README, re.MULTILINE | re.DOTALL)[:2]
    assert start.count("\n") == tests.count("\n") == 1
    assert start.startswith(
        "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt && "
    )
    assert tests.startswith(".venv/bin/pip install -r requirements-dev.txt && .venv/bin/pytest ")


def test_ci_takes_the_commands_from_the_readme():
    ci = (ROOT / ".ci" / "run").read_text()
    assert all(f"readme_command {number}" in ci for number in (1, 2))
    assert not re.search(r"pytest|pip install|reflex run", ci)
