"""shape.sql on everything that is not an order or a refund."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal as D
from typing import Any

import pytest

from tests.connectors.shopify.bodies import Node, gid, money
from tests.connectors.shopify.shaping import shaped


def fulfilment(number: int, *tracking: Node, **other: Any) -> Node:
    return {
        "id": gid("Fulfillment", number),
        "status": "SUCCESS",
        "displayStatus": "FULFILLED",
        "createdAt": "2026-11-20T10:00:00Z",
        "updatedAt": "2026-11-20T11:00:00Z",
        "deliveredAt": None,
        "location": {"id": gid("Location", 1)},
        "trackingInfo": list(tracking),
        "fulfillmentLineItems": [
            {
                "id": gid("FulfillmentLineItem", number),
                "quantity": 2,
                "lineItem": {"id": gid("LineItem", 1), "sku": "A-1"},
            }
        ],
        **other,
    }


def parcels(*entries: Node) -> dict[str, list[dict[str, Any]]]:
    return shaped("fulfilments", {"id": gid("Order", 501), "fulfillments": list(entries)})


def tracked(number: str | None, company: str | None = "DHL Express") -> Node:
    return {"company": company, "number": number, "url": None}


def test_a_parcel_has_a_row_for_each_of_its_numbers() -> None:
    rows = parcels(fulfilment(7, tracked("1Z 9-x"), tracked("JD01")))["shipment"]
    assert [(row["package_id"], row["tracking_number"], row["tracking_key"]) for row in rows] == [
        ("1", "1Z 9-x", "1Z9X"),
        ("2", "JD01", "JD01"),
    ]


def test_a_parcel_without_number_has_one_row_without() -> None:
    found = parcels(fulfilment(7), fulfilment(8, tracked("", None)))
    assert [(row["tracking_number"], row["tracking_key"], row["carrier"]) for row in found["shipment"]] == [
        (None, None, None),
        (None, None, None),
    ]
    assert [(row["sku"], row["quantity"]) for row in found["shipment_line"]] == [("A-1", D(2)), ("A-1", D(2))]


@pytest.mark.parametrize(
    ("status", "shown", "meaning"),
    [
        ("SUCCESS", "FULFILLED", "shipped"),
        ("SUCCESS", "MARKED_AS_FULFILLED", "shipped"),
        ("SUCCESS", "DELIVERED", "delivered"),
        ("SUCCESS", "FAILURE", "failed"),
        ("SUCCESS", "A_NEW_WORD", "shipped"),
        ("SUCCESS", None, "shipped"),
        ("CANCELLED", "CANCELED", "cancelled"),
        ("FAILURE", None, "failed"),
        ("PENDING", None, "pending"),
        ("A_NEW_WORD", None, "unknown"),
    ],
)
def test_the_state_of_a_parcel(status: str, shown: str | None, meaning: str) -> None:
    (row,) = parcels(fulfilment(7, status=status, displayStatus=shown))["shipment"]
    assert row["status"] == meaning
    assert row["source_status"] == "/".join(word for word in (status, shown) if word)


def test_work_to_ship_with_its_lines() -> None:
    body: Node = {
        "id": gid("FulfillmentOrder", 81),
        "orderId": gid("Order", 501),
        "status": "ON_HOLD",
        "updatedAt": "2026-11-20T10:00:00Z",
        "fulfillBy": "2026-11-23T10:00:00Z",
        "assignedLocation": {"location": {"id": gid("Location", 1)}},
        "supportedActions": [{"action": "HOLD"}, {"action": "CREATE_FULFILLMENT"}],
        "fulfillmentHolds": [{"reason": "AWAITING_PAYMENT"}],
        "lineItems": [
            {
                "id": gid("FulfillmentOrderLineItem", 91),
                "sku": "A-1",
                "totalQuantity": 3,
                "remainingQuantity": 1,
                "lineItem": {"id": gid("LineItem", 1)},
            }
        ],
    }
    closed = {**body, "id": gid("FulfillmentOrder", 82), "status": "CLOSED", "supportedActions": []}
    closed |= {"fulfillmentHolds": [], "fulfillBy": None, "lineItems": [], "assignedLocation": {"location": None}}
    found = shaped("fulfilment_orders", body, closed)
    held, done = found["fulfilment_order"]
    assert (held["status"], held["can_ship"], held["hold_reason"]) == ("on_hold", True, "awaiting_payment")
    assert (held["order_id"], held["location"]) == (gid("Order", 501), gid("Location", 1))
    assert (done["status"], done["can_ship"], done["hold_reason"], done["location"]) == ("closed", False, None, None)
    (line,) = found["fulfilment_order_line"]
    assert (line["quantity"], line["remaining_quantity"], line["line_id"]) == (D(3), D(1), gid("LineItem", 1))


def variant(number: int, **other: Any) -> Node:
    return {
        "id": gid("ProductVariant", number),
        "sku": "A-1",
        "barcode": "",
        "displayName": "Anchor - Small",
        "price": "19.99",
        "currencyCode": "GBP",
        "inventoryPolicy": "DENY",
        "inventoryQuantity": 4,
        "updatedAt": "2026-11-20T10:00:00Z",
        "requiresComponents": False,
        "product": {"id": gid("Product", 1), "status": "ACTIVE"},
        "inventoryItem": {"id": gid("InventoryItem", number), "tracked": True},
        "productVariantComponents": [],
        **other,
    }


def test_listings_and_the_components_of_bundles() -> None:
    parts = [{"id": gid("ProductVariantComponent", 5), "quantity": 2, "productVariant": {"sku": "A-1"}}]
    found = shaped(
        "listings",
        variant(1, inventoryPolicy="CONTINUE"),
        variant(2, sku="SET", requiresComponents=True, productVariantComponents=parts, inventoryQuantity=None),
        variant(3, sku=" ", product={"id": gid("Product", 2), "status": "ARCHIVED"}),
    )
    first, bundle, old = found["listing"]
    assert (first["price"], first["currency"], first["barcode"]) == (D("19.99"), "GBP", None)
    assert (first["oversell_allowed"], first["is_active"], first["available"]) == (True, True, D(4))
    assert (bundle["is_bundle"], bundle["available"], bundle["oversell_allowed"]) == (True, None, False)
    assert (old["sku"], old["is_active"]) == (None, False)
    (part,) = found["listing_component"]
    assert (part["listing_id"], part["component_sku"], part["quantity"]) == (gid("ProductVariant", 2), "A-1", D(2))


def test_stock_by_state_and_when_the_sellable_figure_changed() -> None:
    body = {
        "id": gid("InventoryLevel", "9?inventory_item_id=1"),
        "isActive": True,
        "updatedAt": "2026-11-20T11:00:00Z",
        "location": {"id": gid("Location", 1)},
        "item": {"id": gid("InventoryItem", 1), "sku": "A-1", "tracked": True},
        "quantities": [
            {"name": "available", "quantity": -2, "updatedAt": "2026-11-20T10:00:00Z"},
            {"name": "committed", "quantity": 5, "updatedAt": None},
            {"name": "on_hand", "quantity": 3, "updatedAt": None},
        ],
    }
    silent = {**body, "id": "x", "quantities": [{"name": "available", "quantity": 0, "updatedAt": None}]}
    silent["item"] = {"id": gid("InventoryItem", 2), "sku": "B-2", "tracked": False}
    first, second = shaped("stock", body, silent)["channel_stock"]
    assert (first["available"], first["committed"], first["on_hand"], first["reserved"]) == (D(-2), D(5), D(3), None)
    assert first["updated_at"] == datetime(2026, 11, 20, 10)
    assert (second["is_tracked"], second["updated_at"]) == (False, datetime(2026, 11, 20, 11))


def test_locations() -> None:
    body = {"id": gid("Location", 1), "name": "London", "isActive": True, "hasActiveInventory": False}
    (row,) = shaped("locations", body)["channel_location"]
    assert (row["location"], row["name"], row["is_active"], row["holds_stock"]) == (
        gid("Location", 1),
        "London",
        True,
        False,
    )


def payout(number: int, net: str, **other: Any) -> Node:
    names = (
        "chargesGross", "chargesFee", "refundsFeeGross", "refundsFee", "adjustmentsGross", "adjustmentsFee",
        "reservedFundsGross", "reservedFundsFee", "retriedPayoutsGross", "retriedPayoutsFee", "advanceGross",
        "advanceFees", "usdcRebateCreditAmount",
    )  # fmt: skip
    return {
        "id": gid("ShopifyPaymentsPayout", number),
        "issuedAt": "2026-11-20T00:00:00Z",
        "status": "PAID",
        "transactionType": "DEPOSIT",
        "externalTraceId": "T1",
        "net": money(net),
        "summary": {name: money(f"{place}.0") for place, name in enumerate(names)},
        **other,
    }


def test_payouts_and_withdrawals() -> None:
    found = shaped(
        "payouts",
        payout(1, "90.00"),
        payout(2, "12.50", transactionType="WITHDRAWAL"),
        payout(3, "-12.50", transactionType="WITHDRAWAL", status="CANCELED"),
        payout(4, "0.00", status="A_NEW_WORD"),
    )["payout"]
    assert [(row["net"], row["kind"], row["status"]) for row in found] == [
        (D(90), "deposit", "paid"),
        (D("-12.5"), "withdrawal", "paid"),
        (D("-12.5"), "withdrawal", "cancelled"),
        (D(0), "deposit", "unknown"),
    ]
    first = found[0]
    assert (first["charges_gross"], first["refunds_gross"], first["reserved_fee"]) == (D(0), D(2), D(7))
    assert (first["other_gross"], first["other_fee"]) == (D(8 + 10 + 12), D(9 + 11))
    assert (first["provider"], first["trace_id"], first["source_status"]) == ("shopify_payments", "T1", "PAID")


def row_of_payout(number: int, kind: str, **other: Any) -> Node:
    return {
        "id": gid("ShopifyPaymentsBalanceTransaction", number),
        "type": kind,
        "test": False,
        "transactionDate": "2026-11-19T10:00:00Z",
        "sourceType": "CHARGE",
        "sourceId": "1",
        "sourceOrderTransactionId": "77",
        "adjustmentReason": None,
        "amount": money("10.00"),
        "fee": money("0.45"),
        "net": money("9.55"),
        "associatedOrder": {"id": gid("Order", 501), "name": "#501"},
        "associatedPayout": {"id": gid("ShopifyPaymentsPayout", 1), "status": "PAID"},
        **other,
    }


def test_rows_of_payouts_lead_to_orders_transactions_and_payouts() -> None:
    (row,) = shaped("balance_transactions", row_of_payout(1, "CHARGE"))["payout_line"]
    assert (row["gross"], row["fee"], row["tax"], row["net"]) == (D(10), D("0.45"), D(0), D("9.55"))
    assert (row["order_id"], row["order_ref"], row["transaction_id"]) == (
        gid("Order", 501),
        "#501",
        gid("OrderTransaction", 77),
    )
    assert row["payout_id"] == gid("ShopifyPaymentsPayout", 1)


def test_a_row_that_is_not_paid_out_yet_has_no_payout() -> None:
    body = row_of_payout(1, "CHARGE", associatedPayout={"id": None, "status": "PENDING"}, associatedOrder=None)
    body["sourceOrderTransactionId"] = None
    (row,) = shaped("balance_transactions", body)["payout_line"]
    assert (row["payout_id"], row["order_id"], row["transaction_id"]) == (None, None, None)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("CHARGE", "charge"),
        ("REFUND", "refund"),
        ("REFUND_FAILURE", "refund"),
        ("DISPUTE_WITHDRAWAL", "dispute"),
        ("CHARGEBACK_HOLD", "dispute"),
        ("CHARGEBACK_FEE", "fee"),
        ("RESERVED_FUNDS", "reserve"),
        ("TRANSFER", "transfer"),
        ("TRANSFER_FAILURE", "transfer"),
        ("ADJUSTMENT", "adjustment"),
        ("CHARGE_ADJUSTMENT", "adjustment"),
        ("SHIPPING_LABEL", "other"),
        ("A_WORD_OF_NEXT_YEAR", "other"),
    ],
)
def test_kinds_of_rows(word: str, kind: str) -> None:
    (row,) = shaped("balance_transactions", row_of_payout(1, word))["payout_line"]
    assert (row["kind"], row["source_type"]) == (kind, word)


def test_disputes() -> None:
    body = {
        "id": gid("ShopifyPaymentsDispute", 1),
        "type": "CHARGEBACK",
        "status": "A_NEW_WORD",
        "initiatedAt": "2026-11-18T10:00:00Z",
        "evidenceDueBy": "2026-11-28T00:00:00Z",
        "finalizedOn": None,
        "amount": money("19.99"),
        "order": {"id": gid("Order", 501)},
        "reasonDetails": {"reason": "FRAUDULENT"},
    }
    (row,) = shaped("disputes", body)["dispute"]
    assert (row["kind"], row["status"], row["source_status"]) == ("chargeback", "unknown", "A_NEW_WORD")
    assert (row["amount"], row["order_id"], row["reason"]) == (D("19.99"), gid("Order", 501), "fraudulent")
    assert row["closed_at"] is None
