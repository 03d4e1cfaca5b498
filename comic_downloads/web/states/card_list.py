"""A list of cards of which the browser keeps what it has, so that more is sent by itself."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import reflex as rx

from ..views.shelf import ShelfCard

PAGE_SIZE = 60
# A page with more cards would take too much memory in the browser.
MAX_SHOWN = 5000


class CardList(rx.State, mixin=True):
    """The cards of a page.

    ``cards`` are those that were sent last, from the place ``cards_from`` on. The browser puts
    them behind those of the same ``list_number`` that it has (assets/card-lists.js). ``total`` is
    the number of all, or -1 if it is not known.
    """

    cards: rx.Field[list[ShelfCard]] = rx.field(default_factory=list)
    cards_from: int = 0
    list_number: int = 0
    total: int = 0
    more: bool = False
    _shown: int = 0
    _digest: int = 0

    def _send_all(self, cards: Sequence[ShelfCard], total: int | None, *, again: bool) -> None:
        """Show these cards from the first one on, unless the page has the same ones.

        ``again`` sends them to a page that may have lost them.
        """
        digest = _digest_of(cards, 0)
        self._count(len(cards), total, len(cards))
        if digest == self._digest and len(cards) == self._shown and not again:
            return
        self.cards, self.cards_from = list(cards), 0
        self.list_number += 1
        self._shown, self._digest = len(cards), digest

    def _send_more(self, cards: Sequence[ShelfCard], total: int | None, known: int) -> None:
        """Show these cards behind the first ``known`` ones, which the page has."""
        follows = known == self._shown
        self._digest = _digest_of(cards, self._digest) if follows else -1
        self.cards, self.cards_from = list(cards), known
        self._shown = known + len(cards)
        self._count(self._shown, total, len(cards))

    def _count(self, shown: int, total: int | None, sent: int) -> None:
        self.total = -1 if total is None else total
        has_more = sent == PAGE_SIZE if total is None else shown < total
        self.more = has_more and shown < MAX_SHOWN


def _digest_of(cards: Sequence[ShelfCard], before: int) -> int:
    """Return a number that tells these cards, behind others of the number ``before``."""
    for card in cards:
        before = zlib.crc32(repr(card).encode(), before)
    return before
