"""Half a million order lines fit: packed small, served page by page, written to a result file as they come."""

from __future__ import annotations

import time

import orjson
import pytest

from auditor.sandbox.shopify.wire import dumps
from tests.sandbox.shopify.store import Store, gid, order

FIELDS = """id sku title quantity currentQuantity
  originalUnitPriceSet { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }
  discountAllocations { allocatedAmountSet { shopMoney { amount currencyCode } } }
  taxLines { title rate priceSet { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } } }"""
PAGE = (
    f"query {{ orders(first: 10, sortKey: ID) {{ nodes {{ id lineItems(first: 20) {{ nodes {{ {FIELDS} }} }} }} }} }}"
)
BULK = f"{{ orders {{ edges {{ node {{ id name lineItems {{ edges {{ node {{ {FIELDS} }} }} }} }} }} }} }}"


def test_an_order_is_kept_in_a_fraction_of_its_text() -> None:
    store = Store(orders=0)
    big = order(1, lines=25)
    store.state.put("Order", big)
    assert len(store.state.orders[big["id"]].packed) < len(dumps(big)) / 5


def test_an_order_comes_back_as_it_was_put() -> None:
    store = Store(orders=0)
    big = order(1, lines=25)
    store.state.put("Order", big)
    assert store.state.order(gid("Order", 1)) == orjson.loads(dumps(big))


@pytest.mark.slow
def test_a_page_of_ten_orders_with_twenty_lines_comes_within_15_ms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.sandbox.shopify.answering.QUERY_LIMIT", 10_000)
    store = Store(orders=0)
    for number in range(1, 101):
        store.state.put("Order", order(number, lines=20))
    store.data(PAGE)
    times = []
    for _ in range(9):
        started = time.process_time()
        assert len(dumps(store.ask(PAGE))) > 50_000
        times.append(time.process_time() - started)
    assert sorted(times)[4] < 0.015


@pytest.mark.slow
def test_three_thousand_orders_come_in_bulk_within_five_seconds() -> None:
    store = Store(orders=0)
    for number in range(1, 3001):
        store.state.put("Order", order(number, lines=10))
    started = time.process_time()
    assert len(store.bulk(BULK)) == 3000 + 30_000
    assert time.process_time() - started < 5
