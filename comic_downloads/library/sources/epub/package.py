"""Read the package document of an EPUB: its files and their reading order.

Source: EPUB 3.3, sections 4.2.6.3 and 5.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from ....domain.errors import ComicUnreadable
from ..source import MIB
from ..zip_archive import ZipArchive
from .contents import NCX, contents
from .lenient_xml import OPF, root_of
from .names import EntryNames, path_of

MAX_PACKAGE_BYTES = 4 * MIB
CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_APPLE_OPTIONS = "META-INF/com.apple.ibooks.display-options.xml"
_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_NOT_EPUB = "The EPUB is damaged: its table of contents cannot be read. Copy or download it again."


@dataclass(frozen=True)
class SpineItem:
    """A document in the reading order.

    Attributes:
        path: Its path in the archive, as the manifest writes it.
        entry: The file of the archive that the path means; None if there is none.
        media_type: As the manifest declares it.
        is_contents: Whether it is the table of contents, or beside the reading order.
    """

    path: str
    entry: str | None
    media_type: str
    is_contents: bool


class Package:
    """The package document: the files of the book, and their reading order.

    Attributes:
        path: The name of its file in the archive.
    """

    def __init__(self, archive: ZipArchive) -> None:
        """Read the package document.

        Raises:
            ComicUnreadable: there is none, or it cannot be read.
        """
        self._archive = archive
        self._names = EntryNames(archive.entries)
        self.path = self._path()
        root = self._document(self.path) if self.path else None
        if root is None:
            raise ComicUnreadable(_NOT_EPUB)
        self._root = root
        self._folder = posixpath.dirname(self.path)
        self._items = {item.get("id"): item for item in root.iter(f"{OPF}item")}

    def _path(self) -> str:
        """Return the name that the container names, or else the only package document's."""
        container = self._document(CONTAINER)
        rootfiles = [
            element
            for element in (container.iter() if container is not None else ())
            if element.tag.endswith("rootfile")
        ]
        named = (self._names.find("", element.get("full-path", "")) for element in rootfiles)
        packages = [name for name in self._archive.entries if name.lower().endswith(".opf")]
        return next(filter(None, named), packages[0] if len(packages) == 1 else "")

    def _document(self, path: str) -> Element | None:
        name = self._names.find("", path)
        data = self._archive.read_small(name, MAX_PACKAGE_BYTES) if name else None
        return None if data is None else root_of(data)

    def media_types(self) -> dict[str, str]:
        """Return the media types that the manifest declares, by the names of the files."""
        declared = (
            (self._entry(item), item.get("media-type", "")) for item in self._items.values()
        )
        return {name: media_type for name, media_type in declared if name is not None}

    def spine(self) -> Iterator[SpineItem]:
        """Yield the documents in reading order."""
        for reference in self._root.iter(f"{OPF}itemref"):
            name = reference.get("idref", "")
            item = self._items.get(name)
            if item is None:
                yield SpineItem(name, None, "", is_contents=False)
                continue
            is_contents = "nav" in item.get("properties", "").split()
            yield SpineItem(
                path_of(self._base(item), item.get("href", "")),
                self._entry(item),
                item.get("media-type", ""),
                is_contents or reference.get("linear") == "no",
            )

    def contents(self) -> list[tuple[str, str]]:
        """Return document and title of each entry in the table of contents.

        Entries whose document is not in the archive are left out.
        """
        for item in self._items.values():
            is_table = "nav" in item.get("properties", "").split() or item.get("media-type") == NCX
            name = self._entry(item) if is_table else None
            root = self._document(name) if name is not None else None
            if name is None or root is None:
                continue
            links = (
                (self._names.find(posixpath.dirname(name), link), title)
                for link, title in contents(root)
            )
            found = [(entry, title) for entry, title in links if entry is not None]
            if found:
                return found
        return []

    def _entry(self, item: Element) -> str | None:
        return self._names.find(self._base(item), item.get("href", ""))

    def _base(self, item: Element) -> str:
        folder = self._folder
        for element in (self._root, self._root.find(f"{OPF}manifest"), item):
            base = element.get(_BASE) if element is not None else None
            folder = posixpath.dirname(path_of(folder, f"{base}x")) if base else folder
        return folder

    def encrypted(self) -> set[str]:
        """Return the names of encrypted files (EPUB 3.3, section 4.2.6.3.2), often only fonts."""
        root = self._document(_ENCRYPTION)
        references = (
            element
            for element in (root.iter() if root is not None else ())
            if element.tag.endswith("CipherReference")
        )
        names = (self._names.find("", element.get("URI", "")) for element in references)
        return {name for name in names if name is not None}

    def is_fixed(self) -> bool:
        """Return whether the pages have a fixed layout."""
        metas = self._metas()
        options = self._document(_APPLE_OPTIONS)
        return (
            metas.get("rendition:layout") == "pre-paginated"
            or metas.get("fixed-layout") == "true"
            or any(
                option.get("name") == "fixed-layout" and (option.text or "").strip() == "true"
                for option in (options.iter() if options is not None else ())
            )
            or any(
                "rendition:layout-pre-paginated" in reference.get("properties", "").split()
                for reference in self._root.iter(f"{OPF}itemref")
            )
        )

    def _metas(self) -> dict[str | None, str | None]:
        return {
            meta.get("name") or meta.get("property"): meta.get("content")
            or (meta.text or "").strip()
            for meta in self._root.iter(f"{OPF}meta")
        }
