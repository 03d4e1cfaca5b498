"""What became of one sample, judged by what other programs make of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from benchmarks.corpus.limited import Crashed, Hung, LimitedProcess
from benchmarks.corpus.pictures import WRONG_INKS, WRONG_PIXELS, difference
from benchmarks.corpus.samples import Kind, Sample


class Outcome(StrEnum):
    """The kinds of outcomes, in the words of the report."""

    READ = "read"
    REFUSED = "refused with a reason"
    REFUSED_WRONGLY = "refused although others open it"
    CRASHED = "crashed"
    HUNG = "hung"


@dataclass(frozen=True)
class Result:
    """What became of a sample.

    Attributes:
        sample: The file.
        number: The prefix of its small pictures.
        outcome: The verdict.
        reason: The product's words, if it refused the file or a page.
        opened_by: The other programs that open the file.
        faults: Failed jobs, complaints of strict programs, and pages with wrong pixels.
        has_inks: Whether the picture is in inks, and no profile says how they look.
        misread_by: The programs that are known to misread files of this kind.
        seconds: How long the product took.
        megabytes: The most memory that it used.
    """

    sample: Sample
    number: str
    outcome: Outcome
    reason: str = ""
    opened_by: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    has_inks: bool = False
    misread_by: tuple[str, ...] = ()
    seconds: float = 0.0
    megabytes: float = 0.0

    def line(self) -> str:
        """Return the result in one line."""
        parts = [f"{self.outcome}: {self.sample.name}"]
        parts += [self.reason] if self.reason else []
        parts += [f"opened by {', '.join(self.opened_by)}"] if self.opened_by else []
        return " | ".join([*parts, *self.faults])


def judged(sample: Sample, number: str, product: LimitedProcess, others: LimitedProcess) -> Result:
    """Ask the product and the others, and return the verdict without a look at the pixels."""
    question = {
        "path": str(sample.path.resolve()),
        "name": sample.name,
        "kind": sample.kind,
        "number": number,
    }
    started = time.monotonic()
    try:
        answers = product.ask(question)
    except Hung:
        return Result(sample, number, Outcome.HUNG)
    except Crashed as error:
        return Result(sample, number, Outcome.CRASHED, str(error))
    seconds = time.monotonic() - started
    try:
        found = others.ask(question)
    except (Hung, Crashed):
        found = {"opened": [], "files": {}}
    reason = _reason(answers)
    refused = bool(answers["error"]) or any(page["error"] for page in answers["pages"])
    outcome = Outcome.READ
    if refused:
        outcome = Outcome.REFUSED_WRONGLY if found["opened"] else Outcome.REFUSED
    faults = [f"{format}: {end}" for format, end in answers["jobs"].items() if end != "ready"]
    if not refused and sample.kind is Kind.ARCHIVE:
        faults += _missing_files(answers, found["files"])
    return Result(
        sample,
        number,
        outcome,
        reason,
        tuple(found["opened"]),
        tuple(faults),
        found.get("has_inks", False),
        tuple(found.get("misread_by", ())),
        seconds,
        answers["megabytes"],
    )


def _reason(answers: dict[str, Any]) -> str:
    errors = [answers["error"] or "", *(page["error"] or "" for page in answers["pages"])]
    if answers["error"] == "it was passed over":
        errors.append(f"({answers['problems'] or 'no word'})")
    return " / ".join(dict.fromkeys(filter(None, errors)))[:400]


def _missing_files(answers: dict[str, Any], files: dict[str, list[str]]) -> list[str]:
    """Return a fault for every page whose bytes no other program gets out of the archive."""
    known = {digest for digests in files.values() for digest in digests}
    if not known:
        return []
    return [
        f"{page['name']} has other bytes"
        for page in answers["pages"]
        if page["sha256"] not in known
    ]


def compared(result: Result, pictures: Path) -> Result:
    """Return the result with a fault for each page that differs from what all others show.

    Pillow counts only where no other program opens the file, because the product uses it too.
    """
    trusted = [name for name in result.opened_by if name not in result.misread_by]
    references = [name for name in trusted if name != "Pillow"] or trusted
    wrong = WRONG_INKS if result.has_inks else WRONG_PIXELS
    faults = list(result.faults)
    for ours in sorted(pictures.glob(f"{result.number}-*-*.png")):
        what, page = ours.stem.split("-")[1:]
        if what not in {"shown", "pdf", "epub"}:
            continue
        theirs = [pictures / f"{result.number}-{name}-{page}.png" for name in references]
        differences = {
            path.stem.split("-")[1]: difference(ours, path) for path in theirs if path.is_file()
        }
        if differences and min(differences.values()) > wrong:
            told = ", ".join(f"{name} {value:.0f}" for name, value in differences.items())
            faults.append(f"wrong pixels ({what}, page {int(page) + 1}: {told})")
    return replace(result, faults=tuple(faults))
