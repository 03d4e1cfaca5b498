"""Resolve a request that becomes several files: which comics go into which, and their names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ...db.library import metadata_of_comics
from ...db.session import Session
from ...domain.comic_names import file_stem_of_all, name_of_all
from ...domain.errors import ComicUnreadable, InvalidRequest, NotFound
from ...domain.filenames import MAX_FILENAME_BYTES, safe_filename
from ...domain.library import ComicMetadata
from ...domain.own_file import common_format
from ...domain.split import Split, divide, has_volumes
from ..context import Context
from .filenames import unique_filenames
from .parts import in_parts
from .request import DownloadRequest
from .resolve import ResolvedRequest, resolve_requests, selected_comic_ids


@dataclass(frozen=True)
class ResolvedGroup:
    """A request with ``split`` whose input was looked up.

    Attributes:
        request: The request as the user sent it.
        split: How its comics are divided.
        files: The resolved request of each file, in order.
        title: What the group is called.
        filename: The name of the archive with all its files.
    """

    request: DownloadRequest
    split: Split
    files: tuple[ResolvedRequest, ...]
    title: str
    filename: str

    @property
    def format(self) -> str:
        """The format of the files, or MIXED."""
        return common_format([one.manifest.file_format for one in self.files])

    @property
    def content_keys(self) -> list[str]:
        """The content keys of the files, in order."""
        return [one.content_key for one in self.files]

    @property
    def request_key(self) -> str:
        """A text that is equal for requests that lead to equal files in the same order."""
        return _key_of((one.content_key, one.filename) for one in self.files)

    @property
    def request_keys(self) -> tuple[str, str]:
        """The request key, and the one that it was before the comics were read."""
        return self.request_key, _key_of((one.asked_key, one.filename) for one in self.files)


def _key_of(files: Iterable[tuple[str, str]]) -> str:
    return hashlib.sha256("\n".join(map(" ".join, files)).encode()).hexdigest()


def resolve_group(
    context: Context, session: Session, request: DownloadRequest, split: Split
) -> ResolvedGroup:
    """Look up the comics, divide them among files, and resolve the input of each.

    Raises the errors of ``resolve_request``, and InvalidRequest where a choice cannot be made for
    several files.
    """
    comic_ids = list(selected_comic_ids(context, session, request.comic_ids, request.series_id))
    if request.pages.strip().lower() not in {"", "all"} and len(comic_ids) > 1:
        raise InvalidRequest(
            "A range of pages can only be picked from a single comic. "
            "Leave “pages” out for several comics."
        )
    comics = metadata_of_comics(session, comic_ids)
    places = divide(comics, split)
    requests = [
        replace(request, comic_ids=tuple(comic_ids[one] for one in file), series_id=None)
        for file in places
    ]
    requests, places = in_parts(context, session, requests, places)
    resolved = resolve_requests(context, session, requests)
    names = (
        unique_filenames(one.filename for one in resolved)
        if resolved[0].manifest.options.untouched
        else _filenames(
            [[comics[one] for one in file] for file in places],
            [one.part.suffix if one.part else "" for one in requests],
            resolved[0].manifest.options.extension,
        )
    )
    title = name_of_all(comics) or "Comics"
    return ResolvedGroup(
        request,
        split,
        tuple(replace(one, filename=name) for one, name in zip(resolved, names, strict=True)),
        title,
        safe_filename(title, "zip"),
    )


def tell_volumes(context: Context, comic_ids: Sequence[str]) -> bool:
    """Return whether the comics say enough to make a file of each volume."""
    try:
        with context.db.read() as session:
            return has_volumes(metadata_of_comics(session, comic_ids))
    except (NotFound, ComicUnreadable):  # The request will say so.
        return False


def _filenames(
    files: Sequence[Sequence[ComicMetadata]], suffixes: Sequence[str], extension: str
) -> list[str]:
    """Return the name of each file; no two are the same, also where case does not matter."""
    # This leaves room for the number that tells equal names apart.
    max_bytes = MAX_FILENAME_BYTES - len(f".{extension} (1000)")
    return unique_filenames(
        safe_filename(
            file_stem_of_all(comics, max_bytes - len(suffix)) + suffix,
            extension,
        )
        for comics, suffix in zip(files, suffixes, strict=True)
    )
