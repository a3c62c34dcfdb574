"""Bodies of the API, as small as they can be: what every record has, and what a test says."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.sandbox.magento.served import NOW

Body = dict[str, Any]


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def ago(minutes: float) -> str:
    return stamp(NOW - timedelta(minutes=minutes))


def money(**values: str | int) -> Body:
    """Each amount in the order's and in the base currency."""
    return {prefix + name: Decimal(value) for name, value in values.items() for prefix in ("", "base_")}


def item(number: int, **fields: Any) -> Body:
    """A mug at 12.00 with 20 % tax inside."""
    return {
        "item_id": number,
        "sku": f"MUG-{number}",
        "name": "Mug",
        "product_type": "simple",
        "is_virtual": 0,
        "qty_ordered": 1,
        "qty_canceled": 0,
        "qty_invoiced": 1,
        "qty_refunded": 0,
        "qty_shipped": 0,
        **money(price="10", price_incl_tax="12", original_price="12", row_total="10", row_total_incl_tax="12"),
        **money(tax_amount="2", discount_amount="0"),
        "tax_percent": 20,
        **fields,
    }


def order(number: int, minutes_ago: float = 60, **fields: Any) -> Body:
    """A paid order of one mug, sent for 6.00."""
    address = {
        "address_type": "shipping", "country_id": "GB", "city": "Leeds", "postcode": "LS1 1AA",
        "telephone": "0113 496 0000", "firstname": "Jo", "lastname": "Bloggs",
        "street": ["1 Some Street"], "email": "jo@example.com",
    }  # fmt: skip
    return {
        "entity_id": number,
        "increment_id": f"{number:09d}",
        "state": "processing",
        "status": "processing",
        "store_id": 1,
        "created_at": ago(minutes_ago + 60),
        "updated_at": ago(minutes_ago),
        "base_currency_code": "GBP",
        "order_currency_code": "GBP",
        **money(subtotal="10", tax_amount="3", discount_amount="0", grand_total="18", total_paid="18", total_due="0"),
        **money(shipping_amount="5", shipping_tax_amount="1", shipping_incl_tax="6"),
        "is_virtual": 0,
        "shipping_description": "Flat Rate - Fixed",
        "customer_email": "jo@example.com",
        "customer_firstname": "Jo",
        "customer_lastname": "Bloggs",
        "remote_ip": "192.0.2.7",
        "items": [item(number * 10)],
        "billing_address": {**address, "address_type": "billing"},
        "payment": {
            "method": "adyen_cc", "last_trans_id": f"psp-{number}", "cc_last4": "1111", "account_status": "",
            "additional_information": ["jo@example.com"],
        },
        "status_histories": [],
        "extension_attributes": {
            "shipping_assignments": [
                {"shipping": {"address": address, "method": "flatrate_flatrate"}, "items": [], "stock_id": 1}
            ],
            "item_applied_taxes": [
                {"type": "shipping", "applied_taxes": [{"percent": 20, "amount": 1, "base_amount": 1}]}
            ],
        },
        **fields,
    }  # fmt: skip


def invoice(number: int, order_id: int, minutes_ago: float = 60, **fields: Any) -> Body:
    return {
        "entity_id": number,
        "increment_id": f"{number:09d}",
        "order_id": order_id,
        "state": 2,
        "created_at": ago(minutes_ago),
        "updated_at": ago(minutes_ago),
        "base_currency_code": "GBP",
        "order_currency_code": "GBP",
        **money(grand_total="18"),
        "transaction_id": f"psp-{number}",
        "total_qty": 1,
        "items": [],
        **fields,
    }


def memo_item(number: int, order_item_id: int, **fields: Any) -> Body:
    return {
        "entity_id": number,
        "order_item_id": order_item_id,
        "sku": f"MUG-{order_item_id}",
        "qty": 1,
        "base_cost": 0,
        **money(price="10", row_total="10", tax_amount="2", discount_amount="0"),
        **fields,
    }


def memo(number: int, order_id: int, minutes_ago: float = 60, **fields: Any) -> Body:
    """A credit memo of the mug and of nothing else."""
    return {
        "entity_id": number,
        "increment_id": f"{number:09d}",
        "order_id": order_id,
        "state": 2,
        "created_at": ago(minutes_ago),
        "updated_at": ago(minutes_ago),
        "base_currency_code": "GBP",
        "order_currency_code": "GBP",
        **money(grand_total="12", subtotal="10", tax_amount="2", shipping_amount="0", discount_amount="0"),
        **money(adjustment="0", adjustment_positive="0", adjustment_negative="0"),
        "transaction_id": f"psp-{number}-refund",
        "items": [memo_item(number * 10, order_id * 10)],
        **fields,
    }


def track(number: int, shipment_id: int, order_id: int, **fields: Any) -> Body:
    return {
        "entity_id": number,
        "order_id": order_id,
        "parent_id": shipment_id,
        "created_at": ago(60),
        "updated_at": ago(60),
        "weight": 0,
        "qty": 0,
        "description": "",
        "track_number": "JD 0002-123",
        "title": "DPD",
        "carrier_code": "custom",
        **fields,
    }


def shipment(number: int, order_id: int, minutes_ago: float = 60, **fields: Any) -> Body:
    return {
        "entity_id": number,
        "increment_id": f"{number:09d}",
        "order_id": order_id,
        "created_at": ago(minutes_ago),
        "updated_at": ago(minutes_ago),
        "items": [{"entity_id": number * 10, "order_item_id": order_id * 10, "sku": f"MUG-{order_id * 10}", "qty": 1}],
        "tracks": [track(number * 10, number, order_id)],
        "comments": [],
        **fields,
    }


def product(number: int, **fields: Any) -> Body:
    return {
        "id": number,
        "sku": f"SKU-{number:04d}",
        "name": f"Thing {number}",
        "attribute_set_id": 4,
        "price": Decimal("12.00"),
        "status": 1,
        "visibility": 4,
        "type_id": "simple",
        "created_at": ago(9999),
        "updated_at": ago(999),
        "extension_attributes": {"website_ids": [1]},
        "custom_attributes": [],
        **fields,
    }
