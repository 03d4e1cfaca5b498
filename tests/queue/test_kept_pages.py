"""Converted pages are used again while they are intact, and converted again otherwise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.queue.world import TALL, World


def damage(path: Path) -> None:
    """Flip one bit of the image data, so that the page still looks like a JPEG."""
    data = bytearray(path.read_bytes())
    place = len(data) * 2 // 3
    while 0xFF in (data[place - 1], data[place], data[place + 1], data[place] ^ 1):
        place += 1
    data[place] ^= 1
    path.write_bytes(data)


def pages_of(world: World, job) -> dict[str, bytes]:
    with world.file_of(job) as archive:
        return {
            name[-7:]: archive.read(name) for name in archive.namelist() if name.endswith(".jpg")
        }


@pytest.mark.parametrize(
    "fault",
    [
        damage,
        lambda path: path.write_bytes(path.read_bytes()[:-100]),
        lambda path: path.write_bytes(b""),
    ],
)
def test_a_kept_page_that_was_damaged_is_converted_again(
    new_world: Callable[..., World], fault: Callable[[Path], object]
):
    world = new_world()
    user, comic = world.add_user("ann"), world.add_comic("Tall", pages=3, size=TALL)
    first = world.submit(user, comic, quality="480p")
    assert world.prepare_here()
    good, bad, _ = sorted(world.kept_pages())
    kept = good.stat().st_ino
    fault(bad)

    second = world.submit(user, comic, quality="480p", format="zip")
    assert world.prepare_here()

    assert world.job(second).status == "ready"
    assert pages_of(world, second) == pages_of(world, first)
    assert good.stat().st_ino == kept
    assert len(world.kept_pages()) == 3
