"""The size that is shown before anything is made."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from comic_downloads.domain.formats import Format
from comic_downloads.domain.library import ComicMetadata, ImageFacts
from comic_downloads.domain.options import Options
from comic_downloads.domain.presets import ORIGINAL, PRESETS
from comic_downloads.domain.quality import Preset
from comic_downloads.packaging.pages import Document, OutputComic, OutputPage
from comic_downloads.packaging.sizing.estimate import estimate_size, sample_indexes
from tests.packaging.test_archives import WRITERS
from tests.packaging.zoo import MAX_PIXELS, convert, drawing, encoded, facts_of, page, silent


def sources(kind: str, count: int = 12) -> list[bytes]:
    """Return pages with more and more detail."""
    made = []
    for seed in range(count):
        grain = Image.effect_noise((500, 750), 20 + 8 * (seed * 7 % count))
        image = Image.blend(drawing(500, 750), Image.merge("RGB", (grain, grain, grain)), 0.3)
        made.append(encoded(image, kind))
    return made


def made_size(pages: Sequence[OutputPage], format: Format, folder: Path) -> int:
    book = Document("A book", (OutputComic(ComicMetadata("A book"), pages),))
    return WRITERS[format](book, folder / "out", silent).size_bytes


@pytest.mark.parametrize("format", Format)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_originals_are_estimated_exactly_enough(format: Format, kind: str, tmp_path: Path):
    pages = [page(f"page {number}", data) for number, data in enumerate(sources(kind))]
    estimate = estimate_size(Options(format, ORIGINAL), [page.facts for page in pages])
    assert estimate == pytest.approx(made_size(pages, format, tmp_path), rel=0.02)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    "preset", [PRESETS["480p"], Preset("", max_height=300, grayscale=True)], ids=["480p", "gray"]
)
def test_conversions_are_estimated_within_fifteen_percent_by_samples(
    kind: str, preset: Preset, tmp_path: Path
):
    originals = sources(kind)
    facts = [facts_of(data) for data in originals]
    options = Options(Format.CBZ, preset)

    def converted(index: int) -> ImageFacts:
        return convert(
            io.BytesIO(originals[index]), facts[index], preset, tmp_path / str(index), MAX_PIXELS
        )

    samples = [
        (facts[index], converted(index).size_bytes) for index in sample_indexes(options, facts)
    ]
    pages = [
        OutputPage("p", converted(index), partial((tmp_path / str(index)).open, "rb"))
        for index in range(len(facts))
    ]
    assert len(samples) <= 4
    assert estimate_size(options, facts, samples) == pytest.approx(
        made_size(pages, Format.CBZ, tmp_path), rel=0.15
    )


def test_nothing_is_sampled_where_nothing_is_converted():
    facts = [facts_of(data) for data in sources("JPEG", 3)]
    assert sample_indexes(Options(Format.CBZ, ORIGINAL), facts) == []
    assert sample_indexes(Options(Format.CBZ, PRESETS["2160p"]), facts) == []


def test_sample_is_looked_at_once_however_many_pages_there_are(monkeypatch: pytest.MonkeyPatch):
    widths: list[int] = []
    output_pixels = Preset.output_pixels

    def noted(preset: Preset, width: int, height: int) -> int:
        widths.append(width)
        return output_pixels(preset, width, height)

    monkeypatch.setattr(Preset, "output_pixels", noted)
    facts = [
        ImageFacts("image/jpeg", 1000, 1500, 300_000 + 1000 * number, 0, f"{number}")
        for number in range(50)
    ]
    samples = [
        (replace(facts[number], width=2001, sha256="another"), 90_000) for number in (5, 25, 45)
    ]
    assert estimate_size(Options(Format.CBZ, PRESETS["480p"]), facts, samples) > 0
    assert widths.count(2001) == len(samples)


def test_estimate_is_never_above_the_target():
    facts = [facts_of(data) for data in sources("JPEG", 3)]
    assert estimate_size(Options(Format.CBZ, ORIGINAL, target_size_bytes=5000), facts) == 5000
