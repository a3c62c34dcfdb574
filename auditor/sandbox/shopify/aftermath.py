"""What follows an order in the shop: payments, refunds, returns, parcels and the work that is left."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from auditor.clock import iso
from auditor.money import ZERO
from auditor.sandbox.basics import CURRENCY
from auditor.sandbox.life import CARRIERS
from auditor.sandbox.sale import Parcel, Refund, RefundLine, Sale
from auditor.sandbox.shopify.gids import Node, gid, location_gid

_DELIVERED_AFTER = timedelta(days=2)
_GATEWAY_NAMES = {
    "shopify_payments": "Shopify Payments",
    "paypal": "PayPal",
    "gift_card": "Gift card",
    "manual": "Manual",
}


def _transaction(number: int, kind: str, status: str, gateway: str, amount: Decimal, at: datetime) -> Node:
    return {
        "id": gid("OrderTransaction", number),
        "kind": kind,
        "status": status,
        "test": False,
        "gateway": gateway,
        "formattedGateway": _GATEWAY_NAMES[gateway],
        "manualPaymentGateway": gateway == "manual",
        "paymentId": f"c{number}.1",
        "createdAt": iso(at),
        "processedAt": iso(at),
        "errorCode": None,
        "amountSet": amount,
        "amountRoundingSet": None,
        "totalUnsettledSet": ZERO,
        "settlementCurrency": CURRENCY if gateway == "shopify_payments" else None,
        "settlementCurrencyRate": None,
        "parentTransaction": None,
        "fees": [],
        "currencyExchangeAdjustment": None,
    }


def _refund_transactions(sale: Sale, refund: Refund) -> list[Node]:
    if refund.status is None:
        return []
    node = _transaction(refund.transaction, "REFUND", refund.status, refund.gateway, refund.value, refund.at)
    if sale.payments:
        node["parentTransaction"] = {"id": gid("OrderTransaction", sale.payments[0].number)}
    return [node]


def transactions(sale: Sale) -> list[Node]:
    nodes = [_transaction(p.number, p.kind, p.status, p.gateway, p.amount, p.at) for p in sale.payments]
    for refund in sale.refunds:
        nodes += _refund_transactions(sale, refund)
    return nodes


def refund_node(sale: Sale, refund: Refund, number: int) -> Node:
    return {
        "id": gid("Refund", refund.refund_id),
        "legacyResourceId": str(refund.refund_id),
        "createdAt": iso(refund.at),
        "processedAt": iso(refund.at),
        "updatedAt": iso(refund.at),
        "note": refund.reason,
        "return": {"id": gid("Return", refund.return_id), "name": f"{sale.name}-R{number}"}
        if refund.return_id
        else None,
        "totalRefundedSet": refund.value if refund.status == "SUCCESS" else ZERO,
        "refundLineItems": [_refund_line(sale, refund, place, part) for place, part in enumerate(refund.lines, 1)],
        "refundShippingLines": [
            {
                "id": gid("RefundShippingLine", refund.refund_id),
                "shippingLine": {"id": gid("ShippingLine", sale.shipping_id), "title": "Standard delivery"},
                "subtotalAmountSet": refund.shipping,
                "taxAmountSet": refund.shipping_tax,
            }
        ]
        if refund.shipping
        else [],
        "orderAdjustments": [
            {
                "id": gid("OrderAdjustment", refund.refund_id),
                "reason": "REFUND_DISCREPANCY",
                "amountSet": refund.adjustment,
                "taxAmountSet": ZERO,
            }
        ]
        if refund.adjustment
        else [],
        "duties": [],
        "transactions": _refund_transactions(sale, refund),
    }


def _refund_line(sale: Sale, refund: Refund, place: int, part: RefundLine) -> Node:
    return {
        "id": gid("RefundLineItem", f"{refund.refund_id}{place:04d}"),
        "quantity": part.quantity,
        "restockType": part.restock,
        "restocked": part.restock != "NO_RESTOCK",
        "location": {"id": location_gid(sale.location)} if part.restock != "NO_RESTOCK" else None,
        "lineItem": {"id": gid("LineItem", part.line.line_id), "sku": part.line.sku},
        "priceSet": part.line.unit_price,
        "subtotalSet": part.gross,
        "totalTaxSet": part.tax,
    }


def return_node(sale: Sale, refund: Refund) -> Node:
    units = sum(part.quantity for part in refund.lines)
    exchange = refund.status is None
    return {
        "id": gid("Return", refund.return_id),
        "name": f"{sale.name}-R1",
        "status": "CLOSED",
        "createdAt": iso(refund.at - timedelta(hours=1)),
        "closedAt": iso(refund.at),
        "totalQuantity": units,
        "exchangeLineItems": [
            {
                "id": gid("ExchangeLineItem", refund.return_id),
                "quantity": units,
                "lineItems": [{"id": gid("LineItem", part.line.line_id)} for part in refund.lines],
            }
        ]
        if exchange
        else [],
    }


def fulfilment_node(sale: Sale, parcel: Parcel, number: int, now: datetime) -> Node:
    told_at = parcel.told_at or parcel.shipped_at
    is_delivered = told_at + _DELIVERED_AFTER < now
    identity = f"{sale.order_id}{number}"
    return {
        "id": gid("Fulfillment", identity),
        "legacyResourceId": identity,
        "name": f"{sale.name}.{number}",
        "status": "SUCCESS",
        "displayStatus": "DELIVERED" if is_delivered else "FULFILLED",
        "createdAt": iso(told_at),
        "updatedAt": iso(told_at),
        "inTransitAt": iso(told_at) if is_delivered else None,
        "deliveredAt": iso(told_at + _DELIVERED_AFTER) if is_delivered else None,
        "estimatedDeliveryAt": None,
        "totalQuantity": sum(quantity for _, quantity in parcel.lines),
        "requiresShipping": True,
        "location": {"id": location_gid(sale.location)},
        "service": {"id": gid("FulfillmentService", 1), "handle": "manual", "type": "MANUAL"},
        "trackingInfo": [{"company": CARRIERS[parcel.carrier][1], "number": parcel.shown_tracking, "url": None}]
        if parcel.shown_tracking
        else [],
        "fulfillmentLineItems": [
            {
                "id": gid("FulfillmentLineItem", f"{line.line_id}{number}"),
                "quantity": quantity,
                "lineItem": {"id": gid("LineItem", line.line_id), "sku": line.sku},
            }
            for line, quantity in parcel.lines
        ],
        "events": [],
    }


def fulfilment_orders(sale: Sale, told: list[Parcel]) -> list[Node]:
    """The work at the sale's location: closed when all parcels are known, open while something is left."""
    lines = []
    for line in sale.lines:
        if line.kind == "product" and line.kept:
            shipped = sum(quantity for parcel in told for part, quantity in parcel.lines if part is line)
            called_back = 0 if sale.parcels else sale.refunded_units(line)
            remaining = 0 if sale.cancelled_at else max(0, line.kept - shipped - called_back)
            lines.append(
                {
                    "id": gid("FulfillmentOrderLineItem", line.line_id),
                    "sku": line.sku,
                    "totalQuantity": line.kept,
                    "remainingQuantity": remaining,
                    "requiresShipping": True,
                    "lineItem": {"id": gid("LineItem", line.line_id)},
                }
            )
    if not lines:
        return []
    is_open = any(line["remainingQuantity"] for line in lines)
    status = (
        "CANCELLED" if sale.cancelled_at else "IN_PROGRESS" if is_open and told else "OPEN" if is_open else "CLOSED"
    )
    moments = [sale.placed_at, *(parcel.told_at for parcel in told if parcel.told_at)]
    actions = ("CREATE_FULFILLMENT", "HOLD") if is_open and not sale.cancelled_at else ()
    return [
        {
            "id": gid("FulfillmentOrder", sale.order_id),
            "status": status,
            "requestStatus": "UNSUBMITTED",
            "createdAt": iso(sale.placed_at),
            "updatedAt": iso(max([*moments, *([sale.cancelled_at] if sale.cancelled_at else [])])),
            "fulfillAt": iso(sale.placed_at),
            "fulfillBy": iso(sale.ship_by_at),
            "assignedLocation": {"name": sale.location.name, "location": {"id": location_gid(sale.location)}},
            "deliveryMethod": {"methodType": "SHIPPING"},
            "fulfillmentHolds": [],
            "supportedActions": [{"action": action} for action in actions],
            "lineItems": lines,
        }
    ]
