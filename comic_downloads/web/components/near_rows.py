"""Rows that render again only when they change, and only once they are near the screen.

A message from the server makes new objects of every row in a list, and to render hundreds of them
takes a second. The wrapper compares them by value. It is in assets/rows.js.
"""

from __future__ import annotations

from reflex.vars import VarData
from reflex_base.utils.imports import ImportVar
from reflex_base.vars.function import FunctionStringVar

# For ``rx.memo(wrapper=…)`` around the component of a row, whose property has a ``title``.
NEAR_ROW = FunctionStringVar.create(
    "nearRow", _var_data=VarData(imports={"$/public/rows.js": [ImportVar(tag="nearRow")]})
)
