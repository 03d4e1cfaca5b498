"""Recover the elements of XML documents that strangers and old programs wrote.

Everything is linear in the length of the document, and the number of elements is limited.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from .decoding import decoded
from .tokens import Tag, Text, tokens
from .vocabulary import Vocabulary

MAX_TAGS = 200_000  # The longest comics have 20,000 pages, each with a tag.
# Half of a long text still says something; half of a short one, as a number, is another.
MIN_CUT_LENGTH = 100
MAX_DEPTH = 20
_END_TAG = re.compile(r"</[\w:.-]*+>?\s*+$")
# XML 1.0, production 2.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ENTITY = re.compile(r"<!ENTITY\b", re.IGNORECASE)
_EXTERNAL_DTD = re.compile(r"<!DOCTYPE\s[^>\[]{0,300}\b(?:SYSTEM|PUBLIC)\b", re.IGNORECASE)


class UnreadableDocument(Exception):
    """The document cannot be read. The text says why, without a full stop."""


def recovered_root(document: bytes, vocabulary: Vocabulary) -> Element:
    """Return the root of the document with the elements that the vocabulary knows.

    Names are spelled as in the vocabulary, without prefixes. The text of a leaf has its markup,
    such as ``<p>``. What lies before and behind the root is ignored; what is cut short is closed.

    Raises:
        UnreadableDocument: There is no such root, it has too many tags, or it declares entities or
            an external DTD. These are never loaded.
    """
    text = _FORBIDDEN.sub(_replacement, decoded(document))
    if text.count("<") > MAX_TAGS:
        raise UnreadableDocument(f"it has more than {MAX_TAGS:,} tags")
    start = _root_place(text, vocabulary)
    _require_harmless(text[:start], vocabulary)
    text = text[start:]
    strict = _strict_root(text, vocabulary)
    return strict if strict is not None else _Tree(vocabulary).built(tokens(text, vocabulary))


def _replacement(character: re.Match[str]) -> str:
    return " " if character[0] in "\v\f" else ""


def _root_place(text: str, vocabulary: Vocabulary) -> int:
    for token in tokens(text, vocabulary):
        if isinstance(token, Tag) and token.opens and token.name == vocabulary.root:
            return token.place
    raise UnreadableDocument(f"there is no <{vocabulary.root}> in it")


def _require_harmless(prolog: str, vocabulary: Vocabulary) -> None:
    is_external = _EXTERNAL_DTD.search(prolog) and not vocabulary.allows_external_dtd
    if is_external or _ENTITY.search(prolog):
        raise UnreadableDocument("it declares entities or an external DTD, which may do harm")


def _strict_root(text: str, vocabulary: Vocabulary) -> Element | None:
    """Return the root of well-formed XML, or None if the text is anything else."""
    try:
        root = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError):
        return None
    return _known(root, vocabulary, MAX_DEPTH)


def _known(element: Element, vocabulary: Vocabulary, depth: int) -> Element:
    """Return the element with those of its attributes and children that the vocabulary knows."""
    name = vocabulary.element(element.tag)
    result = Element(name, _attributes(element.items(), vocabulary))
    if vocabulary.is_leaf(name):
        result.text = _inner_text(element)
        return result
    result.text = "".join([element.text or "", *(child.tail or "" for child in element)])
    result.extend(
        _known(child, vocabulary, depth - 1)
        for child in element
        if vocabulary.element(child.tag) and depth > 0
    )
    return result


def _attributes(items: Iterable[tuple[str, str]], vocabulary: Vocabulary) -> dict[str, str]:
    result: dict[str, str] = {}
    for name, value in items:
        result.setdefault(vocabulary.attribute(name), value)
    return result


def _inner_text(element: Element) -> str:
    """Return the text of the element, with the tags of the elements in it, without attributes."""
    parts = [element.text or ""]
    waiting = [(element, iter(element))]
    while waiting:
        current, children = waiting[-1]
        child = next(children, None)
        if child is not None:
            parts += [f"<{_local(child)}>", child.text or ""]
            waiting.append((child, iter(child)))
            continue
        waiting.pop()
        if waiting:
            parts += [f"</{_local(current)}>", current.tail or ""]
    return "".join(parts)


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


class _Tree:
    """The elements of a damaged document, built tag by tag, the first of which is the root.

    A leaf ends where the next known element begins. End tags of elements that are not open are
    ignored.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._root: Element | None = None
        self._open: list[tuple[Element, list[str]]] = []

    def built(self, parts: Iterable[Text | Tag]) -> Element:
        """Return the root, which ends with its end tag or with the last of the parts."""
        for part in parts:
            if isinstance(part, Text):
                self._add_text(part.text)
            elif part.opens:
                self._begin(part)
            else:
                self._end(part.name)
            if self._root is not None and not self._open:
                break
        self._cut_short()
        assert self._root is not None
        return self._root

    def _add_text(self, text: str) -> None:
        if self._open:
            self._open[-1][1].append(text)

    def _begin(self, tag: Tag) -> None:
        if self._open and self._vocabulary.is_leaf(self._open[-1][0].tag):
            self._close(is_wrong=True)
        if len(self._open) >= MAX_DEPTH:
            return
        element = Element(tag.name, tag.attributes)
        if self._root is None:
            self._root = element
        else:
            self._open[-1][0].append(element)
        self._open.append((element, []))
        if tag.closes:
            self._close()

    def _end(self, name: str) -> None:
        if any(element.tag == name for element, _ in self._open):
            while self._close() != name:
                pass

    def _close(self, *, is_wrong: bool = False) -> str:
        """End the innermost open element, and return its name.

        With ``is_wrong`` its end tag is missing, misspelled or unfinished.
        """
        element, texts = self._open.pop()
        text = "".join(texts)
        element.text = _END_TAG.sub("", text) if is_wrong else text
        return element.tag

    def _cut_short(self) -> None:
        """End all elements, without the text of a leaf that is too short to be cut."""
        while self._open:
            element, texts = self._open[-1]
            text = "".join(texts[-1:])
            is_whole = _END_TAG.search(text) is not None or sum(map(len, texts)) >= MIN_CUT_LENGTH
            if self._vocabulary.is_leaf(element.tag) and not is_whole:
                texts.clear()
            self._close(is_wrong=True)
