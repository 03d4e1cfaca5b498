"""Reading lists on both databases."""

from __future__ import annotations

import pytest

from comic_downloads.domain.errors import ListNameTaken, NotFound
from comic_downloads.usecases.accounts.accounts import create_owner, create_user
from comic_downloads.usecases.library.reading_lists import (
    add_comics,
    change_list,
    create_list,
    delete_list,
    get_list,
    list_lists,
    remove_book,
)

from .shelf import Shelf, image, write_zip


def fill(shelf: Shelf, number: int) -> list[str]:
    for index in range(number):
        write_zip(shelf.library / f"Owl {index:03}.cbz", {"1.jpg": image(size=(60, 90 + index))})
    shelf.scan()
    return [comic.id for comic in shelf.comics()]


def test_list_keeps_its_order_and_belongs_to_its_account(any_shelf: Shelf):
    context = any_shelf.context
    ids = fill(any_shelf, 4)
    ann = create_owner(context, "ann", "correct horse").id
    ben = create_user(context, "ben", "correct horse").id
    made = create_list(context, ann, "Owls", [ids[2], ids[0]])
    with pytest.raises(ListNameTaken):
        create_list(context, ann, "OWLS")
    create_list(context, ben, "owls")
    view, added = add_comics(context, ann, made.id, [ids[0], ids[3], ids[1]])
    assert (view.book_count, view.missing_count, added) == (4, 0, 2)
    change_list(context, ann, made.id, order=ids)
    remove_book(context, ann, made.id, ids[1])
    assert [one.id for one in get_list(context, ann, made.id)[1]] == [ids[0], ids[2], ids[3]]
    assert [(one.name, one.book_count) for one in list_lists(context, ann)] == [("Owls", 3)]
    assert [(one.name, one.book_count) for one in list_lists(context, ben)] == [("owls", 0)]
    with pytest.raises(NotFound):
        delete_list(context, ben, made.id)
    delete_list(context, ann, made.id)
    assert list_lists(context, ann) == []


def test_renamed_comic_keeps_its_place(any_shelf: Shelf):
    context = any_shelf.context
    ids = fill(any_shelf, 3)
    ann = create_owner(context, "ann", "correct horse").id
    made = create_list(context, ann, "Owls", ids)
    (any_shelf.library / "Owl 001.cbz").rename(any_shelf.library / "Heron 9.cbz")
    any_shelf.scan()
    view, books = get_list(context, ann, made.id)
    assert (view.missing_count, [one.id for one in books]) == (0, ids)
    assert books[1].name.startswith("Heron")
