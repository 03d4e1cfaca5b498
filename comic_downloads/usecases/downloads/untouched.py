"""Look up the library's own files of comics, which are to be sent untouched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ...db.library import comics_by_id
from ...db.session import Session
from ...db.tables import Comic
from ...domain.errors import NoOriginalFile, Place
from ...domain.library import fingerprint_of_files
from ...domain.manifest import Manifest, ManifestComic
from ...domain.options import Options
from ...domain.own_file import FileIdentity, OwnFile, has_own_file
from ...library.own_files import find_own_file
from ...library.page_faults import file_changed, file_gone, file_out_of_reach
from ...library.presence import KnownMounts, away_error
from ...library.scanner import find_comic
from ..context import Context


def with_own_files(
    context: Context, session: Session, comics: Mapping[str, ManifestComic]
) -> dict[str, ManifestComic]:
    """Return the comics with their files as they are now, by their ids.

    Their pages count, but they need not be read, and may be damaged.

    Raises:
        NoOriginalFile: A comic is a folder.
        ComicChanged: A file was changed or removed after the scan.
        StorageUnavailable: A file cannot be looked at now.
    """
    known = comics_by_id(session, list(comics))
    return {
        comic_id: replace(comic, missing=(), is_read=True, file=_own_file(context, known[comic_id]))
        for comic_id, comic in comics.items()
    }


def own_file_manifest(options: Options, comics: Sequence[ManifestComic]) -> Manifest:
    """Return the input of a file that stays untouched.

    Raises:
        NoOriginalFile: There are several comics.
    """
    if len(comics) > 1:
        raise NoOriginalFile(
            f"{len(comics)} comics cannot be one untouched file. Choose one file each: these can "
            "be fetched together as one ZIP."
        )
    return Manifest(options, tuple(comics))


def _own_file(context: Context, comic: Comic) -> OwnFile:
    if not has_own_file(comic.kind):
        raise NoOriginalFile(
            f"“{comic.title}” is a folder of images, so that there is no file to leave untouched. "
            "Choose another quality, or leave this comic out."
        )
    identity = _identity(context, comic)
    found = find_comic(context.settings.library, comic.path)
    if found is None or not found.has_fingerprint(fingerprint_of_files(comic.fingerprint)):
        raise file_changed(comic.title, Place(comic.id))
    return OwnFile(comic.kind, comic.path.rpartition("/")[2], identity)


def _identity(context: Context, comic: Comic) -> FileIdentity:
    settings, place = context.settings, Place(comic.id)
    try:
        identity = find_own_file(settings.library, comic.path)
    except OSError as error:
        raise file_out_of_reach(comic.title, error, place) from error
    if identity is not None:
        return identity
    if KnownMounts(settings.library, settings.library_mounts).is_away(comic.path):
        raise away_error()
    raise file_gone(comic.title, place)
