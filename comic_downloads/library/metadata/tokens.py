"""Cut the text of a damaged XML document into known tags and the text between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.entities import html5

from .vocabulary import CDATA, COMMENT, Vocabulary

_ENDS = {CDATA: "]]>", COMMENT: "-->"}
_REFERENCE = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{0,31}));")
_SURROGATE = re.compile("[\ud800-\udfff]")
# The expressions never go back over what they have read, so that they take linear time.
_TAG_END = re.compile(r"""[^<>"']*+(?:(?:"[^"]*+"|'[^']*+')[^<>"']*+)*+>""")
_BROKEN_TAG_END = re.compile(r"[^<>]*+>?")
_ATTRIBUTE = re.compile(r"""([\w.:-]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'<>]++))""")


@dataclass(frozen=True)
class Text:
    """Text between two tags, with its references replaced."""

    text: str


@dataclass(frozen=True)
class Tag:
    """A tag that the vocabulary knows, at ``place`` in the text. Of double attributes one stays."""

    name: str
    place: int
    attributes: dict[str, str] = field(default_factory=dict)
    opens: bool = True
    closes: bool = False


def tokens(text: str, vocabulary: Vocabulary) -> Iterator[Text | Tag]:
    """Yield known tags and the text around them, without comments.

    Everything else that looks like markup is text. A comment or a CDATA section without an end has
    only a beginning, which is left out.
    """
    closed = dict.fromkeys(_ENDS, True)  # False once an end was searched for in vain.
    place = 0
    while mark := vocabulary.marks.search(text, place):
        yield Text(unescaped(text[place : mark.start()]))
        place = mark.end()
        opening = mark[0].upper()
        if mark[2]:
            tag, place = _tag(text, mark, vocabulary)
            yield tag
        elif closed[opening]:
            end = text.find(_ENDS[opening], place)
            closed[opening] = end >= 0
            if opening == CDATA and end >= 0:
                yield Text(text[place:end])
            place = end + len(_ENDS[opening]) if end >= 0 else place
    yield Text(unescaped(text[place:]))


def _tag(text: str, mark: re.Match[str], vocabulary: Vocabulary) -> tuple[Tag, int]:
    """Return the tag that begins with the mark, and the place behind it."""
    rest = _TAG_END.match(text, mark.end()) or _BROKEN_TAG_END.match(text, mark.end())
    assert rest is not None
    attributes: dict[str, str] = {}
    for found in _ATTRIBUTE.finditer(rest[0]):
        name, *values = found.groups()
        attributes.setdefault(vocabulary.attribute(name), unescaped("".join(filter(None, values))))
    tag = Tag(
        vocabulary.element(mark[2]),
        mark.start(),
        attributes,
        opens=not mark[1],
        closes=bool(mark[1]) or rest[0].endswith("/>"),
    )
    return tag, rest.end()


def unescaped(text: str) -> str:
    """Replace references to characters, those of HTML included; unknown ones stay as they are."""
    if "&" not in text:
        return text
    text = _REFERENCE.sub(_character, text)
    if _SURROGATE.search(text):  # Old programs write one character as two references.
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    return text


def _character(reference: re.Match[str]) -> str:
    decimal, hexadecimal, name = reference.groups()
    if name:
        return html5.get(f"{name};", reference[0])
    code = int(decimal) if decimal else int(hexadecimal, 16)
    if code in {0x0B, 0x0C}:
        return " "  # Forbidden in XML; word processors break lines and pages with them.
    return chr(code) if 0x20 <= code <= 0x10FFFF or code in {0x09, 0x0A, 0x0D} else ""
