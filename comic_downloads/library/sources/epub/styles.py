"""Find the pictures that CSS draws as a background or as content (CSS 2.2, Selectors 4).

Only the parts of CSS that decide which picture an element shows are read. Attributes, states and
siblings in selectors are ignored.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

# Bounds for style sheets made to take time. A book of 5,000 pages has a rule for each page.
MAX_RULES = 20_000
MAX_RULES_OF_A_NAME = 50
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!\[CDATA\[|\]\]>|<!--|-->", re.DOTALL)
_URL = re.compile(
    r"""url\(\s{0,99}(?:"([^"]{0,2000})"|'([^']{0,2000})'|([^()"']{0,2000}))\s{0,99}\)""",
    re.IGNORECASE,
)
_IMPORT = re.compile(
    r"""@import\s{1,99}(?:url\(\s{0,99})?["']?([^"')\s;]{1,2000})""", re.IGNORECASE
)
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(.))", re.DOTALL)
_COMPOUND = re.compile(r"[^\s>+~]+")
_NAME = re.compile(r"[.#]?(?:[^\s.#:\[\]|*\\]|\\.)+")
_IGNORED = re.compile(r"\[[^\]]{0,500}\]|::?[\w-]+(?:\([^)]{0,500}\))?|[\w*-]{0,50}\|")
_RANKS = {"#": 3, ".": 2, "*": 0}  # A tag has 1.
_DRAWING = {"background": "background", "background-image": "background", "content": "content"}


class Link(NamedTuple):
    """A link as it is written, and the folder from which it leads."""

    folder: str
    text: str


class Element(Protocol):
    """An element, of which selectors know the names."""

    @property
    def names(self) -> frozenset[str]:
        """Return the names as ``element_names`` does."""
        ...


def element_names(tag: str, attributes: dict[str, str]) -> frozenset[str]:
    """Return what selectors know about an element: ``*``, ``tag``, ``.class`` and ``#id``."""
    names = {"*", tag, *(f".{name}" for name in attributes.get("class", "").split())}
    if attributes.get("id"):
        names.add(f"#{attributes['id']}")
    return frozenset(names)


@dataclass(frozen=True)
class _Rule:
    compounds: tuple[frozenset[str], ...]
    drawing: str
    links: tuple[Link, ...]
    weight: tuple[int, int, int]

    def applies(self, names: frozenset[str], ancestors: Sequence[Element]) -> bool:
        *before, last = self.compounds
        if not last <= names:
            return False
        above = reversed(ancestors)
        return all(
            any(compound <= ancestor.names for ancestor in above) for compound in reversed(before)
        )


@dataclass
class StyleSheet:
    """The rules of a style sheet that draw pictures."""

    _rules: dict[str, list[_Rule]] = field(default_factory=lambda: defaultdict(list))
    _count: int = 0

    @classmethod
    def parsed(cls, css: str, folder: str) -> StyleSheet:
        """Return the rules of a style sheet whose links lead from the folder."""
        sheet = cls()
        for block in _COMMENT.sub(" ", css).split("}"):
            head, brace, body = block.rpartition("{")
            if brace and _URL.search(body):
                sheet._add(re.split("[{;]", head)[-1], pictures_of(body, folder))
        return sheet

    def _add(self, selectors: str, drawn: dict[str, tuple[Link, ...]]) -> None:
        for selector in selectors.split(","):
            compounds = tuple(map(_names_of, _COMPOUND.findall(_IGNORED.sub("", selector))))
            if not compounds:
                continue
            every = [name for names in compounds for name in names]
            weight = (
                sum(name.startswith("#") for name in every),
                sum(name.startswith(".") for name in every),
                len(every),
            )
            key = max(compounds[-1], key=_rarity)
            for drawing, links in drawn.items():
                if self._count < MAX_RULES and len(self._rules[key]) < MAX_RULES_OF_A_NAME:
                    self._count += 1
                    self._rules[key].append(_Rule(compounds, drawing, links, weight))

    def rules_for(self, names: frozenset[str], ancestors: Sequence[Element]) -> Iterator[_Rule]:
        """Yield the rules that apply to an element."""
        for name in names & self._rules.keys():
            yield from (rule for rule in self._rules[name] if rule.applies(names, ancestors))


def drawn_pictures(
    sheets: Sequence[StyleSheet], names: frozenset[str], ancestors: Sequence[Element]
) -> dict[str, tuple[Link, ...]]:
    """Return what is drawn on an element: for each way of drawing, what the strongest rule says."""
    rules = [rule for sheet in sheets for rule in sheet.rules_for(names, ancestors)]
    # Of rules with the same weight, the later one wins, and sorting keeps their order.
    return {rule.drawing: rule.links for rule in sorted(rules, key=lambda rule: rule.weight)}


def pictures_of(declarations: str, folder: str) -> dict[str, tuple[Link, ...]]:
    """Return the links of the pictures that the declarations draw, by the way of drawing."""
    urls: list[str] = []

    def numbered(match: re.Match[str]) -> str:
        urls.append(_unescaped(next(filter(None, match.groups()), "").strip()))
        return f"url({len(urls) - 1})"

    found: dict[str, tuple[Link, ...]] = {}
    for declaration in _URL.sub(numbered, declarations).split(";"):
        name, _, value = declaration.partition(":")
        drawing = _DRAWING.get(name.strip().lower())
        links = tuple(Link(folder, urls[int(number)]) for number in _numbers(value))
        if drawing and links:
            found[drawing] = links
    return found


def imported(css: str) -> list[str]:
    """Return the links of the style sheets that this one imports."""
    return _IMPORT.findall(_COMMENT.sub(" ", css))


def _numbers(value: str) -> Iterator[str]:
    return (number for number in re.findall(r"url\((\d+)\)", value))


def _names_of(compound: str) -> frozenset[str]:
    names = (
        _unescaped(name) if name[0] in "#." else name.lower() for name in _NAME.findall(compound)
    )
    return frozenset(names) or frozenset({"*"})


def _rarity(name: str) -> tuple[int, str]:
    """Return a key for which the name that the fewest elements have is the largest."""
    return _RANKS.get(name[0], 1), name


def _unescaped(text: str) -> str:
    def character(match: re.Match[str]) -> str:
        code, other = match.groups()
        return other if code is None else chr(min(int(code, 16), 0x10FFFF))

    return _ESCAPE.sub(character, text)
