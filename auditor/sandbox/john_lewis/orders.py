"""A sale in Mirakl's words: the order with its lines, taxes, cancelations and refunds, its parcels and its returns.

Prices include tax. The delivery charge stands on the first line. What was called off before dispatch is a cancelation,
which lowers price and quantity of its line; a refund lowers neither. Customers' names and addresses are invented.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from auditor.money import ZERO
from auditor.sandbox.basics import CURRENCY, penny
from auditor.sandbox.john_lewis.wire import Node, instant
from auditor.sandbox.life import CARRIERS
from auditor.sandbox.sale import Parcel, Refund, Sale, SaleLine

DELIVERED_AFTER = timedelta(days=2)
COMMISSION_VAT = Decimal("0.2")
_COUNTRIES = {"GB": "GBR", "IE": "IRL", "FR": "FRA", "DE": "DEU", "JE": "JEY", "GG": "GGY", "IM": "IMN"}
_REFUND_STATES = {"SUCCESS": "REFUNDED", "PENDING": "WAITING_REFUND_PAYMENT", "FAILURE": "WAITING_REFUND"}
_CANCELLED_PAYMENTS = {"VOIDED", "EXPIRED"}


@dataclass(frozen=True, slots=True)
class Habits:
    """How the operator has set up the platform, as far as bodies show it."""

    multi_shipment: bool = True
    number_field: str | None = "customer-order-number"
    lowers_quantity: bool = True
    """A cancelation lowers the quantity of its line, not only its price."""


def line_id(sale: Sale, line: SaleLine) -> str:
    return f"{sale.key}-{sale.lines.index(line) + 1}"


def told(sale: Sale, now: datetime) -> list[Parcel]:
    """Parcels the marketplace knows of."""
    return [parcel for parcel in sale.parcels if parcel.told_at and parcel.told_at <= now]


def split_fee(fee: Decimal) -> tuple[Decimal, Decimal]:
    """A commission and the tax on it."""
    net = penny(fee / (1 + COMMISSION_VAT))
    return net, fee - net


def order_body(sale: Sale, now: datetime, habits: Habits, fee: Decimal) -> Node:
    """The order as the list and the export show it. `fee`: the commission with its tax."""
    parcels = told(sale, now)
    is_off = _is_called_off(sale)
    state = _state(sale, parcels, now)
    lines = [
        _line(sale, line, parcels, now, state, habits, fee if number == 0 else ZERO)
        for number, line in enumerate(sale.lines)
    ]
    shipping = ZERO if is_off else sale.shipping
    price = sum((line["price"] for line in lines), ZERO)
    parcel = parcels[0] if parcels and not habits.multi_shipment else None
    carrier = CARRIERS[parcel.carrier][1] if parcel else None
    net_fee, vat = split_fee(fee)
    body: Node = {
        "acceptance_decision_date": instant(sale.placed_at) if sale.is_confirmed else None,
        "can_cancel": not parcels and not is_off,
        "can_shop_ship": state == "SHIPPING",
        "channel": None,
        "commercial_id": sale.key.removesuffix("-A"),
        "created_date": instant(sale.placed_at),
        "currency_iso_code": CURRENCY,
        "customer": _customer(sale),
        "customer_debited_date": instant(sale.placed_at) if sale.payment_state == "PAID" else None,
        "customer_directly_pays_seller": False,
        "customer_notification_email": f"customer-{sale.customer}@notification.example",
        "delivery_date": None,
        "fulfillment": {"center": {"code": "DEFAULT"}},
        "fully_refunded": bool(sale.refunds) and sale.refunded >= sale.total and not is_off,
        "has_customer_message": False,
        "has_incident": False,
        "has_invoice": False,
        "last_updated_date": instant(updated_at(sale, now)),
        "leadtime_to_ship": 2,
        "order_additional_fields": [],
        "order_id": sale.key,
        "order_lines": lines,
        "order_state": state,
        "order_state_reason_code": None,
        "order_tax_mode": "TAX_INCLUDED",
        "order_taxes": [],
        "paymentType": "OPERATOR",
        "payment_type": "OPERATOR",
        "payment_workflow": "PAY_ON_ACCEPTANCE",
        "price": price,
        "promotions": {"applied_promotions": [], "total_deduced_amount": sum((p.discount for p in sale.lines), ZERO)},
        "references": {"order_reference_for_customer": None, "order_reference_for_seller": None},
        "shipping_carrier_code": carrier,
        "shipping_carrier_standard_code": carrier.upper() if carrier else None,
        "shipping_company": carrier,
        "shipping_deadline": instant(sale.ship_by_at),
        "shipping_price": shipping,
        "shipping_tracking": parcel.shown_tracking if parcel else None,
        "shipping_tracking_url": None,
        "shipping_type_code": "STD",
        "shipping_type_label": "Standard delivery",
        "shipping_zone_code": "UK",
        "shipping_zone_label": "United Kingdom",
        "total_commission": net_fee + vat,
        "total_price": price + shipping,
        "transaction_date": instant(sale.placed_at),
        "transaction_number": f"TR{sale.number}",
    }
    if habits.number_field:
        number = {"code": habits.number_field, "type": "STRING", "value": f"W{sale.number}"}
        wish = {"code": "gift-message", "type": "STRING", "value": "Happy birthday, Ann"}
        body["order_additional_fields"] = [number, wish]
    return body


def updated_at(sale: Sale, now: datetime) -> datetime:
    """When something about the order last changed."""
    changes = [sale.placed_at, *(refund.at for refund in sale.refunds)]
    changes += [at for at in (sale.cancelled_at, sale.edited_at) if at]
    changes += [parcel.told_at for parcel in told(sale, now) if parcel.told_at]
    return max(at for at in changes if at <= now) if any(at <= now for at in changes) else sale.placed_at


def shipment_bodies(sale: Sale, now: datetime) -> Iterable[Node]:
    """The parcels of the order, for platforms where it may have several."""
    for number, parcel in enumerate(told(sale, now), 1):
        at = parcel.told_at or parcel.shipped_at
        is_there = at + DELIVERED_AFTER < now
        tracking: Node = {"carrier_code": CARRIERS[parcel.carrier][1], "carrier_name": CARRIERS[parcel.carrier][1]}
        if parcel.shown_tracking:
            tracking |= {"tracking_number": parcel.shown_tracking, "validity_status": "VERIFIED"}
        else:
            tracking |= {"validity_status": "MISSING_TRACKING"}
        if is_there:
            arrived = at + DELIVERED_AFTER
            occurrence = {
                "date": arrived.date().isoformat(),
                "time": arrived.time().isoformat("seconds"),
                "offset": "Z",
            }
            tracking["milestones"] = [{"type": "DELIVERED", "occurrence_date": occurrence}]
        yield {
            "created_date": instant(at),
            "id": f"{sale.key}-P{number}",
            "last_updated_date": instant(at + DELIVERED_AFTER if is_there else at),
            "order_id": sale.key,
            "shipment_lines": [
                {"offer_sku": line.sku, "order_line_id": line_id(sale, line), "quantity": quantity}
                for line, quantity in parcel.lines
            ],
            "shipped_date": instant(parcel.shipped_at),
            "shipping_from": {"warehouse": {"code": "DEFAULT"}},
            "status": "RECEIVED" if is_there else "SHIPPED",
            "status_customer_debit": "NO_DEBIT",
            "tracking": tracking,
        }


def return_bodies(sale: Sale) -> Iterable[Node]:
    for refund in sale.refunds:
        if refund.return_id:
            yield {
                "date_created": instant(refund.at - timedelta(hours=1)),
                "description": "It does not fit. Ann Customer, 07700 900123",
                "id": str(refund.return_id),
                "last_updated": instant(refund.at),
                "method_code": "RETURN_METHOD_BY_MAIL",
                "order_commercial_id": sale.key.removesuffix("-A"),
                "order_id": sale.key,
                "reason_code": "RETURN_CHANGED_MIND",
                "return_address": {
                    "city": "Leeds",
                    "country_iso_code": "GBR",
                    "street1": "1 Mill Lane",
                    "zip_code": "LS1 1AA",
                },
                "return_lines": [
                    {
                        "order_line_id": line_id(sale, part.line),
                        "quantity": part.quantity,
                        "reason_code": "RETURN_CHANGED_MIND",
                    }
                    for part in refund.lines
                ],
                "state": "CLOSED",
            }


def reason_code(text: str) -> str:
    """`wrong size` as WRONG_SIZE."""
    return text.upper().replace(" ", "_")


def _is_called_off(sale: Sale) -> bool:
    """Called off before the marketplace heard that anything was sent; later only a refund is possible."""
    is_sent = any(parcel.told_at for parcel in sale.parcels)
    return (sale.cancelled_at is not None and not is_sent) or sale.payment_state in _CANCELLED_PAYMENTS


def _state(sale: Sale, parcels: list[Parcel], now: datetime) -> str:
    if _is_called_off(sale):
        return "CANCELED"
    if not sale.is_confirmed:
        return "WAITING_ACCEPTANCE"
    if sale.payment_state != "PAID":
        return "WAITING_DEBIT_PAYMENT"
    if any(_open_units(sale, line, parcels) for line in sale.lines) or not parcels:
        return "SHIPPING"
    last = max(parcel.told_at for parcel in parcels if parcel.told_at)
    return "RECEIVED" if last + DELIVERED_AFTER < now else "SHIPPED"


def _open_units(sale: Sale, line: SaleLine, parcels: list[Parcel]) -> int:
    shipped = sum(quantity for parcel in parcels for part, quantity in parcel.lines if part is line)
    return line.kept - shipped


def _line(
    sale: Sale, line: SaleLine, parcels: list[Parcel], now: datetime, order_state: str, habits: Habits, fee: Decimal
) -> Node:
    is_first = line is sale.lines[0]
    is_off = _is_called_off(sale)
    shipping = sale.shipping if is_first else ZERO
    shipping_tax = sale.shipping_tax if is_first else ZERO
    off = line.quantity if is_off else line.removed
    price = ZERO if is_off else line.kept_gross
    tax = ZERO if is_off else line.kept_tax
    mine = [parcel for parcel in parcels if any(part is line for part, _ in parcel.lines)]
    is_shipped = bool(mine) and not _open_units(sale, line, parcels)
    if is_off or not line.kept:
        state = "CANCELED"
    elif order_state in ("SHIPPING", "SHIPPED", "RECEIVED"):
        state = ("RECEIVED" if order_state == "RECEIVED" else "SHIPPED") if is_shipped else "SHIPPING"
    else:
        state = order_state
    net_fee, vat = split_fee(fee)
    cancelations = [_cancelation(sale, line, shipping, shipping_tax, is_off=is_off)] if off else []
    return {
        "can_refund": not is_off,
        "cancelations": cancelations,
        "category_code": "HOME",
        "category_label": "Home",
        "commission_fee": net_fee,
        "commission_rate_vat": COMMISSION_VAT * 100,
        "commission_taxes": [{"amount": vat, "code": "TAXDEFAULT", "rate": COMMISSION_VAT * 100}],
        "commission_vat": vat,
        "created_date": instant(sale.placed_at),
        "debited_date": instant(sale.placed_at) if sale.payment_state == "PAID" else None,
        "description": "",
        "fees": [],
        "last_updated_date": instant(updated_at(sale, now)),
        "offer_id": line.line_id,
        "offer_sku": line.sku,
        "offer_state_code": "11",
        "order_line_additional_fields": [],
        "order_line_id": line_id(sale, line),
        "order_line_index": sale.lines.index(line) + 1,
        "order_line_state": state,
        "origin_unit_price": line.unit_price,
        "price": price,
        "price_unit": line.unit_price,
        "product_medias": [],
        "product_sku": f"JL{line.sku}",
        "product_title": line.title,
        "promotions": [_promotion(line)] if line.discount else [],
        "quantity": line.quantity - off if habits.lowers_quantity else line.quantity,
        "received_date": None,
        "refunds": [] if is_off else [node for refund in sale.refunds for node in _refunds(sale, refund, line, now)],
        "shipped_date": instant(max(parcel.shipped_at for parcel in mine)) if is_shipped else None,
        "shipping_price": ZERO if is_off else shipping,
        "shipping_taxes": [_tax(sale.shipping_rate, ZERO if is_off else shipping_tax)] if shipping else [],
        "taxes": [_tax(line.rate, tax)],
        "total_commission": net_fee + vat,
        "total_price": price + (ZERO if is_off else shipping),
    }


def _tax(rate: Decimal, amount: Decimal) -> Node:
    return {
        "amount": amount,
        "code": "VAT" if rate else "VAT0",
        "rate": rate * 100,
        "tax_calculation_rule": "PROPORTIONAL_TO_AMOUNT",
    }


def _part_of_tax(rate: Decimal, amount: Decimal) -> Node:
    return {"amount": amount, "code": "VAT" if rate else "VAT0", "rate": rate * 100}


def _promotion(line: SaleLine) -> Node:
    configuration = {"amount_off": line.discount, "internal_description": "Season", "type": "AMOUNT_OFF"}
    return {"apportioned": True, "configuration": configuration, "deduced_amount": line.discount, "id": "SEASON"}


def _cancelation(sale: Sale, line: SaleLine, shipping: Decimal, shipping_tax: Decimal, *, is_off: bool) -> Node:
    at = (sale.cancelled_at or sale.placed_at) if is_off else (sale.edited_at or sale.placed_at)
    return {
        "amount": line.gross if is_off else line.gross - line.kept_gross,
        "commission_amount": ZERO,
        "commission_taxes": [],
        "commission_total_amount": ZERO,
        "created_date": instant(at),
        "id": f"{line.line_id}-C",
        "quantity": line.quantity if is_off else line.removed,
        "reason_code": "OUT_OF_STOCK",
        "shipping_amount": shipping if is_off else ZERO,
        "shipping_taxes": [_part_of_tax(sale.shipping_rate, shipping_tax)] if is_off and shipping else [],
        "taxes": [_part_of_tax(line.rate, line.tax if is_off else line.tax - line.kept_tax)],
    }


def _refunds(sale: Sale, refund: Refund, line: SaleLine, now: datetime) -> Iterable[Node]:
    """The entries of a refund on one line; its delivery charge stands on the line that has the order's."""
    if refund.status is None or refund.at > now:
        return
    part = next((part for part in refund.lines if part.line is line), None)
    with_shipping = bool(refund.shipping) and line is sale.lines[0]
    if part is None and not with_shipping:
        return
    is_done = refund.status == "SUCCESS"
    yield {
        "amount": part.gross if part else ZERO,
        "commission_amount": ZERO,
        "commission_tax_amount": ZERO,
        "commission_taxes": [],
        "commission_total_amount": ZERO,
        "created_date": instant(refund.at),
        "id": f"{refund.refund_id}-{sale.lines.index(line) + 1}",
        "order_refund_id": str(refund.refund_id),
        "quantity": part.quantity if part else 0,
        "reason_code": reason_code(refund.reason),
        "refund_state": _REFUND_STATES[refund.status],
        "shipping_amount": refund.shipping if with_shipping else ZERO,
        "shipping_taxes": [_part_of_tax(sale.shipping_rate, refund.shipping_tax)] if with_shipping else [],
        "state": _REFUND_STATES[refund.status],
        "taxes": [_part_of_tax(line.rate, part.tax)] if part else [],
        "transaction_date": instant(refund.at) if is_done else None,
        "transaction_number": str(refund.transaction) if is_done else None,
    }


def _customer(sale: Sale) -> Node:
    address = {
        "city": "Bath",
        "country": "United Kingdom",
        "country_iso_code": _COUNTRIES.get(sale.country, sale.country),
        "firstname": "Ann",
        "lastname": "Customer",
        "phone": "07700 900123",
        "street_1": "1 Harbour Street",
        "zip_code": "BA1 1AA",
    }
    return {
        "billing_address": address,
        "civility": "Mrs",
        "customer_id": str(sale.customer),
        "firstname": "Ann",
        "lastname": "Customer",
        "locale": "en_GB",
        "shipping_address": address,
    }
