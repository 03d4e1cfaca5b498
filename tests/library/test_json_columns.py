"""What columns of JSON hold is read as it was written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import JSON, literal_column, select

from comic_downloads.db.session import Database

# An unpaired surrogate stands for a byte of a file's name that is not Unicode.
VALUES = [
    {"name": "a\udc80.jpg"},
    {"é": [1, 2**70, 0.1, None, True, "\0"]},
    [],
    "",
    0,
    float("inf"),
]


@pytest.mark.parametrize("value", VALUES)
def test_json_is_read_as_it_was_written(tmp_path: Path, value: object):
    database = Database(f"sqlite:///{tmp_path / 'database'}")
    written = literal_column(f"'{json.dumps(value)}'", JSON())
    with database.read() as session:
        assert session.connection().execute(select(written)).scalar_one() == value
    database.dispose()
