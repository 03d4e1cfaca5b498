"""Scripts of the pages keep to the line length that ruff holds in Python."""

from __future__ import annotations

from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).resolve().parents[2] / "assets").glob("*.js"))
MAX_LENGTH = 100


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_line_has_at_most_one_hundred_characters(path: Path):
    lines = path.read_text("utf-8").splitlines()
    long = [number for number, line in enumerate(lines, 1) if len(line) > MAX_LENGTH]
    assert not long, f"{path.name} has longer lines: {long}"
