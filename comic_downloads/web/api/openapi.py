"""Put our problem documents, and how to sign in, into the OpenAPI description."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from .authentication import CATALOGUE_SCHEMES, SECURITY_SCHEMES
from .errors import Problem, problem_responses

_REPLACED = ("HTTPValidationError", "ValidationError")


def complete_description(api: FastAPI) -> None:
    """Replace FastAPI's error schemas, and add ways to sign in, when the description is built."""
    generate = api.openapi

    def openapi() -> dict[str, Any]:
        if api.openapi_schema is None:
            _complete(generate())
        assert api.openapi_schema is not None
        return api.openapi_schema

    api.openapi = openapi


def _complete(schema: dict[str, Any]) -> None:
    components = schema.setdefault("components", {})
    components["securitySchemes"] = SECURITY_SCHEMES | CATALOGUE_SCHEMES
    schemas = components.setdefault("schemas", {})
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem
    for name in _REPLACED:
        schemas.pop(name, None)
    for path in schema["paths"].values():
        for operation in path.values():
            if "#/components/schemas/HTTPValidationError" in str(operation["responses"].get("422")):
                operation["responses"]["422"] = problem_responses(422)[422]
