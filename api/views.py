"""What tells of the API: its description for programs, and the same as a page for people."""

from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from api.endpoints import api
from qa_forum.versions import read_only

PROBLEM_TYPE = "application/problem+json"
HEADERS = {
    "ETag": {"description": "Send it back as If-None-Match.", "schema": {"type": "string"}},
}
RETRY = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
WORDS = {
    "200": "What was asked for.",
    "304": "Nothing changed since the ETag that was sent.",
    "400": "A cursor or an address that was not made here.",
    "404": "It never was public, or there is no such thing.",
    "410": "It was public once and is so no longer.",
    "422": "A value does not fit.",
    "429": "Too many requests of one network.",
    "503": "The database is away.",
}


@cache
def description() -> dict[str, Any]:
    """Return the OpenAPI 3 document."""
    schema = dict(api.get_openapi_schema(path_prefix="/api/v1/"))
    schema["servers"] = [{"url": settings.SITE_URL}]
    for operations in schema["paths"].values():
        for operation in operations.values():
            operation["responses"] = {
                str(status): _response(str(status), response) for status, response in operation["responses"].items()
            }
    return schema


def _response(status: str, response: dict[str, Any]) -> dict[str, Any]:
    """Return what is said of a status: in words of ours, and a problem under its own type."""
    told: dict[str, Any] = {"description": WORDS.get(status, response.get("description", ""))}
    if content := response.get("content"):
        (body,) = content.values()
        told["content"] = {"application/json" if status == "200" else PROBLEM_TYPE: body}
    if status in ("200", "304"):
        told["headers"] = HEADERS
    if status in ("429", "503"):
        told["headers"] = RETRY
    return told


def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document."""
    return JsonResponse(description())


@read_only
def reference(request: HttpRequest) -> HttpResponse:
    """The API for people: each address, what it takes and what it answers."""
    schema = description()
    shapes = schema["components"]["schemas"]
    context = {
        "about": _plain(schema["info"]["description"]).strip().split("\n\n"),
        "operations": [_told(path, each["get"], shapes) for path, each in schema["paths"].items()],
        "shapes": [(name, _fields(shape)) for name, shape in sorted(shapes.items()) if shape.get("properties")],
    }
    return render(request, "api/reference.html", context)


def _plain(words: str) -> str:
    """Return words of the description without the marks that programs draw as code."""
    return words.replace("`", "")


def _told(path: str, operation: dict[str, Any], shapes: dict[str, Any]) -> dict[str, Any]:
    parameters = [
        {
            "name": each["name"],
            "required": each["required"],
            "description": each.get("description") or each["schema"].get("description", ""),
            "choices": each["schema"].get("enum", []),
        }
        for each in operation.get("parameters", [])
    ]
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    return {
        "path": path,
        "summary": operation["summary"],
        "description": _plain(operation["description"]),
        "parameters": parameters,
        "answer": answer,
    }


def _fields(shape: dict[str, Any]) -> list[dict[str, str]]:
    return [
        {"name": name, "kind": _kind(field), "description": field.get("description", "")}
        for name, field in shape["properties"].items()
    ]


def _kind(field: dict[str, Any]) -> str:
    """Return in a word or two what a field holds."""
    if choices := field.get("anyOf"):
        return " or ".join(_kind(choice) for choice in choices)
    if reference := field.get("$ref"):
        return reference.rpartition("/")[2]
    if field.get("type") == "array":
        return f"list of {_kind(field['items'])}"
    return str(field.get("format") or field.get("type") or "value")
