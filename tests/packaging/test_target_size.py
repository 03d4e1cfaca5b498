"""Files that have to fit into a number of bytes."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from comic_downloads.domain.errors import InvalidRequest
from comic_downloads.domain.formats import Format
from comic_downloads.domain.library import (
    ComicMetadata,
    Creator,
    CreatorRole,
    ImageFacts,
    PageMarks,
    SourceDetails,
)
from comic_downloads.domain.manifest import Manifest, ManifestComic, ManifestPage
from comic_downloads.domain.options import Options
from comic_downloads.domain.presets import ORIGINAL, PRESETS
from comic_downloads.domain.quality import Preset
from comic_downloads.packaging.pages import Document, OutputComic, OutputPage
from comic_downloads.packaging.sizing.overhead import overhead_bytes
from comic_downloads.packaging.sizing.target_size import within_target
from tests.packaging.test_archives import WRITERS
from tests.packaging.zoo import MAX_PIXELS, convert, drawing, encoded, facts_of, profile, silent

METADATA = ComicMetadata(
    "Ein längerer Titel", summary="Worte " * 50, creators=(Creator("Ann", CreatorRole.WRITER),)
)


def busy(seed: int, kind: str = "JPEG") -> bytes:
    """Draw a page with fine detail; the amount differs for every seed."""
    grain = Image.effect_noise((400, 600), 10 + 9 * seed)
    image = Image.blend(drawing(400, 600), Image.merge("RGB", (grain, grain, grain)), 0.4)
    return encoded(image, kind, quality=95) if kind == "JPEG" else encoded(image, kind)


def manifest_of(
    sources: list[bytes], format: Format, preset: Preset, target_size_bytes: int | None
) -> Manifest:
    pages = tuple(
        ManifestPage(index, f"page {index}.jpg", facts_of(data))
        for index, data in enumerate(sources)
    )
    options = Options(format, preset, target_size_bytes=target_size_bytes)
    return Manifest(options, (ManifestComic("id", "path", METADATA, pages),))


def built_size(sources: list[bytes], manifest: Manifest, folder: Path) -> int:
    """Build the manifest's file as a worker does, and return its size."""
    preset = manifest.options.preset
    pages = []
    for _, page in manifest.pages():
        data, facts, path = sources[page.index], page.facts, folder / str(page.index)
        path.write_bytes(data)
        if preset.changes(facts):
            facts = convert(io.BytesIO(data), facts, preset, path, MAX_PIXELS)
        pages.append(OutputPage(page.name, facts, partial(path.open, "rb")))
    book = Document("Ein längerer Titel", (OutputComic(METADATA, pages),))
    return WRITERS[manifest.options.format](book, folder / "out", silent).size_bytes


@pytest.mark.parametrize("format", Format)
@pytest.mark.parametrize("share", [0.25, 0.5, 0.8])
def test_target_is_met_and_never_exceeded(format: Format, share: float, tmp_path: Path):
    sources = [busy(seed) for seed in range(8)]
    target = int(sum(len(data) for data in sources) * share)
    size_bytes = built_size(
        sources, within_target(manifest_of(sources, format, ORIGINAL, target)), tmp_path
    )
    assert 0.9 * target <= size_bytes <= target


@pytest.mark.parametrize("format", Format)
@pytest.mark.parametrize("target", [40_000, 55_000, 70_000, 99_000])
def test_small_target_is_met_too(format: Format, target: int, tmp_path: Path):
    sources = [busy(seed) for seed in range(5)] + [busy(9, "PNG"), encoded(drawing(60, 90), "JPEG")]
    size_bytes = built_size(
        sources, within_target(manifest_of(sources, format, ORIGINAL, target)), tmp_path
    )
    assert 0.9 * target <= size_bytes <= target


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("format", Format)
def test_least_target_that_is_accepted_is_met(format: Format, kind: str, tmp_path: Path):
    """Noise in all colours is the hardest to compress."""
    noise = Image.merge("RGB", [Image.effect_noise((400, 400), 200) for _ in range(3)])
    sources = [encoded(noise, kind, **({"icc_profile": profile()} if n else {})) for n in range(3)]
    refused, accepted = 1, 100_000
    while accepted - refused > 1:
        target = (refused + accepted) // 2
        try:
            within_target(manifest_of(sources, format, ORIGINAL, target))
            accepted = target
        except InvalidRequest:
            refused = target
    assert (
        built_size(
            sources, within_target(manifest_of(sources, format, ORIGINAL, accepted)), tmp_path
        )
        <= accepted
    )


@given(st.lists(st.integers(200, 50_000_000), min_size=1, max_size=50), st.floats(0.01, 0.99))
def test_pages_get_all_that_is_left_and_no_more(sizes: list[int], part: float):
    pages = tuple(
        ManifestPage(index, "1.jpg", ImageFacts("image/jpeg", 900, 1300, size, 0, ""))
        for index, size in enumerate(sizes)
    )
    target = 5_000 + 3_400 * len(sizes) + int(sum(sizes) * part)
    options = Options(Format.CBZ, ORIGINAL, target_size_bytes=target)
    manifest = Manifest(options, (ManifestComic("id", "path", METADATA, pages),))
    preset, left = within_target(manifest).options.preset, target - overhead_bytes(manifest)
    limits = [preset.page_limit(page.facts) or page.facts.size_bytes for page in pages]
    used = sum(min(limit, size) for limit, size in zip(limits, sizes, strict=True))
    assert min(left, sum(sizes)) - 2 * len(sizes) <= used <= left


words = st.text(max_size=60)
page_types = st.sampled_from(["", "FrontCover", "Letters Advertisement"])


@given(
    st.sampled_from(Format),
    st.builds(ComicMetadata, words, words, words, summary=words, publisher=words, language=words),
    st.tuples(words, words),
    st.integers(1, 3),
    st.sampled_from(["JPEG", "PNG"]),
    st.tuples(*[st.builds(PageMarks, page_types, words, st.none() | st.booleans(), words)] * 3),
)
def test_a_file_has_no_more_beside_its_pages_than_was_reckoned(
    tmp_path_factory: pytest.TempPathFactory,
    format: Format,
    metadata: ComicMetadata,
    words: tuple[str, str],
    chapters: int,
    kind: str,
    marks: tuple[PageMarks, ...],
):
    metadata = replace(
        metadata,
        genre=words[0],
        creators=(Creator(words[0], CreatorRole.WRITER),),
        details=SourceDetails(notes=words[0], characters=words[1], count=chapters),
    )
    data = encoded(drawing(160, 120), kind)
    pages = [
        ManifestPage(index, f"{words[1]}{index}.jpg", facts_of(data), own)
        for index, own in enumerate(marks)
    ]
    comics = tuple(
        ManifestComic(
            "id",
            "path",
            replace(metadata, number=str(chapter)),
            tuple(pages),
            (7,) if chapter else (),
        )
        for chapter in range(chapters)
    )
    manifest = Manifest(Options(format, ORIGINAL), comics)
    output = [
        OutputComic(
            comic.metadata,
            [
                OutputPage(page.name, page.facts, partial(io.BytesIO, data), page.marks)
                for page in pages
            ],
            comic.missing,
        )
        for comic in comics
    ]
    book = Document(manifest.title, output)
    built = WRITERS[format](book, tmp_path_factory.mktemp("book") / "out", silent)
    assert built.size_bytes - book.size_bytes <= overhead_bytes(manifest)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "BMP"])
@pytest.mark.parametrize("format", Format)
def test_target_is_kept_with_other_kinds_of_pages(format: Format, kind: str, tmp_path: Path):
    sources = [busy(seed, kind) for seed in range(4)] + [busy(9)]
    target = int(sum(len(data) for data in sources) * 0.3)
    size_bytes = built_size(
        sources, within_target(manifest_of(sources, format, ORIGINAL, target)), tmp_path
    )
    assert size_bytes <= target


@pytest.mark.parametrize(
    "preset", [PRESETS["480p"], PRESETS["kindle-paperwhite"], Preset("", grayscale=True)]
)
def test_target_is_kept_with_a_preset(preset: Preset, tmp_path: Path):
    sources = [busy(seed) for seed in range(5)]
    natural = built_size(sources, manifest_of(sources, Format.CBZ, preset, None), tmp_path)
    target = natural * 2 // 3
    size_bytes = built_size(
        sources, within_target(manifest_of(sources, Format.CBZ, preset, target)), tmp_path
    )
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
    assert (
        convert(io.BytesIO(data), facts, Preset("", bytes_ratio=1.0), tmp_path / "page", MAX_PIXELS)
        == facts
    )


def test_without_a_target_nothing_changes():
    manifest = manifest_of([busy(1)], Format.CBZ, PRESETS["480p"], None)
    assert within_target(manifest) is manifest


def test_target_that_no_page_fits_into_is_refused_with_a_remedy():
    manifest = manifest_of([busy(1)] * 40, Format.CBZ, ORIGINAL, 50_000)
    with pytest.raises(InvalidRequest, match=r"Allow 0\.\d MB or pick fewer pages"):
        within_target(manifest)
