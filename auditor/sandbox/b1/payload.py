"""What a client may send: names checked, values turned into what the server keeps."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from auditor.sandbox.b1.entity_sets import EntitySet
from auditor.sandbox.b1.errors import Refused, invalid_property, malformed
from auditor.sandbox.b1.filters import day_literal
from auditor.sandbox.b1.properties import ENUMS, TYPES, enum_member
from auditor.sandbox.b1.state import B1State


def accept(state: B1State, entity_set: EntitySet, payload: Any) -> dict[str, Any]:
    """A checked copy. Unknown names are refused, enums may come as database values and numbers as text."""
    if not isinstance(payload, Mapping):
        raise malformed("Invalid JSON object in the request body")
    valid = state.valid_names(entity_set)
    line_fields = {f"U_{name}" for name in state.user_fields(entity_set.lines_table)}
    accepted: dict[str, Any] = {}
    for name, value in payload.items():
        if name.startswith(("@odata.", "odata.")):
            continue
        if name not in valid:
            raise invalid_property(name, entity_set.type_name)
        kind = TYPES[entity_set.type_name].get(name, "")
        accepted[name] = _value(name, kind, value, line_fields if name == entity_set.lines else frozenset())
    return accepted


def _value(name: str, kind: str, value: Any, custom: frozenset[str] | set[str]) -> Any:
    if value is None:
        return None
    if kind.startswith("["):
        if not isinstance(value, list):
            raise malformed(f"'{name}' is a collection")
        return [_member(kind[1:-1], member, custom) for member in value]
    if kind in ("I", "D"):
        try:
            number = Decimal(str(value))
        except ArithmeticError:
            raise Refused(400, -1, f"Value '{value}' of property '{name}' is not a number") from None
        return int(number) if kind == "I" else number
    if kind == "date":
        return day_literal(str(value))
    if kind in ENUMS:
        member = enum_member(kind, str(value))
        if member is None:
            raise Refused(400, -1, f"Enum value '{value}' of '{name}' is invalid")
        return member
    return value


def _member(type_name: str, member: Any, custom: frozenset[str] | set[str]) -> dict[str, Any]:
    if not isinstance(member, Mapping):
        raise malformed(f"A member of a {type_name} collection is not an object")
    kinds = TYPES.get(type_name)
    if kinds is None:
        return dict(member)
    accepted = {}
    for name, value in member.items():
        # v1 clients know the batch by another name.
        own = "BatchNumberProperty" if (type_name, name) == ("BatchNumber", "BatchNumber") else name
        if own not in kinds and own not in custom:
            raise invalid_property(own, type_name)
        accepted[own] = _value(own, kinds.get(own, ""), value, frozenset())
    return accepted
