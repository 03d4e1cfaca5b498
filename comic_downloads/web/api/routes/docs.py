"""The documentation of the HTTP interface as one plain page.

It has no scripts and loads nothing, so it works without the internet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from ....domain.errors import ComicDownloadsError, DatabaseError, Refusal
from .. import paths
from ..errors import HTTP_CODES

router = APIRouter(include_in_schema=False)

_METHODS = ("get", "post", "put", "patch", "delete")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
_STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 15%, transparent) }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
code { font: 0.92em ui-monospace, monospace; overflow-wrap: anywhere }
article { border: 1px solid var(--line); border-radius: 10px }
article { padding: 0.25rem 1rem 0.75rem; margin: 1rem 0 }
h3 { font-size: 1rem } h3 b { display: inline-block; min-width: 4.5em }
table { border-collapse: collapse; width: 100%; font-size: 0.92em }
td, th { text-align: left; vertical-align: top; border-top: 1px solid var(--line) }
td, th { padding: 0.25rem 0.75rem 0.25rem 0 }
summary { cursor: pointer }
"""


@router.get(paths.DOCS)
def docs(request: Request) -> HTMLResponse:
    """Return every operation, shape and error code as one page."""
    page = "".join(_page(request.app.openapi()))
    return HTMLResponse(
        page, headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"}
    )


def _page(schema: dict[str, Any]) -> Iterator[str]:
    title = escape(schema["info"]["title"])
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}: HTTP API</title>'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<style>{_STYLE}</style><h1>{title}: HTTP API</h1>"
    yield from (
        f"<p>{_text(paragraph)}</p>"
        for paragraph in schema["info"]["description"].strip().split("\n\n")
    )
    yield f'<p>For programs: <a href="{paths.OPENAPI}">openapi.json</a></p>'
    groups: dict[str, list[str]] = {}
    for path, operations in schema["paths"].items():
        for method in _METHODS:
            if operation := operations.get(method):
                tag = operation.get("tags", ["other"])[0]
                groups.setdefault(tag, []).append("".join(_operation(method, path, operation)))
    for tag, operations in groups.items():
        yield f"<h2>{escape(tag.capitalize())}</h2>{''.join(operations)}"
    yield f"<h2>Error codes</h2>{''.join(_codes())}"
    shapes = schema["components"]["schemas"].items()
    yield f"<h2>Shapes</h2>{''.join(_shape(name, shape) for name, shape in shapes)}</html>"


def _operation(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    about = _text(operation.get("description", ""))
    yield f"<article><h3><b>{method.upper()}</b> <code>{escape(path)}</code></h3><p>{about}</p>"
    parameters = [one for one in operation.get("parameters", []) if one["in"] != "cookie"]
    if parameters:
        rows = (
            (
                f"<code>{escape(one['name'])}</code>",
                one["in"],
                _type(one["schema"]),
                _text(one.get("description", "")),
            )
            for one in parameters
        )
        yield _table(("parameter", "in", "type", ""), rows)
    if body := operation.get("requestBody"):
        shapes = ", ".join(
            f"{_type(content['schema'])} as {escape(kind)}"
            for kind, content in body["content"].items()
        )
        yield f"<p>Body: {shapes}</p>"
    rows = ((status, _answer(response)) for status, response in operation["responses"].items())
    yield f"{_table(('status', 'answer'), rows)}</article>"


def _answer(response: dict[str, Any]) -> str:
    shapes = [
        _type(content["schema"])
        for content in response.get("content", {}).values()
        if content.get("schema")
    ]
    return " ".join([_text(response.get("description", "")), *shapes])


def _shape(name: str, shape: dict[str, Any]) -> str:
    rows = (
        (f"<code>{escape(field)}</code>", _type(value), _text(value.get("description", "")))
        for field, value in shape.get("properties", {}).items()
    )
    about = _text(shape.get("description", ""))
    values = ", ".join(f"<code>{escape(str(value))}</code>" for value in shape.get("enum", []))
    head = f'<article id="shape-{escape(name)}"><h3>{escape(name)}</h3><p>{about} {values}</p>'
    return f"{head}{_table((), rows)}</article>"


def _codes() -> Iterator[str]:
    codes = {code: (str(status), title) for status, (code, title) in HTTP_CODES.items()}
    codes |= {
        kind.code: (
            str(kind.status) if issubclass(kind, Refusal | DatabaseError) else "",
            kind.title,
        )
        for kind in _kinds(ComicDownloadsError)
    }
    rows = (
        (f'<code id="{code}">{code}</code>', status, escape(title))
        for code, (status, title) in sorted(codes.items())
    )
    yield _table(("code", "status", "meaning"), rows)


def _kinds(kind: type[ComicDownloadsError]) -> Iterator[type[ComicDownloadsError]]:
    for child in kind.__subclasses__():
        if "code" in vars(child):
            yield child
        yield from _kinds(child)


def _type(schema: dict[str, Any]) -> str:
    if reference := schema.get("$ref"):
        name = escape(reference.rpartition("/")[2])
        return f'<a href="#shape-{name}">{name}</a>'
    if choices := schema.get("anyOf"):
        return " or ".join(_type(choice) for choice in choices)
    if values := schema.get("enum"):
        return " or ".join(f"<code>{escape(str(value))}</code>" for value in values)
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    return escape(str(schema.get("format") or schema.get("type", "anything")))


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    header = f"<tr>{''.join(f'<th>{name}' for name in head)}</tr>" if head else ""
    body = "".join(f"<tr>{''.join(f'<td>{cell}' for cell in row)}</tr>" for row in rows)
    return f"<table>{header}{body}</table>"


def _text(markdown: str) -> str:
    """Return plain text as HTML, with words between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(markdown))
