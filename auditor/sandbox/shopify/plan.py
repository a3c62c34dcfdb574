"""Compiles an operation into functions over nodes: fast enough for half a million order lines.

A plan is made once per document, operation and set of granted scopes. Each selected object becomes a function from
node to answer; fields of connections and lists also count what they cost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_leaf_type,
    is_non_null_type,
)
from graphql.execution.values import VariableValues, get_argument_values, get_directive_values

from auditor.sandbox.shopify.defaults import CONSTANTS, DERIVED
from auditor.sandbox.shopify.environment import Environment
from auditor.sandbox.shopify.fields import RESOLVERS, Resolve, type_of
from auditor.sandbox.shopify.money import bag_projection, money_dict, money_projection
from auditor.sandbox.shopify.pages import Rows, page_of_list, page_of_rows
from auditor.sandbox.shopify.problems import Error, Problem, access_denied
from auditor.sandbox.shopify.schema import SCHEMA, is_referable, is_reference
from auditor.sandbox.shopify.scopes import missing, required_access
from auditor.sandbox.shopify.wire import Node, decimal_text, money_text

Arguments = Sequence[Mapping[str, Any]]
Project = Callable[[Any, Environment], Any]
Cost = Callable[[Arguments], int]

_IDEMPOTENT = next(directive for directive in SCHEMA.directives if directive.name == "idempotent")
_ZERO: Mapping[str, Any] = {"String": "", "Int": 0, "Boolean": False, "Float": 0.0, "Decimal": "0.0", "Money": "0.00",
                            "UnsignedInt64": "0"}  # fmt: skip
MUTATION_COST = 10


class Missing(Exception):
    """A field that is never null has no value: the state is incomplete, the real service would have failed too."""


class _Denied(Exception):
    """A field that is never null may not be read; its parent is null instead."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked of one object: `own` objects always come with it, `requested` estimates all beneath it."""

    project: Project
    own: int
    requested: Cost


@dataclass(frozen=True, slots=True)
class Answer:
    """One field of a selection."""

    key: str
    project: Project
    own: int = 0
    requested: Cost = field(default=lambda arguments: 0)
    plain: str | None = None
    """The node's own key, when the value is taken as it is."""
    default: Any = None


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
    except _Denied:
        is_refused = True
        selection = Selection(lambda node, env: None, 0, lambda arguments: 0)
    return Plan(operation, selection, compiler.slots, compiler.denials, is_refused)


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
    def selection(
        self, kind: GraphQLObjectType, fields: Mapping[str, list[FieldNode]], path: tuple[str, ...]
    ) -> Selection:
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
            _inside_order(project) if kind.name == "Order" else project,
            own,
            lambda arguments: sum(cost(arguments) for cost in costs),
        )

    def _abstract(
        self, kind: GraphQLInterfaceType | GraphQLUnionType, nodes: list[FieldNode], path: tuple[str, ...]
    ) -> Selection:
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

    def object(self, named: Any, nodes: list[FieldNode], path: tuple[str, ...]) -> Selection:
        if isinstance(named, GraphQLInterfaceType | GraphQLUnionType):
            return self._abstract(named, nodes, path)
        fields = self.collect(named, sets_of(nodes))
        selection = self.selection(named, fields, path)
        if not is_referable(named.name):
            return selection
        needed = frozenset(f[0].name.value for f in fields.values()) - {"__typename"}
        return Selection(_resolving(named.name, needed, selection.project), selection.own, selection.requested)

    # -- fields -------------------------------------------------------------------------------------------------------
    def _field(self, parent: GraphQLObjectType, key: str, nodes: list[FieldNode], path: tuple[str, ...]) -> Answer:
        name = nodes[0].name.value
        if name == "__typename":
            return Answer(key, lambda node, env: parent.name)
        definition = parent.fields[name]
        named = get_named_type(definition.type)
        scopes = missing(parent.name, name, named.name, self._granted)
        try:
            if scopes:
                self.denials.append(access_denied(name, required_access(scopes), path))
                raise _Denied
            return self._allowed(parent, key, definition, nodes, path)
        except _Denied:
            if is_non_null_type(definition.type):
                raise
            return Answer(key, lambda node, env: None, 0, lambda arguments: 1)

    def _allowed(
        self,
        parent: GraphQLObjectType,
        key: str,
        definition: GraphQLField,
        nodes: list[FieldNode],
        path: tuple[str, ...],
    ) -> Answer:
        name, named = nodes[0].name.value, get_named_type(definition.type)
        is_required = is_non_null_type(definition.type)
        inner = definition.type.of_type if is_non_null_type(definition.type) else definition.type
        slot = self._slot(definition, nodes[0])
        source = _source(parent.name, name, slot)
        if isinstance(named, GraphQLObjectType) and named.name.endswith("Connection"):
            return self._connection(key, named, source, slot, nodes, path)
        if isinstance(inner, GraphQLList) and not is_leaf_type(named):
            return self._list(key, named, source, slot, nodes, path, is_required)
        if is_leaf_type(named):
            return self._leaf(parent.name, key, name, named.name, source, is_required, isinstance(inner, GraphQLList))
        if named.name == "MoneyBag":
            return self._bag(key, source, nodes, is_required)
        selection = self._money(nodes) if named.name == "MoneyV2" else self.object(named, nodes, path)
        absent = "0" if named.name == "MoneyV2" and is_required else None
        return Answer(
            key,
            _nullable(source, selection.project, is_required, absent, f"{parent.name}.{name}"),
            1 + selection.own,
            _plus(MUTATION_COST if parent.name == "Mutation" else 1, selection.requested),
        )

    def _slot(self, definition: GraphQLField, node: FieldNode) -> int | None:
        if not definition.args:
            return None
        self.slots.append((definition, node))
        return len(self.slots) - 1

    def source(self, parent: GraphQLObjectType, node: FieldNode) -> Project:
        """Where the raw value of a field comes from."""
        definition = parent.fields[node.name.value]
        return _source(parent.name, node.name.value, self._slot(definition, node))

    def resolved_source(self, parent: GraphQLObjectType, node: FieldNode, kind: GraphQLObjectType) -> Project:
        """The same, with a reference looked up."""
        source = self.source(parent, node)
        find = _resolving(kind.name, frozenset({"*"}), lambda found, env: found)
        return lambda value, env: None if (raw := source(value, env)) is None else find(raw, env)

    def constant_arguments(self) -> list[dict[str, Any]]:
        """The arguments of a document without variables."""
        return [get_argument_values(definition, node) for definition, node in self.slots]

    def _leaf(
        self, parent: str, key: str, name: str, scalar: str, source: Project, is_required: bool, is_list: bool
    ) -> Answer:
        default: Any = [] if is_list else _ZERO.get(scalar)
        default = default if is_required else None
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

    def _money(self, nodes: list[FieldNode]) -> Selection:
        keys = _keys(self, "MoneyV2", nodes)
        return Selection(money_projection(keys), 0, lambda arguments: 0)

    def _bag(self, key: str, source: Project, nodes: list[FieldNode], is_required: bool) -> Answer:
        kind = SCHEMA.type_map["MoneyBag"]
        assert isinstance(kind, GraphQLObjectType)
        fields = self.collect(kind, sets_of(nodes))
        sides = [(side, found[0].name.value, _keys(self, "MoneyV2", found)) for side, found in fields.items()]
        bag = bag_projection(sides)
        objects = 1 + len(sides)

        def project(node: Node, env: Environment) -> Any:
            value = source(node, env)
            if value is None:
                return bag("0", env) if is_required else None
            return bag(value, env)

        return Answer(key, project, objects, lambda arguments: objects)

    def _list(
        self, key: str, named: Any, source: Project, slot: int | None, nodes: list[FieldNode], path: tuple[str, ...],
        is_required: bool,
    ) -> Answer:  # fmt: skip
        selection = self._money(nodes) if named.name == "MoneyV2" else self.object(named, nodes, path)
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

    def _connection(
        self, key: str, kind: GraphQLObjectType, source: Project, slot: int | None, nodes: list[FieldNode],
        path: tuple[str, ...],
    ) -> Answer:  # fmt: skip
        assert slot is not None
        fields = self.collect(kind, sets_of(nodes))
        parts: list[tuple[str, str, Selection, Sequence[tuple[str, str]]]] = []
        for part_key, found in fields.items():
            name = found[0].name.value
            part_path = (*path, part_key)
            if name == "edges":
                edge = get_named_type(kind.fields["edges"].type)
                edge_fields = self.collect(edge, sets_of(found))
                inner = [f for group in edge_fields.values() for f in group if f.name.value == "node"]
                chosen = self.object(get_named_type(edge.fields["node"].type), inner, (*part_path, "node"))
                parts.append((part_key, name, chosen, [(k, f[0].name.value) for k, f in edge_fields.items()]))
            elif name == "__typename":
                parts.append((part_key, name, Selection(lambda node, env: kind.name, 0, lambda arguments: 0), ()))
            else:
                parts.append(
                    (part_key, name, self.object(get_named_type(kind.fields[name].type), found, part_path), ())
                )
        per_node = [selection for _, name, selection, _ in parts if name in ("nodes", "edges")]
        one = sum(1 + selection.own for selection in per_node)

        def project(node: Node, env: Environment) -> Node:
            rows, arguments = source(node, env), env.arguments[slot]
            if isinstance(rows, Rows):
                page = page_of_rows(rows, arguments, lose_page=env.fault == "lost_page")
                env.fault = None
            else:
                page = page_of_list(rows or (), arguments)
            answer: Node = {k: [] if name in ("nodes", "edges") else None for k, name, _, _ in parts}
            env.spent += 2 + one * len(page.cursors)
            for position, item in enumerate(page.nodes):
                if item is None:
                    continue
                for part_key, name, selection, edge_keys in parts:
                    if name == "nodes":
                        answer[part_key].append(selection.project(item, env))
                    elif name == "edges":
                        edge = {"cursor": page.cursors[position], "node": None, "__typename": "Edge"}
                        edge["node"] = selection.project(item, env)
                        answer[part_key].append({k: edge[n] for k, n in edge_keys})
            for part_key, name, selection, _ in parts:
                if name not in ("nodes", "edges"):
                    answer[part_key] = selection.project(page.info(), env)
            return answer

        def requested(arguments: Arguments) -> int:
            count = arguments[slot].get("first") or arguments[slot].get("last") or 0
            return 2 + int(count) * sum(1 + selection.requested(arguments) for selection in per_node)

        return Answer(key, project, 0, requested)


def _source(parent: str, name: str, slot: int | None) -> Project:
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


def is_connection(kind: GraphQLObjectType, node: FieldNode) -> bool:
    name = node.name.value
    return name != "__typename" and get_named_type(kind.fields[name].type).name.endswith("Connection")


def sets_of(nodes: Iterable[FieldNode]) -> list[SelectionSetNode]:
    return [node.selection_set for node in nodes if node.selection_set is not None]


def _keys(compiler: Compiler, kind: str, nodes: list[FieldNode]) -> list[tuple[str, str]]:
    definition = SCHEMA.type_map[kind]
    assert isinstance(definition, GraphQLObjectType)
    return [(key, found[0].name.value) for key, found in compiler.collect(definition, sets_of(nodes)).items()]


def _applies(condition: str, kind: GraphQLObjectType) -> bool:
    if condition == kind.name:
        return True
    abstract = SCHEMA.type_map[condition]
    return isinstance(abstract, GraphQLInterfaceType | GraphQLUnionType) and SCHEMA.is_sub_type(abstract, kind)


def _plus(constant: int, cost: Cost) -> Cost:
    return lambda arguments: constant + cost(arguments)


def _inside_order(project: Project) -> Project:
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


def _resolving(kind: str, needed: frozenset[str], project: Project) -> Project:
    """A mere reference is looked up, unless it already says all that is asked."""

    def resolve(value: Any, env: Environment) -> Any:
        node = value if isinstance(value, dict) else {"id": value}
        if not needed <= node.keys() and is_reference(kind, node):
            node = env.find(kind, node["id"]) or node
        return project(node, env)

    return resolve


def _nullable(source: Project, project: Project, is_required: bool, absent: Any, name: str) -> Project:
    def nullable(node: Node, env: Environment) -> Any:
        value = source(node, env)
        if value is None:
            if not is_required:
                return None
            if absent is None:
                raise Missing(f"{name} of {node.get('id')}")
            value = absent
        return project(value, env)

    return nullable


def _first(value: Any) -> str:
    return str(value[0] if isinstance(value, list) else value)


_CONVERT: Mapping[str, Callable[[Any], Any]] = {
    "Decimal": lambda value: decimal_text(_first(value)),
    "Money": lambda value: money_text(_first(value)),
    "Float": float,
    "UnsignedInt64": str,
    "BigInt": str,
}

__all__ = ["Compiler", "Missing", "Plan", "Problem", "Selection", "compile_operation"]
