"""Names inside archives."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from comic_downloads.domain.library import ComicMetadata, ImageFacts
from comic_downloads.packaging.naming import numbered_names, own_names
from comic_downloads.packaging.pages import Document, OutputComic, OutputPage


def page(name: str, media_type: str = "image/jpeg") -> OutputPage:
    def never() -> None:
        raise AssertionError("naming must not open pages")

    return OutputPage(name, ImageFacts(media_type, 1, 1, 1, 0, ""), never)  # pyright: ignore[reportArgumentType]


def book_of(*comics: tuple[str, list[OutputPage]]) -> Document:
    return Document(
        "Book", tuple(OutputComic(ComicMetadata(title), tuple(pages)) for title, pages in comics)
    )


def names(entries: object) -> list[str]:
    return [name for name, _ in entries]  # pyright: ignore[reportGeneralTypeIssues]


def test_cbz_names_have_at_least_three_digits():
    book = book_of(("A", [page("b.jpg"), page("a.png", "image/png")]))
    assert names(numbered_names(book)) == ["001.jpg", "002.png"]


def test_cbz_names_sort_in_reading_order_beyond_a_thousand_pages():
    entries = names(numbered_names(book_of(("A", [page("x")] * 1000))))
    assert entries == sorted(entries)
    assert entries[0] == "0001.jpg"


def test_cbz_of_several_comics_stays_flat_and_sorted():
    book = book_of(("B", [page("1")] * 2), ("A", [page("1")] * 11))
    entries = names(numbered_names(book))
    assert entries == sorted(entries)
    assert entries[:3] == ["001-001.jpg", "001-002.jpg", "002-001.jpg"]


def test_cbz_extension_follows_the_content():
    assert names(numbered_names(book_of(("A", [page("liar.jpg", "image/webp")])))) == ["001.webp"]


def test_zip_keeps_names_and_numbers_doubles():
    pages = [page("cover.jpg"), page("a.jpg"), page("A.JPG"), page("a.jpg"), page("a_1.jpg")]
    assert names(own_names(book_of(("X", pages)))) == [
        "cover.jpg",
        "a.jpg",
        "A_2.JPG",
        "a_3.jpg",
        "a_1.jpg",
    ]


def test_zip_extension_that_lies_is_replaced():
    pages = [
        page("one.jpg", "image/png"),
        page("two.JPEG"),
        page("three"),
        page("v1.2 four", "image/gif"),
    ]
    assert names(own_names(book_of(("X", pages)))) == [
        "one.png",
        "two.JPEG",
        "three.jpg",
        "v1.2 four.gif",
    ]


def test_zip_of_several_comics_has_a_folder_each():
    book = book_of(
        ("Same", [page("1.jpg")]), ("Same", [page("1.jpg")]), ("Other/..", [page("1.jpg")])
    )
    assert names(own_names(book)) == ["Same/1.jpg", "Same_1/1.jpg", "Other/1.jpg"]


def test_zip_keeps_names_beyond_ascii():
    assert names(own_names(book_of(("X", [page("第１話 café.jpg")])))) == ["第１話 café.jpg"]


@given(st.lists(st.text(max_size=40), min_size=1, max_size=12), st.booleans())
def test_any_names_become_safe_and_different(originals: list[str], several: bool):
    pages = [page(name) for name in originals]
    comics = [(name, [page("1.jpg")]) for name in originals] if several else [("One", pages)]
    entries = names(own_names(book_of(*comics)))
    assert (
        len({unicodedata.normalize("NFC", entry).casefold() for entry in entries})
        == len(entries)
        == len(originals)
    )
    for entry in entries:
        assert entry.count("/") == (1 if several and len(originals) > 1 else 0)
        for part in entry.split("/"):
            assert part not in {"", ".", ".."}
            assert not set(part) & set('<>:"\\|?*')
            assert not {unicodedata.category(c) for c in part} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
            assert len(part.encode()) <= 255
            assert not part.endswith((" ", "."))
