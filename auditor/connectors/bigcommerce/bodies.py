"""BigCommerce's bodies: parsed with exact numbers, freed of personal data, kept as one JSON text per record.

V2 writes most amounts as text and some as numbers, V3 writes numbers. A number with a point becomes text with the
digits it came with, so that no amount ever is a floating point number; its meaning stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from auditor.connectors.base import Record
from auditor.connectors.http import Answer
from auditor.errors import Incomplete, Retriable

Node = dict[str, Any]

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="string", order="sorted")

# Who bought, what they wrote, what they paid with. The country of an address stays.
PERSONAL = frozenset(
    {
        "first_name", "last_name", "company", "street_1", "street_2", "address1", "address2", "address_line_1",
        "address_line_2", "city", "state", "zip", "postal_code", "phone", "email", "form_fields", "geo_coordinates",
        "recipient_email", "recipient_name", "sender_email", "sender_name", "admin_email", "order_email",
        "ip_address", "ip_address_v6", "geoip_country", "geoip_country_iso2",
        "customer_message", "staff_notes", "comments", "wrapping_message", "product_options", "configurable_fields",
        "credit_card", "gift_certificate", "store_credit", "payment_instrument_token", "provider_instrument_token",
        "provider_customer_id", "avs_result", "cvv_result", "custom_provider_field_result",
    }
)  # fmt: skip
_LINK = {"url", "resource"}


def parsed(answer: Answer) -> Any:
    """The body, or None when there is none (204). Raises `Retriable` when it is not JSON, or was cut off."""
    if answer.status == 204 or not answer.body.strip():
        return None
    try:
        return _decoder.decode(answer.body)
    except msgspec.DecodeError:
        raise Retriable("The answer is not JSON, or was cut off; the same call may succeed later.") from None


def record(key: str, body: Node) -> Record:
    """The body as it is kept; keys are sorted, so that the same content is the same text."""
    return Record(key, _encoder.encode(body))


def impersonal(value: Any) -> Any:
    """A copy without personal data and without links to other resources."""
    if isinstance(value, dict):
        return {name: impersonal(part) for name, part in value.items() if name not in PERSONAL and not is_link(part)}
    if isinstance(value, list):
        return [impersonal(part) for part in value]
    return value


def is_link(value: Any) -> bool:
    """`{"url": ..., "resource": ...}` stands where the content was not asked for, or not given."""
    return isinstance(value, dict) and bool(value) and value.keys() <= _LINK


def need(system: str, what: str, row: Mapping[str, Any], names: Iterable[str]) -> None:
    """Raises `Incomplete` for the first field that the answer should hold and does not."""
    for name in names:
        if name not in row:
            raise Incomplete(f"{system}: {what} {row.get('id', '')} lacks '{name}'; nothing of the answer is used.")


def amount(value: Any) -> Decimal:
    """An amount as BigCommerce writes it: text, a number, or nothing at all."""
    if value in (None, ""):
        return Decimal(0)
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise Incomplete(f"'{str(value)[:40]}' stands where BigCommerce should write an amount.") from None
