"""The Shopify side of a sale: the order as the Admin API shows it, with GraphQL field names and gid ids.

MoneyBag and MoneyV2 fields hold a `Decimal`, connections are plain lists, instants are ISO text in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from auditor.clock import iso
from auditor.money import ZERO
from auditor.sandbox.basics import CURRENCY
from auditor.sandbox.sale import Parcel, Sale, SaleLine
from auditor.sandbox.shopify.aftermath import (
    fulfilment_node,
    fulfilment_orders,
    refund_node,
    return_node,
    transactions,
)
from auditor.sandbox.shopify.gids import Node, gid, inventory_gid, variant_gid


def order_node(sale: Sale, listed: Mapping[str, int], now: datetime) -> Node:
    """The whole order as the shop shows it at a moment: parcels it learns of later are not there yet.

    `listed` holds the number of each listing by its SKU.
    """
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
        "lineItems": [*(_line(sale, line, listed, told) for line in sale.lines), *_tip_line(sale)],
        "shippingLines": _shipping_lines(sale),
        "transactions": transactions(sale),
        "refunds": [refund_node(sale, refund, number) for number, refund in enumerate(sale.refunds, 1)],
        "fulfillments": [fulfilment_node(sale, parcel, number, now) for number, parcel in enumerate(told, 1)],
        "fulfillmentOrders": fulfilment_orders(sale, told),
        "returns": [return_node(sale, refund) for refund in sale.refunds if refund.return_id],
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


def _tax_line(sale: Sale, rate: Decimal, tax: Decimal) -> Node:
    return {
        "title": "GB VAT",
        "rate": rate,
        "ratePercentage": rate * 100,
        "source": "Shopify",
        "channelLiable": sale.is_tax_collected,
        "priceSet": tax,
    }


def _order_tax_lines(sale: Sale) -> list[Node]:
    sums: dict[Decimal, Decimal] = {}
    for line in sale.lines:
        if line.rate:
            sums[line.rate] = sums.get(line.rate, ZERO) + line.kept_tax
    if sale.shipping and sale.shipping_rate:
        sums[sale.shipping_rate] = sums.get(sale.shipping_rate, ZERO) + sale.shipping_tax
    return [_tax_line(sale, rate, tax) for rate, tax in sorted(sums.items())]


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


def _line(sale: Sale, line: SaleLine, listed: Mapping[str, int], told: list[Parcel]) -> Node:
    number = listed.get(line.sku)
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
        "taxLines": [_tax_line(sale, line.rate, line.tax)] if line.rate else [],
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
            "taxLines": [_tax_line(sale, sale.shipping_rate, sale.shipping_tax)] if sale.shipping_rate else [],
            "discountAllocations": [],
        }
    ]
