"""The rows above the whole library: what is new, ready, and was downloaded lately."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ...domain.library import ComicFilters
from ...usecases.downloads.group_snapshots import GroupSnapshot
from ...usecases.downloads.snapshots import JobSnapshot
from ...usecases.library.highlights import ROW_LENGTH, Highlights
from ...usecases.library.shelf import Mark, Shelved
from .. import labels, routes, wording
from .downloads import title
from .library_address import COMICS, LibraryAddress
from .shelf import ShelfCard, shelf_card


@dataclass(frozen=True)
class LibraryRow:
    """A row of cards, and where all of its kind are."""

    title: str
    href: str
    cards: tuple[ShelfCard, ...]


@dataclass(frozen=True)
class ReadyFile:
    """A finished file that its user has not saved yet; of a group, the ZIP of its files."""

    id: str
    title: str
    facts: str
    filename: str
    cover_url: str
    file_href: str


def library_rows(
    found: Highlights, marks: Mapping[str, Mark], shelf_length: int | None, *, for_owner: bool
) -> list[LibraryRow]:
    """Return the rows of cards that are not empty.

    Without a longer shelf than a row below it, *New* would show the same again. ``shelf_length`` is
    None if it is not known, and long.
    """
    shows_new = shelf_length is None or shelf_length > ROW_LENGTH
    fetched = LibraryAddress(COMICS, filters=ComicFilters(fetched=True))
    rows = (
        ("New", LibraryAddress(sort="newest"), found.new if shows_new else ()),
        ("Lately downloaded", fetched, found.fetched),
    )
    return [
        LibraryRow(words, address.as_text(), tuple(_cards(items, marks, for_owner=for_owner)))
        for words, address, items in rows
        if items
    ]


def _cards(
    items: Sequence[Shelved], marks: Mapping[str, Mark], *, for_owner: bool
) -> Iterable[ShelfCard]:
    for one in items:
        yield shelf_card(one, marks.get(one.id, Mark.NONE), for_owner=for_owner)


def ready_files(found: Sequence[JobSnapshot | GroupSnapshot]) -> list[ReadyFile]:
    """Return the cards of finished files."""
    return [
        _ready_group(one) if isinstance(one, GroupSnapshot) else _ready_job(one) for one in found
    ]


def _ready_job(job: JobSnapshot) -> ReadyFile:
    return ReadyFile(
        id=job.id,
        title=title(job),
        facts=wording.facts(labels.format_name(job.format), wording.size(job.file_size_bytes)),
        filename=job.filename,
        cover_url=routes.cover_image(job.comics[0].id) if job.comics else "",
        file_href=routes.download_file(job.id),
    )


def _ready_group(group: GroupSnapshot) -> ReadyFile:
    files = f"{wording.count(group.file_count, 'file')} in a ZIP"
    return ReadyFile(
        id=group.id,
        title=group.title,
        facts=wording.facts(files, wording.size(group.file_size_bytes)),
        filename=group.filename,
        cover_url=routes.cover_image(group.cover_comic_id),
        file_href=routes.group_file(group.id),
    )
