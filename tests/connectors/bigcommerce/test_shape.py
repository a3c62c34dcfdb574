"""Money and words of BigCommerce as canonical rows: both sides of tax, discounts, charges, refunds in parts."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from auditor.connectors.base import Record
from auditor.connectors.bigcommerce.bodies import record
from auditor.sandbox.bigcommerce.orders import order_of
from auditor.sandbox.bigcommerce.payments import refund_node, transaction_nodes
from auditor.sandbox.business import Sale
from tests.connectors.bigcommerce.shaping import Row, shaped_records
from tests.connectors.bigcommerce.store import NOW, Store, give_back, line, sale

D = Decimal


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Only its shape and clock are used."""
    folder: Path = tmp_path_factory.mktemp("shape")
    return Store(folder)


def order_body(made: Sale, **changes: Any) -> dict[str, Any]:
    """What the connector keeps of an order."""
    order = order_of(made, {}, NOW)
    return {
        **order.shown(),
        "delivery": [{"kind": "shipping", **address} for address in order.addresses],
        "lines": order.lines,
        "taxes": order.taxes,
        "coupons": [],
        "fees": [],
        **changes,
    }


def rows_of(shop: Store, *bodies: dict[str, Any]) -> dict[str, list[Row]]:
    return shaped_records(shop, {"orders": [record(str(body["id"]), body) for body in bodies]})


def refund_rows(shop: Store, made: Sale, order: dict[str, Any] | None = None, **changes: Any) -> dict[str, list[Row]]:
    body = {**refund_node(made, made.refunds[-1]), **changes, "order": order or order_body(made)}
    return shaped_records(shop, {"refunds": [Record("1", record("1", body).body)]})


def parts(row: Row) -> tuple[Decimal, Decimal, Decimal, Decimal, Decimal]:
    assert row["item"] + row["shipping"] + row["tax"] + row["adjustment"] == row["total"]
    return row["total"], row["item"], row["shipping"], row["tax"], row["adjustment"]


def without_tax(made: Sale) -> dict[str, Any]:
    """A store whose prices are without tax: one line of 3 x 10.00 with 10 % off, taxed with 5 % and 2.5 %."""
    base = order_body(made)
    only = {
        **base["lines"][0],
        "quantity": 3, "price_ex_tax": "10.0000", "price_inc_tax": "10.7500", "price_tax": "0.7500",
        "total_ex_tax": "30.0000", "total_inc_tax": "32.2500", "total_tax": "2.2500",
        "discounted_total_inc_tax": "29.0250",
        "applied_discounts": [{"id": "coupon", "amount": "3.0000", "name": "x", "code": "x", "target": "order"}],
    }  # fmt: skip
    row = {**base["taxes"][0], "order_product_id": str(only["id"]), "line_item_type": "item"}
    return {
        **base,
        "is_tax_inclusive_pricing": False,
        "subtotal_ex_tax": "30.0000", "subtotal_inc_tax": "32.2500",
        "shipping_cost_ex_tax": "8.0000", "shipping_cost_inc_tax": "8.6000", "shipping_cost_tax": "0.6000",
        "total_inc_tax": "37.6250", "total_ex_tax": "35.0000", "total_tax": "2.6250", "coupon_discount": "3.0000",
        "lines": [only],
        "taxes": [
            {**row, "name": "State", "rate": "5.0000", "line_amount": "1.3500"},
            {**row, "name": "City", "rate": "2.5000", "line_amount": "0.6750"},
            {**row, "name": "State", "rate": "5.0000", "line_amount": "0.4000", "line_item_type": "shipping"},
            {**row, "name": "City", "rate": "2.5000", "line_amount": "0.2000", "line_item_type": "shipping"},
        ],
    }  # fmt: skip


def test_with_prices_that_include_tax_the_gross_side_is_exact(shop: Store) -> None:
    made = sale(100_001, line(1, 3, "9.99", discount=D("2.50")))
    tables = rows_of(shop, order_body(made))
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


def test_with_prices_without_tax_the_net_side_is_exact_and_two_rates_are_added_up(shop: Store) -> None:
    tables = rows_of(shop, without_tax(sale(100_001)))
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


def test_where_discounts_turn_out_to_include_tax_what_the_customer_pays_decides(shop: Store) -> None:
    body = without_tax(sale(100_001))
    body["lines"][0]["applied_discounts"][0]["amount"] = "3.2250"
    (only,) = rows_of(shop, body)["sales_order_line"]
    assert (only["net"], only["gross"], only["discount"]) == (D("27"), D("29.025"), D(3))


@pytest.mark.parametrize(
    ("after", "expected"),
    [("23.9880", D("3.9980")), ("19.9900", D("3.3317")), (None, D("3.9980"))],
)
def test_without_tax_rows_a_line_has_its_share_of_its_own_tax(
    shop: Store, after: str | None, expected: Decimal
) -> None:
    body = order_body(sale(100_001, line(1, price="23.988")), taxes=[])
    only = body["lines"][0]
    only |= {"total_inc_tax": "23.9880", "total_ex_tax": "19.9900", "discounted_total_inc_tax": after}
    (row,) = rows_of(shop, body)["sales_order_line"]
    assert (row["tax"], row["tax_rate"]) == (expected, None)
    assert row["net"] + row["tax"] == row["gross"] == D(after or "23.9880")


def test_handling_wrapping_and_fees_are_charges_of_their_own(shop: Store) -> None:
    base = order_body(sale(100_001))
    tax = {**base["taxes"][0], "order_product_id": "7000001"}
    body = {
        **base,
        "handling_cost_inc_tax": "6.0000", "handling_cost_ex_tax": "5.0000", "handling_cost_tax": "1.0000",
        "wrapping_cost_inc_tax": "2.4000", "wrapping_cost_ex_tax": "2.0000", "wrapping_cost_tax": "0.4000",
        "fees": [{"id": 4, "display_name_customer": "Insurance", "cost_ex_tax": D("2.5"), "cost_inc_tax": D("3"),
                  "cost_tax": D("0.5")}],
        "taxes": [*base["taxes"], {**tax, "line_item_type": "handling", "line_amount": "0.5000"},
                  {**tax, "line_item_type": "handling", "line_amount": "0.5000", "order_address_id": 9},
                  {**tax, "line_item_type": "gift-wrapping", "line_amount": "0.4000"}],
    }  # fmt: skip
    rows = {row["kind"]: row for row in rows_of(shop, body)["sales_order_shipping"]}
    assert set(rows) == {"shipping", "handling", "wrapping", "fee"}
    found = {kind: (row["net"], row["tax"], row["gross"], row["tax_rate"]) for kind, row in rows.items()}
    assert found["handling"] == (D(5), D(1), D(6), D("0.2"))
    assert found["wrapping"] == (D(2), D("0.4"), D("2.4"), D("0.2"))
    assert found["fee"] == (D("2.5"), D("0.5"), D(3), None)
    assert len({row["shipping_id"] for row in rows.values()}) == 4


def test_a_gift_certificate_that_is_sold_is_no_product_and_one_that_pays_is_a_payment(shop: Store) -> None:
    made = sale(100_001, line(1, kind="gift_card", rate=D(0)), gateway="gift_card", shipping=D(0))
    tables = rows_of(shop, order_body(made))
    (only,) = tables["sales_order_line"]
    assert (only["kind"], only["is_shippable"], only["tax_rate"]) == ("gift_card", False, 0)
    (order,) = tables["sales_order"]
    assert (order["total"], order["fulfilment_status"]) == (made.total, "not_needed")
    body = {
        "id": 100_001, "currency": "GBP", "date_created": "Wed, 25 Jun 2025 05:22:10 +0000",
        "store_credit_amount": "0.0000", "gift_certificate_amount": "19.9900",
        "transactions": transaction_nodes(made),
    }  # fmt: skip
    (payment,) = shaped_records(shop, {"transactions": [record("1", body)]})["sales_payment"]
    assert (payment["gateway"], payment["amount"], payment["payment_id"]) == ("gift_card", D("19.99"), None)


STATUSES = [
    (1, "pending", False, "unshipped"), (2, "closed", True, "shipped"), (3, "open", True, "partial"),
    (4, "closed", True, "unshipped"), (5, "cancelled", True, "unshipped"), (6, "cancelled", True, "unshipped"),
    (7, "pending", False, "unshipped"), (8, "open", True, "unshipped"), (9, "open", True, "unshipped"),
    (10, "closed", True, "shipped"), (11, "open", True, "unshipped"), (12, "pending", False, "on_hold"),
    (13, "open", True, "unshipped"), (14, "open", True, "unshipped"), (99, "unknown", True, "unknown"),
]  # fmt: skip


def test_every_status_has_its_meaning_and_an_unknown_one_is_kept(shop: Store) -> None:
    made = sale(100_001)
    bodies = [
        order_body(made, id=number, status_id=number, status="Some label", payment_status="captured")
        for number, *_ in STATUSES
    ]
    rows = {int(row["order_id"]): row for row in rows_of(shop, *bodies)["sales_order"]}
    found = [
        (number, row["status"], row["is_confirmed"], row["fulfilment_status"]) for number, row in sorted(rows.items())
    ]
    assert found == STATUSES
    assert rows[99]["source_status"] == "99 Some label/captured"
    cancelled = {number for number, row in rows.items() if row["cancelled_at"] is not None}
    assert cancelled == {5, 6}


@pytest.mark.parametrize(
    ("told", "status_id", "meaning"),
    [
        ("captured", 11, "paid"), ("paid", 11, "paid"), ("authorized", 7, "authorized"),
        ("capture pending", 7, "authorized"), ("pending", 7, "pending"), ("held for review", 12, "pending"),
        ("partially refunded", 14, "partially_refunded"), ("refunded", 4, "refunded"), ("void", 5, "voided"),
        ("void pending", 5, "voided"), ("declined", 6, "voided"), ("laid away", 11, "unknown"),
        ("", 11, "paid"), ("", 7, "pending"), ("", 10, "paid"), ("", 6, "voided"), ("", 4, "unknown"),
        ("", 14, "partially_refunded"),
    ],
)  # fmt: skip
def test_what_is_said_of_the_payment_and_where_nothing_is_said_the_status_tells(
    shop: Store, told: str, status_id: int, meaning: str
) -> None:
    (row,) = rows_of(shop, order_body(sale(100_001), payment_status=told, status_id=status_id))["sales_order"]
    assert row["payment_status"] == meaning


def test_test_orders_marketplace_orders_and_outside_numbers_are_known(shop: Store) -> None:
    first = order_body(sale(100_001), payment_method="Test Payment Gateway", external_order_id=" A-17 ")
    second = order_body(sale(100_002), order_source="amazon", external_id="902-1", delivery=[])
    one, two = rows_of(shop, first, second)["sales_order"]
    assert (one["is_test"], one["tax_collected_by"], one["alternate_ref"]) == (True, "seller", "A-17")
    assert (two["is_test"], two["tax_collected_by"], two["alternate_ref"]) == (False, None, "902-1")
    # Where nothing is delivered the bill says the country.
    assert two["country"] == "GB"


def test_parts_of_a_set_name_the_line_they_were_sold_under(shop: Store) -> None:
    body = order_body(sale(100_001, line(1, 2), line(2, 4)))
    body["lines"][1] |= {"parent_order_product_id": 7_000_001, "is_bundled_product": True}
    whole, part = rows_of(shop, body)["sales_order_line"]
    assert (whole["bundle_id"], whole["bundle_sku"]) == (None, None)
    assert (part["bundle_id"], part["bundle_sku"], part["bundle_quantity"]) == ("7000001", "HP-0001", 2)


EVENTS = [
    ("purchase", "ok", "sale", "success"), ("authorization", "ok", "authorization", "success"),
    ("capture", "ok", "capture", "success"), ("refund", "error", "refund", "failed"), ("void", "ok", "void", "success"),
    ("pending", "ok", "sale", "pending"), ("settled", "ok", "unknown", "success"), ("gift", "maybe", "unknown", "unknown"),
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


class TestRefunds:
    def test_goods_and_shipping_are_told_apart_and_add_up(self, shop: Store) -> None:
        made = sale(100_001, line(1, 3), line(2, 1, "5.55"))
        given = give_back(made, units=2, shipping=made.shipping, shipping_tax=made.shipping_tax)
        tables = refund_rows(shop, made)
        (row,), (only,) = tables["refund"], tables["refund_line"]
        assert parts(row) == (D("43.93"), given.lines[0].net, D("3.29"), given.tax, 0)
        assert (only["net"], only["tax"], only["quantity"]) == (given.lines[0].net, given.lines[0].tax, 2)
        assert (only["line_id"], only["sku"], only["restock_type"]) == ("7000001", "HP-0001", "no_restock")
        assert (row["transaction_status"], row["gateway"], row["is_restocked"]) == ("success", "stripe", False)

    def test_a_refund_of_the_order_as_a_whole_carries_no_tax(self, shop: Store) -> None:
        made = sale(100_001)
        give_back(made, units=0, adjustment=D("7.50"))
        tables = refund_rows(shop, made)
        assert parts(tables["refund"][0]) == (D("7.50"), 0, 0, 0, D("7.50"))
        assert tables["refund_line"] == []

    def test_a_correction_of_tax_alone_has_no_items(self, shop: Store) -> None:
        made = sale(100_001)
        give_back(made, units=0)
        payment = {"id": 1, "provider_id": "stripe", "amount": D("1.20"), "offline": False, "is_declined": False}
        row = refund_rows(shop, made, items=[], total_amount=D("1.20"), total_tax=D("1.20"), payments=[payment])
        assert parts(row["refund"][0]) == (D("1.20"), 0, 0, D("1.20"), 0)

    def test_tax_that_is_collected_by_refunding_less_is_negative(self, shop: Store) -> None:
        made = sale(100_001)
        give_back(made)
        tables = refund_rows(shop, made, total_tax=D("-0.50"), uses_merchant_override_values=True)
        assert parts(tables["refund"][0]) == (D("19.99"), D("20.49"), 0, D("-0.50"), 0)
        assert tables["refund_line"][0]["tax"] == D("-0.50")

    def test_a_deduction_from_an_item_is_an_adjustment(self, shop: Store) -> None:
        made = sale(100_001)
        given = give_back(made, adjustment=D("-4.00"))
        assert parts(refund_rows(shop, made)["refund"][0]) == (D("15.99"), given.lines[0].net, 0, given.tax, D("-4"))

    def test_wrapping_handling_and_fees_given_back_are_charges(self, shop: Store) -> None:
        made = sale(100_001)
        give_back(made, units=0)
        order = order_body(made, handling_cost_inc_tax="6.0000", handling_cost_tax="1.0000")
        order["fees"] = [{"id": 4, "cost_inc_tax": "3.0000", "cost_tax": "0.5000"}]
        items = [
            {"item_type": "HANDLING", "item_id": 1, "requested_amount": D("6.00")},
            {"item_type": "FEE", "item_id": 4, "requested_amount": D("3.00")},
        ]
        payment = {"provider_id": "stripe", "amount": D("9.00"), "offline": False, "is_declined": False}
        tables = refund_rows(
            shop, made, order, items=items, total_amount=D("9.00"), total_tax=D("1.50"), payments=[payment]
        )
        assert parts(tables["refund"][0]) == (D(9), 0, D("7.50"), D("1.50"), 0)

    def test_an_amount_that_was_not_asked_for_follows_from_the_units(self, shop: Store) -> None:
        made = sale(100_001, line(1, 3, "10.00", discount=D("1.00")))
        given = give_back(made)
        node = refund_node(made, given)
        tables = refund_rows(shop, made, items=[{**node["items"][0], "requested_amount": None}])
        assert parts(tables["refund"][0])[:4] == (D("9.67"), given.lines[0].net, 0, given.tax)

    def test_the_tax_of_several_lines_adds_up_to_the_refunds(self, shop: Store) -> None:
        made = sale(100_001, line(1, 3, "9.99"), line(2, 3, "0.99"), line(3, 1, "4.00", rate=D(0)))
        give_back(made)
        node = refund_node(made, made.refunds[0])
        items = [
            {**node["items"][0], "item_id": number, "quantity": units, "requested_amount": amount}
            for number, units, amount in ((7_000_001, 1, D("9.99")), (7_000_002, 2, D("1.98")), (7_000_003, 1, D("4")))
        ]
        paid = [{**node["payments"][0], "amount": D("15.97")}]
        tables = refund_rows(shop, made, items=items, total_amount=D("15.97"), total_tax=D("2.01"), payments=paid)
        assert parts(tables["refund"][0]) == (D("15.97"), D("13.96"), 0, D("2.01"), 0)
        taxes = {row["line_id"]: row["tax"] for row in tables["refund_line"]}
        assert taxes == {"7000001": D("1.68"), "7000002": D("0.33"), "7000003": 0}
        assert sum(row["net"] for row in tables["refund_line"]) == D("13.96")

    def test_with_prices_without_tax_the_amounts_may_be_too(self, shop: Store) -> None:
        """What is asked for is not documented there; the sum of the refund tells."""
        made = sale(100_001, line(1, 3))
        give_back(made)
        order = without_tax(made)
        item = {"item_type": "PRODUCT", "item_id": 7_000_001, "quantity": 1, "requested_amount": D("9.00")}
        paid = {"provider_id": "stripe", "amount": D("9.68"), "offline": False, "is_declined": False}
        told = {"total_amount": D("9.68"), "total_tax": D("0.68"), "payments": [paid]}
        for asked in (D("9.00"), D("9.68")):
            tables = refund_rows(shop, made, order, items=[{**item, "requested_amount": asked}], **told)
            assert parts(tables["refund"][0]) == (D("9.68"), D("9.00"), 0, D("0.68"), 0)
            (only,) = tables["refund_line"]
            assert (only["net"], only["tax"]) == (D("9.00"), D("0.68"))

    @pytest.mark.parametrize(
        ("payments", "total", "status", "gateway"),
        [
            ([("stripe", "19.99", False, True)], "0", "failed", "stripe"),
            ([("stripe", "15.00", False, True), ("storecredit", "4.99", True, False)], "4.99", "success",
             "store_credit"),
            ([("bankdeposit", "19.99", True, False)], "19.99", "success", "manual"),
            ([("giftcertificate", "19.99", False, False)], "19.99", "success", "gift_card"),
            ([("PayPalExpress", "19.99", False, False)], "19.99", "success", "paypalexpress"),
            ([], "19.99", "none", None),
        ],
    )  # fmt: skip
    def test_only_payments_that_went_through_moved_money(
        self,
        shop: Store,
        payments: list[tuple[str, str, bool, bool]],
        total: str,
        status: str,
        gateway: str | None,
    ) -> None:
        made = sale(100_001)
        give_back(made)
        told = [
            {"provider_id": provider, "amount": D(amount), "offline": offline, "is_declined": declined}
            for provider, amount, offline, declined in payments
        ]
        (row,) = refund_rows(shop, made, payments=told)["refund"]
        assert (row["total"], row["transaction_status"], row["gateway"]) == (D(total), status, gateway)
        if status == "success":
            parts(row)


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
