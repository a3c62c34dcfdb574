"""Paging: nothing lost, nothing twice, also while the store changes; sorting; counts; the ceiling."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.sandbox.shopify import pages
from auditor.sandbox.shopify.pages import Rows, page_of_list, page_of_rows
from tests.sandbox.shopify.store import Node, Store, gid, order

ORDERS = """query Orders($first: Int, $last: Int, $after: String, $before: String, $query: String, $reverse: Boolean,
    $sort: OrderSortKeys = UPDATED_AT) {
  orders(first: $first, last: $last, after: $after, before: $before, query: $query, reverse: $reverse, sortKey: $sort) {
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { cursor node { id } }
    nodes { id updatedAt }
  }
}"""


def read_all(store: Store, **variables: Any) -> list[str]:
    """Ids in the order of the pages."""
    found: list[str] = []
    after = None
    while True:
        page = store.data(ORDERS, after=after, **variables)["orders"]
        found += [node["id"] for node in page["nodes"]]
        assert [edge["node"]["id"] for edge in page["edges"]] == [node["id"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


@pytest.mark.parametrize("first", [1, 2, 3, 250])
@pytest.mark.parametrize("reverse", [False, True])
def test_pages_give_each_order_once_in_sorted_order(first: int, reverse: bool) -> None:
    store = Store(orders=7)
    expected = sorted((entry.updated, entry.number, entry.id) for entry in store.state.orders.values())
    ids = [key[2] for key in (reversed(expected) if reverse else expected)]
    assert read_all(store, first=first, reverse=reverse) == ids


def test_an_order_that_changes_while_it_is_paged_moves_to_the_end_and_nothing_is_skipped() -> None:
    store = Store(orders=4)
    page = store.data(ORDERS, first=2)["orders"]
    moved = page["nodes"][0]["id"]
    store.state.edit_order(moved, lambda node: node.update(updatedAt="2026-11-20T11:00:00Z"))
    rest = store.data(ORDERS, first=250, after=page["pageInfo"]["endCursor"])["orders"]["nodes"]
    assert [node["id"] for node in rest][-1] == moved
    assert len(rest) == 4


def test_a_page_can_be_read_backwards(store: Store) -> None:
    last = store.data(ORDERS, last=2)["orders"]
    before = store.data(ORDERS, last=2, before=last["pageInfo"]["startCursor"])["orders"]
    assert [node["id"] for node in before["nodes"] + last["nodes"]] == read_all(store, first=250)[-4:]
    assert before["pageInfo"]["hasPreviousPage"]


def test_a_cursor_belongs_to_its_sorting(store: Store) -> None:
    cursor = store.data(ORDERS, first=1)["orders"]["pageInfo"]["endCursor"]
    assert "Invalid cursor" in store.error(ORDERS, first=1, after=cursor, sort="CREATED_AT")["message"]
    assert "Invalid cursor" in store.error(ORDERS, first=1, after="nonsense")["message"]


def test_lines_of_an_order_have_pages_too() -> None:
    store = Store(orders=0)
    store.state.put("Order", order(1, lines=7))
    text = """query($id: ID!, $after: String) { order(id: $id) { lineItems(first: 3, after: $after) {
      pageInfo { hasNextPage endCursor } nodes { id } } } }"""
    found: list[str] = []
    after = None
    while True:
        page = store.data(text, id=gid("Order", 1), after=after)["order"]["lineItems"]
        found += [node["id"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert found == [gid("LineItem", 100 + position) for position in range(7)]


def test_one_connection_ends_at_its_ceiling_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "CEILING", 3)
    store = Store(orders=7)
    assert len(read_all(store, first=2)) == 3


def test_counts_are_exact_up_to_the_limit(store: Store) -> None:
    assert store.data("{ ordersCount { count precision } }")["ordersCount"] == {"count": 6, "precision": "EXACT"}
    few = store.data("{ ordersCount(limit: 4) { count precision } }")["ordersCount"]
    assert few == {"count": 4, "precision": "AT_LEAST"}
    all_of_them = store.data("{ ordersCount(limit: null) { count precision } }")["ordersCount"]
    assert all_of_them == {"count": 6, "precision": "EXACT"}
    paid = store.data('{ ordersCount(query: "id:>=500") { count } }')["ordersCount"]
    assert paid == {"count": 1}


def test_a_lost_page_looks_whole_but_its_records_are_missing() -> None:
    store = Store(orders=5)
    lost = store.ask(ORDERS, fault="lost_page", first=2)["data"]["orders"]
    whole = read_all(store, first=250)
    assert [node["id"] for node in lost["nodes"]] == whole[2:4]
    assert lost["pageInfo"]["hasNextPage"] is True


@given(count=st.integers(0, 12), first=st.integers(1, 5), reverse=st.booleans(), values=st.data())
def test_rows_and_lists_page_alike(count: int, first: int, reverse: bool, values: st.DataObject) -> None:
    keys = sorted((values.draw(st.sampled_from("abc")), number) for number in range(count))
    rows = Rows(keys, keys, lambda handle: {"id": handle[1]}, "NAME")
    items: list[Node] = [{"id": number} for _, number in keys]
    expected = [item["id"] for item in (reversed(items) if reverse else items)]
    for cut in (lambda args: page_of_rows(rows, args), lambda args: page_of_list(items, args)):
        found, after = [], None
        while True:
            page = cut({"first": first, "after": after, "reverse": reverse})
            found += [node["id"] for node in page.nodes if node]
            assert page.has_previous == (after is not None)
            if not page.has_next:
                break
            after = page.cursors[-1]
        assert found == expected
