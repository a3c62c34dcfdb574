"""What was given back of a sale: the cancellation of a whole order or of units, and returns with their refunds."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from auditor.money import ZERO
from auditor.sandbox.basics import CURRENCY, penny
from auditor.sandbox.sale import Refund, RefundLine
from auditor.sandbox.tiktok_shop.orders import OrderView, Unit, sku_id, spread
from auditor.sandbox.tiktok_shop.state import Body, unix

_DECIDED_AFTER = timedelta(minutes=1)
_RETURNED_AFTER = timedelta(days=3)


def cancellations(view: OrderView) -> list[Body]:
    """One for the whole order, or one for the units that were called off before dispatch."""
    sale = view.sale
    if view.is_cancelled:
        at = sale.cancelled_at or sale.placed_at + timedelta(hours=1)
        given = [refund for refund in sale.refunds if refund.at <= view.now and not refund.is_removal]
        key = str(given[0].refund_id) if given else f"5773{sale.number:014d}"
        paid_back = sum((refund.total for refund in given), ZERO) if given else ZERO
        shipping = sum((refund.shipping for refund in given), ZERO)
        body = _cancellation(view, key, view.units, at)
        body["refund_amount"] = _amounts(paid_back - _discounts(view.units) if paid_back else ZERO, shipping)
        return [body]
    removed = [unit for unit in view.units if unit.is_removed]
    if not removed:
        return []
    at = min(view.now - timedelta(seconds=1), sale.edited_at or sale.placed_at + timedelta(minutes=5))
    body = _cancellation(view, f"5774{sale.number:014d}", removed, at)
    body["refund_amount"] = _amounts(sum((unit.gross - unit.platform_discount for unit in removed), ZERO), ZERO)
    return [body]


def returns(view: OrderView) -> list[Body]:
    """The returns that the shop knows of by now; an edit's note and a cancellation's refund are none."""
    if view.is_cancelled:
        return []
    taken: set[str] = set()
    bodies = []
    for refund in sorted(view.sale.refunds, key=lambda one: (one.at, one.refund_id)):
        if refund.is_removal or refund.at > view.now:
            continue
        bodies.append(_return(view, refund, taken))
    return bodies


def _return(view: OrderView, refund: Refund, taken: set[str]) -> Body:
    lines = [body for part in refund.lines for body in _lines(view, part, taken)]
    discount = sum((penny(part.line.platform_discount * part.quantity / part.line.quantity) for part in refund.lines),
                   ZERO)  # fmt: skip
    goods = any(part.restock == "RETURN" for part in refund.lines)
    kind = "RETURN_AND_REFUND" if goods or refund.return_id else "REFUND"
    if refund.status is None:
        kind = "REPLACEMENT"
    paid_back = refund.value - discount
    body: Body = {
        "return_id": str(refund.refund_id),
        "order_id": view.sale.key,
        "return_type": kind,
        "return_status": _STATUS[refund.status],
        "role": "BUYER",
        "return_reason": "ecom_order_delivered_refund_reason",
        "return_reason_text": refund.reason,
        "create_time": unix(max(view.sale.placed_at, refund.at - (_RETURNED_AFTER if goods else _DECIDED_AFTER))),
        "update_time": unix(refund.at),
        "return_line_items": lines,
        "refund_amount": {
            "currency": CURRENCY,
            "refund_total": str(paid_back),
            "refund_subtotal": str(paid_back - refund.shipping - refund.adjustment),
            "refund_shipping_fee": str(refund.shipping),
            "refund_tax": "0",
        },
        "return_warehouse_address": {"full_address": "Returns, Harbour Road 9, Leeds"},
    }
    if discount:
        body["discount_amount"] = [
            {"currency": CURRENCY, "product_platform_discount": str(discount), "product_seller_discount": "0"}
        ]
    return body


_STATUS = {
    "SUCCESS": "RETURN_OR_REFUND_REQUEST_COMPLETE",
    "PENDING": "RETURN_OR_REFUND_REQUEST_SUCCESS",
    # Money that could not be paid back: the platform shows the request as approved until it is.
    "FAILURE": "RETURN_OR_REFUND_REQUEST_PENDING",
    None: "REPLACEMENT_REQUEST_COMPLETE",
}


def _lines(view: OrderView, part: RefundLine, taken: set[str]) -> list[Body]:
    """One line for each unit that comes back, of those that have not come back yet."""
    free = [unit for unit in view.units
            if unit.line is part.line and not unit.is_removed and unit.id not in taken]  # fmt: skip
    units = free[: part.quantity]
    taken.update(unit.id for unit in units)
    discount = penny(part.line.platform_discount * part.quantity / part.line.quantity)
    amounts = spread(part.gross - discount, len(units))
    return [
        {
            "return_line_item_id": f"9{unit.id[1:]}",
            "order_line_item_id": unit.id,
            "sku_id": sku_id(unit.line.sku),
            "seller_sku": unit.line.sku,
            "product_name": unit.line.title,
            "refund_amount": _amounts(amount, ZERO),
        }
        for unit, amount in zip(units, amounts, strict=True)
    ]


def _cancellation(view: OrderView, key: str, units: list[Unit], moment: datetime) -> Body:
    return {
        "cancel_id": key,
        "order_id": view.sale.key,
        "cancel_type": "BUYER_CANCEL",
        "cancel_status": "CANCELLATION_REQUEST_COMPLETE",
        "role": "BUYER",
        "cancel_reason": "ecom_order_to_ship_canceled_reason_no_longer_needed",
        "cancel_reason_text": "No longer needed",
        "create_time": unix(moment - _DECIDED_AFTER),
        "update_time": unix(moment),
        "cancel_line_items": [
            {
                "cancel_line_item_id": f"8{unit.id[1:]}",
                "order_line_item_id": unit.id,
                "sku_id": sku_id(unit.line.sku),
                "seller_sku": unit.line.sku,
                "product_name": unit.line.title,
                "refund_amount": _amounts(unit.gross - unit.platform_discount, ZERO),
            }
            for unit in units
        ],
    }


def _amounts(total: Decimal, shipping: Decimal) -> Body:
    return {
        "currency": CURRENCY,
        "refund_total": str(total),
        "refund_subtotal": str(total - shipping),
        "refund_shipping_fee": str(shipping),
        "refund_tax": "0",
    }


def _discounts(units: list[Unit]) -> Decimal:
    return sum((unit.platform_discount for unit in units), ZERO)
