"""The served schema is a strict subset of the official one, and answers are what the official one promises."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    OperationDefinitionNode,
    Visitor,
    build_client_schema,
    execute_sync,
    introspection_from_schema,
    parse,
    print_ast,
    validate,
    visit,
)

from auditor.sandbox.shopify.schema import SCHEMA
from auditor.sandbox.shopify.wire import kind_of
from tests.contracts import contracts_folder
from tests.sandbox.shopify.store import LOCATION, Node, Store, gid

pytestmark = pytest.mark.contract


@pytest.fixture(scope="module")
def introspection() -> Node:
    path = contracts_folder() / "shopify" / "admin_2026-10.introspection.json.gz"
    content: Node = json.loads(gzip.decompress(path.read_bytes()))["data"]
    return content


@pytest.fixture(scope="module")
def official(introspection: Node) -> GraphQLSchema:
    schema = build_client_schema(introspection, assume_valid=True)  # type: ignore[arg-type]  # read from JSON
    for name, pattern in _SCALARS.items():
        scalar = schema.type_map[name]
        assert isinstance(scalar, GraphQLScalarType)
        scalar.serialize = _checked(name, pattern)  # type: ignore[method-assign]  # from JSON scalars come unchecked
    return schema


_SCALARS = {
    "Decimal": r"-?\d+\.\d+",
    "Money": r"-?\d+\.\d\d+",
    "DateTime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "UnsignedInt64": r"\d+",
    "BigInt": r"-?\d+",
    "URL": r"https?://.+",
}


def _checked(name: str, pattern: str) -> Any:
    def serialize(value: Any) -> Any:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise TypeError(f"{value!r} is no {name}")
        return value

    return serialize


# -- the schema -------------------------------------------------------------------------------------------------------
def _name(type_: Node) -> str:
    return type_["name"] or f"{type_['kind']}({_name(type_['ofType'])})"


def _differences(mine: Node, theirs: Node) -> Iterator[str]:
    where = mine["name"]
    if mine["kind"] != theirs["kind"]:
        yield f"{where} is {theirs['kind']}"
    for group in ("fields", "inputFields"):
        known = {field["name"]: field for field in theirs.get(group) or ()}
        for field in mine.get(group) or ():
            other = known.get(field["name"])
            if other is None:
                yield f"{where}.{field['name']} does not exist"
                continue
            if _name(field["type"]) != _name(other["type"]):
                yield f"{where}.{field['name']} is {_name(other['type'])}"
            if field.get("defaultValue") != other.get("defaultValue"):
                yield f"{where}.{field['name']} defaults to {other.get('defaultValue')}"
            yield from _argument_differences(f"{where}.{field['name']}", field.get("args", []), other.get("args", []))
        if group == "inputFields":
            left_out = known.keys() - {field["name"] for field in mine.get(group) or ()}
            yield from (f"{where} needs {name}" for name in left_out if _is_demanded(known[name]))
    values = {value["name"] for value in theirs.get("enumValues") or ()}
    yield from (f"{where} has no {v['name']}" for v in mine.get("enumValues") or () if v["name"] not in values)
    for group in ("interfaces", "possibleTypes"):
        names = {item["name"] for item in theirs.get(group) or ()}
        yield from (f"{where}: {i['name']} is none" for i in mine.get(group) or () if i["name"] not in names)


def _argument_differences(where: str, mine: list[Node], theirs: list[Node]) -> Iterator[str]:
    known = {argument["name"]: argument for argument in theirs}
    for argument in mine:
        other = known.pop(argument["name"], None)
        if other is None:
            yield f"{where}({argument['name']}) does not exist"
        elif _name(argument["type"]) != _name(other["type"]) or argument["defaultValue"] != other["defaultValue"]:
            yield f"{where}({argument['name']}) is {_name(other['type'])} = {other['defaultValue']}"
    yield from (f"{where}({name}) is demanded" for name, argument in known.items() if _is_demanded(argument))


def _is_demanded(argument: Node) -> bool:
    return argument["type"]["kind"] == "NON_NULL" and argument["defaultValue"] is None


def test_everything_served_is_exactly_so_in_the_official_schema(introspection: Node) -> None:
    theirs = {type_["name"]: type_ for type_ in introspection["__schema"]["types"]}
    mine = introspection_from_schema(SCHEMA)["__schema"]["types"]
    own = [type_ for type_ in mine if not type_["name"].startswith("__")]
    unknown = [type_["name"] for type_ in own if type_["name"] not in theirs]
    assert unknown == []
    assert [line for type_ in own for line in _differences(dict(type_), theirs[type_["name"]])] == []
    assert len(own) < len(theirs) / 10


def test_nothing_served_is_deprecated_but_old_enum_values(introspection: Node) -> None:
    theirs = {type_["name"]: type_ for type_ in introspection["__schema"]["types"]}
    old = [
        f"{name}.{field}"
        for name, kind in SCHEMA.type_map.items()
        for field in getattr(kind, "fields", {})
        for other in theirs.get(name, {}).get("fields") or ()
        if other["name"] == field and other["isDeprecated"]
    ]
    assert old == []


# -- the contract page's operations ------------------------------------------------------------------------------------
ORDER = gid("Order", 501)
_NOT_SERVED = {"AdjustStock", "ActivateStock", "HookCreate"}
_VARIABLES: dict[str, Node] = {
    "AuditShop": {},
    "AuditOrdersDelta": {"first": 10, "query": "updated_at:>='2026-11-01T00:00:00Z'"},
    "AuditOrder": {"id": ORDER},
    "AuditOrderMoney": {"id": ORDER},
    "AuditOrderRefunds": {"id": ORDER},
    "AuditOrderShipments": {"id": ORDER},
    "AuditOrderLinesPage": {"id": ORDER, "first": 25},
    "AuditRefundLinesPage": {"id": gid("Refund", 9), "first": 25},
    "AuditOrderAgreements": {"id": ORDER},
    "AuditLocations": {},
    "AuditStockAtLocation": {"locationId": LOCATION, "first": 90},
    "AuditStockBySku": {"query": "sku:'A-1' OR sku:'A-2'", "first": 25},
    "AuditVariants": {"first": 10},
    "AuditPayouts": {"first": 20, "query": "issued_at:>='2026-11-01T00:00:00Z'"},
    "AuditBalanceTransactions": {"first": 50, "query": "payments_transfer_id:700001", "hideTransfers": True},
    "AuditOrderFulfillmentOrders": {"id": ORDER},
    "PushStock": {
        "key": "0b6f0b1e-6a53-4b0a-9a60-2f9ad0a4b8f1",
        "input": {
            "name": "available", "reason": "correction", "referenceDocumentUri": "gid://b1-auditor/StockPush/8841",
            "quantities": [{"inventoryItemId": gid("InventoryItem", 1), "locationId": LOCATION, "quantity": 12,
                            "changeFromQuantity": 9}],
        },
    },
    "PushShipment": {
        "fulfillment": {
            "notifyCustomer": False, "trackingInfo": {"company": "DHL Express", "number": "JD0123456789"},
            "lineItemsByFulfillmentOrder": [
                {"fulfillmentOrderId": gid("FulfillmentOrder", 1),
                 "fulfillmentOrderLineItems": [{"id": gid("FulfillmentOrderLineItem", 100), "quantity": 1}]},
            ],
        }
    },
    "PushTracking": {"fulfillmentId": gid("Fulfillment", 81), "notifyCustomer": False,
                     "trackingInfoInput": {"company": "UPS", "numbers": ["1Z1", "1Z2"]}},
    "FlagOrder": {"id": ORDER, "tags": ["audit"]},
    "BulkStart": {"query": "{ orders { edges { node { id } } } }"},
    "BulkPoll": {"id": gid("BulkOperation", 10_000_000_001)},
    "BulkMine": {"query": "status:running operation_type:query"},
    "BulkStop": {"id": gid("BulkOperation", 10_000_000_001)},
}  # fmt: skip


def _page() -> str:
    return (contracts_folder() / "shopify.md").read_text(encoding="utf-8")


def _operations() -> dict[str, str]:
    """Each operation of the page with the fragments it uses."""
    tree = parse(re.findall(r"```graphql\n(.*?)```", _page(), re.S)[0])
    fragments = {d.name.value: d for d in tree.definitions if isinstance(d, FragmentDefinitionNode)}

    def used(node: Any, found: dict[str, FragmentDefinitionNode]) -> dict[str, FragmentDefinitionNode]:
        class Spreads(Visitor):
            def enter_fragment_spread(self, spread: FragmentSpreadNode, *_: Any) -> None:
                name = spread.name.value
                if name not in found:
                    found[name] = fragments[name]
                    used(fragments[name], found)

        visit(node, Spreads())
        return found

    return {
        d.name.value: "\n".join(print_ast(node) for node in (d, *used(d, {}).values()))
        for d in tree.definitions
        if isinstance(d, OperationDefinitionNode) and d.name
    }


def _reexecuted(official: GraphQLSchema, text: str, variables: Node, data: Node) -> Node:
    """The answer as graphql-core completes it under the official schema: every type and nullability is checked."""

    def field(source: Any, info: GraphQLResolveInfo, **_: Any) -> Any:
        assert info.path.key in source, f"{info.path.as_list()} is missing"
        return source[info.path.key]

    def concrete(value: Any, info: GraphQLResolveInfo, abstract: Any) -> str:
        if "__typename" in value:
            return str(value["__typename"])
        return kind_of(value["id"]) if "id" in value else official.get_possible_types(abstract)[0].name

    result = execute_sync(
        official, parse(text), data, variable_values=variables, field_resolver=field, type_resolver=concrete
    )
    assert result.errors is None, result.errors
    assert result.data is not None
    return result.data


def test_every_operation_of_the_contract_page_is_answered_as_the_official_schema_says(official: GraphQLSchema) -> None:
    operations = _operations()
    assert operations.keys() - _NOT_SERVED == _VARIABLES.keys()
    store = Store()
    for name in _VARIABLES:
        text, variables = operations[name], _VARIABLES[name]
        assert validate(official, parse(text)) == []
        data = store.data(text, **variables)
        assert _reexecuted(official, text, variables, data) == data, name


def test_the_contract_pages_cost_figures_are_reproduced() -> None:
    operations = _operations()
    store = Store()
    cost = {
        name: store.ask(operations[name], **_VARIABLES[name])["extensions"]["cost"]["requestedQueryCost"]
        for name in ("AuditOrdersDelta", "AuditOrder", "AuditOrderLinesPage", "AuditOrderRefunds", "AuditPayouts")
    }
    told = {"AuditOrdersDelta": 760, "AuditOrder": 900, "AuditOrderLinesPage": 930, "AuditOrderRefunds": 930,
            "AuditPayouts": 350}  # fmt: skip
    assert {name: round(value / told[name], 1) for name, value in cost.items()} == dict.fromkeys(told, 1.0)


def test_the_bulk_texts_of_the_contract_page_run(official: GraphQLSchema) -> None:
    texts = re.findall(r"```graphql\n(.*?)```", _page(), re.S)[1:]
    assert len(texts) == 2
    store = Store()
    for text in texts:
        assert validate(official, parse(text)) == []
        lines = store.bulk(text)
        assert lines
        assert all("__typename" in line for line in lines)


def test_the_connectors_documents_are_served() -> None:
    documents = pytest.importorskip("auditor.connectors.shopify.documents")
    texts = [document.text for document in (*documents.OPERATIONS, *documents.BULKS)]
    wrong = {text: validate(SCHEMA, parse(text.replace("QUERY", ""))) for text in texts}
    assert {text: errors for text, errors in wrong.items() if errors} == {}


def test_nothing_of_the_official_file_is_copied() -> None:
    own = (Path(__file__).parents[3] / "auditor" / "sandbox" / "shopify" / "schema.graphql").read_text()
    assert '"""' not in own
