"""The OpenAPI description, with our problem documents in place of FastAPI's own form of errors."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from .errors import Problem, problem_responses

_REPLACED = ("HTTPValidationError", "ValidationError")


def describe_problems(api: FastAPI) -> None:
    """Makes the application's description tell the truth about errors; it is generated when first asked for."""
    generate = api.openapi

    def openapi() -> dict[str, Any]:
        if api.openapi_schema is None:
            _put_problems(generate())
        assert api.openapi_schema is not None
        return api.openapi_schema

    api.openapi = openapi


def _put_problems(schema: dict[str, Any]) -> None:
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem
    for name in _REPLACED:
        schemas.pop(name, None)
    for path in schema["paths"].values():
        for method, operation in path.items():
            if "#/components/schemas/HTTPValidationError" in str(operation["responses"].get("422")):
                operation["responses"]["422"] = problem_responses(422)[422]
            # a route for GET and HEAD has one id, which ends in either at random
            stem = operation["operationId"].removesuffix("_get").removesuffix("_head")
            if method in {"get", "head"}:
                operation["operationId"] = f"{stem}_{method}"
