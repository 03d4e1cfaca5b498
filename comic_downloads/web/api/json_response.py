"""Write an answer as JSON at once, in the thread that has made it.

FastAPI would first copy it into models and check them, most of that in the event loop.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import TypeAdapter
from starlette.responses import Response

from .paging import Paging

_ANYTHING = TypeAdapter(Any)


def items_page(items: Sequence[object], total: int, page: Paging) -> Response:
    """Return the JSON of ``models.ItemsPage``.

    The items are dictionaries or dataclasses with the fields of their model in its order.
    """
    return _page(_ANYTHING.dump_json(items), total, page)


def page_of_json(items: Iterable[bytes], total: int, page: Paging) -> Response:
    """Return the JSON of ``models.ItemsPage`` for items that are JSON already."""
    return _page(b"[%b]" % b",".join(items), total, page)


def _page(items: bytes, total: int, page: Paging) -> Response:
    content = b'{"items":%b,"total":%d,"limit":%d,"offset":%d}'
    values = (items, total, page.limit, page.offset)
    return Response(content % values, media_type="application/json")


def json_response(value: object) -> Response:
    """Return the JSON of a model, or of anything that consists of what models consist of."""
    return Response(_ANYTHING.dump_json(value), media_type="application/json")
