"""Bodies as the connector keeps them, made from a few figures. Everything that is not named has an ordinary value."""

from __future__ import annotations

import json
from typing import Any

Node = dict[str, Any]


def gid(kind: str, number: int | str) -> str:
    return f"gid://shopify/{kind}/{number}"


def money(amount: str, currency: str = "GBP") -> Node:
    return {"amount": amount, "currencyCode": currency}


def bag(amount: str, presentment: str | None = None, currency: str = "GBP", other: str | None = None) -> Node:
    return {
        "shopMoney": money(amount, currency),
        "presentmentMoney": money(amount if presentment is None else presentment, other or currency),
    }


def tax(rate: float, amount: str, liable: bool | None = False, title: str = "VAT") -> Node:
    return {"title": title, "rate": rate, "channelLiable": liable, "priceSet": bag(amount)}


def line(number: int, sku: str | None, quantity: int, unit: str, total: str, *taxes: Node, **other: Any) -> Node:
    discounts = other.pop("discounts", ())
    return {
        "id": gid("LineItem", number),
        "title": sku or "Thing",
        "sku": sku,
        "quantity": quantity,
        "currentQuantity": quantity,
        "isGiftCard": False,
        "requiresShipping": True,
        "lineItemGroup": None,
        "originalUnitPriceSet": bag(unit),
        "originalTotalSet": bag(total),
        "discountAllocations": [{"allocatedAmountSet": bag(amount)} for amount in discounts],
        "taxLines": list(taxes),
        **other,
    }


def shipping(number: int, price: str, *taxes: Node, removed: bool = False) -> Node:
    return {
        "id": gid("ShippingLine", number),
        "title": "Standard",
        "isRemoved": removed,
        "discountedPriceSet": bag(price),
        "taxLines": list(taxes),
    }


def transaction(number: int, kind: str, status: str, amount: str, **other: Any) -> Node:
    return {
        "id": gid("OrderTransaction", number),
        "kind": kind,
        "status": status,
        "gateway": "shopify_payments",
        "paymentId": f"c{number}",
        "processedAt": "2026-11-20T09:00:00Z",
        "amountSet": bag(amount),
        "parentTransaction": None,
        "fees": [],
        **other,
    }


def order(number: int = 501, *, total: str = "0.0", tax_total: str = "0.0", **other: Any) -> Node:
    zero = bag("0.0")
    body: Node = {
        "id": gid("Order", number),
        "name": f"#{number}",
        "test": False,
        "confirmed": True,
        "edited": False,
        "createdAt": "2026-11-20T08:00:00Z",
        "processedAt": "2026-11-20T08:00:00Z",
        "updatedAt": "2026-11-20T09:00:00Z",
        "closedAt": None,
        "cancelledAt": None,
        "displayFinancialStatus": "PAID",
        "displayFulfillmentStatus": "UNFULFILLED",
        "taxesIncluded": True,
        "currencyCode": "GBP",
        "presentmentCurrencyCode": "GBP",
        "totalPriceSet": bag(total),
        "totalTaxSet": bag(tax_total),
        "originalTotalDutiesSet": None,
        "currentTotalDutiesSet": None,
        "totalCashRoundingAdjustment": {"paymentSet": zero, "refundSet": zero},
        "taxLines": [],
        "lineItems": [],
        "shippingLines": [],
        "transactions": [],
    }
    for name in (
        "subtotalPriceSet", "currentSubtotalPriceSet", "originalTotalPriceSet", "currentTotalPriceSet",
        "currentTotalTaxSet", "totalDiscountsSet", "currentTotalDiscountsSet", "totalShippingPriceSet",
        "currentShippingPriceSet", "totalTipReceivedSet", "totalReceivedSet", "totalRefundedSet",
        "totalRefundedShippingSet", "netPaymentSet", "totalOutstandingSet", "refundDiscrepancySet",
    ):  # fmt: skip
        body[name] = zero
    return {**body, **other}


def refund_line(
    number: int, of_line: int, sku: str, quantity: int, subtotal: str, tax_amount: str, **other: Any
) -> Node:
    return {
        "id": gid("RefundLineItem", number),
        "quantity": quantity,
        "restockType": "RETURN",
        "restocked": True,
        "location": {"id": gid("Location", 1)},
        "lineItem": {"id": gid("LineItem", of_line), "sku": sku},
        "subtotalSet": bag(subtotal),
        "totalTaxSet": bag(tax_amount),
        **other,
    }


def refund_shipping(number: int, subtotal: str, tax_amount: str) -> Node:
    return {
        "id": gid("RefundShippingLine", number),
        "subtotalAmountSet": bag(subtotal),
        "taxAmountSet": bag(tax_amount),
    }


def adjustment(number: int, amount: str, tax_amount: str = "0.0") -> Node:
    return {
        "id": gid("OrderAdjustment", number),
        "reason": "REFUND_DISCREPANCY",
        "amountSet": bag(amount),
        "taxAmountSet": bag(tax_amount),
    }


def refund(number: int, **other: Any) -> Node:
    return {
        "id": gid("Refund", number),
        "createdAt": "2026-11-20T10:00:00Z",
        "processedAt": "2026-11-20T10:00:00Z",
        "updatedAt": "2026-11-20T10:00:00Z",
        "return": None,
        "duties": [],
        "refundLineItems": [],
        "refundShippingLines": [],
        "orderAdjustments": [],
        "transactions": [],
        **other,
    }


def refunds(number: int, *entries: Node, included: bool = True, returns: list[Node] | None = None) -> Node:
    return {
        "id": gid("Order", number),
        "taxesIncluded": included,
        "currencyCode": "GBP",
        "refunds": list(entries),
        "returns": returns or [],
    }


def encoded(body: Node) -> bytes:
    return json.dumps(body, sort_keys=True).encode()
