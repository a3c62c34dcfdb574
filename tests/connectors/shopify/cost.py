"""A pessimistic estimate of what Shopify charges for a query, before it is asked.

A scalar costs nothing, an object 1, a connection 2 and `first` nodes, a list with `first` that many entries, a list
without it one entry, `nodes(ids:)` as many as ids are given. The real figure is lower; the provider tells it.
"""

from __future__ import annotations

from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
    is_list_type,
    parse,
)
from graphql.type import get_nullable_type


def estimated_cost(schema: GraphQLSchema, text: str, variables: dict[str, Any]) -> int:
    """Points for the only operation of a document, with these variables (defaults of the document apply)."""
    document = parse(text)
    fragments = {node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)}
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    given = dict(variables)
    for variable in operation.variable_definitions or ():
        if variable.default_value is not None and isinstance(variable.default_value, IntValueNode):
            given.setdefault(variable.variable.name.value, int(variable.default_value.value))
    root = schema.query_type if operation.operation.value == "query" else schema.mutation_type
    assert root is not None
    base = 0 if operation.operation.value == "query" else 10
    return base + _selections(schema, operation.selection_set, root, given, fragments)


def _selections(
    schema: GraphQLSchema,
    selections: SelectionSetNode,
    parent: Any,
    given: dict[str, Any],
    fragments: dict[str, FragmentDefinitionNode],
) -> int:
    cost, branches = 0, [0]
    for node in selections.selections:
        if isinstance(node, FieldNode):
            cost += _field(schema, node, parent, given, fragments)
        elif isinstance(node, InlineFragmentNode):
            assert node.type_condition is not None
            kind = schema.type_map[node.type_condition.name.value]
            branches.append(_selections(schema, node.selection_set, kind, given, fragments))
        elif isinstance(node, FragmentSpreadNode):
            fragment = fragments[node.name.value]
            kind = schema.type_map[fragment.type_condition.name.value]
            branches.append(_selections(schema, fragment.selection_set, kind, given, fragments))
    return cost + max(branches)


def _field(
    schema: GraphQLSchema,
    node: FieldNode,
    parent: Any,
    given: dict[str, Any],
    fragments: dict[str, FragmentDefinitionNode],
) -> int:
    definition = parent.fields[node.name.value]
    kind = get_named_type(definition.type)
    if is_leaf_type(kind) or node.selection_set is None:
        return 0
    arguments = {argument.name.value: argument.value for argument in node.arguments or ()}
    inner = _selections(schema, node.selection_set, kind, given, fragments)
    if isinstance(kind, GraphQLObjectType) and kind.name.endswith("Connection"):
        # `inner` is what one page holds: pageInfo (1) beside `nodes`, counted once.
        return 2 + _number(arguments["first"], given) * (inner - (1 if _asks(node, "pageInfo") else 0))
    if "ids" in arguments:
        return _number(arguments["ids"], given) * (1 + inner)
    times = 1
    if is_list_type(get_nullable_type(definition.type)) and "first" in arguments:
        times = _number(arguments["first"], given)
    return times * (1 + inner)


def _asks(node: FieldNode, name: str) -> bool:
    assert node.selection_set is not None
    return any(isinstance(child, FieldNode) and child.name.value == name for child in node.selection_set.selections)


def _number(value: Any, given: dict[str, Any]) -> int:
    if isinstance(value, VariableNode):
        bound = given[value.name.value]
        return len(bound) if isinstance(bound, list) else int(bound)
    return int(value.value)
