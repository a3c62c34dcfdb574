"""Projections: functions from a node to its part of the answer, and where the value of a field comes from.

`own` objects always come with a node, `requested` estimates what lies beneath it; lists and connections count what
they really gave in `env.spent`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from auditor.sandbox.shopify.defaults import CONSTANTS, DERIVED
from auditor.sandbox.shopify.environment import Environment
from auditor.sandbox.shopify.fields import RESOLVERS, Resolve
from auditor.sandbox.shopify.money import Bag
from auditor.sandbox.shopify.pages import Rows, page_of_list, page_of_rows
from auditor.sandbox.shopify.schema import is_reference
from auditor.sandbox.shopify.wire import Node, decimal_text, money_text

Arguments = Sequence[Mapping[str, Any]]
Project = Callable[[Any, Environment], Any]
Cost = Callable[[Arguments], int]

_ZERO: Mapping[str, Any] = {"String": "", "Int": 0, "Boolean": False, "Float": 0.0, "Decimal": "0.0", "Money": "0.00",
                            "UnsignedInt64": "0"}  # fmt: skip


class Missing(Exception):
    """A field that is never null has no value: the state is incomplete, the real service would have failed too."""


def free(arguments: Arguments) -> int:
    """The cost of scalars."""
    return 0


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked of one object."""

    project: Project
    own: int = 0
    requested: Cost = free


@dataclass(frozen=True, slots=True)
class Answer:
    """One field of a selection."""

    key: str
    project: Project
    own: int = 0
    requested: Cost = free
    plain: str | None = None
    """The node's own key, when the value is taken as it is."""
    default: Any = None


@dataclass(frozen=True, slots=True)
class Part:
    """What is asked of a connection under one key: `nodes`, `edges` (with its own keys), `pageInfo`."""

    key: str
    name: str
    selection: Selection
    edge_keys: Sequence[tuple[str, str]] = field(default=())

    @property
    def is_per_node(self) -> bool:
        return self.name in ("nodes", "edges")


def source_of(parent: str, name: str, slot: int | None) -> Project:
    """Where the raw value comes from: a resolver, the node, or what is derived when the node does not say."""
    resolve: Resolve | None = RESOLVERS.get((parent, name))
    if resolve is not None:
        return lambda node, env: resolve(node, {} if slot is None else env.arguments[slot], env)
    derive = DERIVED.get((parent, name)) or (DERIVED.get(("*", name)) if name == "legacyResourceId" else None)
    if derive is not None:

        def derived(node: Node, env: Environment) -> Any:
            value = node.get(name)
            return derive(node, env) if value is None else value

        return derived
    constant = CONSTANTS.get((parent, name))
    if constant is not None:
        return lambda node, env: constant if node.get(name) is None else node[name]
    return lambda node, env: node.get(name)


def leaf(parent: str, key: str, name: str, scalar: str, source: Project, *, is_required: bool, is_list: bool) -> Answer:
    """A scalar, an enum, or a list of them, in the form that it has on the wire."""
    default: Any = ([] if is_list else _ZERO.get(scalar)) if is_required else None
    convert = _CONVERT.get(scalar)
    pair = (parent, name)
    is_plain = pair not in RESOLVERS and pair not in DERIVED and convert is None and name != "legacyResourceId"
    if is_plain and (default is not None or not is_required or pair in CONSTANTS):
        return Answer(key, source, plain=name, default=CONSTANTS.get(pair, default))

    def project(node: Node, env: Environment) -> Any:
        value = source(node, env)
        if value is None:
            if is_required and default is None:
                raise Missing(f"{parent}.{name} of {node.get('id')}")
            return default
        return value if convert is None else convert(value)

    return Answer(key, project)


def bag_of(key: str, source: Project, bag: Bag, objects: int, *, is_required: bool) -> Answer:
    """A MoneyBag; one that must be there and is not told is zero."""

    def project(node: Node, env: Environment) -> Any:
        value = source(node, env)
        if value is None:
            return bag("0", env) if is_required else None
        return bag(value, env)

    return Answer(key, project, objects, lambda arguments: objects)


def list_of(key: str, source: Project, slot: int | None, selection: Selection, *, is_required: bool) -> Answer:
    """A plain list of objects, cut by `first` where it has that argument."""
    each, one = selection.project, 1 + selection.own

    def project(node: Node, env: Environment) -> Any:
        items = source(node, env)
        if items is None:
            return [] if is_required else None
        if slot is not None and (first := env.arguments[slot].get("first")) is not None:
            items = items[:first]
        env.spent += one * len(items)
        return [None if item is None else each(item, env) for item in items]

    def requested(arguments: Arguments) -> int:
        first = 1 if slot is None else arguments[slot].get("first") or len(arguments[slot].get("ids") or ()) or 1
        return int(first) * (1 + selection.requested(arguments))

    return Answer(key, project, 0, requested)


def connection_of(key: str, source: Project, slot: int, parts: Sequence[Part]) -> Answer:
    """A connection: one page of a list or of searched rows, each node projected as it is loaded."""
    per_node = [part for part in parts if part.is_per_node]
    around = [part for part in parts if not part.is_per_node]
    blank = [(part.key, part.is_per_node) for part in parts]
    one = sum(1 + part.selection.own for part in per_node)

    def project(node: Node, env: Environment) -> Node:
        rows, arguments = source(node, env), env.arguments[slot]
        lose_page = env.fault == "lost_page"
        if isinstance(rows, Rows):
            page = page_of_rows(rows, arguments, lose_page=lose_page)
        else:
            page = page_of_list(rows or (), arguments, lose_page=lose_page)
        if lose_page:
            env.fault = None
        env.spent += 2 + one * len(page.cursors)
        answer: Node = {part_key: [] if is_list else None for part_key, is_list in blank}
        for position, item in enumerate(page.nodes):
            if item is None:
                continue
            for part in per_node:
                found = part.selection.project(item, env)
                if part.name == "edges":
                    edge = {"cursor": page.cursors[position], "node": found, "__typename": "Edge"}
                    found = {edge_key: edge[name] for edge_key, name in part.edge_keys}
                answer[part.key].append(found)
        for part in around:
            answer[part.key] = part.selection.project(page.info(), env)
        return answer

    def requested(arguments: Arguments) -> int:
        count = arguments[slot].get("first") or arguments[slot].get("last") or 0
        return 2 + int(count) * sum(1 + part.selection.requested(arguments) for part in per_node)

    return Answer(key, project, 0, requested)


def inside_order(project: Project) -> Project:
    """Everything within an order knows that order; afterwards the surroundings are as before."""

    def inside(node: Node, env: Environment) -> Any:
        before = env.order
        if before is node:
            return project(node, env)
        env.enter(node)
        try:
            return project(node, env)
        finally:
            env.enter(before)

    return inside


def resolving(kind: str, needed: frozenset[str], project: Project) -> Project:
    """A mere reference is looked up, unless it already says all that is asked."""

    def resolve(value: Any, env: Environment) -> Any:
        node = value if isinstance(value, dict) else {"id": value}
        if not needed <= node.keys() and is_reference(kind, node):
            node = env.find(kind, node["id"]) or node
        return project(node, env)

    return resolve


def nullable(source: Project, project: Project, is_required: bool, absent: Any, name: str) -> Project:
    def value_or_null(node: Node, env: Environment) -> Any:
        value = source(node, env)
        if value is None:
            if not is_required:
                return None
            if absent is None:
                raise Missing(f"{name} of {node.get('id')}")
            value = absent
        return project(value, env)

    return value_or_null


def _first(value: Any) -> str:
    return str(value[0] if isinstance(value, list) else value)


_CONVERT: Mapping[str, Callable[[Any], Any]] = {
    "Decimal": lambda value: decimal_text(_first(value)),
    "Money": lambda value: money_text(_first(value)),
    "Float": float,
    "UnsignedInt64": str,
    "BigInt": str,
}
