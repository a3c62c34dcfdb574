"""A small shop for the tests: orders with everything that hangs on them, and a connector that reads it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from auditor.clock import FixedClock, iso
from auditor.connectors.base import Record, Stream, Window
from auditor.connectors.shopify import ShopifyConnector
from auditor.settings import parse
from tests.connectors.shopify.bodies import (
    Node,
    gid,
    line,
    money,
    order,
    refund,
    refund_line,
    shipping,
    tax,
    transaction,
)
from tests.connectors.shopify.fake import FakeShopify
from tests.connectors.shopify.shaping import NOW, company


def connect(
    shop: FakeShopify,
    clock: FixedClock,
    folder: Path,
    *,
    history: str = "90d",
    maps: dict[str, str] | None = None,
    **channel: Any,
) -> ShopifyConnector:
    """A connector of the shop. Its secrets are files in `folder`; its jitter is 0.5."""
    (folder / "token").write_text("shpat_1\n")
    (folder / "secret").write_text("s3cret\n")
    (folder / "id").write_text("app-1\n")
    raw = company(**{"credentials": {"access_token": {"file": "token"}}, **channel})
    raw["company"]["history"] = history
    raw["maps"] = maps or {}
    chosen = parse(raw, folder=folder)
    return ShopifyConnector(chosen, chosen.channel[0], clock, shop.transport(), jitter=lambda: 0.5)


def stream(connector: ShopifyConnector, name: str) -> Stream:
    return next(each for each in connector.streams if each.name == name)


def read(connector: ShopifyConnector, name: str, since: datetime | None = None, until: datetime = NOW) -> list[Record]:
    """All records of a window; without `since` the last ten hours."""
    window = Window(until - timedelta(hours=10) if since is None else since, until)
    return [record for page in connector.read(stream(connector, name), window) for record in page]


def bodies(records: Iterable[Record]) -> dict[str, Node]:
    return {record.key: json.loads(record.body) for record in records}


def sale(number: int, *, minutes_ago: int = 60, lines: int = 1, **other: Any) -> Node:
    """An order as it is kept in the shop, changed so long before NOW."""
    body = order(
        number,
        total="19.99",
        updatedAt=iso(NOW - timedelta(minutes=minutes_ago)),
        paymentGatewayNames=["shopify_payments"],
        taxLines=[tax(0.2, "3.33")],
        lineItems=[
            line(number * 1000 + place, f"A-{place}", 1, "19.99", "19.99", tax(0.2, "3.33")) for place in range(lines)
        ],
        shippingLines=[shipping(number, "0.0")],
        transactions=[transaction(number, "SALE", "SUCCESS", "19.99")],
        refunds=[],
        returns=[],
        fulfillments=[],
    )
    return {**body, **other}


def given_back(number: int, of_order: int, lines: int = 1) -> Node:
    """A refund as it is kept in the shop."""
    return refund(
        number,
        refundLineItems=[
            refund_line(number * 1000 + place, of_order * 1000 + place, f"A-{place}", 1, "19.99", "3.33")
            for place in range(lines)
        ],
        transactions=[transaction(number, "REFUND", "SUCCESS", "19.99")],
    )


def sent_back(number: int, exchanged: bool = False) -> Node:
    """A return as it is kept in the shop."""
    return {
        "id": gid("Return", number),
        "status": "OPEN",
        "createdAt": "2026-11-20T10:00:00Z",
        "closedAt": None,
        "totalQuantity": 1,
        "exchangeLineItems": [{"id": gid("ExchangeLineItem", number)}] if exchanged else [],
    }


def parcel(number: int, of_order: int, lines: int = 1) -> Node:
    """A fulfilment as it is kept in the shop."""
    return {
        "id": gid("Fulfillment", number),
        "status": "SUCCESS",
        "displayStatus": "FULFILLED",
        "createdAt": "2026-11-20T10:00:00Z",
        "updatedAt": "2026-11-20T10:00:00Z",
        "deliveredAt": None,
        "location": {"id": gid("Location", 1)},
        "trackingInfo": [{"company": "DHL Express", "number": f"JD{number}", "url": None}],
        "fulfillmentLineItems": [
            {
                "id": gid("FulfillmentLineItem", number * 1000 + place),
                "quantity": 1,
                "lineItem": {"id": gid("LineItem", of_order * 1000 + place), "sku": f"A-{place}"},
            }
            for place in range(lines)
        ],
    }


def work(number: int, of_order: int, *, minutes_ago: int = 60, lines: int = 1, parcels: Iterable[Node] = ()) -> Node:
    """A fulfilment order as it is kept in the shop."""
    return {
        "id": gid("FulfillmentOrder", number),
        "orderId": gid("Order", of_order),
        "status": "OPEN",
        "updatedAt": iso(NOW - timedelta(minutes=minutes_ago)),
        "fulfillBy": None,
        "assignedLocation": {"location": {"id": gid("Location", 1)}},
        "supportedActions": [{"action": "CREATE_FULFILLMENT"}],
        "fulfillmentHolds": [],
        "lineItems": [
            {
                "id": gid("FulfillmentOrderLineItem", number * 1000 + place),
                "sku": f"A-{place}",
                "totalQuantity": 1,
                "remainingQuantity": 1,
                "lineItem": {"id": gid("LineItem", of_order * 1000 + place)},
            }
            for place in range(lines)
        ],
        "fulfillments": list(parcels),
    }


def variant(number: int, *parts: Node) -> Node:
    return {
        "id": gid("ProductVariant", number),
        "sku": f"A-{number}",
        "barcode": None,
        "displayName": "Anchor",
        "price": "19.99",
        "inventoryPolicy": "DENY",
        "inventoryQuantity": 4,
        "updatedAt": "2026-11-20T10:00:00Z",
        "requiresComponents": bool(parts),
        "product": {"id": gid("Product", number), "status": "ACTIVE"},
        "inventoryItem": {"id": gid("InventoryItem", number), "tracked": True},
        "productVariantComponents": list(parts),
    }


def component(number: int, sku: str) -> Node:
    return {"id": gid("ProductVariantComponent", number), "quantity": 2, "productVariant": {"sku": sku}}


def location(number: int, *, is_active: bool = True) -> Node:
    return {
        "id": gid("Location", number),
        "name": f"Place {number}",
        "isActive": is_active,
        "hasActiveInventory": True,
        "shipsInventory": True,
        "fulfillsOnlineOrders": True,
        "isFulfillmentService": False,
    }


def item(number: int, **available: int) -> Node:
    """An inventory item with its levels: `at1=5` is 5 available at location 1."""
    return {
        "id": gid("InventoryItem", number),
        "sku": f"A-{number}",
        "tracked": True,
        "inventoryLevels": [
            {
                "id": gid("InventoryLevel", f"{number}{place[2:]}?inventory_item_id={number}"),
                "isActive": True,
                "updatedAt": "2026-11-20T10:00:00Z",
                "location": {"id": gid("Location", place[2:])},
                "quantities": [
                    {"name": "on_hand", "quantity": quantity + 1, "updatedAt": None},
                    {"name": "available", "quantity": quantity, "updatedAt": "2026-11-20T10:00:00Z"},
                ],
            }
            for place, quantity in available.items()
        ],
    }


def payout(number: int, days_ago: int) -> Node:
    names = (
        "chargesGross", "chargesFee", "refundsFeeGross", "refundsFee", "adjustmentsGross", "adjustmentsFee",
        "reservedFundsGross", "reservedFundsFee", "retriedPayoutsGross", "retriedPayoutsFee", "advanceGross",
        "advanceFees", "usdcRebateCreditAmount",
    )  # fmt: skip
    return {
        "id": gid("ShopifyPaymentsPayout", number),
        "issuedAt": iso(NOW - timedelta(days=days_ago)),
        "status": "PAID",
        "transactionType": "DEPOSIT",
        "externalTraceId": None,
        "net": money("9.55"),
        "summary": {name: money("0.0") for name in names},
    }


def payout_row(number: int, days_ago: float, of_payout: int | None = None) -> Node:
    return {
        "id": gid("ShopifyPaymentsBalanceTransaction", number),
        "type": "CHARGE",
        "test": False,
        "transactionDate": iso(NOW - timedelta(days=days_ago)),
        "sourceType": "CHARGE",
        "sourceId": str(number),
        "sourceOrderTransactionId": str(number),
        "adjustmentReason": None,
        "amount": money("10.00"),
        "fee": money("0.45"),
        "net": money("9.55"),
        "associatedOrder": None,
        "associatedPayout": {
            "id": gid("ShopifyPaymentsPayout", of_payout) if of_payout else None,
            "status": "PAID" if of_payout else "PENDING",
        },
    }


def dispute(number: int, days_ago: int) -> Node:
    return {
        "id": gid("ShopifyPaymentsDispute", number),
        "type": "CHARGEBACK",
        "status": "NEEDS_RESPONSE",
        "initiatedAt": iso(NOW - timedelta(days=days_ago)),
        "evidenceDueBy": None,
        "finalizedOn": None,
        "amount": money("19.99"),
        "order": {"id": gid("Order", 501)},
        "reasonDetails": {"reason": "FRAUDULENT"},
    }
