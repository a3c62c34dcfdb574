"""Query texts: parsed and validated once against the served schema, with Shopify's error shapes for what is wrong."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    parse,
    validate,
)
from graphql.execution.values import VariableValues, get_variable_values

from auditor.sandbox.shopify.problems import Error, Problem
from auditor.sandbox.shopify.schema import SCHEMA

_REMEMBERED = 256
_UNDEFINED_FIELD = re.compile(r"Cannot query field '(\w+)' on type '(\w+)'")
_UNKNOWN_ARGUMENT = re.compile(r"Unknown argument '(\w+)' on field '(\w+)\.(\w+)'")


class Invalid(Exception):
    """The document cannot be executed; `errors` is the answer."""

    def __init__(self, errors: list[Error]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Document:
    """A valid document: its operations by name and its fragments by name."""

    text: str
    operations: Mapping[str, OperationDefinitionNode]
    fragments: Mapping[str, FragmentDefinitionNode]

    def operation(self, name: str | None) -> OperationDefinitionNode:
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        found = self.operations.get(name or "")
        if found is None:
            raise Problem("An operation name is required" if name is None else f'No operation named "{name}"',
                          "operationNotFound")  # fmt: skip
        return found


class Documents:
    """Remembers the last few hundred documents, because the same ones come again and again."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Document | Invalid] = OrderedDict()

    def read(self, text: str) -> Document:
        """Raises `Invalid` when the text is no document that this schema can answer."""
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = _read(text)
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        if isinstance(known, Invalid):
            raise Invalid(known.errors)
        return known


def _read(text: str) -> Document | Invalid:
    try:
        tree = parse(text)
    except GraphQLSyntaxError as wrong:
        return Invalid([_error(wrong, "parseError")])
    errors = validate(SCHEMA, tree)
    if errors:
        return Invalid([_shopify_error(error) for error in errors])
    return _document(text, tree)


def _document(text: str, tree: DocumentNode) -> Document:
    operations = {node.name.value if node.name else "": node
                  for node in tree.definitions if isinstance(node, OperationDefinitionNode)}  # fmt: skip
    fragments = {node.name.value: node for node in tree.definitions if isinstance(node, FragmentDefinitionNode)}
    return Document(text, operations, fragments)


def variables_of(operation: OperationDefinitionNode, given: Mapping[str, Any]) -> VariableValues:
    """The coerced variables. Raises `Invalid` when one is missing or of the wrong type."""
    coerced = get_variable_values(SCHEMA, operation.variable_definitions or (), dict(given))
    if isinstance(coerced, list):
        raise Invalid([_error(error, "INVALID_VARIABLE") for error in coerced])
    return coerced


def is_mutation(operation: OperationDefinitionNode) -> bool:
    return operation.operation is OperationType.MUTATION


def _shopify_error(error: GraphQLError) -> Error:
    """Unknown fields and arguments as the real service words them; anything else in graphql-core's words."""
    field = _UNDEFINED_FIELD.search(error.message)
    if field:
        name, kind = field.groups()
        return _located(error, f"Field '{name}' doesn't exist on type '{kind}'",
                        {"code": "undefinedField", "typeName": kind, "fieldName": name})  # fmt: skip
    argument = _UNKNOWN_ARGUMENT.search(error.message)
    if argument:
        name, _, field_name = argument.groups()
        return _located(error, f"Field '{field_name}' doesn't accept argument '{name}'",
                        {"code": "argumentNotAccepted", "name": field_name, "typeName": "Field",
                         "argumentName": name})  # fmt: skip
    return _error(error, "invalidDocument")


def _error(error: GraphQLError, code: str) -> Error:
    return _located(error, error.message, {"code": code})


def _located(error: GraphQLError, message: str, extensions: dict[str, Any]) -> Error:
    locations = [{"line": place.line, "column": place.column} for place in error.locations or ()]
    return {"message": message, "locations": locations, "extensions": extensions}
