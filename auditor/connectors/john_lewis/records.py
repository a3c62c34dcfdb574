"""Records as they are kept: the operator's own JSON text, number by number, without what identifies a person.

Bodies are taken apart only as far as needed: what is not touched stays the text that came (`msgspec.Raw`), so no amount
ever becomes a float. Names of fields are sorted, because a list and an export may give them in different orders.

What is left out: names, addresses, e-mail and phone of customers (the country stays), what customers write, and the
values of additional fields other than the one that holds the consumer's order number.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec
from msgspec import Raw, Struct

from auditor.connectors.base import Record
from auditor.connectors.john_lewis.client import MiraklClient

Body = dict[str, Raw]
Shape = TypeVar("Shape")

_FIELDS = ("order_additional_fields", "order_line_additional_fields")
_NOTHING = (b"null", b"[]")
_PERSONAL = ("customer_notification_email", "shipping_pudo_id")


class Address(Struct):
    country_iso_code: str | None = None


class Customer(Struct):
    shipping_address: Address | None = None


class AdditionalField(Struct):
    code: str


class Cancelation(Struct):
    """What an order's cancelation must hold; amounts may be absent."""

    id: str
    created_date: str


class Refund(Struct):
    id: str
    order_refund_id: str
    created_date: str
    refund_state: str
    quantity: Raw


class Line(Struct):
    order_line_id: str
    order_line_state: str
    offer_sku: Raw
    quantity: Raw
    price_unit: Raw
    price: Raw
    shipping_price: Raw
    commission_fee: Raw
    refunds: list[Refund]
    cancelations: list[Cancelation]
    order_line_additional_fields: Raw = Raw(b"[]")


class Order(Struct):
    """What the specification promises of an order and the canonical rows are made of."""

    order_id: str
    commercial_id: str
    order_state: str
    created_date: str
    last_updated_date: str
    currency_iso_code: str
    order_tax_mode: str
    price: Raw
    shipping_price: Raw
    total_price: Raw
    order_lines: list[Line]


def encoded(body: Body) -> bytes:
    return msgspec.json.encode(body, order="sorted")


def taken_apart(raw: Raw) -> Body:
    return msgspec.json.decode(raw, type=Body)


def order_record(client: MiraklClient, raw: Raw, number_field: str | None, *, is_multi_shipment: bool) -> Record:
    """One order. Raises `Incomplete` when it lacks what every order has.

    `_multi_shipment` is added: only the platform's settings say whether the order's own tracking is its parcel.
    """
    order = client.parsed(bytes(raw), Order, "an order")
    body = taken_apart(raw)
    for name in _PERSONAL:
        body.pop(name, None)
    if "customer" in body:
        body["customer"] = _raw(client.parsed(bytes(body["customer"]), Customer, "an order's customer"))
    if any(bytes(line.order_line_additional_fields) not in _NOTHING for line in order.order_lines):
        lines = client.parsed(bytes(body["order_lines"]), list[Body], "an order's lines")
        for line in lines:
            _without_values(client, line, None)
        body["order_lines"] = _raw(lines)
    _without_values(client, body, number_field)
    body["_multi_shipment"] = _raw(is_multi_shipment)
    return Record(order.order_id, encoded(body))


def without(raw: Raw, *names: str) -> bytes:
    """A body without these fields."""
    body = taken_apart(raw)
    for name in names:
        body.pop(name, None)
    return encoded(body)


def _without_values(client: MiraklClient, body: Body, kept: str | None) -> None:
    for name in _FIELDS:
        if name in body and bytes(body[name]) not in _NOTHING:
            what = "an order's additional fields"
            fields = client.parsed(bytes(body[name]), list[Body], what)
            codes = client.parsed(bytes(body[name]), list[AdditionalField], what)
            for field, given in zip(fields, codes, strict=True):
                if given.code != kept:
                    field.pop("value", None)
            body[name] = _raw(fields)


def _raw(value: object) -> Raw:
    return Raw(msgspec.json.encode(value))
