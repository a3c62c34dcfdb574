"""The Shopify side of a sale: the order as the Admin API shows it, with GraphQL field names and gid ids.

MoneyBag and MoneyV2 fields hold a `Decimal`, connections are plain lists, instants are ISO text in UTC.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from auditor.clock import iso
from auditor.money import ZERO
from auditor.sandbox.business import CURRENCY, Business, Parcel, Refund, RefundLine, Sale, SaleLine
from auditor.sandbox.life import CARRIERS

Node = dict[str, Any]
_DELIVERED_AFTER = timedelta(days=2)
_GATEWAY_NAMES = {
    "shopify_payments": "Shopify Payments",
    "paypal": "PayPal",
    "gift_card": "Gift card",
    "manual": "Manual",
}


def gid(kind: str, number: int | str) -> str:
    return f"gid://shopify/{kind}/{number}"


def variant_gid(number: int) -> str:
    return gid("ProductVariant", 41_000_000 + number)


def inventory_gid(number: int) -> str:
    return gid("InventoryItem", 43_000_000 + number)


def order_node(sale: Sale, business: Business, now: datetime) -> Node:
    """The whole order as the shop shows it at a moment: parcels it learns of later are not there yet."""
    refunded_net = _refunded_parts(sale)
    subtotal = sum((line.kept_gross for line in sale.lines), ZERO) + sale.tip
    discount = sum((line.discount for line in sale.lines), ZERO)
    changes = [sale.placed_at, *(refund.at for refund in sale.refunds)]
    changes += [moment for moment in (sale.cancelled_at, sale.edited_at) if moment]
    told = [parcel for parcel in sale.parcels if parcel.told_at and parcel.told_at <= now]
    changes += [parcel.told_at for parcel in told if parcel.told_at]
    is_done = bool(told) and len(told) == len(sale.parcels)
    received = sum((payment.amount for payment in sale.payments if _is_money(payment.status, payment.kind)), ZERO)
    tax_lines = _order_tax_lines(sale)
    return {
        "id": gid("Order", sale.order_id),
        "legacyResourceId": str(sale.order_id),
        "name": sale.name,
        "number": sale.number,
        "test": sale.is_test,
        "confirmed": sale.is_confirmed,
        "createdAt": iso(sale.placed_at),
        "processedAt": iso(sale.placed_at),
        "updatedAt": iso(max(changes)),
        "closedAt": iso(max(changes)) if is_done else None,
        "cancelledAt": iso(sale.cancelled_at) if sale.cancelled_at else None,
        "cancelReason": "CUSTOMER" if sale.cancelled_at else None,
        "displayFinancialStatus": sale.status,
        "displayFulfillmentStatus": "FULFILLED" if is_done else "PARTIALLY_FULFILLED" if told else "UNFULFILLED",
        "returnStatus": "RETURNED" if any(refund.return_id for refund in sale.refunds) else "NO_RETURN",
        "edited": sale.edited_at is not None,
        "estimatedTaxes": False,
        "taxesIncluded": True,
        "taxExempt": False,
        "dutiesIncluded": False,
        "currencyCode": CURRENCY,
        "presentmentCurrencyCode": CURRENCY,
        "sourceName": "web",
        "sourceIdentifier": None,
        "poNumber": None,
        "tags": [],
        "paymentGatewayNames": sorted({payment.gateway for payment in sale.payments}),
        "subtotalPriceSet": subtotal,
        "currentSubtotalPriceSet": subtotal - refunded_net["items"],
        "totalPriceSet": sale.total,
        "currentTotalPriceSet": sale.total - refunded_net["items"] - refunded_net["shipping"],
        "originalTotalPriceSet": sum((line.gross for line in sale.lines), ZERO) + sale.shipping + sale.tip,
        "totalTaxSet": sale.tax,
        "currentTotalTaxSet": sale.tax - refunded_net["tax"],
        "totalDiscountsSet": discount,
        "currentTotalDiscountsSet": discount,
        "totalShippingPriceSet": sale.shipping,
        "currentShippingPriceSet": sale.shipping - refunded_net["shipping"],
        "originalTotalDutiesSet": None,
        "currentTotalDutiesSet": None,
        "totalTipReceivedSet": sale.tip,
        "totalReceivedSet": received,
        "totalRefundedSet": sale.refunded,
        "totalRefundedShippingSet": sum((r.shipping for r in sale.refunds if r.status == "SUCCESS"), ZERO),
        "netPaymentSet": received - sale.refunded,
        "totalOutstandingSet": sale.total - received if sale.payment_state != "PAID" else ZERO,
        "refundDiscrepancySet": ZERO,
        "totalCashRoundingAdjustment": {"paymentSet": ZERO, "refundSet": ZERO},
        "taxLines": tax_lines,
        "currentTaxLines": tax_lines,
        "discountApplications": _discount_applications(sale),
        "lineItems": [*(_line(sale, line, business, told) for line in sale.lines), *_tip_line(sale)],
        "shippingLines": _shipping_lines(sale),
        "transactions": _transactions(sale),
        "refunds": [_refund(sale, refund, number) for number, refund in enumerate(sale.refunds, 1)],
        "fulfillments": [_fulfilment(sale, parcel, number, now) for number, parcel in enumerate(told, 1)],
        "fulfillmentOrders": _fulfilment_orders(sale, told),
        "returns": [_return(sale, refund) for refund in sale.refunds if refund.return_id],
    }


def _is_money(status: str, kind: str) -> bool:
    return status == "SUCCESS" and kind == "SALE"


def _refunded_parts(sale: Sale) -> dict[str, Decimal]:
    moved = [refund for refund in sale.refunds if refund.status == "SUCCESS"]
    return {
        "items": sum((line.gross for refund in moved for line in refund.lines), ZERO),
        "shipping": sum((refund.shipping for refund in moved), ZERO),
        "tax": sum((refund.tax for refund in moved), ZERO),
    }


def _tax_line(rate: Decimal, tax: Decimal) -> Node:
    return {
        "title": "GB VAT",
        "rate": rate,
        "ratePercentage": rate * 100,
        "source": "Shopify",
        "channelLiable": False,
        "priceSet": tax,
    }


def _order_tax_lines(sale: Sale) -> list[Node]:
    sums: dict[Decimal, Decimal] = {}
    for line in sale.lines:
        if line.rate:
            sums[line.rate] = sums.get(line.rate, ZERO) + line.kept_tax
    if sale.shipping and sale.shipping_rate:
        sums[sale.shipping_rate] = sums.get(sale.shipping_rate, ZERO) + sale.shipping_tax
    return [_tax_line(rate, tax) for rate, tax in sorted(sums.items())]


def _discount_applications(sale: Sale) -> list[Node]:
    whole = sum((line.discount for line in sale.lines), ZERO)
    if not whole:
        return []
    return [
        {
            "__typename": "DiscountCodeApplication",
            "index": 0,
            "allocationMethod": "ACROSS",
            "targetSelection": "ALL",
            "targetType": "LINE_ITEM",
            "value": {"__typename": "MoneyV2", "amount": whole, "currencyCode": CURRENCY},
            "code": "SEASON",
        }
    ]


def _line(sale: Sale, line: SaleLine, business: Business, told: list[Parcel]) -> Node:
    item, recipe = business.items.get(line.sku), business.recipes.get(line.sku)
    number = recipe.number if recipe else item.number if item else None
    left = line.kept - sale.refunded_units(line)
    shipped = sum(quantity for parcel in told for part, quantity in parcel.lines if part is line)
    is_gift_card = line.kind == "gift_card"
    bundle = line.bundle
    return {
        "id": gid("LineItem", line.line_id),
        "name": line.title,
        "title": line.title,
        "sku": line.sku,
        "quantity": line.quantity,
        "currentQuantity": left,
        "refundableQuantity": left,
        "unfulfilledQuantity": max(0, line.kept - shipped) if not sale.cancelled_at else 0,
        "nonFulfillableQuantity": line.kept if is_gift_card else 0,
        "isGiftCard": is_gift_card,
        "taxable": bool(line.rate),
        "requiresShipping": not is_gift_card,
        "product": {"id": gid("Product", 42_000_000 + number)} if number else None,
        "variant": {"id": variant_gid(number), "inventoryItem": {"id": inventory_gid(number)}} if number else None,
        "lineItemGroup": {
            "id": gid("LineItemGroup", line.bundle_group),
            "title": bundle.title,
            "quantity": 1,
            "variantId": variant_gid(bundle.number),
            "variantSku": bundle.sku,
        }
        if bundle
        else None,
        "originalUnitPriceSet": line.unit_price,
        "originalTotalSet": line.gross + line.discount,
        "discountedUnitPriceSet": line.unit_price,
        "discountedTotalSet": line.gross,
        "totalDiscountSet": line.discount,
        "discountAllocations": [{"allocatedAmountSet": line.discount, "discountApplication": {"index": 0}}]
        if line.discount
        else [],
        "taxLines": [_tax_line(line.rate, line.tax)] if line.rate else [],
        "duties": [],
    }


def _tip_line(sale: Sale) -> list[Node]:
    """Shopify shows a tip as a line without SKU that cannot be fulfilled."""
    if not sale.tip:
        return []
    return [
        {
            "id": gid("LineItem", 6_000_000 + sale.number),
            "name": "Tip",
            "title": "Tip",
            "sku": None,
            "quantity": 1,
            "currentQuantity": 1,
            "refundableQuantity": 0,
            "unfulfilledQuantity": 0,
            "nonFulfillableQuantity": 1,
            "isGiftCard": False,
            "taxable": False,
            "requiresShipping": False,
            "product": None,
            "variant": None,
            "lineItemGroup": None,
            "originalUnitPriceSet": sale.tip,
            "originalTotalSet": sale.tip,
            "discountedUnitPriceSet": sale.tip,
            "discountedTotalSet": sale.tip,
            "totalDiscountSet": ZERO,
            "discountAllocations": [],
            "taxLines": [],
            "duties": [],
        }
    ]


def _shipping_lines(sale: Sale) -> list[Node]:
    if not sale.shipping:
        return []
    return [
        {
            "id": gid("ShippingLine", sale.shipping_id),
            "title": "Standard delivery",
            "code": "standard",
            "source": "shopify",
            "isRemoved": False,
            "originalPriceSet": sale.shipping,
            "discountedPriceSet": sale.shipping,
            "currentDiscountedPriceSet": sale.shipping,
            "taxLines": [_tax_line(sale.shipping_rate, sale.shipping_tax)] if sale.shipping_rate else [],
            "discountAllocations": [],
        }
    ]


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


def _transactions(sale: Sale) -> list[Node]:
    nodes = [_transaction(p.number, p.kind, p.status, p.gateway, p.amount, p.at) for p in sale.payments]
    for refund in sale.refunds:
        nodes += _refund_transactions(sale, refund)
    return nodes


def _refund(sale: Sale, refund: Refund, number: int) -> Node:
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
        "refundLineItems": [_refund_line(sale, part) for part in refund.lines],
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


def _refund_line(sale: Sale, part: RefundLine) -> Node:
    return {
        "id": gid("RefundLineItem", f"{part.line.line_id}{part.quantity}"),
        "quantity": part.quantity,
        "restockType": part.restock,
        "restocked": part.restock != "NO_RESTOCK",
        "location": {"id": sale.location.gid} if part.restock != "NO_RESTOCK" else None,
        "lineItem": {"id": gid("LineItem", part.line.line_id), "sku": part.line.sku},
        "priceSet": part.line.unit_price,
        "subtotalSet": part.gross,
        "totalTaxSet": part.tax,
    }


def _return(sale: Sale, refund: Refund) -> Node:
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


def _fulfilment(sale: Sale, parcel: Parcel, number: int, now: datetime) -> Node:
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
        "location": {"id": sale.location.gid},
        "service": {"id": gid("FulfillmentService", 1), "handle": "manual", "type": "MANUAL"},
        "trackingInfo": [{"company": CARRIERS[parcel.carrier][1], "number": parcel.tracking, "url": None}],
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


def _fulfilment_orders(sale: Sale, told: list[Parcel]) -> list[Node]:
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
            "fulfillBy": iso(sale.placed_at + timedelta(days=3)),
            "assignedLocation": {"name": sale.location.name, "location": {"id": sale.location.gid}},
            "deliveryMethod": {"methodType": "SHIPPING"},
            "fulfillmentHolds": [],
            "supportedActions": [{"action": action} for action in actions],
            "lineItems": lines,
        }
    ]
