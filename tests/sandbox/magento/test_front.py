"""The front says in Magento's words what happened, and lets a connector in."""

from __future__ import annotations

import tomllib
from datetime import timedelta

import pytest

from auditor.clock import FixedClock
from auditor.sandbox.generate import generate
from auditor.sandbox.magento import MagentoFront, make_front
from auditor.sandbox.sale import Sale
from auditor.sandbox.settlements.adyen import psp_reference
from auditor.sandbox.shops import MAGENTO
from tests.sandbox.magento.served import NOW


@pytest.fixture(scope="module")
def sales() -> list[Sale]:
    return generate(3, 40, NOW, shops=[MAGENTO]).sales


@pytest.fixture
def front() -> MagentoFront:
    return MagentoFront(MAGENTO, FixedClock(NOW))


def test_a_sale_that_is_put_twice_is_there_once(front: MagentoFront, sales: list[Sale]) -> None:
    for _ in range(2):
        for sale in sales:
            front.put_sale(sale, NOW)
    assert front.state().count("orders") == len(sales)
    assert front.state().count("shipments") <= sum(len(sale.parcels) for sale in sales)


def test_a_parcel_is_not_shown_before_the_shop_was_told_of_it(front: MagentoFront, sales: list[Sale]) -> None:
    sale = next(sale for sale in sales if sale.parcels)
    told_at = sale.parcels[0].told_at
    assert told_at is not None
    front.put_sale(sale, told_at - timedelta(seconds=1))
    assert front.state().count("shipments") == 0
    before = front.state().get("orders", int(sale.key))
    front.put_sale(sale, told_at)
    after = front.state().get("orders", int(sale.key))
    assert before is not None
    assert after is not None
    assert front.state().count("shipments") == 1
    assert (before["items"][0]["qty_shipped"], after["updated_at"] > before["updated_at"]) == (0, True)


def test_an_orders_total_is_the_sum_that_magento_makes_of_it(front: MagentoFront, sales: list[Sale]) -> None:
    for sale in sales:
        front.put_sale(sale, NOW)
        body = front.state().get("orders", int(sale.key))
        assert body is not None
        parts = ("subtotal", "discount_amount", "shipping_amount", "tax_amount", "discount_tax_compensation_amount")
        assert sum(body[name] for name in parts) == body["grand_total"]


def test_transactions_go_by_the_providers_numbers(front: MagentoFront, sales: list[Sale]) -> None:
    for sale in sales:
        front.put_sale(sale, NOW)
    known = {psp_reference(payment.number) for sale in sales for payment in sale.payments}
    assert {body["transaction_id"] for body in front.state().records("invoices")} <= known
    assert {body["payment"]["last_trans_id"] for body in front.state().records("orders")} <= known


def test_the_settings_name_secrets_that_the_front_has() -> None:
    front = make_front(MAGENTO, FixedClock(NOW))
    lines = tomllib.loads(front.toml("http://127.0.0.1:1"))
    files = {reference["file"] for reference in lines["credentials"].values()}
    assert files == {f"secrets/{name}" for name in front.secrets()}
    assert all(front.secrets().values())


def test_the_shop_is_the_same_for_the_same_seed() -> None:
    def bodies() -> object:
        made = MagentoFront(MAGENTO, FixedClock(NOW))
        for sale in generate(3, 20, NOW, shops=[MAGENTO]).sales:
            made.put_sale(sale, NOW)
        return [made.state().records(kind) for kind in ("orders", "invoices", "creditmemos", "shipments")]

    assert bodies() == bodies()
