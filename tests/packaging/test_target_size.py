"""Files that have to fit into a number of bytes."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path

import pytest
from PIL import Image

from comic_downloads.domain.artifact import Format
from comic_downloads.domain.errors import InvalidRequest
from comic_downloads.domain.library import ComicMetadata, Creator, CreatorRole
from comic_downloads.domain.manifest import Manifest, ManifestComic, ManifestPage, Options
from comic_downloads.domain.quality import ORIGINAL, PRESETS, Preset
from comic_downloads.packaging.images import convert
from comic_downloads.packaging.pages import Book, OutputComic, OutputPage
from comic_downloads.packaging.target_size import within_target
from tests.packaging.test_archives import WRITERS
from tests.packaging.zoo import MAX_PIXELS, drawing, encoded, facts_of, silent

METADATA = ComicMetadata("Ein längerer Titel", summary="Worte " * 50, creators=(Creator("Ann", CreatorRole.WRITER),))


def busy(seed: int, kind: str = "JPEG") -> bytes:
    """A page with fine detail, different for every seed in how much of it there is."""
    grain = Image.effect_noise((400, 600), 10 + 9 * seed)
    image = Image.blend(drawing(400, 600), Image.merge("RGB", (grain, grain, grain)), 0.4)
    return encoded(image, kind, quality=95) if kind == "JPEG" else encoded(image, kind)


def manifest_of(sources: list[bytes], format: Format, preset: Preset, target_size_bytes: int | None) -> Manifest:
    pages = tuple(ManifestPage(index, f"page {index}.jpg", facts_of(data)) for index, data in enumerate(sources))
    options = Options(format, preset, target_size_bytes=target_size_bytes)
    return Manifest(options, (ManifestComic("id", "path", METADATA, pages),))


def built_size(sources: list[bytes], manifest: Manifest, folder: Path) -> int:
    """The size of the file the manifest asks for, built the way a worker does."""
    preset = manifest.options.preset
    pages = []
    for _, page in manifest.pages():
        data, facts, path = sources[page.index], page.facts, folder / str(page.index)
        path.write_bytes(data)
        if preset.changes(facts):
            facts = convert(io.BytesIO(data), facts, preset, path, MAX_PIXELS)
        pages.append(OutputPage(page.name, facts, partial(path.open, "rb")))
    book = Book("Ein längerer Titel", (OutputComic(METADATA, pages),))
    return WRITERS[manifest.options.format](book, folder / "out", silent).size_bytes


@pytest.mark.parametrize("format", Format)
@pytest.mark.parametrize("share", [0.25, 0.5, 0.8])
def test_target_is_met_and_never_exceeded(format: Format, share: float, tmp_path: Path):
    sources = [busy(seed) for seed in range(8)]
    target = int(sum(len(data) for data in sources) * share)
    size_bytes = built_size(sources, within_target(manifest_of(sources, format, ORIGINAL, target)), tmp_path)
    assert 0.9 * target <= size_bytes <= target


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "BMP"])
@pytest.mark.parametrize("format", Format)
def test_target_is_kept_with_other_kinds_of_pages(format: Format, kind: str, tmp_path: Path):
    sources = [busy(seed, kind) for seed in range(4)] + [busy(9)]
    target = int(sum(len(data) for data in sources) * 0.3)
    size_bytes = built_size(sources, within_target(manifest_of(sources, format, ORIGINAL, target)), tmp_path)
    assert size_bytes <= target


@pytest.mark.parametrize("preset", [PRESETS["480p"], PRESETS["kindle-paperwhite"], Preset("", grayscale=True)])
def test_target_is_kept_with_a_preset(preset: Preset, tmp_path: Path):
    sources = [busy(seed) for seed in range(5)]
    natural = built_size(sources, manifest_of(sources, Format.CBZ, preset, None), tmp_path)
    target = natural * 2 // 3
    size_bytes = built_size(sources, within_target(manifest_of(sources, Format.CBZ, preset, target)), tmp_path)
    assert 0.85 * target <= size_bytes <= target


def test_tiny_target_shrinks_the_pages_themselves(tmp_path: Path):
    sources = [busy(seed) for seed in range(4)]
    manifest = within_target(manifest_of(sources, Format.ZIP, ORIGINAL, 30_000))
    assert built_size(sources, manifest, tmp_path) <= 30_000


@pytest.mark.parametrize("format", [Format.CBZ, Format.ZIP])
def test_originals_that_fit_are_left_alone(format: Format):
    manifest = manifest_of([busy(1)], format, ORIGINAL, 10_000_000)
    assert within_target(manifest) is manifest


def test_page_within_its_share_is_not_encoded_again(tmp_path: Path):
    data = busy(1)
    facts = facts_of(data)
    assert convert(io.BytesIO(data), facts, Preset("", size_share=1.0), tmp_path / "page", MAX_PIXELS) == facts


def test_without_a_target_nothing_changes():
    manifest = manifest_of([busy(1)], Format.CBZ, PRESETS["480p"], None)
    assert within_target(manifest) is manifest


def test_target_that_no_page_fits_into_is_refused_with_a_remedy():
    manifest = manifest_of([busy(1)] * 40, Format.CBZ, ORIGINAL, 50_000)
    with pytest.raises(InvalidRequest, match=r"Allow 0\.\d MB or pick fewer pages"):
        within_target(manifest)
