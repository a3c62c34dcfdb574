"""An operation ready to be executed: compiled once per document, operation and set of granted scopes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import FieldNode, FragmentDefinitionNode, GraphQLField, OperationDefinitionNode
from graphql.execution.values import VariableValues, get_argument_values, get_directive_values

from auditor.sandbox.shopify.compiler import Compiler, Denied
from auditor.sandbox.shopify.problems import Error
from auditor.sandbox.shopify.projections import Selection
from auditor.sandbox.shopify.schema import SCHEMA

_IDEMPOTENT = next(directive for directive in SCHEMA.directives if directive.name == "idempotent")


@dataclass(frozen=True, slots=True)
class Plan:
    operation: OperationDefinitionNode
    selection: Selection
    slots: Sequence[tuple[GraphQLField, FieldNode]]
    denials: Sequence[Error]
    is_refused: bool
    """Access is denied to something that cannot be null: there is no data at all."""

    def arguments(self, variables: VariableValues) -> list[dict[str, Any]]:
        """The values of all arguments in this request, per field with arguments."""
        values = []
        for definition, node in self.slots:
            told = get_argument_values(definition, node, variables)
            directive = get_directive_values(_IDEMPOTENT, node, variables)
            if directive:
                told["@idempotent"] = directive["key"]
            values.append(told)
        return values


def compile_operation(
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    granted: frozenset[str],
    switches: Mapping[str, bool],
) -> Plan:
    """`switches` are the Boolean variables, which @include and @skip may name."""
    compiler = Compiler(fragments, granted, switches)
    root = SCHEMA.get_root_type(operation.operation)
    assert root is not None
    is_refused = False
    try:
        selection = compiler.selection(root, compiler.collect(root, [operation.selection_set]), ())
    except Denied:
        is_refused = True
        selection = Selection(lambda node, env: None)
    return Plan(operation, selection, compiler.slots, compiler.denials, is_refused)
