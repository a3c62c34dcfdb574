"""What follows an order: invoices, credit memos and shipments."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from auditor.money import ZERO
from auditor.sandbox.basics import CURRENCY
from auditor.sandbox.life import CARRIERS
from auditor.sandbox.magento.details import CREDIT, item_id, stamp, twice
from auditor.sandbox.magento.orders import VARIANT, is_variant, told_parcels
from auditor.sandbox.magento.state import Body
from auditor.sandbox.sale import Parcel, Refund, RefundLine, Sale
from auditor.sandbox.settlements.adyen import psp_reference

MEMO_STATES = {"PENDING": 1, "SUCCESS": 2, "FAILURE": 3}


def invoices(sale: Sale) -> list[Body]:
    """One for each payment that took money."""
    return [
        {
            "entity_id": payment.number,
            "increment_id": f"{payment.number:09d}",
            "order_id": int(sale.key),
            "store_id": 1,
            "state": 2,
            "created_at": stamp(payment.at),
            "updated_at": stamp(payment.at),
            "base_currency_code": CURRENCY,
            "order_currency_code": CURRENCY,
            **twice({"grand_total": payment.amount}),
            "total_qty": sum(line.kept for line in sale.lines),
            "transaction_id": psp_reference(payment.number),
            "items": [
                {
                    "entity_id": line.line_id,
                    "parent_id": payment.number,
                    "order_item_id": item_id(line),
                    "sku": line.sku,
                    "qty": line.kept,
                }
                for line in sale.lines
            ],
        }
        for payment in sale.payments
        if payment.kind == "SALE" and payment.status == "SUCCESS" and payment.gateway != CREDIT
    ]


def credit_memos(sale: Sale, now: datetime) -> list[Body]:
    """One for each refund that is one of money; what only takes units out of an order leaves none."""
    return [_memo(sale, refund) for refund in sale.refunds if refund.status is not None and refund.at <= now]


def shipments(sale: Sale, source: str, now: datetime) -> list[Body]:
    """One for each parcel that the shop has been told of."""
    return [_shipment(sale, parcel, number, source) for number, parcel in enumerate(told_parcels(sale, now), 1)]


def _memo(sale: Sale, refund: Refund) -> Body:
    is_credit = refund.gateway == CREDIT
    items = [item for part in refund.lines for item in _memo_items(refund, part)]
    discount = sum((_share(part.line.discount, part) for part in refund.lines), ZERO)
    hidden = sum((item["base_discount_tax_compensation_amount"] for item in items), ZERO)
    adjustment = refund.adjustment
    amounts = {
        "grand_total": ZERO if is_credit else refund.value,
        "subtotal": sum((item["base_row_total"] for item in items), ZERO),
        "tax_amount": refund.tax,
        "discount_amount": -discount,
        "discount_tax_compensation_amount": hidden,
        "shipping_amount": refund.shipping - refund.shipping_tax,
        "shipping_incl_tax": refund.shipping,
        "shipping_tax_amount": refund.shipping_tax,
        "adjustment": adjustment,
        "adjustment_positive": max(adjustment, ZERO),
        "adjustment_negative": max(-adjustment, ZERO),
    }
    memo: Body = {
        "entity_id": refund.refund_id,
        "increment_id": f"{refund.refund_id:09d}",
        "order_id": int(sale.key),
        "store_id": 1,
        "state": MEMO_STATES[refund.status or "SUCCESS"],
        "created_at": stamp(refund.at),
        "updated_at": stamp(refund.at),
        "base_currency_code": CURRENCY,
        "order_currency_code": CURRENCY,
        **twice(amounts),
        "items": items,
        "comments": [],
    }
    if is_credit:
        memo["extension_attributes"] = twice({"gift_cards_amount": refund.value})
    elif refund.gateway != "manual":
        memo["transaction_id"] = psp_reference(refund.transaction)
        if sale.payments:
            memo["invoice_id"] = sale.payments[0].number
    return memo


def _memo_items(refund: Refund, part: RefundLine) -> list[Body]:
    """The units that came back; with a configurable product also its variant, at no price."""
    line = part.line
    discount = _share(line.discount, part)
    # What is given back is net, tax and the share of the discount: the row follows from them.
    hidden = _share(_hidden(part), part)
    item: Body = {
        "entity_id": line.line_id * 10 + len(refund.lines),
        "parent_id": refund.refund_id,
        "order_item_id": item_id(line),
        "sku": line.sku,
        "name": line.title,
        "qty": part.quantity,
        "base_cost": ZERO,
        **twice(
            {
                "price": line.unit_price,
                "row_total": part.net + discount - hidden,
                "tax_amount": part.tax,
                "discount_amount": discount,
                "discount_tax_compensation_amount": hidden,
            }
        ),
    }
    if not is_variant(line.sku) or line.bundle is not None:
        return [item]
    nothing = dict.fromkeys(("price", "row_total", "tax_amount", "discount_amount"), ZERO)
    variant = {
        **item,
        "entity_id": VARIANT + item["entity_id"],
        "order_item_id": VARIANT + item_id(line),
        **twice({**nothing, "discount_tax_compensation_amount": ZERO}),
    }
    return [item, variant]


def _hidden(part: RefundLine) -> Decimal:
    line = part.line
    whole = line.gross + line.discount
    return whole - whole / (1 + line.rate) - line.tax if line.discount else ZERO


def _share(amount: Decimal, part: RefundLine) -> Decimal:
    return (amount * part.quantity / part.line.quantity).quantize(Decimal("0.01"))


def _shipment(sale: Sale, parcel: Parcel, number: int, source: str) -> Body:
    entity_id = int(sale.key) * 10 + number
    at = stamp(parcel.told_at or parcel.shipped_at)
    tracks = []
    if parcel.shown_tracking is not None:
        tracks = [
            {
                "entity_id": entity_id * 10 + 1,
                "order_id": int(sale.key),
                "parent_id": entity_id,
                "created_at": at,
                "updated_at": at,
                "weight": 0,
                "qty": 0,
                "description": "",
                "track_number": parcel.shown_tracking,
                "title": CARRIERS[parcel.carrier][1],
                "carrier_code": "custom",
            }
        ]
    return {
        "entity_id": entity_id,
        "increment_id": f"{entity_id:09d}",
        "order_id": int(sale.key),
        "store_id": 1,
        "created_at": at,
        "updated_at": at,
        "total_qty": sum(quantity for _, quantity in parcel.lines),
        "items": [
            {
                "entity_id": entity_id * 100 + place,
                "parent_id": entity_id,
                "order_item_id": item_id(line),
                "sku": line.sku,
                "name": line.title,
                "qty": quantity,
            }
            for place, (line, quantity) in enumerate(parcel.lines, 1)
        ],
        "tracks": tracks,
        "comments": [],
        "extension_attributes": {"source_code": source},
    }
