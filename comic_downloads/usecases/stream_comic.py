"""A small comic at once, without a job: packed while it is sent, with its length known beforehand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from ..domain.artifact import Format
from ..domain.errors import InvalidFormat, InvalidRequest, PageUnreadable
from ..domain.link import content_disposition
from ..domain.manifest import Manifest, ManifestComic, ManifestPage
from ..packaging.archive import MAX_KNOWN_BYTES, Entry, archive_blocks, archive_size
from ..packaging.cbz import cbz_entries
from ..packaging.pages import Book, OutputComic, OutputPage
from ..packaging.zip import zip_entries
from .context import Context
from .freeze_request import DownloadRequest, freeze
from .open_comics import OpenComics, changed

FEWER_PAGES_THAN = 20  # a longer one is worth a file that can be resumed
_ENTRIES: dict[str, Callable[[Book], list[Entry]]] = {Format.CBZ: cbz_entries, Format.ZIP: zip_entries}


@dataclass(frozen=True)
class ComicStream:
    """``blocks`` gives exactly ``size_bytes`` bytes, once. ``content_key`` names them: it changes when they would."""

    disposition: str
    media_type: str
    size_bytes: int
    content_key: str
    blocks: Iterator[bytes]


def stream_comic(context: Context, comic_id: str, format_name: str) -> ComicStream:
    """The comic as CBZ or ZIP in original quality, byte for byte what a job would make of it.

    Raises NotFound, InvalidFormat, InvalidRequest for a comic that is too long, PageUnreadable and its kinds for a damaged
    one. The stream raises ComicChanged when a page is no longer what it was; it then ends too short.
    """
    if format_name not in _ENTRIES:
        raise InvalidFormat(f"“{format_name}” cannot be streamed. Choose cbz or zip, or ask for a download.")
    with context.db.read() as session:
        frozen = freeze(context, session, DownloadRequest(comic_ids=(comic_id,), format=format_name))
    manifest = frozen.manifest
    if manifest.page_count >= FEWER_PAGES_THAN or manifest.size_bytes > MAX_KNOWN_BYTES:
        raise InvalidRequest(
            f"This comic has {manifest.page_count} pages; only small ones of fewer than {FEWER_PAGES_THAN} are streamed. "
            "Ask for a download instead."
        )
    comics = OpenComics(context.settings.library)
    entries = _ENTRIES[format_name](_book(manifest, frozen.filename.removesuffix(f".{format_name}"), comics))
    return ComicStream(
        disposition=content_disposition(frozen.filename),
        media_type=Format(format_name).media_type,
        size_bytes=archive_size(entries),
        content_key=frozen.content_key,
        blocks=_blocks(entries, manifest, comics),
    )


def _book(manifest: Manifest, title: str, comics: OpenComics) -> Book:
    def output_page(comic: ManifestComic, page: ManifestPage) -> OutputPage:
        return OutputPage(page.name, page.facts, partial(comics.open_page, comic, page))

    output = [
        OutputComic(comic.metadata, tuple(output_page(comic, page) for page in comic.pages), comic.missing)
        for comic in manifest.comics
    ]
    return Book(title, tuple(output), with_metadata=manifest.options.metadata)


def _blocks(entries: Sequence[Entry], manifest: Manifest, comics: OpenComics) -> Iterator[bytes]:
    pages_written = 0

    def page_written() -> None:
        nonlocal pages_written
        pages_written += 1

    with comics:
        try:
            yield from archive_blocks(entries, page_written)
        except PageUnreadable as error:
            comic, page = list(manifest.pages())[pages_written]
            raise changed(comic, page) from error
