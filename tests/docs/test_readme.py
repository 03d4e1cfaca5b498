"""The README and docs/ agree with the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from comic_downloads import __version__
from comic_downloads.domain.errors import ComicDownloadsError
from comic_downloads.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
DOCS = {path.stem: path.read_text() for path in sorted((ROOT / "docs").glob("*.md"))}
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()
PAGES = {ROOT / "README.md", *(ROOT / "docs").glob("*.md"), ROOT / "CONTRIBUTING.md"}


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_setting_is_documented(name: str):
    assert f"`{name.upper()}`" in DOCS["configuration"]


@pytest.mark.parametrize("page", sorted(PAGES), ids=lambda page: page.name)
def test_linked_files_and_headings_exist(page: Path):
    links = re.findall(r"\]\((?!https?://)([^)]+)\)", page.read_text())
    for link in links:
        file, _, heading = link.partition("#")
        target = (page.parent / file) if file else page
        assert target.exists(), link
        if heading:
            assert heading in headings_of(target), link


def headings_of(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub names them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_readme_is_short():
    assert README.count("\n") <= 90


def test_every_log_action_is_documented():
    logged = re.compile(
        r'"action": f?"([a-z_{}]+)"|\.logged\(\s*"([a-z_]+)"(?: if \w+ else "([a-z_]+)")?'
    )
    found = {
        word
        for path in (ROOT / "comic_downloads").rglob("*.py")
        for words in logged.findall(path.read_text())
        for word in words
        if word
    }
    fixed = {word for word in found if "{" not in word}
    documented = set(
        re.findall(r"^\| `([a-z_]+)` \| [a-z, ]+ \|", DOCS["deployment"], re.MULTILINE)
    )
    assert len(fixed) > 30
    assert documented - {"begin_purge", "begin_reconcile"} == fixed


def test_every_error_code_is_documented():
    assert error_codes(ComicDownloadsError) <= set(re.findall(r"`([a-z_]+)`", DOCS["api"]))


def error_codes(error: type[ComicDownloadsError]) -> set[str]:
    """Return the codes of an error and of all its subclasses."""
    return {error.code}.union(*(error_codes(kind) for kind in error.__subclasses__()))


def test_changelog_begins_with_the_version():
    versions = re.findall(r"^## (\d+\.\d+\.\d+) - \d{4}-\d\d-\d\d$", CHANGELOG, re.MULTILINE)
    assert versions[0] == __version__


def test_first_two_commands_are_one_line_each_and_install_what_they_need():
    start, tests = re.findall(r"^```sh\n(.*?)```$", README, re.MULTILINE | re.DOTALL)[:2]
    assert start.count("\n") == tests.count("\n") == 1
    assert start.startswith(
        "python3 -m venv .venv && .venv/bin/pip install --no-compile -r requirements.txt && "
    )
    assert tests.startswith(".venv/bin/pip install -r requirements-dev.txt && .venv/bin/pytest ")


def test_ci_takes_the_commands_from_the_readme():
    ci = (ROOT / ".ci" / "run").read_text()
    assert all(f"readme_command {number}" in ci for number in (1, 2))
    assert not re.search(r"pytest|pip install|reflex run", ci)
