"""Bulk queries: what the real store accepts, and how the accepted ones become JSONL.

Each object of a connection is a line of its own; a nested one names its parent in `__parentId`. Lines are not grouped
under their parents and not sorted: a child may come before its parent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLList,
    GraphQLObjectType,
    OperationDefinitionNode,
    get_named_type,
    is_composite_type,
    is_non_null_type,
)

from auditor.sandbox.shopify.compiler import Compiler, Denied, sets_of
from auditor.sandbox.shopify.documents import Document, is_mutation
from auditor.sandbox.shopify.environment import Environment
from auditor.sandbox.shopify.pages import Rows
from auditor.sandbox.shopify.projections import Project
from auditor.sandbox.shopify.schema import SCHEMA
from auditor.sandbox.shopify.scopes import ALL_SCOPES
from auditor.sandbox.shopify.wire import Node, dumps

MAX_CONNECTIONS = 5
MAX_DEPTH = 2
_CHUNK = 40


class Unsuitable(Exception):
    """The query cannot run in bulk; the message goes into userErrors."""


@dataclass(frozen=True, slots=True)
class Branch:
    """One connection: where its objects come from, how one becomes a line, and what hangs below."""

    source: Project
    project: Project
    children: Sequence[Branch]
    is_order: bool


@dataclass(frozen=True, slots=True)
class BulkPlan:
    root: Branch
    compiler: Compiler


def compile_bulk(document: Document, granted: frozenset[str]) -> BulkPlan | None:
    """The plan; None when the app may not read what is asked. Raises `Unsuitable` for what cannot run in bulk."""
    if len(document.operations) != 1:
        raise Unsuitable("Bulk queries must contain exactly one operation.")
    operation = next(iter(document.operations.values()))
    if is_mutation(operation):
        raise Unsuitable("Bulk queries must be queries, not mutations.")
    if operation.variable_definitions:
        raise Unsuitable("Variables are not supported in bulk queries.")
    plan = _Builder(document.fragments, ALL_SCOPES).build(operation)
    if granted == ALL_SCOPES:
        return plan
    try:
        plan = _Builder(document.fragments, granted).build(operation)
    except Denied:
        return None
    return None if plan.compiler.denials else plan


class _Builder:
    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode], granted: frozenset[str]) -> None:
        self._compiler = Compiler(fragments, granted, {}, without_connections=True)
        self._connections = 0

    def build(self, operation: OperationDefinitionNode) -> BulkPlan:
        root = SCHEMA.query_type
        assert root is not None
        fields = self._compiler.collect(root, [operation.selection_set])
        if len(fields) != 1:
            raise Unsuitable("Bulk queries must have exactly one top-level field.")
        nodes = next(iter(fields.values()))
        branch = self._top(root, nodes)
        if not self._connections:
            raise Unsuitable("Bulk queries must contain at least one connection.")
        if self._connections > MAX_CONNECTIONS:
            raise Unsuitable(f"Bulk queries cannot contain more than {MAX_CONNECTIONS} connections.")
        return BulkPlan(branch, self._compiler)

    def _top(self, root: GraphQLObjectType, nodes: list[FieldNode]) -> Branch:
        name = nodes[0].name.value
        named = get_named_type(root.fields[name].type)
        source = self._compiler.source(root, nodes[0])
        if named.name.endswith("Connection"):
            return self._connection(named, source, nodes, 0)
        if not isinstance(named, GraphQLObjectType):
            raise Unsuitable("Bulk queries must contain at least one connection.")
        return self._node(named, lambda node, env: [source(node, env)], nodes, 0)

    def _connection(self, kind: GraphQLObjectType, source: Project, nodes: list[FieldNode], depth: int) -> Branch:
        self._connections += 1
        if depth > MAX_DEPTH:
            raise Unsuitable(f"Bulk queries cannot contain connections with a nesting depth greater than {MAX_DEPTH}.")
        fields = self._compiler.collect(kind, sets_of(nodes))
        names = {found[0].name.value for found in fields.values()}
        if "edges" not in names or "nodes" in names:
            raise Unsuitable("Connections in bulk queries must be selected through `edges` and `node`.")
        edge = get_named_type(kind.fields["edges"].type)
        edges = [node for found in fields.values() for node in found if node.name.value == "edges"]
        inner = [node for found in self._compiler.collect(edge, sets_of(edges)).values() for node in found
                 if node.name.value == "node"]  # fmt: skip
        if not inner:
            raise Unsuitable("Connections in bulk queries must be selected through `edges` and `node`.")
        return self._node(get_named_type(edge.fields["node"].type), source, inner, depth)

    def _node(self, kind: Any, source: Project, nodes: list[FieldNode], depth: int) -> Branch:
        selection = self._compiler.object(kind, nodes, ())
        children: list[Branch] = []
        if isinstance(kind, GraphQLObjectType):
            fields = self._compiler.collect(kind, sets_of(nodes))
            children = list(self._children(kind, fields, lambda node, env: node, depth + 1))
        return Branch(source, selection.project, children, kind.name == "Order")

    def _children(
        self, kind: GraphQLObjectType, fields: Mapping[str, list[FieldNode]], reach: Project, depth: int
    ) -> Iterator[Branch]:
        """Connections beneath a node, also those inside its single objects (variant.inventoryItem.inventoryLevels)."""
        for nodes in fields.values():
            name = nodes[0].name.value
            if name == "__typename":
                continue
            type_ = kind.fields[name].type
            named = get_named_type(type_)
            if named.name.endswith("Connection"):
                source = self._compiler.source(kind, nodes[0])
                yield self._connection(named, _through(reach, source), nodes, depth)
            elif is_composite_type(named):
                self._inside(named, type_, kind, nodes)
                if isinstance(named, GraphQLObjectType) and not _is_list(type_):
                    inner = self._compiler.collect(named, sets_of(nodes))
                    step = self._compiler.resolved_source(kind, nodes[0], named)
                    yield from self._children(named, inner, _through(reach, step), depth)

    def _inside(self, named: Any, type_: Any, kind: GraphQLObjectType, nodes: list[FieldNode]) -> None:
        if _is_list(type_) and isinstance(named, GraphQLObjectType) and self._has_connection(named, nodes):
            raise Unsuitable(
                "Queries that contain a connection field within a list field are not currently supported: "
                f"{kind.name}.{nodes[0].name.value}."
            )

    def _has_connection(self, kind: GraphQLObjectType, nodes: list[FieldNode]) -> bool:
        for found in self._compiler.collect(kind, sets_of(nodes)).values():
            if found[0].name.value == "__typename":
                continue
            named = get_named_type(kind.fields[found[0].name.value].type)
            if named.name.endswith("Connection"):
                return True
            if isinstance(named, GraphQLObjectType) and self._has_connection(named, found):
                return True
        return False


def _is_list(type_: Any) -> bool:
    return isinstance(type_.of_type if is_non_null_type(type_) else type_, GraphQLList)


def _through(reach: Project, step: Project) -> Project:
    def source(node: Any, env: Environment) -> Any:
        reached = reach(node, env)
        return None if reached is None else step(reached, env)

    return source


@dataclass(slots=True)
class Counts:
    objects: int = 0
    roots: int = 0


def jsonl(
    plan: BulkPlan, root: Any, env: Environment, counts: Counts, *, is_grouped: bool, is_wanted: Callable[[], bool]
) -> Iterator[bytes]:
    """The lines of the result, each with its line end, for the root's rows. Stops when it is not wanted any more."""
    count = len(root.handles) if isinstance(root, Rows) else len(root or ())
    for start in range(0, count, _CHUNK):
        if not is_wanted():
            return
        levels: list[list[bytes]] = [[] for _ in range(1 if is_grouped else MAX_DEPTH + 2)]
        for position in range(start, min(start + _CHUNK, count)):
            node = root.load(root.handles[position]) if isinstance(root, Rows) else root[position]
            if node is not None:
                counts.roots += 1
                _write(plan.root, node, env, None, levels, 0)
        counts.objects += sum(len(level) for level in levels)
        # Every second chunk has the children first: whoever joins the lines must not rely on any order.
        for level in levels if (start // _CHUNK) % 2 == 0 else reversed(levels):
            yield from level


def _write(
    branch: Branch, node: Any, env: Environment, parent: str | None, levels: list[list[bytes]], depth: int
) -> None:
    if branch.is_order:
        env.enter(node)
    line: Node = branch.project(node, env)
    if parent is not None:
        line["__parentId"] = parent
    levels[min(depth, len(levels) - 1)].append(dumps(line) + b"\n")
    for child in branch.children:
        found = child.source(node, env)
        items = [found.load(handle) for handle in found.handles] if isinstance(found, Rows) else found or ()
        for item in items:
            if item is not None:
                _write(child, item, env, node.get("id") if isinstance(node, dict) else node, levels, depth + 1)
