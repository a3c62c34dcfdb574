"""Refuses a node that the schema does not know: unknown fields and enum values, and fields that must be told.

The check is remembered per set of keys, so that half a million order lines cost little.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_non_null_type,
)

from auditor.sandbox.shopify.defaults import has_default
from auditor.sandbox.shopify.schema import is_reference

_TOLD_ELSEWHERE = frozenset({"MoneyV2", "MoneyBag"})
# Scalars whose absence means nothing, zero or false.
_EMPTY_SCALARS = frozenset({"String", "Int", "Boolean", "Float", "Decimal", "Money", "UnsignedInt64"})

Check = Callable[[Any], None]


class Shapes:
    """`check('LineItem', node)` raises ValueError with a sentence that names type and field."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._known: dict[tuple[str, bool, tuple[str, ...]], list[tuple[str, Check]]] = {}

    def check(self, kind: str, node: Any, *, is_whole: bool = False) -> None:
        """`is_whole`: the node is the thing itself, so that it cannot be a mere reference."""
        keys = (kind, is_whole, tuple(node))
        inner = self._known.get(keys)
        if inner is None:
            inner = self._known[keys] = self._study(kind, node, is_whole)
        for name, check in inner:
            value = node[name]
            if value is not None:
                check(value)

    def _study(self, kind: str, node: dict[str, Any], is_whole: bool) -> list[tuple[str, Check]]:
        definition = self._schema.type_map.get(kind)
        if not isinstance(definition, GraphQLObjectType):
            raise ValueError(f"{kind} is no type that this store serves")
        unknown = node.keys() - definition.fields.keys() - {"__typename"}
        if unknown:
            raise ValueError(f"{kind} has no field {', '.join(sorted(unknown))}")
        if is_whole or not is_reference(kind, node):
            for name, field in definition.fields.items():
                if name not in node and is_non_null_type(field.type) and self._must_be_told(kind, name, field.type):
                    raise ValueError(f"a {kind} needs {name}")
        checks = ((name, self._check_of(definition.fields[name].type)) for name in node if name != "__typename")
        return [(name, check) for name, check in checks if check is not None]

    def _must_be_told(self, kind: str, name: str, type_: Any) -> bool:
        if has_default(kind, name):
            return False
        named = get_named_type(type_)
        if named.name in _EMPTY_SCALARS | _TOLD_ELSEWHERE or named.name.endswith("Connection"):
            return False
        return not isinstance(type_.of_type, GraphQLList)

    def _check_of(self, type_: Any) -> Check | None:
        named = get_named_type(type_)
        inner = type_.of_type if is_non_null_type(type_) else type_
        if named.name.endswith("Connection"):
            return self._each(self._node_check(self._schema.type_map[named.name.removesuffix("Connection")]))
        if isinstance(inner, GraphQLList):
            return self._each(self._node_check(named))
        return self._node_check(named)

    def _node_check(self, named: Any) -> Check | None:
        if named.name in _TOLD_ELSEWHERE:
            return None
        if isinstance(named, GraphQLEnumType):
            return self._enum_check(named)
        if isinstance(named, GraphQLInterfaceType | GraphQLUnionType):
            return self._abstract_check
        if isinstance(named, GraphQLObjectType):
            name = named.name
            return lambda value: None if isinstance(value, str) else self.check(name, value)
        return None

    def _abstract_check(self, value: Any) -> None:
        if isinstance(value, dict) and "__typename" in value and value["__typename"] != "MoneyV2":
            self.check(value["__typename"], value)

    @staticmethod
    def _enum_check(enum: GraphQLEnumType) -> Check:
        def check(value: Any) -> None:
            if value not in enum.values:
                raise ValueError(f"{enum.name} has no value {value!r}")

        return check

    @staticmethod
    def _each(check: Check | None) -> Check | None:
        if check is None:
            return None

        def check_all(values: Any) -> None:
            for value in values:
                check(value)

        return check_all
