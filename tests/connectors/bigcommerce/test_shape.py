"""Money and words of BigCommerce as canonical rows: both sides of tax, discounts, charges, refunds in parts."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from auditor.connectors.bigcommerce.bodies import record
from auditor.sandbox.bigcommerce.payments import transaction_nodes
from tests.connectors.bigcommerce.bodies import order_body, without_tax
from tests.connectors.bigcommerce.shaping import Row, shaped_records
from tests.connectors.bigcommerce.store import Store, line, sale

D = Decimal


Tables = dict[str, list[Row]]
Orders = Callable[[str], Tables]
ORDERS: list[dict[str, Any]] = []


def stands(body: dict[str, Any]) -> str:
    """Puts an order into the store; gives its key. All are shaped at once, which costs as much as one."""
    ORDERS.append({**body, "id": len(ORDERS) + 1})
    return str(len(ORDERS))


@pytest.fixture(scope="module")
def orders(shop: Store) -> Orders:
    """The rows of one order, by its key."""
    tables = shaped_records(shop, {"orders": [record(str(body["id"]), body) for body in ORDERS]})
    return lambda key: {name: [row for row in rows if row["order_id"] == key] for name, rows in tables.items()}


INCLUSIVE = stands(order_body(sale(100_001, line(1, 3, "9.99", discount=D("2.50")))))


def test_with_prices_that_include_tax_the_gross_side_is_exact(orders: Orders) -> None:
    tables = orders(INCLUSIVE)
    (order,), (only,), (shipping,) = (
        tables["sales_order"], tables["sales_order_line"], tables["sales_order_shipping"],
    )  # fmt: skip
    assert order["is_tax_included"] is True
    assert (only["gross"], only["tax"], only["net"]) == (D("27.47"), D("4.58"), D("22.89"))
    assert (only["unit_price"], only["discount"], only["tax_rate"]) == (D("9.99"), D("2.50"), D("0.2"))
    assert (order["subtotal"], order["discount"], order["shipping"]) == (D("27.47"), D("2.50"), D("3.95"))
    assert (shipping["gross"], shipping["tax"], shipping["net"]) == (D("3.95"), D("0.66"), D("3.29"))
    assert order["total"] == only["gross"] + shipping["gross"] == D("31.42")
    assert order["tax"] == only["tax"] + shipping["tax"]


EXCLUSIVE = stands(without_tax(sale(100_001)))


def test_with_prices_without_tax_the_net_side_is_exact_and_two_rates_are_added_up(
    orders: Orders,
) -> None:
    tables = orders(EXCLUSIVE)
    (order,), (only,), (shipping,) = (
        tables["sales_order"], tables["sales_order_line"], tables["sales_order_shipping"],
    )  # fmt: skip
    assert order["is_tax_included"] is False
    assert (only["net"], only["tax"], only["gross"]) == (D("27"), D("2.025"), D("29.025"))
    assert (only["unit_price"], only["discount"], only["tax_rate"]) == (D(10), D(3), D("0.075"))
    assert (shipping["net"], shipping["tax"], shipping["gross"]) == (D(8), D("0.6"), D("8.6"))
    assert shipping["tax_rate"] == D("0.075")
    assert (order["subtotal"], order["shipping"], order["total"]) == (D(27), D(8), D("37.625"))
    assert [(row["tax_no"], row["title"], row["tax_rate"], row["tax"]) for row in tables["sales_order_tax"]] == [
        (1, "City", D("0.025"), D("0.875")),
        (2, "State", D("0.05"), D("1.75")),
    ]


def discounted_with_tax() -> dict[str, Any]:
    body = without_tax(sale(100_001))
    body["lines"][0]["applied_discounts"][0]["amount"] = "3.2250"
    return body


DISCOUNT_WITH_TAX = stands(discounted_with_tax())


def test_where_discounts_turn_out_to_include_tax_what_the_customer_pays_decides(
    orders: Orders,
) -> None:
    (only,) = orders(DISCOUNT_WITH_TAX)["sales_order_line"]
    assert (only["net"], only["gross"], only["discount"]) == (D("27"), D("29.025"), D(3))


def without_rows(after: str | None) -> str:
    """A line of 23.988 with tax, 19.99 without, whose tax is not told."""
    body = order_body(sale(100_001, line(1, price="23.988")), taxes=[])
    body["lines"][0] |= {"total_inc_tax": "23.9880", "total_ex_tax": "19.9900", "applied_discounts": []}
    body["lines"][0]["discounted_total_inc_tax"] = after
    return stands(body)


WITHOUT_ROWS = [
    (without_rows("23.9880"), D("23.9880"), D("3.9980")),
    (without_rows("19.9900"), D("19.9900"), D("3.3317")),
    (without_rows(None), D("23.9880"), D("3.9980")),
]


def test_without_tax_rows_a_line_has_its_share_of_its_own_tax(orders: Orders) -> None:
    for key, gross, tax in WITHOUT_ROWS:
        (row,) = orders(key)["sales_order_line"]
        assert (row["tax"], row["tax_rate"], row["gross"], row["net"]) == (tax, None, gross, gross - tax)


def with_charges() -> dict[str, Any]:
    base = order_body(sale(100_001))
    tax = {**base["taxes"][0], "order_product_id": "7000001"}
    return {
        **base,
        "handling_cost_inc_tax": "6.0000", "handling_cost_ex_tax": "5.0000", "handling_cost_tax": "1.0000",
        "wrapping_cost_inc_tax": "2.4000", "wrapping_cost_ex_tax": "2.0000", "wrapping_cost_tax": "0.4000",
        "fees": [{"id": 4, "display_name_customer": "Insurance", "cost_ex_tax": D("2.5"), "cost_inc_tax": D("3"),
                  "cost_tax": D("0.5")}],
        "taxes": [*base["taxes"], {**tax, "line_item_type": "handling", "line_amount": "0.5000"},
                  {**tax, "line_item_type": "handling", "line_amount": "0.5000", "order_address_id": 9},
                  {**tax, "line_item_type": "gift-wrapping", "line_amount": "0.4000"}],
    }  # fmt: skip


CHARGED = stands(with_charges())


def test_handling_wrapping_and_fees_are_charges_of_their_own(orders: Orders) -> None:
    rows = {row["kind"]: row for row in orders(CHARGED)["sales_order_shipping"]}
    assert set(rows) == {"shipping", "handling", "wrapping", "fee"}
    found = {kind: (row["net"], row["tax"], row["gross"], row["tax_rate"]) for kind, row in rows.items()}
    assert found["handling"] == (D(5), D(1), D(6), D("0.2"))
    assert found["wrapping"] == (D(2), D("0.4"), D("2.4"), D("0.2"))
    assert found["fee"] == (D("2.5"), D("0.5"), D(3), None)
    assert len({row["shipping_id"] for row in rows.values()}) == 4


CARD = sale(100_001, line(1, kind="gift_card", rate=D(0)), gateway="gift_card", shipping=D(0))
CARD_SOLD = stands(order_body(CARD))


def test_a_gift_certificate_that_is_sold_is_no_product(orders: Orders) -> None:
    tables = orders(CARD_SOLD)
    (only,) = tables["sales_order_line"]
    assert (only["kind"], only["is_shippable"], only["tax_rate"]) == ("gift_card", False, 0)
    (order,) = tables["sales_order"]
    assert (order["total"], order["fulfilment_status"]) == (CARD.total, "not_needed")


STATUSES = [
    (1, "pending", False, "unshipped"), (2, "closed", True, "shipped"), (3, "open", True, "partial"),
    (4, "closed", True, "unshipped"), (5, "cancelled", True, "unshipped"), (6, "cancelled", True, "unshipped"),
    (7, "pending", False, "unshipped"), (8, "open", True, "unshipped"), (9, "open", True, "unshipped"),
    (10, "closed", True, "shipped"), (11, "open", True, "unshipped"), (12, "pending", False, "on_hold"),
    (13, "open", True, "unshipped"), (14, "open", True, "unshipped"), (99, "unknown", True, "unknown"),
]  # fmt: skip


STATED = [
    stands(order_body(sale(100_001), status_id=number, status="Some label", payment_status="captured"))
    for number, *_ in STATUSES
]


def test_every_status_has_its_meaning_and_an_unknown_one_is_kept(orders: Orders) -> None:
    rows = [orders(key)["sales_order"][0] for key in STATED]
    found = [(row["status"], row["is_confirmed"], row["fulfilment_status"]) for row in rows]
    assert found == [told[1:] for told in STATUSES]
    assert rows[-1]["source_status"] == "99 Some label/captured"
    assert [told[0] for told, row in zip(STATUSES, rows, strict=True) if row["cancelled_at"]] == [5, 6]


PAYMENTS = [
        ("captured", 11, "paid"), ("paid", 11, "paid"), ("authorized", 7, "authorized"),
        ("capture pending", 7, "authorized"), ("pending", 7, "pending"), ("held for review", 12, "pending"),
        ("partially refunded", 14, "partially_refunded"), ("refunded", 4, "refunded"), ("void", 5, "voided"),
        ("void pending", 5, "voided"), ("declined", 6, "voided"), ("laid away", 11, "unknown"),
        ("", 11, "paid"), ("", 7, "pending"), ("", 10, "paid"), ("", 6, "voided"), ("", 4, "unknown"),
        ("", 14, "partially_refunded"),
]  # fmt: skip
PAID = [stands(order_body(sale(100_001), payment_status=told, status_id=number)) for told, number, _ in PAYMENTS]


def test_what_is_said_of_the_payment_and_where_nothing_is_said_the_status_tells(
    orders: Orders,
) -> None:
    found = [orders(key)["sales_order"][0]["payment_status"] for key in PAID]
    assert found == [meaning for *_, meaning in PAYMENTS]


TEST = stands(order_body(sale(100_001), payment_method="Test Payment Gateway", external_order_id=" A-17 "))
ELSEWHERE = stands(order_body(sale(100_002), order_source="amazon", external_id="902-1", delivery=[]))


def test_test_orders_marketplace_orders_and_outside_numbers_are_known(orders: Orders) -> None:
    (one,), (two,) = orders(TEST)["sales_order"], orders(ELSEWHERE)["sales_order"]
    assert (one["is_test"], one["tax_collected_by"], one["alternate_ref"]) == (True, "seller", "A-17")
    assert (two["is_test"], two["tax_collected_by"], two["alternate_ref"]) == (False, None, "902-1")
    # Where nothing is delivered the bill says the country.
    assert two["country"] == "GB"


def with_a_set() -> dict[str, Any]:
    body = order_body(sale(100_001, line(1, 2), line(2, 4)))
    body["lines"][1] |= {"parent_order_product_id": 7_000_001, "is_bundled_product": True}
    return body


SET = stands(with_a_set())


def test_parts_of_a_set_name_the_line_they_were_sold_under(orders: Orders) -> None:
    whole, part = orders(SET)["sales_order_line"]
    assert (whole["bundle_id"], whole["bundle_sku"]) == (None, None)
    assert (part["bundle_id"], part["bundle_sku"], part["bundle_quantity"]) == ("7000001", "HP-0001", 2)


RENAMED = stands(order_body(sale(100_001), status_id=5, status="Called off by Jo"))
FOREIGN = stands(order_body(sale(100_001), currency_code="EUR", currency_exchange_rate="1.1500000000"))


def test_a_status_is_known_by_its_number_because_labels_can_be_renamed(orders: Orders) -> None:
    (row,) = orders(RENAMED)["sales_order"]
    assert (row["status"], row["source_status"]) == ("cancelled", "5 Called off by Jo/captured")


def test_the_currency_is_the_one_that_was_paid_in_not_the_one_that_was_shown(orders: Orders) -> None:
    (row,) = orders(FOREIGN)["sales_order"]
    assert (row["currency"], row["presentment_currency"], row["presentment_total"]) == ("GBP", "EUR", None)


def as_numbers() -> dict[str, Any]:
    body = order_body(sale(100_001, line(1, 2)))
    told = {name: Decimal(value) for name, value in body.items() if name.endswith("_tax")}
    return {**body, **told, "coupon_discount": 0, "discount_amount": Decimal("0")}


TEXT, NUMBERS = stands(order_body(sale(100_001, line(1, 2)))), stands(as_numbers())


def test_amounts_written_as_numbers_mean_the_same_as_text(orders: Orders) -> None:
    hidden = {"order_id", "order_no", "order_ref"}
    text, numbers = (
        {
            name: [{column: row[column] for column in row.keys() - hidden} for row in rows]
            for name, rows in orders(key).items()
        }
        for key in (TEXT, NUMBERS)
    )
    assert text == numbers


def of_a_tax_service() -> dict[str, Any]:
    body = order_body(sale(100_001))
    hidden = {"order_id", "order_address_id"}
    body["taxes"] = [{name: value for name, value in row.items() if name not in hidden} for row in body["taxes"]]
    return body


SERVICE = stands(of_a_tax_service())


def test_taxes_of_a_tax_service_do_not_name_their_order(orders: Orders) -> None:
    assert orders(SERVICE)["sales_order_line"][0]["tax"] == D("3.33")


FEE = {"id": 5, "type": "custom_fee", "cost_exc_tax": "2.5000", "cost_inc_tax": "3.0000", "cost_tax": "0.5000"}
MISSPELT = stands(order_body(sale(100_001), fees=[FEE]))


def test_a_fee_is_known_by_either_spelling_of_its_cost(orders: Orders) -> None:
    fee = next(row for row in orders(MISSPELT)["sales_order_shipping"] if row["kind"] == "fee")
    assert (fee["net"], fee["tax"], fee["gross"], fee["title"]) == (D("2.5"), D("0.5"), D(3), "custom_fee")


EVENTS = [
    ("purchase", "ok", "sale", "success"), ("authorization", "ok", "authorization", "success"),
    ("capture", "ok", "capture", "success"), ("refund", "error", "refund", "failed"), ("void", "ok", "void", "success"),
    ("pending", "ok", "sale", "pending"), ("settled", "ok", "unknown", "success"),
    ("gift", "maybe", "unknown", "unknown"),
]  # fmt: skip


def test_every_event_has_its_meaning_and_an_unknown_one_is_kept(shop: Store) -> None:
    (one,) = transaction_nodes(sale(100_001))
    body = {
        "id": 100_001, "currency": "GBP", "date_created": "Wed, 25 Jun 2025 05:22:10 +0000",
        "store_credit_amount": "0", "gift_certificate_amount": "0",
        "transactions": [{**one, "id": place, "event": event, "status": status}
                         for place, (event, status, _, _) in enumerate(EVENTS)],
    }  # fmt: skip
    rows = shaped_records(shop, {"transactions": [record("1", body)]})["sales_payment"]
    assert [(row["kind"], row["status"]) for row in rows] == [event[2:] for event in EVENTS]
    assert {row["payment_id"] for row in rows} == {"ch_9100001"}


def test_a_parcel_names_its_carrier_as_well_as_it_is_known(shop: Store) -> None:
    shipment = {
        "id": 1, "order_id": 7, "date_created": "Wed, 25 Jun 2025 05:22:10 +0200", "tracking_number": " rm 12-34 gb ",
        "items": [{"order_product_id": 5, "product_id": 1, "quantity": 2}],
    }  # fmt: skip
    bodies = [
        {**shipment, "id": 1, "tracking_carrier": "dpd-uk", "shipping_provider": "", "tracking_link": "https://t/1"},
        {**shipment, "id": 2, "tracking_carrier": "", "shipping_provider": "royalmail",
         "generated_tracking_link": "https://g/2"},
        {**shipment, "id": 3, "shipping_method": "Own van", "tracking_number": ""},
    ]  # fmt: skip
    body = {"id": 7, "lines": [{"id": 5, "sku": "HP-0001"}], "shipments": bodies}
    tables = shaped_records(shop, {"shipments": [record("7", body)]})
    found = [(row["carrier"], row["tracking_key"], row["tracking_url"]) for row in tables["shipment"]]
    assert found == [
        ("dpd-uk", "RM1234GB", "https://t/1"), ("royalmail", "RM1234GB", "https://g/2"), ("Own van", None, None),
    ]  # fmt: skip
    assert {row["shipped_at"].hour for row in tables["shipment"]} == {3}
    assert {(row["sku"], row["quantity"]) for row in tables["shipment_line"]} == {("HP-0001", 2)}


def test_settings_stand_under_their_own_names(shop: Store) -> None:
    rows = {row["setting"]: row["value"] for row in shaped_records(shop, {"settings": shop.read("settings")})[
        "channel_setting"]}  # fmt: skip
    assert rows["tax.rounding_strategy"] == "RATE_ROUNDING"
    assert rows["store.timezone"] == "Europe/London"
    assert rows["currency.GBP"] == "default transactional 2 decimals rate 1.0000000000"
    assert rows["order_status.11"] == "Awaiting Fulfillment"
    assert not {name for name, value in rows.items() if value is None}
