"""Files fill their target and are estimated right, whatever their pages are."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw

from comic_downloads.domain.formats import Format
from comic_downloads.domain.library import ImageFacts
from comic_downloads.domain.options import Options
from comic_downloads.domain.presets import ORIGINAL
from comic_downloads.domain.quality import Preset
from comic_downloads.packaging.sizing.estimate import MAX_SAMPLE_PAGES, sample_indexes
from comic_downloads.usecases.downloads.request import DownloadRequest
from comic_downloads.usecases.downloads.snapshots import JobSnapshot
from comic_downloads.usecases.downloads.submit import estimate_download
from comic_downloads.usecases.preparing import build
from tests.packaging.zoo import MAX_PIXELS, convert, encoded, facts_of
from tests.queue.world import World

SIZE = (240, 360)


def noise(chance: random.Random, strength: int) -> Image.Image:
    grain = Image.frombytes("L", SIZE, chance.randbytes(SIZE[0] * SIZE[1]))
    return grain.point([128 + (value - 128) * strength // 128 for value in range(256)])


@cache
def painted(seed: int) -> Image.Image:
    """Draw soft colours under a paper-like grain, which is stronger with every seed.

    No kind of image compresses it well.
    """
    chance = random.Random(seed)
    soft = Image.frombytes("RGB", (5, 8), chance.randbytes(120)).resize(
        SIZE, Image.Resampling.BICUBIC
    )
    grain = Image.merge("RGB", [noise(chance, 6 + seed) for _ in range(3)])
    return ImageChops.add(soft, grain, 1, -128)


@cache
def drawn(seed: int) -> Image.Image:
    """Flat colours with soft edges."""
    chance = random.Random(seed)
    image = Image.new("RGB", (2 * SIZE[0], 2 * SIZE[1]), "white")
    draw = ImageDraw.Draw(image)
    for _ in range(25 + 5 * seed):
        left, top = chance.randrange(image.width), chance.randrange(image.height)
        box = (left, top, left + chance.randrange(20, 200), top + chance.randrange(20, 200))
        draw.ellipse(
            box, fill=chance.choice(("red", "gold", "teal", "navy")), outline="black", width=3
        )
    return image.resize(SIZE, Image.Resampling.LANCZOS)


def alternating(kind: str, **options: object) -> Callable[[], list[bytes]]:
    return lambda: [encoded(painted(n) if n % 2 else drawn(n), kind, **options) for n in range(6)]


def mixed() -> list[bytes]:
    kinds = [
        ("JPEG", 85),
        ("PNG", None),
        ("WEBP", 80),
        ("JPEG", 92),
        ("PNG", None),
        ("JPEG", 85),
        ("JPEG", 85),
    ]
    return [
        encoded(
            painted(n) if n % 3 else drawn(n), kind, **({"quality": quality} if quality else {})
        )
        for n, (kind, quality) in enumerate(kinds)
    ]


COMICS: dict[str, Callable[[], list[bytes]]] = {
    "paintings in PNG": lambda: [encoded(painted(n), "PNG") for n in range(4)],
    "paintings in gray PNG": lambda: [encoded(painted(n).convert("L"), "PNG") for n in range(4)],
    "small JPEG": lambda: [encoded(painted(n), "JPEG", quality=80) for n in range(10)],
    "finest JPEG": lambda: [
        encoded(painted(n), "JPEG", quality=100, subsampling="4:4:4") for n in range(4)
    ],
    "WebP": alternating("WEBP", quality=90),
    "WebP without loss": alternating("WEBP", lossless=True),
    "mixed": mixed,
}
SUFFIXES = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/bmp": "bmp",
}


def add_comic(world: World, pages: Sequence[bytes]) -> str:
    folder = world.settings.library / "Comic"
    folder.mkdir()
    for number, data in enumerate(pages):
        (folder / f"{number:02}.{SUFFIXES[facts_of(data).media_type]}").write_bytes(data)
    return world.scan("Comic")


def prepared(world: World, comic: str, **wishes) -> tuple[JobSnapshot, int]:
    """Prepare a job, and return it with the size that was estimated before."""
    estimate = estimate_download(world.context, DownloadRequest(comic_ids=(comic,), **wishes))
    job = world.submit(world.add_user(f"reader {len(wishes)}"), comic, **wishes)
    assert world.prepare_here()
    done = world.job(job)
    assert done.status == "ready", done.error
    return done, estimate.size_bytes


def size_of(job: JobSnapshot) -> int:
    assert job.file_size_bytes is not None
    return job.file_size_bytes


@pytest.mark.parametrize("quality", ["original", "480p", "gray"])
@pytest.mark.parametrize("format", Format)
@pytest.mark.parametrize("kind", COMICS)
def test_target_is_filled_and_foretold_where_the_file_would_be_larger(
    world: World, kind: str, format: str, quality: str
):
    comic = add_comic(world, COMICS[kind]())
    wishes = (
        {"format": format, "grayscale": True}
        if quality == "gray"
        else {"format": format, "quality": quality}
    )
    natural, _ = prepared(world, comic, **wishes)
    for share in (0.5, 0.95):
        target = int(size_of(natural) * share)
        job, estimate = prepared(world, comic, target_size_bytes=target, **wishes)
        assert 0.9 * target <= size_of(job) <= target
        assert estimate == pytest.approx(size_of(job), rel=0.15)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.2, 0.45, 0.6, 0.75, 0.9, 0.97])
def test_page_fills_its_share(kind: str, share: float, tmp_path: Path):
    options: dict[str, object] = {
        "JPEG": {"quality": 100, "subsampling": "4:4:4"},
        "WEBP": {"lossless": True},
    }.get(kind, {})
    data = encoded(painted(3), kind, **options)
    facts, preset = facts_of(data), replace(ORIGINAL, bytes_ratio=share)
    limit = preset.page_limit(facts)
    assert limit is not None
    made = convert(io.BytesIO(data), facts, preset, tmp_path / "page", MAX_PIXELS)
    assert 0.9 * limit <= made.size_bytes <= limit
    assert (made.width, made.height) == SIZE


@pytest.mark.parametrize("share", [0.4, 0.99])
def test_page_of_nothing_but_noise_is_encoded_finely(share: float, tmp_path: Path):
    data = encoded(
        Image.frombytes("RGB", SIZE, random.Random(1).randbytes(3 * SIZE[0] * SIZE[1])), "PNG"
    )
    facts, preset = facts_of(data), replace(ORIGINAL, bytes_ratio=share)
    made = convert(io.BytesIO(data), facts, preset, tmp_path / "page", MAX_PIXELS)
    assert 0.9 * share * facts.size_bytes <= made.size_bytes


@pytest.mark.parametrize("share", [0.6, 0.9])
def test_page_of_the_strongest_noise_is_not_taken_for_a_damaged_one(share: float, tmp_path: Path):
    size = (500, 500)
    # Every level becomes nearly black or nearly white.
    gray = bytes(value // 4 if value < 128 else 255 - (255 - value) // 4 for value in range(256))
    data = encoded(
        Image.frombytes(
            "RGB", size, random.Random(1).randbytes(3 * size[0] * size[1]).translate(gray)
        ),
        "PNG",
    )
    facts, preset = facts_of(data), replace(ORIGINAL, bytes_ratio=share)
    limit = preset.page_limit(facts)
    made = convert(io.BytesIO(data), facts, preset, tmp_path / "page", MAX_PIXELS)
    assert limit is not None and 0.9 * limit <= made.size_bytes <= limit


@pytest.mark.parametrize(("kind", "share"), [("PNG", 0.94), ("WEBP", 0.9)])
def test_page_close_to_its_own_size_loses_next_to_nothing(kind: str, share: float, tmp_path: Path):
    original = painted(-5)
    data = encoded(original, kind, **({"lossless": True} if kind == "WEBP" else {}))
    convert(
        io.BytesIO(data),
        facts_of(data),
        replace(ORIGINAL, bytes_ratio=share),
        tmp_path / "page",
        MAX_PIXELS,
    )
    with Image.open(tmp_path / "page") as made:
        extremes = ImageChops.difference(made.convert("RGB"), original).getextrema()
    assert made.format == kind
    assert extremes == ((0, 1), (0, 1), (0, 1))


@pytest.mark.parametrize(
    "format", [format for format in Format if format.facts.embeddable_types is not None]
)
def test_large_target_changes_no_page_of_a_document(world: World, format: str):
    comic = add_comic(world, COMICS["WebP"]())
    natural, _ = prepared(world, comic, format=format)
    job, estimate = prepared(world, comic, format=format, target_size_bytes=size_of(natural) * 2)
    assert size_of(job) == pytest.approx(size_of(natural), rel=0.02)
    assert estimate == pytest.approx(size_of(job), rel=0.15)


def test_target_makes_no_page_better_than_it_would_be_without(world: World):
    comic = add_comic(world, [encoded(painted(n), "JPEG", quality=85) for n in range(3)])
    natural, _ = prepared(world, comic, grayscale=True)
    job, _ = prepared(world, comic, grayscale=True, target_size_bytes=size_of(natural) * 3)
    assert size_of(job) == size_of(natural)


@pytest.mark.parametrize("format", ["cbz", "epub"])
def test_pages_of_wasteful_kinds_keep_every_pixel_where_they_fit_so(world: World, format: str):
    pages = [encoded(painted(n).quantize(64), "GIF") for n in range(5)]
    comic = add_comic(world, pages)
    target = size_of(prepared(world, comic, format=format)[0]) - 100
    job, estimate = prepared(world, comic, format=format, target_size_bytes=target)
    assert size_of(job) <= target
    assert estimate == pytest.approx(size_of(job), rel=0.15)
    with world.file_of(job) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".png"))
        images = [Image.open(io.BytesIO(archive.read(name))).convert("RGB") for name in names]
    originals = [Image.open(io.BytesIO(page)).convert("RGB") for page in pages]
    assert [image.tobytes() for image in images] == [image.tobytes() for image in originals]


def test_pages_are_converted_again_only_where_some_need_less_than_their_share(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    built: list[int] = []
    larger = build.with_larger_pages

    def note(manifest, target_bytes, built_bytes, made):
        built.append(built_bytes)
        return larger(manifest, target_bytes, built_bytes, made)

    monkeypatch.setattr(build, "with_larger_pages", note)
    comic = add_comic(world, COMICS["WebP without loss"]())
    natural, _ = prepared(world, comic, quality="480p", grayscale=True, image_format="jpeg")
    target = int(size_of(natural) * 0.95)
    job, _ = prepared(
        world, comic, quality="480p", grayscale=True, image_format="jpeg", target_size_bytes=target
    )
    assert built[-1] == size_of(job) >= 0.9 * target
    assert 2 <= len(built) <= 3
    assert all(size_bytes < 0.9 * target for size_bytes in built[:-1])


def test_every_kind_of_page_is_sampled():
    def page(kind: str, number: int) -> ImageFacts:
        return ImageFacts(kind, 1000, 1500, 200_000 + number, 0, f"{kind}{number}")

    facts = [page("image/jpeg", n) for n in range(20)] + [
        page("image/png", 1),
        page("image/gif", 2),
        page("image/webp", 3),
    ]
    indexes = sample_indexes(Options(Format.CBZ, Preset("", max_height=720)), facts)
    assert {facts[index].media_type for index in indexes} == {page.media_type for page in facts}
    assert len(set(indexes)) == len(indexes) <= MAX_SAMPLE_PAGES
