"""Turn summaries that are written in HTML into plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .tokens import unescaped

MAX_LENGTH = 200_000  # A summary has some 1,000 characters, and HTML may hold pictures as text.
MAX_ROUNDS = 2  # Some programs escape HTML that they have escaped before.
_BLOCKS = (
    "address|article|aside|blockquote|body|br|center|dd|details|div|dl|dt|figcaption|figure|footer"
    "|form|h[1-6]|header|hr|html|li|main|nav|ol|p|pre|section|summary|table|tbody|tfoot|thead|tr|ul"
)
_CELLS = "td|th"
_INLINE = (
    "a|abbr|acronym|b|bdi|bdo|big|cite|code|data|del|dfn|em|font|i|img|ins|kbd|label|link|mark|meta"
    "|picture|q|rp|rt|ruby|s|samp|small|source|span|strike|strong|sub|sup|time|tt|u|var|wbr"
)
_HIDDEN = "script|style|head|title|template|noscript"
# The name follows the bracket at once, and attributes have values: “a < b”, “<3” and “<b and c>”
# are text. Nothing is read twice, so that it takes linear time.
_MARKUP = re.compile(
    rf"""<(?P<end>/?)(?:\w{{1,10}}:)?(?P<name>{_BLOCKS}|{_CELLS}|{_INLINE}|{_HIDDEN})(?![\w-])
    (?:\s++[\w:-]++\s*+=\s*+(?:"[^"<]*+"|'[^'<]*+'|[^\s"'<>]++))*+\s*+/?>
    |<!--(?:[^-]|-(?!->))*+-->|<[?!][A-Za-z][^<>]*+>|<!\[CDATA\[|\]\]>""",
    re.IGNORECASE | re.VERBOSE,
)


def plain_text(text: str) -> str:
    """Return the text without tags of HTML, with lines for its blocks and its references replaced.

    Only the first MAX_LENGTH characters are read.
    Only names of HTML elements make a tag, so that plain text stays as it is.
    """
    text = text[:MAX_LENGTH]
    for _ in range(MAX_ROUNDS):
        marks = list(_MARKUP.finditer(text))
        if marks:
            text = _without_markup(text, marks)
        text = unescaped(text)
        if not _MARKUP.search(text):
            break
    return text


def _without_markup(text: str, marks: list[re.Match[str]]) -> str:
    if not any(_is_one_of(_BLOCKS, mark) for mark in marks):
        return "".join(_shown(text, marks))  # Its own line breaks are meant.
    blocks = "".join(_shown(text.replace("\n", " "), marks)).split("\n")
    return "\n".join(line for block in blocks if (line := " ".join(block.split())))


def _is_one_of(names: str, mark: re.Match[str]) -> bool:
    return re.fullmatch(names, _name(mark)) is not None


def _name(mark: re.Match[str]) -> str:
    return (mark["name"] or "").lower()


def _shown(text: str, marks: list[re.Match[str]]) -> Iterator[str]:
    """Yield the text between the marks, and what stands for them."""
    last_ends = {_name(mark): mark.start() for mark in marks if mark["end"]}
    place, hidden = 0, ""
    for mark in marks:
        name = _name(mark)
        if not hidden:
            yield text[place : mark.start()]
            yield "\n" if _is_one_of(_BLOCKS, mark) else " " if _is_one_of(_CELLS, mark) else ""
        if name == hidden and mark["end"]:
            hidden = ""
        elif not hidden and not mark["end"] and _is_one_of(_HIDDEN, mark):
            hidden = name if last_ends.get(name, 0) > mark.start() else ""
        place = mark.end()
    yield text[place:]
