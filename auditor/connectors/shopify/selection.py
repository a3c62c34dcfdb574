"""What an answer must hold: each field that was asked for, in each object of it.

A field that is missing is not the same as one that is null: null is what the shop says, a missing field says nothing,
and must never become a NULL in a canonical row. So the selection of a document is made once into types that have each
field as a required one, and every answer and every line of a bulk result is held against them. What a field holds is
not judged here; null is allowed everywhere.

Aliases, fragments, `@include` and `@skip` are followed. Fields that are asked for under one type condition must be
there, because ids are only asked for by their kind; under several, `__typename` must be asked for and decides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, reduce
from keyword import iskeyword
from operator import or_
from types import GenericAlias
from typing import Any

import msgspec
from graphql import (
    BooleanValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    parse,
)

from auditor.connectors.shopify.documents import Document

TYPE = "__typename"
Fields = dict[str, list[SelectionSetNode]]
"""Key in the answer -> what is asked for below it; nothing for a leaf."""
_POSITION = re.compile(r"\[[^\]]*\]")
_MISSING = re.compile(r"missing required field `(?P<field>[^`]+)`(?: - at `\$\.?(?P<place>[^`]*)`)?")


def check_answer(document: Document, variables: Mapping[str, Any], data: Any) -> str | None:
    """None when `data` holds all that was asked for with these variables; else what is wrong with it, in words."""
    switches = tuple(sorted((name, value) for name, value in variables.items() if isinstance(value, bool)))
    try:
        msgspec.convert(data, _answer(document.text, switches))
    except msgspec.ValidationError as error:
        return lack(error)
    return None


def lack(error: msgspec.ValidationError) -> str:
    """What is missing, and where: `'updatedAt' at orders.nodes`."""
    found = _MISSING.search(str(error))
    if found is None:
        return f"what was asked for ({error})"
    place = _POSITION.sub("", found["place"] or "")
    return f"'{found['field']}' at {place}" if place else f"'{found['field']}'"


class Selection:
    """Selection sets of one document, read with the values of its switches."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode], switches: Mapping[str, bool]) -> None:
        self._fragments = fragments
        self._switches = switches

    def type_of(self, sets: Sequence[SelectionSetNode]) -> Any:
        """The type of a field's value; anything for a leaf."""
        if not sets:
            return Any
        own, conditional = self.collect(sets)
        if len(conditional) > 1:
            if TYPE not in own:
                raise ValueError(f"fields of {', '.join(conditional)} are asked for without __typename")
            del own[TYPE]
            kinds = [_struct(self.types(merged(own, fields)), kind) for kind, fields in conditional.items()]
        else:
            kinds = [_struct(self.types(merged(own, *conditional.values())))]
        one = reduce(or_, kinds)
        return one | GenericAlias(list, (one | None,)) | None

    def collect(self, sets: Sequence[SelectionSetNode]) -> tuple[Fields, dict[str, Fields]]:
        """Fields that every object has, and those of one type each. Of nested conditions the inner one counts."""
        own: Fields = {}
        conditional: dict[str, Fields] = {}

        def walk(nodes: Sequence[SelectionNode], into: Fields) -> None:
            for node in nodes:
                if not self._is_wanted(node):
                    continue
                if isinstance(node, FieldNode):
                    key = node.alias.value if node.alias else node.name.value
                    into.setdefault(key, []).extend([node.selection_set] if node.selection_set else [])
                elif isinstance(node, InlineFragmentNode):
                    kind = node.type_condition.name.value if node.type_condition else None
                    walk(node.selection_set.selections, conditional.setdefault(kind, {}) if kind else into)
                elif isinstance(node, FragmentSpreadNode):
                    fragment = self._fragments[node.name.value]
                    kind = fragment.type_condition.name.value
                    walk(fragment.selection_set.selections, conditional.setdefault(kind, {}))

        for each in sets:
            walk(each.selections, own)
        return own, conditional

    def types(self, fields: Fields) -> tuple[tuple[str, Any], ...]:
        return tuple((key, self.type_of(fields[key])) for key in sorted(fields))

    def _is_wanted(self, node: SelectionNode) -> bool:
        for directive in node.directives or ():
            if directive.name.value not in {"include", "skip"}:
                continue
            (argument,) = directive.arguments or ()
            value = argument.value
            if isinstance(value, VariableNode):
                is_set = self._switches[value.name.value]
            else:
                is_set = isinstance(value, BooleanValueNode) and value.value
            if is_set is (directive.name.value == "skip"):
                return False
        return True


@cache
def _answer(text: str, switches: tuple[tuple[str, bool], ...]) -> Any:
    operation, fragments = read_text(text)
    defaults = {
        each.variable.name.value: each.default_value.value
        for each in operation.variable_definitions or ()
        if isinstance(each.default_value, BooleanValueNode)
    }
    return Selection(fragments, {**defaults, **dict(switches)}).type_of([operation.selection_set])


def attribute(key: str) -> str:
    """What a field is called in Python: as in the answer, unless that is a word of Python (`return`) or private."""
    return f"f_{key}" if iskeyword(key) or key.startswith("_") else key


def merged(*parts: Fields) -> Fields:
    merged: Fields = {}
    for part in parts:
        for key, sets in part.items():
            merged.setdefault(key, []).extend(sets)
    return merged


@cache
def _struct(fields: tuple[tuple[str, Any], ...], tag: str | None = None) -> Any:
    named = [(attribute(key), kind, msgspec.field(name=key)) for key, kind in fields]
    return msgspec.defstruct(tag or "Answer", named, tag=tag, tag_field=TYPE if tag else None, gc=False)


def read_text(text: str) -> tuple[OperationDefinitionNode, dict[str, FragmentDefinitionNode]]:
    """The only operation of a text, and its fragments by name."""
    definitions = parse(text, no_location=True).definitions
    fragments = {node.name.value: node for node in definitions if isinstance(node, FragmentDefinitionNode)}
    (operation,) = (node for node in definitions if isinstance(node, OperationDefinitionNode))
    return operation, fragments
