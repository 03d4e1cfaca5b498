from __future__ import annotations

from collections.abc import Iterator

import pytest

from .s3_servers import rclone_server


@pytest.fixture(scope="module")
def rclone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with rclone_server(tmp_path_factory.mktemp("rclone")) as address:
        yield address
