"""Holds JSON against an official OpenAPI (or Swagger 2) file: types, required fields, and names that it does not know.

document = load(contracts_folder() / "magento" / "admin-schema-2.4.9.yaml.gz")
assert problems(document, response(document, "GET", "/V1/orders"), answer) == []

A pointer is the place of a schema within its document: `/definitions/order`, `/paths/~1V1~1orders/get/...`.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from openapi_schema_validator import OAS30Validator, OAS31Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4, DRAFT202012

Document = Mapping[str, Any]
_MANY = ("allOf", "anyOf", "oneOf")
_NAME = "urn:document"


@cache
def load(path: Path) -> dict[str, Any]:
    """The parsed file: YAML or JSON, gzipped or not. Read once; not to be changed."""
    raw = path.read_bytes()
    if path.suffix == ".gz":
        raw = gzip.decompress(raw)
    name = path.name.removesuffix(".gz")
    parsed = json.loads(raw) if name.endswith(".json") else yaml.load(raw, yaml.CSafeLoader)
    assert isinstance(parsed, dict), f"{path} is no OpenAPI document"
    return parsed


def pointer(*names: str) -> str:
    """The names of a place in a document, escaped and joined."""
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)


def operation(document: Document, method: str, path: str) -> Mapping[str, Any]:
    """The operation as the document describes it; `path` as it is written there. Raises KeyError."""
    found: Mapping[str, Any] = document["paths"][path][method.lower()]
    return found


def response(document: Document, method: str, path: str, status: int | str = 200, media: str = "json") -> str:
    """The place of the schema of an answer. Raises KeyError when the document has none."""
    found = operation(document, method, path)["responses"]
    key = next(key for key in found if str(key) == str(status))
    place = [*("paths", path, method.lower(), "responses"), key]
    return _schema_of(document, place, media)


def request_body(document: Document, method: str, path: str, media: str = "json") -> str:
    """The place of the schema of a request's body. Raises KeyError when the document has none."""
    described = operation(document, method, path)
    place: list[Any] = ["paths", path, method.lower()]
    if "requestBody" in described:
        return _schema_of(document, [*place, "requestBody"], media)
    for number, parameter in enumerate(described.get("parameters", ())):
        if parameter.get("in") == "body":
            return _pointer_to([*place, "parameters", number, "schema"])
    raise KeyError(f"{method} {path} takes no body")


def parameters(document: Document, method: str, path: str, place: str = "query") -> set[str]:
    """Names of the parameters that an operation takes in the query (path, header)."""
    shared = document["paths"][path].get("parameters", ())
    listed = [resolve(document, one) for one in [*shared, *operation(document, method, path).get("parameters", ())]]
    return {one["name"] for one in listed if one["in"] == place}


def problems(document: Document, place: str, value: Any) -> list[str]:
    """What is wrong with a value: one sentence for each error of type or presence, and each name not in the schema."""
    is_newest = str(document.get("openapi", "")).startswith("3.1")
    validator = OAS31Validator if is_newest else OAS30Validator
    resource: Resource[Any] = (DRAFT202012 if is_newest else DRAFT4).create_resource(document)
    registry: Registry[Any] = Registry().with_resource(_NAME, resource)
    checked = validator({"$ref": f"{_NAME}#{place}"}, registry=registry)
    wrong = [f"{_path(error.absolute_path)}: {error.message[:300]}" for error in checked.iter_errors(value)]
    return wrong + list(_unknown(document, _at(document, place), value, "$"))


def resolve(document: Document, schema: Any) -> Any:
    """The schema behind a chain of references within the document."""
    while isinstance(schema, Mapping) and "$ref" in schema:
        schema = _at(document, schema["$ref"].removeprefix("#"))
    return schema


def properties(document: Document, schema: Any) -> dict[str, list[Any]]:
    """name -> schemas of everything that an object of this schema may hold, whichever alternative it takes."""
    schema = resolve(document, schema)
    found: dict[str, list[Any]] = {}
    for name, inner in schema.get("properties", {}).items():
        found.setdefault(name, []).append(inner)
    for word in _MANY:
        for part in schema.get(word, ()):
            for name, inner in properties(document, part).items():
                found.setdefault(name, []).extend(inner)
    return found


def elements(document: Document, schema: Any) -> list[Any]:
    """The schemas that the elements of an array may have."""
    schema = resolve(document, schema)
    found = [schema["items"]] if "items" in schema else []
    return found + [inner for word in _MANY for part in schema.get(word, ()) for inner in elements(document, part)]


def _unknown(document: Document, schema: Any, value: Any, place: str) -> Iterator[str]:
    yield from dict.fromkeys(_unknown_in(document, [schema], value, place))


def _unknown_in(document: Document, schemas: list[Any], value: Any, place: str) -> Iterator[str]:
    """Names that none of the schemas has; a schema that names nothing (a free object) takes everything."""
    if isinstance(value, Mapping):
        known: dict[str, list[Any]] = {}
        for schema in schemas:
            names = properties(document, schema)
            if not names or resolve(document, schema).get("additionalProperties"):
                return
            for name, inner in names.items():
                known.setdefault(name, []).extend(inner)
        for name, inner_value in value.items():
            if name not in known:
                yield f"{place}.{name}: no such name in the schema"
            else:
                yield from _unknown_in(document, known[name], inner_value, f"{place}.{name}")
    elif isinstance(value, list):
        inner = [each for schema in schemas for each in elements(document, schema)]
        for number, element in enumerate(value):
            yield from _unknown_in(document, inner, element, f"{place}[{number}]") if inner else ()


def _schema_of(document: Document, place: list[Any], media: str) -> str:
    described = _follow(document, place)
    while "$ref" in described:
        place = _names(described["$ref"].removeprefix("#"))
        described = _follow(document, place)
    if "schema" in described:
        return _pointer_to([*place, "schema"])
    for kind in described["content"]:
        if media in kind:
            return _pointer_to([*place, "content", kind, "schema"])
    raise KeyError(f"{'/'.join(map(str, place))} has no {media}")


def _follow(document: Document, place: list[Any]) -> Any:
    found: Any = document
    for name in place:
        if isinstance(found, list):
            found = found[int(name)]
        else:
            # YAML reads a status as a number.
            found = found[name] if name in found else found[next(key for key in found if str(key) == str(name))]
    return found


def _at(document: Document, place: str) -> Any:
    return _follow(document, _names(place))


def _names(place: str) -> list[Any]:
    return [name.replace("~1", "/").replace("~0", "~") for name in place.split("/")[1:]]


def _pointer_to(place: list[Any]) -> str:
    return pointer(*(str(name) for name in place))


def _path(parts: Any) -> str:
    return "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
