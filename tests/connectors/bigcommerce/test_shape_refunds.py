"""Refunds in parts: money that moved, goods, charges and their tax, however they were told."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from auditor.connectors.bigcommerce.bodies import record
from auditor.sandbox.bigcommerce.payments import refund_node
from auditor.sandbox.sale import Sale, SaleLine
from tests.connectors.bigcommerce.bodies import order_body, without_tax
from tests.connectors.bigcommerce.shaping import Row, shaped_records
from tests.connectors.bigcommerce.store import Store, give_back, line, sale

D = Decimal

Refunds = Callable[[str], tuple[Row, list[Row]]]
REFUNDS: list[dict[str, Any]] = []


def given_back(made: Sale, order: dict[str, Any] | None = None, **changes: Any) -> str:
    """Puts the last refund of a sale into the store; gives its key."""
    number = len(REFUNDS) + 1
    REFUNDS.append({**refund_node(made, made.refunds[-1]), **changes, "id": number, "order": order or order_body(made)})
    return str(number)


@pytest.fixture(scope="module")
def refunds(shop: Store) -> Refunds:
    """One refund and its lines, by its key."""
    tables = shaped_records(shop, {"refunds": [record(str(body["id"]), body) for body in REFUNDS]})
    rows = {row["refund_id"]: row for row in tables["refund"]}
    return lambda key: (rows[key], [line for line in tables["refund_line"] if line["refund_id"] == key])


def refunded(*lines: SaleLine, units: int = 1, **options: Any) -> Sale:
    made = sale(100_001, *lines)
    give_back(made, units=units, **options)
    return made


def paid_back(
    amount: str, provider: str = "stripe", *, offline: bool = False, declined: bool = False
) -> dict[str, Any]:
    return {"provider_id": provider, "amount": D(amount), "offline": offline, "is_declined": declined}


def told(amount: str, tax: str) -> dict[str, Any]:
    return {"total_amount": D(amount), "total_tax": D(tax), "payments": [paid_back(amount)]}


def product(number: int, units: int, asked: str | None) -> dict[str, Any]:
    requested = None if asked is None else D(asked)
    return {"item_type": "PRODUCT", "item_id": 7_000_000 + number, "quantity": units, "requested_amount": requested}


def with_handling(made: Sale) -> dict[str, Any]:
    fees = [{"id": 4, "cost_inc_tax": "3.0000", "cost_tax": "0.5000"}]
    return order_body(made, handling_cost_inc_tax="6.0000", handling_cost_tax="1.0000", fees=fees)


HANDLED = [
    {"item_type": "HANDLING", "item_id": 1, "requested_amount": D("6.00")},
    {"item_type": "FEE", "item_id": 4, "requested_amount": D("3.00")},
]
SEVERAL = (line(1, 3, "9.99"), line(2, 3, "0.99"), line(3, 1, "4.00", rate=D(0)))
GIVEN = [product(1, 1, "9.99"), product(2, 2, "1.98"), product(3, 1, "4")]
SHIPPED = {"shipping": D("3.95"), "shipping_tax": D("0.66")}
WHOLE = refunded(units=0, adjustment=D("7.50"))
EX = refunded(line(1, 3))

# What is told -> total, item, shipping, tax, adjustment; and net and tax of each line.
PARTS: dict[str, tuple[str, tuple[str, ...], list[tuple[str, str]]]] = {
    "goods and shipping are told apart": (
        given_back(refunded(line(1, 3), line(2, 1, "5.55"), units=2, **SHIPPED)),
        ("43.93", "33.31", "3.29", "7.33", "0"), [("33.31", "6.67")],
    ),
    "a refund of the order as a whole carries no tax": (
        given_back(WHOLE), ("7.50", "0", "0", "0", "7.50"), [],
    ),
    "a correction of tax alone has no items": (
        given_back(WHOLE, items=[], **told("1.20", "1.20")), ("1.20", "0", "0", "1.20", "0"), [],
    ),
    "tax that is collected by refunding less is negative": (
        given_back(refunded(), total_tax=D("-0.50"), uses_merchant_override_values=True),
        ("19.99", "20.49", "0", "-0.50", "0"), [("20.49", "-0.50")],
    ),
    "a deduction from an item is an adjustment": (
        given_back(refunded(adjustment=D("-4.00"))), ("15.99", "16.66", "0", "3.33", "-4.00"), [("16.66", "3.33")],
    ),
    "handling and fees that are given back are charges": (
        given_back(WHOLE, with_handling(WHOLE), items=HANDLED, **told("9.00", "1.50")),
        ("9.00", "0", "7.50", "1.50", "0"), [],
    ),
    "an amount that was not asked for follows from the units": (
        given_back(refunded(line(1, 3, "10.00", discount=D("1.00"))), items=[product(1, 1, None)]),
        ("9.67", "8.06", "0", "1.61", "0"), [("8.06", "1.61")],
    ),
    "the tax of several lines adds up to the refund's": (
        given_back(refunded(*SEVERAL), items=GIVEN, **told("15.97", "2.01")),
        ("15.97", "13.96", "0", "2.01", "0"), [("8.31", "1.68"), ("1.65", "0.33"), ("4.00", "0")],
    ),
    "with prices without tax the amounts may be without tax": (
        given_back(EX, without_tax(EX), items=[product(1, 1, "9.00")], **told("9.68", "0.68")),
        ("9.68", "9.00", "0", "0.68", "0"), [("9.00", "0.68")],
    ),
    "with prices without tax the amounts may include tax": (
        given_back(EX, without_tax(EX), items=[product(1, 1, "9.68")], **told("9.68", "0.68")),
        ("9.68", "9.00", "0", "0.68", "0"), [("9.00", "0.68")],
    ),
    "an item of a kind that is not known is an adjustment": (
        given_back(WHOLE, items=[{"item_type": "GOODWILL", "item_id": 1, "requested_amount": D("2.00")}],
                   **told("2.00", "0")),
        ("2.00", "0", "0", "0", "2.00"), [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("sentence", PARTS)
def test_the_parts_of_a_refund(refunds: Refunds, sentence: str) -> None:
    key, parts, lines = PARTS[sentence]
    row, found = refunds(key)
    told_parts = tuple(row[name] for name in ("total", "item", "shipping", "tax", "adjustment"))
    assert told_parts == tuple(map(D, parts))
    assert sum(told_parts[1:]) == told_parts[0]
    assert [(one["net"], one["tax"]) for one in found] == [(D(net), D(tax)) for net, tax in lines]


MOVED = [
    ([paid_back("19.99", declined=True)], "0", "failed", "stripe"),
    ([paid_back("15.00", declined=True), paid_back("4.99", "storecredit", offline=True)], "4.99", "success",
     "store_credit"),
    ([paid_back("19.99", "bankdeposit", offline=True)], "19.99", "success", "manual"),
    ([paid_back("19.99", "giftcertificate")], "19.99", "success", "gift_card"),
    ([paid_back("19.99", "PayPalExpress")], "19.99", "success", "paypalexpress"),
    ([], "19.99", "none", None),
]  # fmt: skip
MOVING = [given_back(refunded(), payments=payments) for payments, *_ in MOVED]


def test_only_payments_that_went_through_moved_money(refunds: Refunds) -> None:
    rows = [refunds(key)[0] for key in MOVING]
    found = [(row["total"], row["transaction_status"], row["gateway"]) for row in rows]
    assert found == [(D(total), status, gateway) for _, total, status, gateway in MOVED]
    for row in rows:
        if row["transaction_status"] == "success":
            assert row["item"] + row["shipping"] + row["tax"] + row["adjustment"] == row["total"]


def test_a_refund_line_names_its_goods_and_restocks_nothing(
    refunds: Refunds,
) -> None:
    row, (only,) = refunds(PARTS["goods and shipping are told apart"][0])
    assert (only["line_id"], only["sku"], only["quantity"], only["restock_type"]) == (
        "7000001", "HP-0001", 2, "no_restock",
    )  # fmt: skip
    assert (row["is_restocked"], row["reason"], row["currency"]) == (False, "unwanted", "GBP")
