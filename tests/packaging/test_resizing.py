"""Resizing with the fast resizer, and with Pillow on machines for which that has no wheel."""

from __future__ import annotations

import io
import math
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from comic_downloads.packaging.images.resizing import RESIZER, resized
from tests.packaging.zoo import drawing

pytestmark = pytest.mark.skipif(RESIZER == "pillow", reason="there is no fast resizer here")
SIZES = ((40, 60), (90, 31), (500, 700))
# Converts one page in a process in which the fast resizer cannot be imported.
WITHOUT_WHEEL = """
import sys
sys.modules["cykooz_resizer"] = None
from pathlib import Path
from comic_downloads.domain.quality import Preset
from comic_downloads.usecases.preparing.work_dir import WorkFolders
from tests.packaging.zoo import MAX_PIXELS, convert, facts_of
source, target = map(Path, sys.argv[1:])
with source.open("rb") as stream:
    known = facts_of(source.read_bytes())
    facts = convert(stream, known, Preset("half", max_height=40), target, MAX_PIXELS)
print(facts.width, facts.height, WorkFolders(Path("work")).pages_of("key"))
"""


def picture(mode: str) -> Image.Image:
    colours = drawing().convert("RGB")
    if mode in {"LA", "RGBA"}:
        fading = Image.linear_gradient("L").resize(colours.size)
        with_alpha = colours.convert("RGBA")
        with_alpha.putalpha(fading)
        return with_alpha.convert(mode)
    return colours.convert(mode)


def on_paper(image: Image.Image) -> Image.Image:
    paper = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(paper, image.convert("RGBA")).convert("RGB")


def decibels(one: Image.Image, other: Image.Image) -> float:
    """Return the peak signal-to-noise ratio of two pictures."""
    squares = ImageStat.Stat(ImageChops.difference(on_paper(one), on_paper(other))).sum2
    mean = sum(squares) / (3 * one.width * one.height)
    return 10 * math.log10(255**2 / max(mean, 1e-9))


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
@pytest.mark.parametrize("size", SIZES)
def test_the_picture_looks_as_if_pillow_had_resized_it(mode: str, size: tuple[int, int]):
    source = picture(mode)
    result = resized(source, size)
    assert (result.mode, result.size) == (mode, size)
    assert decibels(result, source.resize(size, Image.Resampling.LANCZOS)) > 40


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_every_kind_of_processor_makes_the_same_bytes(mode: str):
    from cykooz_resizer import CpuExtensions, FilterType, ResizeAlg, ResizeOptions, Resizer

    source = picture(mode)
    plain = Resizer()
    plain.cpu_extensions = CpuExtensions.none
    expected = Image.new(mode, SIZES[0])
    lanczos = ResizeOptions(ResizeAlg.convolution(FilterType.lanczos3))
    plain.resize_pil(source, expected, lanczos)
    assert resized(source, SIZES[0]).tobytes() == expected.tobytes()


def test_a_picture_of_that_size_is_left_alone():
    source = picture("RGB")
    assert resized(source, source.size) is source


def test_without_the_wheel_pillow_resizes_and_its_pages_are_kept_apart(tmp_path: Path):
    source, target = tmp_path / "page.png", tmp_path / "converted"
    picture("RGB").save(source)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_WHEEL, str(source), str(target)],
        check=True,
        capture_output=True,
        text=True,
    )
    width, height, folder = done.stdout.split()
    assert (int(height), folder) == (40, "work/pages/key.pillow")
    made = Image.open(io.BytesIO(target.read_bytes()))
    assert made.size == (int(width), 40)
    pillow = picture("RGB").resize(made.size, Image.Resampling.LANCZOS)
    assert decibels(made.convert("RGB"), pillow) == pytest.approx(10 * math.log10(255**2 / 1e-9))
