"""Leave out of a style sheet what no element of the pages can match."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import tinycss2

# Nodes of tinycss2 have no common type.
Node = Any
Tokens = Sequence[Node]

_GROUPS = {"media", "supports", "layer"}  # Rules that hold rules.
_ALTERNATIVES = {"is", "where"}
_PROPERTY = re.compile(r"--[\w-]+")
_REFERENCE = re.compile(r"var\(\s*(--[\w-]+)")


class Used:
    """Decides what is used; subclasses know the style sheet."""

    def uses_class(self, name: str) -> bool:
        """Return False if no element can have this class."""
        raise NotImplementedError

    def uses_attribute(self, name: str, value: str) -> bool:
        """Return False if no element can have this attribute with this value."""
        raise NotImplementedError

    def uses_group(self, name: str, condition: str) -> bool:
        """Return False if the rules below an at-rule with this condition are not wanted."""
        raise NotImplementedError


def used_styles(sheet: str, used: Used, others: Iterable[str]) -> str:
    """Return the style sheet without unused rules, and without properties that nothing refers to.

    Args:
        sheet: The style sheet.
        used: Tells what is used.
        others: The texts, of scripts and other style sheets, that may name its custom properties.
    """
    rules = tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True)
    kept = "".join(_used_rules(rules, used))
    named = {name for text in others for name in _PROPERTY.findall(text)}
    while True:
        shorter = _without_properties(kept, named | set(_REFERENCE.findall(kept)))
        if shorter == kept:
            return kept
        kept = shorter


def _used_rules(rules: Iterable[Node], used: Used) -> Iterator[str]:
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [one for one in _split(rule.prelude) if _can_match(one, used)]
            if selectors:
                yield _rule(",".join(map(_text, selectors)), _text(rule.content))
        elif _is_group(rule):
            condition = _text(rule.prelude)
            if used.uses_group(rule.lower_at_keyword, condition):
                inner = "".join(_used_rules(_rules_in(rule), used))
                if inner:
                    yield _rule(f"@{rule.at_keyword}{condition}", inner)
        else:
            yield rule.serialize()


def _without_properties(sheet: str, named: set[str]) -> str:
    """Return the style sheet without the custom properties that are not named."""

    def kept(rules: Iterable[Node]) -> Iterator[str]:
        for rule in rules:
            if rule.type == "qualified-rule":
                inner = "".join(_declarations(rule.content, named))
                if inner:
                    yield _rule(_text(rule.prelude), inner)
            elif _is_group(rule):
                inner = "".join(kept(_rules_in(rule)))
                if inner:
                    yield _rule(f"@{rule.at_keyword}{_text(rule.prelude)}", inner)
            else:
                yield rule.serialize()

    return "".join(kept(tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True)))


def _declarations(content: Tokens, named: set[str]) -> Iterator[str]:
    parsed = tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True)
    for node in parsed:
        if node.type != "declaration":
            yield node.serialize()
        elif not node.name.startswith("--") or node.name in named:
            yield f"{node.serialize()};"


def _can_match(selector: Tokens, used: Used) -> bool:
    """Return False if the selector asks for a class or an attribute that no element has."""
    follows_dot = False
    for token in selector:
        if token.type == "ident" and follows_dot and not used.uses_class(token.value):
            return False
        if token.type == "[] block" and not _can_have(token.content, used):
            return False
        is_choice = token.type == "function" and token.lower_name in _ALTERNATIVES
        if is_choice and not any(_can_match(one, used) for one in _split(token.arguments)):
            return False
        follows_dot = token == "."
    return True


def _can_have(attribute: Tokens, used: Used) -> bool:
    names = [token.value for token in attribute if token.type in {"ident", "string"}]
    return len(names) != 2 or used.uses_attribute(*names)


def _split(tokens: Tokens) -> Iterator[Tokens]:
    """Yield the parts between commas."""
    part: list[Node] = []
    for token in tokens:
        if token == ",":
            yield part
            part = []
        else:
            part.append(token)
    yield part


def _is_group(rule: Node) -> bool:
    return rule.type == "at-rule" and rule.content is not None and rule.lower_at_keyword in _GROUPS


def _rules_in(rule: Node) -> list[Node]:
    return tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)


def _rule(prelude: str, content: str) -> str:
    return f"{prelude.strip()}{{{content.strip()}}}\n"


_text: Callable[[Tokens], str] = tinycss2.serialize
