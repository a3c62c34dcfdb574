"""Compiles what is asked of each type into projections; fragments are opened, denied fields become null."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLUnionType,
    InlineFragmentNode,
    SelectionSetNode,
    get_named_type,
    is_leaf_type,
    is_non_null_type,
)
from graphql.execution.values import get_argument_values

from auditor.sandbox.shopify.environment import Environment
from auditor.sandbox.shopify.fields import type_of
from auditor.sandbox.shopify.money import bag_projection, money_dict, money_projection
from auditor.sandbox.shopify.problems import Error, access_denied
from auditor.sandbox.shopify.projections import (
    Answer,
    Cost,
    Part,
    Project,
    Selection,
    bag_of,
    connection_of,
    inside_order,
    leaf,
    list_of,
    nullable,
    resolving,
    source_of,
)
from auditor.sandbox.shopify.schema import SCHEMA, is_referable
from auditor.sandbox.shopify.scopes import missing, required_access
from auditor.sandbox.shopify.wire import Node

Path = tuple[str, ...]
MUTATION_COST = 10


class Denied(Exception):
    """A field that is never null may not be read; its parent is null instead."""


class Compiler:
    def __init__(
        self,
        fragments: Mapping[str, FragmentDefinitionNode],
        granted: frozenset[str],
        switches: Mapping[str, bool],
        *,
        without_connections: bool = False,
    ) -> None:
        self._without_connections = without_connections
        self._fragments = fragments
        self._granted = granted
        self._switches = switches
        self.slots: list[tuple[GraphQLField, FieldNode]] = []
        self.denials: list[Error] = []

    # -- which fields -------------------------------------------------------------------------------------------------
    def collect(self, kind: GraphQLObjectType, sets: Iterable[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        """Field nodes by answer key, fragments opened, for one concrete type."""
        found: dict[str, list[FieldNode]] = {}
        for selection_set in sets:
            self._collect(kind, selection_set, found)
        return found

    def _collect(self, kind: GraphQLObjectType, chosen: SelectionSetNode, found: dict[str, list[FieldNode]]) -> None:
        for node in chosen.selections:
            if not self._is_included(node):
                continue
            if isinstance(node, FieldNode):
                key = node.alias.value if node.alias else node.name.value
                found.setdefault(key, []).append(node)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._fragments[node.name.value]
                if _applies(fragment.type_condition.name.value, kind):
                    self._collect(kind, fragment.selection_set, found)
            elif isinstance(node, InlineFragmentNode) and (
                node.type_condition is None or _applies(node.type_condition.name.value, kind)
            ):
                self._collect(kind, node.selection_set, found)

    def _is_included(self, node: Any) -> bool:
        for directive in node.directives or ():
            name = directive.name.value
            if name in ("include", "skip"):
                value = directive.arguments[0].value
                chosen = self._switches.get(value.name.value) if hasattr(value, "name") else value.value
                if bool(chosen) is (name == "skip"):
                    return False
        return True

    # -- objects ------------------------------------------------------------------------------------------------------
    def selection(self, kind: GraphQLObjectType, fields: Mapping[str, list[FieldNode]], path: Path) -> Selection:
        answers = [
            self._field(kind, key, nodes, (*path, key))
            for key, nodes in fields.items()
            if not (self._without_connections and is_connection(kind, nodes[0]))
        ]
        plain = [(answer.key, answer.plain, answer.default) for answer in answers if answer.plain is not None]
        computed = [(answer.key, answer.project) for answer in answers if answer.plain is None]
        blank = {answer.key: None for answer in answers}
        own = sum(answer.own for answer in answers)
        costs = [answer.requested for answer in answers]

        def project(node: Node, env: Environment) -> Node:
            answer: Node = blank.copy()
            for key, name, default in plain:
                value = node.get(name)
                answer[key] = default if value is None else value
            for key, compute in computed:
                answer[key] = compute(node, env)
            return answer

        return Selection(
            inside_order(project) if kind.name == "Order" else project,
            own,
            lambda arguments: sum(cost(arguments) for cost in costs),
        )

    def _abstract(self, kind: GraphQLInterfaceType | GraphQLUnionType, nodes: list[FieldNode], path: Path) -> Selection:
        """One selection per possible type; the estimate is that of the dearest."""
        branches = {}
        for possible in SCHEMA.get_possible_types(kind):
            fields = self.collect(possible, sets_of(nodes))
            branches[possible.name] = self.selection(possible, fields, path)

        def project(node: Any, env: Environment) -> Node:
            node = node if isinstance(node, dict) else money_dict(node, env.currency)
            return branches[type_of(kind.name, node)].project(node, env)  # type: ignore[no-any-return]  # an object

        selections = list(branches.values())
        return Selection(
            project,
            max(selection.own for selection in selections),
            lambda arguments: max(selection.requested(arguments) for selection in selections),
        )

    def object(self, named: Any, nodes: list[FieldNode], path: Path) -> Selection:
        if isinstance(named, GraphQLInterfaceType | GraphQLUnionType):
            return self._abstract(named, nodes, path)
        fields = self.collect(named, sets_of(nodes))
        selection = self.selection(named, fields, path)
        if not is_referable(named.name):
            return selection
        needed = frozenset(f[0].name.value for f in fields.values()) - {"__typename"}
        return Selection(resolving(named.name, needed, selection.project), selection.own, selection.requested)

    # -- fields -------------------------------------------------------------------------------------------------------
    def _field(self, parent: GraphQLObjectType, key: str, nodes: list[FieldNode], path: Path) -> Answer:
        name = nodes[0].name.value
        if name == "__typename":
            return Answer(key, lambda node, env: parent.name)
        definition = parent.fields[name]
        named = get_named_type(definition.type)
        scopes = missing(parent.name, name, named.name, self._granted)
        try:
            if scopes:
                self.denials.append(access_denied(name, required_access(scopes), path))
                raise Denied
            return self._allowed(parent, key, definition, nodes, path)
        except Denied:
            if is_non_null_type(definition.type):
                raise
            return Answer(key, lambda node, env: None, 0, lambda arguments: 1)

    def _allowed(
        self,
        parent: GraphQLObjectType,
        key: str,
        definition: GraphQLField,
        nodes: list[FieldNode],
        path: Path,
    ) -> Answer:
        name, named = nodes[0].name.value, get_named_type(definition.type)
        is_required = is_non_null_type(definition.type)
        inner = definition.type.of_type if is_non_null_type(definition.type) else definition.type
        slot = self._slot(definition, nodes[0])
        source = source_of(parent.name, name, slot)
        if isinstance(named, GraphQLObjectType) and named.name.endswith("Connection"):
            assert slot is not None
            return connection_of(key, source, slot, list(self._parts(named, nodes, path)))
        is_list = isinstance(inner, GraphQLList)
        if is_leaf_type(named):
            return leaf(parent.name, key, name, named.name, source, is_required=is_required, is_list=is_list)
        if named.name == "MoneyBag":
            sides = [(side, found[0].name.value, self._keys(found)) for side, found in self._of(named, nodes).items()]
            return bag_of(key, source, bag_projection(sides), 1 + len(sides), is_required=is_required)
        is_money = named.name == "MoneyV2"
        selection = Selection(money_projection(self._keys(nodes))) if is_money else self.object(named, nodes, path)
        if is_list:
            return list_of(key, source, slot, selection, is_required=is_required)
        absent = "0" if is_money and is_required else None
        return Answer(
            key,
            nullable(source, selection.project, is_required, absent, f"{parent.name}.{name}"),
            1 + selection.own,
            _plus(MUTATION_COST if parent.name == "Mutation" else 1, selection.requested),
        )

    def _slot(self, definition: GraphQLField, node: FieldNode) -> int | None:
        if not definition.args:
            return None
        self.slots.append((definition, node))
        return len(self.slots) - 1

    def source(self, parent: GraphQLObjectType, node: FieldNode) -> Project:
        """Where the raw value of a field comes from. Raises `Denied` without the scope for it."""
        definition = parent.fields[node.name.value]
        if missing(parent.name, node.name.value, get_named_type(definition.type).name, self._granted):
            raise Denied
        return source_of(parent.name, node.name.value, self._slot(definition, node))

    def resolved_source(self, parent: GraphQLObjectType, node: FieldNode, kind: GraphQLObjectType) -> Project:
        """The same, with a reference looked up."""
        source = self.source(parent, node)
        find = resolving(kind.name, frozenset({"*"}), lambda found, env: found)
        return lambda value, env: None if (raw := source(value, env)) is None else find(raw, env)

    def constant_arguments(self) -> list[dict[str, Any]]:
        """The arguments of a document without variables."""
        return [get_argument_values(definition, node) for definition, node in self.slots]

    def _parts(self, kind: GraphQLObjectType, nodes: list[FieldNode], path: Path) -> Iterator[Part]:
        """What is asked of a connection."""
        for key, found in self._of(kind, nodes).items():
            name = found[0].name.value
            if name == "__typename":
                yield Part(key, name, Selection(lambda node, env: kind.name))
                continue
            named = get_named_type(kind.fields[name].type)
            if name == "edges":
                asked = self._of(named, found)
                inner = [node for group in asked.values() for node in group if node.name.value == "node"]
                chosen = self.object(get_named_type(named.fields["node"].type), inner, (*path, key, "node"))
                yield Part(key, name, chosen, [(edge_key, group[0].name.value) for edge_key, group in asked.items()])
            else:
                yield Part(key, name, self.object(named, found, (*path, key)))

    def _of(self, kind: Any, nodes: list[FieldNode]) -> dict[str, list[FieldNode]]:
        return self.collect(kind, sets_of(nodes))

    def _keys(self, nodes: list[FieldNode]) -> list[tuple[str, str]]:
        """What is asked of a MoneyV2."""
        return [(key, found[0].name.value) for key, found in self._of(SCHEMA.type_map["MoneyV2"], nodes).items()]


def is_connection(kind: GraphQLObjectType, node: FieldNode) -> bool:
    name = node.name.value
    return name != "__typename" and get_named_type(kind.fields[name].type).name.endswith("Connection")


def sets_of(nodes: Iterable[FieldNode]) -> list[SelectionSetNode]:
    return [node.selection_set for node in nodes if node.selection_set is not None]


def _applies(condition: str, kind: GraphQLObjectType) -> bool:
    if condition == kind.name:
        return True
    abstract = SCHEMA.type_map[condition]
    return isinstance(abstract, GraphQLInterfaceType | GraphQLUnionType) and SCHEMA.is_sub_type(abstract, kind)


def _plus(constant: int, cost: Cost) -> Cost:
    return lambda arguments: constant + cost(arguments)
