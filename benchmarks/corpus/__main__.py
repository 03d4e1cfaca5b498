"""Read a folder of real files through the product, and hold the results against other programs.

Usage: ``python -m benchmarks.corpus DIR``. Each file is scanned in a library of its own and made
into a CBZ, a PDF and an EPUB of original quality, by a process with limits of time and memory;
images go into a CBZ of one page. Pillow, libvips, Chromium, poppler, 7z, bsdtar and, if pymupdf is
installed, mupdf are asked what they make of the same file, and the pixels of pages are compared. It
fails if a file crashed or hung, if more than 1 % were refused although others open them, or if a
page has wrong pixels. Where programs differ among themselves, a page is right if one of them
agrees: without mupdf, a few pages of test suites lack the only program that does.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.corpus.limited import LimitedProcess
from benchmarks.corpus.samples import Sample, find_samples
from benchmarks.corpus.verdict import Outcome, Result, compared, judged

# On a quiet machine, the slowest known file takes 35 seconds, most of it in other programs.
SECONDS = 300
MAX_MEGABYTES = 4000
MAX_REFUSED_WRONGLY = 0.01


def examine(samples: list[Sample], folder: Path, pictures: Path) -> list[Result]:
    """Ask the product and the others about every sample; print each that is not simply read."""
    product = LimitedProcess(
        "benchmarks.corpus.product",
        [str(folder / "world"), str(pictures)],
        SECONDS,
        MAX_MEGABYTES,
        folder / "product.log",
    )
    others = LimitedProcess(
        "benchmarks.corpus.others", [str(pictures)], SECONDS, 0, folder / "others.log"
    )
    results = []
    try:
        for number, sample in enumerate(samples):
            result = judged(sample, f"{number}", product, others)
            results.append(compared(result, pictures))
            if result.outcome is not Outcome.READ or results[-1].faults:
                print(results[-1].line(), flush=True)
    finally:
        product.end()
        others.end()
    return results


def report(results: list[Result]) -> int:
    """Print the scoreboard; return 1 if the product failed it."""
    counts = Counter(result.outcome for result in results)
    print()
    for outcome in Outcome:
        print(f"{counts[outcome]:6}  {outcome}")
    faults = [result for result in results if result.faults]
    print(f"{len(faults):6}  of them with wrong pixels, a failed job or a complaint of others")
    slowest = max(results, key=lambda result: result.seconds)
    largest = max(results, key=lambda result: result.megabytes)
    print(f"longest: {slowest.seconds:.1f} s, {slowest.sample.name}")
    print(f"most memory: {largest.megabytes:.0f} MB, {largest.sample.name}")
    failed = counts[Outcome.CRASHED] + counts[Outcome.HUNG] + len(faults) > 0 or counts[
        Outcome.REFUSED_WRONGLY
    ] > MAX_REFUSED_WRONGLY * len(results)
    return int(failed)


def main() -> int:
    """Examine the folder and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.corpus", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of real files")
    parser.add_argument("--only", default="", help="only files whose path contains this text")
    parser.add_argument("--pictures", type=Path, help="empty folder for the small pictures")
    chosen = parser.parse_args()
    samples = [sample for sample in find_samples(chosen.folder) if chosen.only in sample.name]
    if not samples:
        parser.error("no files of comics or pages were found")
    if chosen.pictures and chosen.pictures.exists() and any(chosen.pictures.iterdir()):
        parser.error("the folder for the pictures holds those of another run")
    if importlib.util.find_spec("pymupdf") is None:
        print("pymupdf is not installed, so mupdf is not asked", flush=True)
    with tempfile.TemporaryDirectory(prefix="corpus-") as name:
        pictures = chosen.pictures or Path(name, "pictures")
        pictures.mkdir(parents=True, exist_ok=True)
        return report(examine(samples, Path(name), pictures.resolve()))


if __name__ == "__main__":
    sys.exit(main())
