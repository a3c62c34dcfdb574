"""Damage done to a finished answer: fields taken out of it, a hole with an error beside it, paths of denied fields."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from graphql import FieldNode, FragmentDefinitionNode, GraphQLObjectType, OperationDefinitionNode, is_non_null_type

from auditor.sandbox.shopify.compiler import Compiler, sets_of
from auditor.sandbox.shopify.schema import SCHEMA

Path = tuple[str | int, ...]


def without(value: Any, names: Collection[str]) -> Any:
    """The answer without these keys, at any depth."""
    if isinstance(value, dict):
        return {key: without(inner, names) for key, inner in value.items() if key not in names}
    if isinstance(value, list):
        return [without(inner, names) for inner in value]
    return value


def concrete_paths(data: Any, path: Sequence[str | int]) -> Iterator[Path]:
    """Where a field was really asked for: one path per list element, ended early where the answer is null."""
    if not path:
        yield ()
        return
    if isinstance(data, list):
        for position, item in enumerate(data):
            for rest in concrete_paths(item, path):
                yield (position, *rest)
    elif isinstance(data, dict):
        for rest in concrete_paths(data.get(path[0]), path[1:]):
            yield (path[0], *rest)
    else:
        yield tuple(path)


def make_hole(
    operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode], data: dict[str, Any]
) -> Path:
    """Sets the first field that may be null, and is not, to null; says where. Without one all of the data is lost."""
    root = SCHEMA.get_root_type(operation.operation)
    assert root is not None
    compiler = Compiler(fragments, frozenset(), {})
    path = _hole(compiler, root, compiler.collect(root, [operation.selection_set]), data)
    if path is None:
        data.clear()
        return ()
    return path


def _hole(
    compiler: Compiler, kind: GraphQLObjectType, fields: Mapping[str, list[FieldNode]], data: dict[str, Any]
) -> Path | None:
    for key, nodes in fields.items():
        name = nodes[0].name.value
        if name == "__typename" or data.get(key) is None:
            continue
        type_ = kind.fields[name].type
        if not is_non_null_type(type_):
            data[key] = None
            return (key,)
        deeper = _inside(compiler, type_, nodes, data[key])
        if deeper is not None:
            return (key, *deeper)
    return None


def _inside(compiler: Compiler, type_: Any, nodes: list[FieldNode], value: Any) -> Path | None:
    named = type_.of_type if is_non_null_type(type_) else type_
    if isinstance(value, list):
        if not value or not hasattr(named, "of_type"):
            return None
        if not is_non_null_type(named.of_type):
            value[0] = None
            return (0,)
        deeper = _inside(compiler, named.of_type, nodes, value[0])
        return None if deeper is None else (0, *deeper)
    if isinstance(named, GraphQLObjectType) and isinstance(value, dict):
        return _hole(compiler, named, compiler.collect(named, sets_of(nodes)), value)
    return None
