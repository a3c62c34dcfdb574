"""Every document against the official schema: valid, not deprecated, affordable, not personal, both roads alike."""

from __future__ import annotations

import gzip
from functools import cache

import pytest
from graphql import (
    FieldNode,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_schema,
    get_named_type,
    parse,
    print_ast,
    specified_rules,
    validate,
    visit,
)
from graphql.validation import NoDeprecatedCustomRule

from auditor.connectors.shopify import documents
from auditor.connectors.shopify.documents import BULKS, OPERATIONS, Document, bulk_text
from tests.connectors.shopify.cost import estimated_cost
from tests.contracts import contracts_folder

pytestmark = pytest.mark.contract

# Objects and fields that hold names, addresses, telephone numbers, card numbers or free text of people.
PERSONAL = {
    "customer", "email", "phone", "billingAddress", "shippingAddress", "displayAddress", "destination", "clientIp",
    "note", "customerNote", "returnReasonNote", "reasonNotes", "staffMember", "user", "accountNumber", "paymentDetails",
    "receiptJson", "customAttributes", "accountOpenerName", "chargeStatementDescriptor", "statusPageUrl", "tags",
}  # fmt: skip


@cache
def schema() -> GraphQLSchema:
    path = contracts_folder() / "shopify" / "admin_2026-10.schema.graphql.gz"
    return build_schema(gzip.decompress(path.read_bytes()).decode("utf-8"), assume_valid=True)


def text_of(document: Document) -> str:
    return bulk_text(document, "updated_at:>='2026-01-01T00:00:00Z'") if document in BULKS else document.text


def every(document: Document) -> str:
    return document.name


@pytest.mark.parametrize("document", [*OPERATIONS, *BULKS], ids=every)
def test_a_document_is_valid_and_uses_nothing_deprecated(document: Document) -> None:
    rules = [*specified_rules, NoDeprecatedCustomRule]
    assert [error.message for error in validate(schema(), parse(text_of(document)), rules)] == []


@pytest.mark.parametrize("document", OPERATIONS, ids=every)
def test_the_estimated_cost_of_a_document_stays_below_the_limit_of_a_query(document: Document) -> None:
    variables = {"first": document.size, "ids": ["gid"] * document.size}
    assert estimated_cost(schema(), document.text, variables) < 1_000


@pytest.mark.parametrize("document", [*OPERATIONS, *BULKS], ids=every)
def test_a_document_asks_for_no_personal_data(document: Document) -> None:
    assert names_in(text_of(document)) & PERSONAL == set()


@pytest.mark.parametrize("document", OPERATIONS, ids=every)
def test_an_operation_carries_the_name_it_is_known_by(document: Document) -> None:
    operation = parse(document.text).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name is not None
    assert operation.name.value == document.name


@pytest.mark.parametrize("document", BULKS, ids=every)
def test_a_bulk_query_respects_what_bulk_operations_allow(document: Document) -> None:
    """One top-level field, one to five connections, two levels of them, edges and node, none below a plain list."""
    text = text_of(document)
    operation = parse(text).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    assert len(operation.selection_set.selections) == 1
    depths, below_list = connections_in(text)
    assert 1 <= len(depths) <= 5
    assert max(depths) <= 2
    assert not below_list
    assert not names_in(text) & {"nodes", "pageInfo"}


@pytest.mark.parametrize(
    ("paged", "bulk"),
    [
        (documents.ORDERS, documents.BULK_ORDERS),
        (documents.REFUNDED_ORDERS, documents.BULK_RETURNED_ORDERS),
        (documents.SHIPPED_ORDERS, documents.BULK_SHIPPED_ORDERS),
        (documents.FULFILMENTS, documents.BULK_FULFILMENTS),
        (documents.FULFILMENT_ORDERS, documents.BULK_FULFILMENT_ORDERS),
        (documents.LISTINGS, documents.BULK_LISTINGS),
        (documents.STOCK, documents.BULK_STOCK),
        (documents.BALANCE_TRANSACTIONS, documents.BULK_BALANCE_TRANSACTIONS),
    ],
    ids=lambda document: document.name,
)
def test_both_roads_ask_for_the_same_fields_of_a_record(paged: Document, bulk: Document) -> None:
    record = {"FulfillmentOrder"} if bulk is documents.BULK_FULFILMENTS else set()
    assert typed_fields(paged.text) - {("PageInfo", "hasNextPage"), ("PageInfo", "endCursor")} == {
        (kind, name)
        for kind, name in typed_fields(text_of(bulk))
        if name != "__typename" and kind not in record and not kind.endswith("Edge")
    } - {("InventoryItem", "inventoryLevels")} | (
        {("InventoryItem", "inventoryLevel")} if bulk is documents.BULK_STOCK else set()
    )


@pytest.mark.parametrize("document", BULKS, ids=every)
def test_the_kinds_of_lines_of_a_bulk_query_are_what_the_schema_gives(document: Document) -> None:
    assert kinds_of_lines(text_of(document)) == document.kinds


def test_a_search_cannot_break_out_of_a_bulk_query() -> None:
    with pytest.raises(ValueError, match="double quotes"):
        bulk_text(documents.BULK_ORDERS, 'name:"x"')


def names_in(text: str) -> set[str]:
    found: set[str] = set()

    class Names(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            found.add(node.name.value)

    visit(parse(text), Names())
    return found


def typed_fields(text: str) -> set[tuple[str, str]]:
    """(type, field) of everything below the root, connections' wrapping left out."""
    found: set[tuple[str, str]] = set()
    info = TypeInfo(schema())

    class Fields(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            parent = info.get_parent_type()
            if parent is not None and parent.name != "QueryRoot" and not parent.name.endswith("Connection"):
                found.add((parent.name, node.name.value))

    visit(parse(text), TypeInfoVisitor(info, Fields()))
    return found


def kinds_of_lines(text: str) -> tuple[str, ...]:
    """Types of the nodes, in the order of the text; a root that is no connection is one as well."""
    found: list[str] = []
    info = TypeInfo(schema())

    class Nodes(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            parent, kind = info.get_parent_type(), get_named_type(info.get_type())
            assert parent is not None
            assert kind is not None
            is_root = parent.name == "QueryRoot" and not kind.name.endswith("Connection")
            if is_root or parent.name.endswith("Edge"):
                found.append(kind.name)

    visit(parse(text), TypeInfoVisitor(info, Nodes()))
    return tuple(found)


def connections_in(text: str) -> tuple[list[int], bool]:
    """Depth of each connection (the root's is 0), and whether one stands below a plain list."""
    depths: list[int] = []
    below_list = False

    def walk(selections: SelectionSetNode, parent: object, depth: int, in_list: bool) -> None:
        nonlocal below_list
        for node in selections.selections:
            assert isinstance(node, FieldNode), print_ast(node)
            if node.name.value == "__typename" or node.selection_set is None:
                continue
            kind = parent.fields[node.name.value].type  # type: ignore[attr-defined]  # an object type of the schema
            named = get_named_type(kind)
            if named.name.endswith("Connection"):
                depths.append(depth)
                below_list = below_list or in_list
                walk(node.selection_set, named, depth + 1, False)
            else:
                wraps = node.name.value == "edges"
                walk(node.selection_set, named, depth, in_list or (not wraps and "[" in str(kind)))

    operation = parse(text).definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    walk(operation.selection_set, schema().query_type, 0, False)
    return depths, below_list
