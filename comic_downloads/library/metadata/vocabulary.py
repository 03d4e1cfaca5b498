"""The names that a format of metadata gives its elements, and expressions that find their tags."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

CDATA, COMMENT = "<![CDATA[", "<!--"


@dataclass(frozen=True)
class Vocabulary:
    """The names of a format. In documents they may have any case and any prefix.

    ``containers`` hold other elements; ``leaves`` hold text, and tags inside them are part of it.
    With ``allows_external_dtd`` such a DTD is ignored instead of refused; it is never loaded.
    """

    root: str
    containers: tuple[str, ...]
    leaves: tuple[str, ...]
    attributes: tuple[str, ...] = ()
    allows_external_dtd: bool = False

    def element(self, tag: str) -> str:
        """Return the name of the element with this tag, or an empty text if it is not known."""
        return self._elements.get(tag.rpartition("}")[2].rpartition(":")[2].casefold(), "")

    def attribute(self, name: str) -> str:
        """Return the attribute's name as the vocabulary spells it, without a prefix."""
        local = name.rpartition("}")[2].rpartition(":")[2]
        return self._attributes.get(local.casefold(), local)

    def is_leaf(self, name: str) -> bool:
        """Return whether the element holds only text."""
        return name in self._leaves

    @cached_property
    def marks(self) -> re.Pattern[str]:
        """Return the expression for the beginnings of known tags, CDATA sections and comments.

        Its groups are the slash of an end tag, and the tag without its prefix.
        """
        names = "|".join(map(re.escape, sorted(self._elements, key=len, reverse=True)))
        return re.compile(
            rf"<(/?)(?:[\w.-]{{1,40}}:)?({names})(?=[\s/>])|{re.escape(CDATA)}|{COMMENT}",
            re.IGNORECASE,
        )

    @cached_property
    def _elements(self) -> dict[str, str]:
        return {name.casefold(): name for name in (self.root, *self.containers, *self.leaves)}

    @cached_property
    def _attributes(self) -> dict[str, str]:
        return {name.casefold(): name for name in self.attributes}

    @cached_property
    def _leaves(self) -> frozenset[str]:
        return frozenset(self.leaves)
