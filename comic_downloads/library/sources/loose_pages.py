"""Tell which images of a library folder are the pages of a comic, and which belong to comics.

Programs put covers and fan art beside archives and into the folders of series.
"""

from __future__ import annotations

import contextlib
import os
import re
from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path, PurePosixPath

from .names import is_archive, is_left_out
from .page_kinds import HEAD_BYTES, is_page, looks_like_image, may_be_loose_page
from .page_order import is_cover

# Beside comics, so many numbered images are a comic themselves, not artwork.
_MIN_NUMBERED = 2
_ART_WORDS = frozenset(
    {
        *("cover", "covers", "folder", "poster", "posters", "banner", "fanart", "fanarts"),
        *("series", "thumb", "thumbs", "thumbnail", "thumbnails", "backdrop", "background"),
        *("backgrounds", "landscape", "logo", "clearlogo", "clearart", "characterart"),
        *("discart", "keyart", "artwork", "art", "variant", "variants", "character"),
        *("characters", "wallpaper", "wallpapers", "promo", "icon"),
    }
)
_WORD = re.compile(r"[^\W\d_]+")
# To look for comics further down would take long, and so many folders are hardly all empty.
_MAX_FOLDERS = 200


def page_files(
    files: Mapping[str, str], folders: Sequence[str], *, is_library: bool = False
) -> list[str]:
    """Return the names of a folder's files that are pages of one comic, sorted.

    Without comics beside or below them, all images are. The library folder itself is a comic only
    if it holds nothing else.

    Args:
        files: The path of each file by its name.
        folders: The paths of the folders within, without those that are left out.
        is_library: Whether it is the library folder.
    """
    archives = list(filter(is_archive, files))
    others = files.keys() - set(archives)
    images = [name for name in sorted(others) if _is_image(name, files[name])]
    if not images or (is_library and (archives or folders)):
        return []
    if not archives and not _hold_comics(folders):
        return images
    comics = [_stem(name) for name in archives] + [Path(path).name.casefold() for path in folders]
    art = _artwork(images, sorted(comics))
    own = [name for name in images if name not in art]
    if sum(map(_is_numbered, own)) < _MIN_NUMBERED:
        return []
    return own if archives else images


def _is_image(name: str, path: str) -> bool:
    if is_page(name):
        return True
    if not may_be_loose_page(name):
        return False
    with contextlib.suppress(OSError):  # Pages are read later, and then the reason is told.
        no_waiting = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        descriptor = os.open(path, os.O_RDONLY | no_waiting)
        try:
            return looks_like_image(os.read(descriptor, HEAD_BYTES))
        finally:
            os.close(descriptor)
    return False


def _hold_comics(folders: Sequence[str]) -> bool:
    """Return whether an archive or an image is anywhere in the folders."""
    waiting = list(folders)
    for _ in range(_MAX_FOLDERS):
        if not waiting:
            return False
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if is_left_out(entry.name) or entry.is_symlink():
                    continue
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                elif is_archive(entry.name) or is_page(entry.name):
                    return True
    return True


def _artwork(images: Collection[str], comics: Sequence[str]) -> set[str]:
    """Return the images named like artwork, or like one of the comics (sorted, in lower case)."""
    known = set(comics)
    return {
        name for name in images if _is_artwork(name) or _is_named_after(_stem(name), comics, known)
    }


def _is_artwork(name: str) -> bool:
    stem = Path(name).stem
    words = _WORD.findall(stem.casefold())
    if not words:
        return False
    return is_cover(stem) or words[-1] in _ART_WORDS or (len(words) < 3 and words[0] in _ART_WORDS)


def _is_named_after(stem: str, comics: Sequence[str], known: Collection[str]) -> bool:
    """Return whether one of the names is the other with more words, or the same.

    “Nebula 1-poster” is named after “Nebula 1”, but “Nebula 10” is not.
    """
    at = bisect_left(comics, stem)
    if at < len(comics) and comics[at].startswith(stem) and _is_word_end(comics[at], len(stem)):
        return True
    return any(
        stem[:length] in known and _is_word_end(stem, length) for length in range(1, len(stem))
    )


def _is_word_end(text: str, at: int) -> bool:
    return at == len(text) or not text[at].isalnum()


def _is_numbered(name: str) -> bool:
    """Return whether the name begins or ends with a number."""
    words = re.findall(r"[^\W_]+", Path(name).stem)
    return bool(words) and (words[0][0].isdecimal() or words[-1][-1].isdecimal())


def _stem(name: str) -> str:
    return PurePosixPath(name).stem.casefold()
