"""Pin the bytes of finished files: every format with every quality, option and kind of source.

A change that is not meant to alter any file leaves ``pinned_bytes.json`` alone. A change that is
meant to alter some also raises ``BUILDER_VERSION`` or ``CONVERTER_VERSION``, and its commit shows
which pins it changes. To print the table again::

    .venv/bin/python -m tests.packaging.pinned_bytes > tests/packaging/pinned_bytes.json

Pillow encodes the pages that are drawn here and every converted page; pypdfium2 draws one page of
the PDF. A new pinned version of either may change pins although the product did not change.
Python's zlib compresses the colour profile in “pdf colour profile”: zlib-ng changes that pin.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import PIL
import pytest

from comic_downloads.packaging.images import RESIZER
from tests.packaging.pinned_bytes import COMMAND, Installation, Wishes, open_installation

_TABLE = json.loads(Path(__file__).with_name("pinned_bytes.json").read_text("utf-8"))
PINS: dict[str, str] = _TABLE["pins"]
CHANGES_NO_BYTES = {"split", "preset", "max_part_bytes", "expires_in_seconds"}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One installation for all pins: the comics are drawn and scanned once."""
    with open_installation(tmp_path_factory.mktemp("pinned")) as installation:
        yield installation


@pytest.fixture(scope="module")
def requests(opened: Installation) -> dict[str, Wishes]:
    return opened.requests()


def test_every_offered_format_and_quality_has_a_pin(requests: dict[str, Wishes]):
    missing = sorted(requests.keys() - PINS.keys())
    left_over = sorted(PINS.keys() - requests.keys())
    assert not missing and not left_over, (
        f"Without a pin: {missing}. Pinned but no longer offered: {left_over}. "
        f"Write the table again with `{COMMAND}` and commit it; no other pin may change."
    )


def test_every_option_of_a_download_has_a_pin(opened: Installation, requests: dict[str, Wishes]):
    body = opened.get("/api/v1/openapi.json")["components"]["schemas"]["DownloadBody"]
    tried = {option for wishes in requests.values() for option in wishes}
    missing = sorted(body["properties"].keys() - tried - CHANGES_NO_BYTES)
    assert not missing, (
        f"No pin uses {missing}. Add each to OPTIONS in tests/packaging/pinned_bytes.py, or to "
        "CHANGES_NO_BYTES here if it changes no byte of a file; then write the table again with "
        f"`{COMMAND}`."
    )


@pytest.mark.skipif(
    _TABLE["resizer"] != RESIZER, reason=f"the pinned pages were resized by “{_TABLE['resizer']}”"
)
@pytest.mark.parametrize("name", PINS)
def test_file_has_the_pinned_bytes(opened: Installation, requests: dict[str, Wishes], name: str):
    if name not in requests:
        pytest.fail(f"“{name}” is no longer requested. Write the table again with `{COMMAND}`.")
    made_with = f"The pins were made with Pillow {_TABLE['pillow']}; this is {PIL.__version__}."
    assert opened.pin(requests[name]) == PINS[name], f"“{name}” has other bytes. {made_with}"
