"""The covers of series and comics, as a grid or as lines."""

from __future__ import annotations

import reflex as rx
from reflex.vars import ArrayVar, ObjectVar

from ..states.card_list import CardList
from ..states.selection import SelectionState
from ..views.shelf import Mark, ShelfCard
from .cover import sharp_cover
from .list_states import loading_grid
from .quick_button import quick_button


def card_list(
    name: str,
    state: type[CardList],
    label: str,
    nothing: rx.Component,
    class_name: rx.Var[str] | str = "grid",
) -> rx.Component:
    """Return the cards of a page with the button for more.

    Args:
        name: Names the list among those that the browser keeps.
        state: Sends the cards; its handlers are ``show_more`` and ``send_again``.
        label: What the list is called.
        nothing: Stands in place of an empty list.
        class_name: The class of the list.
    """
    shown = _kept_cards(name, state)
    more = rx.center(
        rx.button("Show more", variant="soft", on_click=state.show_more(shown.length())),  # pyright: ignore[reportAttributeAccessIssue]
        margin_top="32px",
    )
    full = rx.fragment(
        rx.el.ul(rx.foreach(shown, _card), class_name=class_name, aria_label=label),
        rx.cond(state.more, more),
    )
    # A page that was loaded again does not have the cards that were sent before.
    lost = rx.box(loading_grid(), on_mount=state.send_again)  # pyright: ignore[reportAttributeAccessIssue]
    return rx.cond(shown.length() > 0, full, rx.cond(state.cards_from > 0, lost, nothing))


def _kept_cards(name: str, state: type[CardList]) -> ArrayVar[list[ShelfCard]]:
    """Return the cards that the browser keeps with those that were sent last."""
    number, start, cards = state.list_number, state.cards_from, state.cards
    known = f'globalThis.cardList?.("{name}", {number!s}, {start!s}, {cards!s})'
    return rx.Var(
        # The pages are built where no script has run.
        f"({known} ?? {cards!s})",
        _var_type=list[ShelfCard],
        _var_data=cards._get_all_var_data(),  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue]  # the names that the expression uses
    ).to(ArrayVar, list[ShelfCard])


def card_in_row(card: ObjectVar[ShelfCard]) -> rx.Component:
    """Return a card of a row that scrolls sideways."""
    return rx.el.li(*_card_to_open(card, "card-in-row"), class_name="card-place", key=card.id)


def _card(card: ObjectVar[ShelfCard]) -> rx.Component:
    kind = rx.cond(card.is_series, "series", "comic")
    return rx.el.li(
        rx.cond(
            SelectionState.selecting,
            _card_to_select(card),
            rx.fragment(*_card_to_open(card, kind)),
        ),
        class_name="card-place",
        key=card.id,
    )


def _card_to_open(card: ObjectVar[ShelfCard], kind: rx.Var[str] | str) -> list[rx.Component]:
    return [
        rx.link(
            *_face(card),
            href=card.href,
            class_name="card",
            underline="none",
            custom_attrs={"data-testid": kind},
        ),
        rx.cond(
            card.problem == "",
            quick_button(card_id=card.id, name=card.name, is_series=card.is_series),
        ),
    ]


def _card_to_select(card: ObjectVar[ShelfCard]) -> rx.Component:
    is_selected = rx.cond(
        card.is_series,
        SelectionState.whole_series.contains(card.id),
        SelectionState.selected.contains(card.id),
    )
    tick = rx.box(rx.icon("check", size=18), class_name="card-tick", aria_hidden="true")
    return rx.el.button(
        rx.cond(card.problem == "", tick),
        *_face(card),
        type="button",
        class_name="card card-button",
        on_click=rx.cond(
            card.is_series, SelectionState.toggle_series(card.id), SelectionState.toggle(card.id)
        ),
        disabled=card.problem != "",
        custom_attrs={"data-selected": is_selected, "aria-pressed": is_selected},
    )


def _mark(card: ObjectVar[ShelfCard]) -> rx.Component:
    """Return the mark on the cover: in preparation, or downloaded."""
    return rx.cond(
        card.mark == str(Mark.FETCHED),
        _sign("check", "Downloaded"),
        rx.cond(card.mark == str(Mark.PREPARING), _sign("loader", "Preparing")),
    )


def _sign(icon: str, words: str) -> rx.Component:
    return rx.el.span(
        rx.icon(icon, size=16, aria_hidden="true"),
        rx.el.span(words, class_name="visually-hidden"),
        class_name="card-mark",
        title=words,
    )


def _face(card: ObjectVar[ShelfCard]) -> list[rx.Component]:
    cover = sharp_cover(card.cover_url, card.name, card.tint, heights=(480, 720))
    return [
        rx.cond(
            card.is_stack,
            rx.box(
                cover,
                _mark(card),
                class_name=rx.Var.create(f"series-stack stack-tint-{card.tint}"),
            ),
            rx.box(cover, _mark(card), class_name="single"),
        ),
        rx.box(
            rx.el.p(card.title, class_name="card-title", title=card.name),
            rx.el.p(
                card.facts,
                rx.cond(card.damage != "", rx.el.span(f" · {card.damage}", class_name="damage")),
                class_name="card-facts",
                title=card.problem,
            ),
            class_name="card-words",
        ),
    ]
