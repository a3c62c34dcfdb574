"""Everything but orders in canonical rows: offers, parcels, returns, payouts and their lines, settings."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.connectors.john_lewis.shaping import Row, Stories, Telling
from tests.connectors.john_lewis.shop import cycle, given_back, money_line, offer, parcel

D = Decimal
listings, stock, shipments = Stories("listings"), Stories("stock"), Stories("shipments")
returns, payouts, transactions = Stories("returns"), Stories("payouts"), Stories("transactions")
carriers = Stories("carriers")


def figures(row: Row, *names: str) -> list[Any]:
    return [row[name] for name in names]


# -- offers ---


@listings.tell
def test_an_offer_is_a_listing_under_the_sellers_own_sku() -> Telling:
    (row,) = (yield offer(7, 3))["listing"]
    assert figures(row, "listing_id", "sku", "product_id", "barcode") == ["7", "A-7", "JL7", "5000000000007"]
    assert figures(row, "price", "available", "is_active") == [D(12), D(3), True]


@listings.tell
def test_an_offer_with_stock_may_be_unsellable() -> Telling:
    switched_off, out_of_time = yield [offer(1, active=False), offer(2, inactivity_reasons=["WAITING_FOR_MANDATORY"])]
    assert switched_off["listing"][0]["is_active"] is False
    assert out_of_time["listing"][0]["is_active"] is False


@listings.tell
def test_in_a_drop_ship_shop_the_customers_price_stands_apart() -> Telling:
    prices = [{"price": D("9.00"), "context": {"channel_codes": ["APP"]}}, {"price": D("19.99")}]
    assert (yield offer(1, retail_prices=prices))["listing"][0]["price"] == D("19.99")


def exported(number: int, quantity: int = 5, **other: Any) -> dict[str, Any]:
    return offer(number, quantity, deleted=False, last_updated="2026-11-20T09:00:00+00:00", **other)


@stock.tell
def test_the_quantity_of_an_offer_without_warehouses_is_everywhere() -> Telling:
    (row,) = (yield exported(7))["channel_stock"]
    assert figures(row, "location", "sku", "available") == ["default", "A-7", D(5)]
    assert row["updated_at"].isoformat() == "2026-11-20T09:00:00"


@stock.tell
def test_each_warehouse_of_an_offer_has_its_quantity() -> Telling:
    warehouses = [{"code": "LEEDS", "quantity": 3}, {"code": "BATH", "quantity": 0}]
    rows = (yield exported(7, warehouses=warehouses))["channel_stock"]
    assert [(row["location"], row["available"]) for row in rows] == [("BATH", D(0)), ("LEEDS", D(3))]


@stock.tell
def test_a_deleted_offer_has_no_stock() -> Telling:
    assert (yield {**exported(7), "deleted": True})["channel_stock"] == []


@stock.tell
def test_stock_from_the_list_does_not_say_when_it_changed() -> Telling:
    (row,) = (yield offer(7))["channel_stock"]
    assert figures(row, "available", "updated_at") == [D(5), None]


# -- parcels and returns ---


@shipments.tell
def test_a_parcel_is_known_by_its_number_without_blanks() -> Telling:
    rows = yield parcel(1)
    assert figures(rows["shipment"][0], "order_id", "tracking_key", "carrier", "status") == [
        "JL-1-A",
        "1550000001",
        "DPD",
        "shipped",
    ]
    assert [(row["line_id"], row["quantity"]) for row in rows["shipment_line"]] == [("L1", D(1))]


@shipments.tell
def test_a_parcel_the_platform_cannot_follow_says_so_beside_its_status() -> Telling:
    (row,) = (yield parcel(1, tracking={"tracking_number": "X", "validity_status": "INVALID"}))["shipment"]
    assert figures(row, "status", "source_status") == ["shipped", "SHIPPED/INVALID"]


@shipments.tell
def test_a_parcel_without_tracking_is_one_row_without_a_number() -> Telling:
    (row,) = (yield parcel(1, tracking=None))["shipment"]
    assert figures(row, "tracking_number", "tracking_key", "carrier") == [None, None, None]


@shipments.tell
def test_a_delivery_counts_as_a_moment_only_with_its_offset() -> Telling:
    def delivered(**when: Any) -> dict[str, Any]:
        return parcel(1, status="RECEIVED", tracking={"milestones": [{"type": "DELIVERED", "occurrence_date": when}]})

    day = {"date": "2026-06-10", "time": "12:50:00"}
    known, unknown = yield [delivered(**day, offset="+01:00"), delivered(**day, offset=None)]
    assert known["shipment"][0]["delivered_at"].isoformat() == "2026-06-10T11:50:00"
    assert unknown["shipment"][0]["delivered_at"] is None


PARCEL_STATES = {
    "SHIPPING": "pending",
    "READY_FOR_PICK_UP": "pending",
    "SHIPMENT_PREPARED": "pending",
    "SHIPPED": "shipped",
    "TO_COLLECT": "shipped",
    "RECEIVED": "delivered",
    "CLOSED": "delivered",
    "CANCELED": "cancelled",
    "LOST_AT_SEA": "unknown",
}


@shipments.tell
def test_every_state_of_a_parcel_is_understood_and_a_new_one_kept() -> Telling:
    told = yield [parcel(1, status=state, tracking=None) for state in PARCEL_STATES]
    rows = [one["shipment"][0] for one in told]
    assert {row["source_status"]: row["status"] for row in rows} == PARCEL_STATES


RETURN_STATES = {
    "WAITING_ACCEPTANCE": "requested",
    "IN_PROGRESS": "open",
    "RECEIVED": "received",
    "NO_RECEPTION": "closed",
    "CLOSED": "closed",
    "REFUSED": "declined",
    "CANCELED": "cancelled",
    "BURNT": "unknown",
}


@returns.tell
def test_a_return_is_a_case_of_its_own_and_no_refund() -> Telling:
    told = yield [given_back(1, state=state) for state in RETURN_STATES]
    rows = [one["return_case"][0] for one in told]
    assert {row["source_status"]: row["status"] for row in rows} == RETURN_STATES
    assert figures(rows[0], "return_id", "order_id", "quantity") == ["return-1", "JL-1-A", D(1)]


# -- money ---


@payouts.tell
def test_a_billing_cycle_is_a_payout_with_the_banks_reference() -> Telling:
    (row,) = (yield cycle(1))["payout"]
    assert figures(row, "payout_id", "status", "net", "trace_id", "kind") == [
        "cycle-1",
        "paid",
        D(100),
        "REF1",
        "deposit",
    ]


@payouts.tell
def test_a_cycle_that_is_not_paid_yet_or_failed_says_so() -> Telling:
    states = {"TO_PAY": "scheduled", "FAILED": "failed", "HELD": "unknown"}
    told = yield [cycle(1, pay_out={"state": state}) for state in states]
    rows = [one["payout"][0] for one in told]
    assert {row["source_status"]: row["status"] for row in rows} == states
    assert all(row["trace_id"] is None for row in rows)


# Type of a transaction -> kind of the canonical line. From the specification's list.
KINDS = {
    "ORDER_AMOUNT": "charge",
    "ORDER_AMOUNT_TAX": "charge",
    "ORDER_SHIPPING_AMOUNT": "charge",
    "ORDER_FEE_AMOUNT": "charge",
    "OPERATOR_REMITTED_ORDER_AMOUNT_TAX": "charge",
    "OPERATOR_PAID_ORDER_SHIPPING_AMOUNT": "charge",
    "REFUND_ORDER_AMOUNT": "refund",
    "REFUND_ORDER_SHIPPING_AMOUNT_TAX": "refund",
    "OPERATOR_REMITTED_REFUND_ORDER_AMOUNT_TAX": "refund",
    "COMMISSION_FEE": "fee",
    "COMMISSION_VAT": "fee",
    "REFUND_COMMISSION_FEE": "fee",
    "SUBSCRIPTION_FEE": "fee",
    "SELLER_PENALTY_FEE_TAX": "fee",
    "PURCHASE_COMMISSION_FEE": "fee",
    "MANUAL_CREDIT": "adjustment",
    "MANUAL_INVOICE_VAT": "adjustment",
    "INVOICEABLE_ONE_OFF_DEBIT": "adjustment",
    "RESERVE_FUNDING": "reserve",
    "PAYMENT": "transfer",
    "LOYALTY_BONUS": "other",
}


@transactions.tell
def test_every_kind_of_transaction_is_understood_and_a_new_one_kept() -> Telling:
    told = yield [money_line(number, type=kind) for number, kind in enumerate(KINDS)]
    rows = [one["payout_line"][0] for one in told]
    assert {row["source_type"]: row["kind"] for row in rows} == KINDS
    assert all(row["net"] == row["gross"] - row["fee"] - row["tax"] for row in rows)


@transactions.tell
def test_a_fee_is_a_cost_and_its_tax_stands_apart() -> Telling:
    fee, vat = yield [
        money_line(1, type="COMMISSION_FEE", amount=D("-9.53")),
        money_line(2, type="COMMISSION_VAT", amount=D("-1.90")),
    ]
    assert figures(fee["payout_line"][0], "gross", "fee", "tax", "net") == [D(0), D("9.53"), D(0), D("-9.53")]
    assert figures(vat["payout_line"][0], "gross", "fee", "tax", "net") == [D(0), D(0), D("1.90"), D("-1.90")]


@transactions.tell
def test_only_what_is_payable_or_paid_belongs_to_a_payout() -> Telling:
    states = ("PAID", "PAYABLE", "PENDING", "NOT_APPLICABLE", "RESERVE")
    told = yield [money_line(number, payment_state=state) for number, state in enumerate(states)]
    assert [one["payout_line"][0]["payout_id"] for one in told] == ["cycle-1", "cycle-1", None, None, None]


@transactions.tell
def test_a_line_names_its_order_and_the_entry_of_its_refund() -> Telling:
    (row,) = (yield money_line(1, entities={"order": {"id": "JL-9-A"}, "refund": {"id": "R1"}}))["payout_line"]
    assert figures(row, "order_id", "order_ref", "transaction_id", "refund_id") == ["JL-9-A", "JL-9-A", "R1", None]


# -- the platform ---


@carriers.tell
def test_a_carrier_keeps_the_code_that_all_operators_share() -> Telling:
    (row,) = (yield {"code": "DPD_UK", "label": "DPD", "standard_code": "dpd-uk"})["carrier"]
    assert figures(row, "carrier", "name", "standard_code") == ["DPD_UK", "DPD", "dpd-uk"]
