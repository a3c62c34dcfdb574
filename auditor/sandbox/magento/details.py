"""Parts of an order's body: how it was paid, its history, its address, its taxes, and how amounts are written."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from auditor.money import ZERO
from auditor.sandbox.magento.state import Body
from auditor.sandbox.sale import Sale, SaleLine
from auditor.sandbox.settlements.adyen import psp_reference

METHODS = {"paypal": "paypal_express", "manual": "banktransfer"}
CREDIT = "gift_card"


def stamp(moment: datetime) -> str:
    """UTC without a zone, whole seconds."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def method_of(sale: Sale) -> str:
    return METHODS.get(sale.gateway, "adyen_cc")


def twice(values: dict[str, Decimal]) -> Body:
    """Each amount in the order's currency and in the base currency, which are the same here."""
    return {**values, **{f"base_{name}": value for name, value in values.items()}}


def item_id(line: SaleLine) -> int:
    """The item that carries the price."""
    return line.line_id


def payment(sale: Sale, paid: Decimal, authorized: Decimal) -> Body:
    references = [psp_reference(one.number) for one in sale.payments if one.gateway != CREDIT]
    body: Body = {
        "entity_id": int(sale.key),
        "parent_id": int(sale.key),
        "method": method_of(sale),
        "account_status": "",
        "additional_information": ["Credit card", "customer@example.com"],
        "cc_last4": "1111",
        "amount_ordered": sale.total,
        "base_amount_ordered": sale.total,
    }
    if references:
        body["last_trans_id"] = references[-1]
    if paid:
        body |= twice({"amount_paid": paid})
    if authorized:
        body |= twice({"amount_authorized": authorized})
    return body


def history(sale: Sale, status: str, at: datetime) -> Body:
    return {
        "comment": "A note for Jo Bloggs",
        "created_at": stamp(at),
        "entity_name": "order",
        "is_customer_notified": 0,
        "is_visible_on_front": 0,
        "parent_id": int(sale.key),
        "status": status,
    }


def address(sale: Sale, kind: str) -> Body:
    return {
        "address_type": kind,
        "city": "Leeds",
        "country_id": sale.country,
        "email": f"customer{sale.customer}@example.com",
        "firstname": "Jo",
        "lastname": "Bloggs",
        "postcode": "LS1 1AA",
        "street": ["1 Some Street"],
        "telephone": "0113 496 0000",
    }


def extension(sale: Sale, credit: Decimal, to_credit: Decimal, stock_id: int) -> Body:
    rates: dict[Decimal, Decimal] = {}
    for line in sale.lines:
        if line.rate:
            rates[line.rate] = rates.get(line.rate, ZERO) + line.tax
    if sale.shipping and sale.shipping_rate:
        rates[sale.shipping_rate] = rates.get(sale.shipping_rate, ZERO) + sale.shipping_tax
    found: dict[str, Any] = {
        "shipping_assignments": [
            {
                "shipping": {"address": address(sale, "shipping"), "method": "flatrate_flatrate"},
                "items": [],
                "stock_id": stock_id,
            }
        ],
        "payment_additional_info": [{"key": "cardHolder", "value": "Jo Bloggs"}],
        "applied_taxes": [_applied(rate, amount) for rate, amount in sorted(rates.items())],
        "item_applied_taxes": [
            *(
                {"type": "product", "item_id": item_id(line), "applied_taxes": [_applied(line.rate, line.tax)]}
                for line in sale.lines
                if line.rate
            ),
            *(
                [{"type": "shipping", "applied_taxes": [_applied(sale.shipping_rate, sale.shipping_tax)]}]
                if sale.shipping_tax
                else []
            ),
        ],
    }
    if credit:
        found |= twice({"gift_cards_amount": credit})
    if to_credit:
        found |= twice({"gift_cards_refunded": to_credit})
    return found


def _applied(rate: Decimal, amount: Decimal) -> Body:
    return {"code": "GB VAT", "title": "VAT", "percent": rate * 100, "amount": amount, "base_amount": amount}
