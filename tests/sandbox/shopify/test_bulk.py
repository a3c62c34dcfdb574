"""Bulk operations: what is refused, how they run, what the lines say, how they end badly."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from tests.sandbox.shopify.store import BULK_START, Node, Store, gid, order

LINES = "{ orders { edges { node { __typename id name lineItems { edges { node { __typename id sku } } } } } } }"
NESTED = """{ orders { edges { node { id fulfillmentOrders { edges { node { id
  lineItems { edges { node { id remainingQuantity } } } } } } } } } }"""


def start(store: Store, text: str, fault: str | None = None) -> Node:
    payload = store.ask(BULK_START, fault=fault, query=text)["data"]["bulkOperationRunQuery"]
    assert isinstance(payload, dict)
    return payload


def test_an_operation_is_created_runs_and_completes_with_counts_as_text(store: Store) -> None:
    started = start(store, LINES)["bulkOperation"]
    assert started["status"] == "CREATED"
    assert store.poll(started["id"])["status"] == "RUNNING"
    done = store.poll(started["id"])
    assert done["status"] == "COMPLETED"
    assert (done["objectCount"], done["rootObjectCount"]) == ("18", "6")
    assert done["url"].endswith(".jsonl")
    assert int(done["fileSize"]) > 0


def test_each_object_is_a_line_and_children_name_their_parent(store: Store) -> None:
    lines = store.bulk(NESTED)
    by_id = {line["id"]: line for line in lines}
    assert len(by_id) == len(lines) == 6 + 6 + 12
    for line in lines:
        if "remainingQuantity" in line:
            work = by_id[line["__parentId"]]
            assert by_id[work["__parentId"]].keys() == {"id"}


def test_lines_are_not_grouped_and_may_come_before_their_parent() -> None:
    store = Store(orders=100)
    lines = store.bulk(LINES)
    place = {line["id"]: position for position, line in enumerate(lines)}
    children = [line for line in lines if "__parentId" in line]
    assert any(place[line["__parentId"]] > place[line["id"]] for line in children)
    followed = sum(1 for a, b in pairwise(lines) if b.get("__parentId") == a["id"])
    assert followed < len(children) / 10


def test_lines_are_grouped_when_that_is_asked_for(store: Store) -> None:
    text = "mutation($q: String!) { bulkOperationRunQuery(query: $q, groupObjects: true) { bulkOperation { id } } }"
    operation = store.data(text, q=LINES)["bulkOperationRunQuery"]["bulkOperation"]["id"]
    store.poll(operation)
    store.poll(operation)
    blocks = store.answering.bulk.result(int(operation.rpartition("/")[2]))
    kinds = [b'"__parentId"' in line for line in b"".join(blocks or ()).splitlines()]
    assert kinds == [False, True, True] * 6


def test_an_empty_result_has_no_address(store: Store) -> None:
    operation = start(store, LINES.replace("orders", 'orders(query: "id:0")', 1))["bulkOperation"]["id"]
    store.poll(operation)
    done = store.poll(operation)
    assert (done["status"], done["url"], done["objectCount"]) == ("COMPLETED", None, "0")


def test_connections_inside_single_objects_hang_below_the_line(store: Store) -> None:
    lines = store.bulk(
        "{ productVariants { edges { node { id inventoryItem { id inventoryLevels { edges { node { id } } } } } } } }"
    )
    levels = [line for line in lines if "InventoryLevel" in line["id"]]
    assert len(levels) == 4
    assert {line["__parentId"] for line in levels} == {gid("ProductVariant", n) for n in (1, 2, 3)}


def test_a_top_level_object_is_a_line_of_its_own(store: Store) -> None:
    lines = store.bulk("{ shopifyPaymentsAccount { id payouts { edges { node { id } } } } }")
    assert len(lines) == 3
    assert sum(1 for line in lines if "__parentId" in line) == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{ orders { edges { node { id refunds { id refundLineItems { edges { node { id } } } } } } } }", "list field"),
        ("{ orders { edges { node { fulfillments { fulfillmentLineItems { edges { node { id } } } } } } } }",
         "list field"),
        ("{ shop { id } }", "at least one connection"),
        ("{ orders { edges { node { id } } } locations { edges { node { id } } } }", "exactly one top-level field"),
        ("{ orders { nodes { id } } }", "`edges` and `node`"),
        ("""{ orders { edges { node { id lineItems { edges { node { id } } } shippingLines { edges { node { id } } }
          fulfillmentOrders { edges { node { id lineItems { edges { node { id } } } fulfillments { edges { node { id
          } } } } } } } } } }""", "more than 5 connections"),
        ("""{ orders { edges { node { id fulfillmentOrders { edges { node { id fulfillments { edges { node { id
          fulfillmentLineItems { edges { node { id } } } } } } } } } } } } }""", "nesting depth greater than 2"),
        ("{ orders { edges { node { nme } } } }", "doesn't exist"),
        ("query($n: Int) { orders(first: $n) { edges { node { id } } } }", "Variables"),
        ("mutation { tagsAdd(id: \"x\", tags: []) { node { id } } }", "not mutations"),
    ],
)  # fmt: skip
def test_what_cannot_run_in_bulk_is_refused(store: Store, text: str, reason: str) -> None:
    payload = start(store, text)
    assert payload["bulkOperation"] is None
    (error,) = payload["userErrors"]
    assert error["code"] == "INVALID"
    assert reason in error["message"]


def test_five_run_at_once_and_a_cancelled_one_keeps_its_place_until_it_is_cancelled(store: Store) -> None:
    running = [start(store, LINES)["bulkOperation"]["id"] for _ in range(5)]
    assert start(store, LINES)["userErrors"][0]["code"] == "LIMIT_REACHED"
    text = "mutation($id: ID!) { bulkOperationCancel(id: $id) { bulkOperation { status } userErrors { message } } }"
    stopped = store.data(text, id=running[0])["bulkOperationCancel"]
    assert stopped == {"bulkOperation": {"status": "CANCELING"}, "userErrors": []}
    assert start(store, LINES)["userErrors"][0]["code"] == "LIMIT_REACHED"
    assert store.poll(running[0])["status"] == "CANCELED"
    assert start(store, LINES)["userErrors"] == []
    assert store.data(text, id=running[0])["bulkOperationCancel"]["userErrors"] != []
    listed = store.data('{ bulkOperations(first: 9, query: "status:canceled") { nodes { id } } }')["bulkOperations"]
    assert listed["nodes"] == [{"id": running[0]}]


def test_operations_that_nobody_polls_free_their_places_by_themselves(store: Store) -> None:
    for _ in range(5):
        start(store, LINES)
    assert start(store, LINES)["userErrors"][0]["code"] == "LIMIT_REACHED"
    store.clock.advance(timedelta(seconds=10))
    for operation in store.answering.bulk.workers():
        operation.join()
    assert start(store, LINES)["userErrors"] == []


def test_a_result_lives_seven_days(store: Store) -> None:
    operation = start(store, LINES)["bulkOperation"]["id"]
    store.poll(operation)
    store.poll(operation)
    store.clock.advance(timedelta(days=7))
    assert store.poll(operation)["url"] is not None
    store.clock.advance(timedelta(seconds=1))
    expired = store.poll(operation)
    assert (expired["status"], expired["url"]) == ("EXPIRED", None)
    assert store.answering.bulk.result(int(operation.rpartition("/")[2])) is None


def test_a_failed_operation_has_only_partial_data() -> None:
    store = Store(orders=50)
    operation = start(store, LINES, fault="partial_data")["bulkOperation"]["id"]
    store.poll(operation)
    failed = store.poll(operation)
    assert (failed["status"], failed["errorCode"], failed["url"]) == ("FAILED", "INTERNAL_SERVER_ERROR", None)
    assert failed["partialDataUrl"] is not None
    blocks = store.answering.bulk.result(int(operation.rpartition("/")[2]))
    assert 0 < len(b"".join(blocks or ()).splitlines()) < 150


def test_lost_lines_show_only_in_the_announced_counts() -> None:
    store = Store(orders=50)
    lines = store.bulk(LINES, fault="lost_page")
    assert len(lines) == 153 - 15


def test_an_order_that_is_put_while_the_operation_runs_is_not_in_it(store: Store) -> None:
    operation = start(store, LINES)["bulkOperation"]["id"]
    store.state.put("Order", order(99))
    store.poll(operation)
    assert store.poll(operation)["rootObjectCount"] == "6"
