"""What the connector keeps of an order, as far as its shape looks at it."""

from __future__ import annotations

from typing import Any

from auditor.sandbox.bigcommerce.orders import order_of
from auditor.sandbox.sale import Sale
from tests.connectors.bigcommerce.store import NOW


def order_body(made: Sale, **changes: Any) -> dict[str, Any]:
    """What the connector keeps of an order."""
    order = order_of(made, {}, NOW)
    return {
        **order.shown(),
        "delivery": [{"kind": "shipping", **address} for address in order.addresses],
        "lines": order.lines,
        "taxes": order.taxes,
        "coupons": [],
        "fees": [],
        **changes,
    }


def without_tax(made: Sale) -> dict[str, Any]:
    """A store whose prices are without tax: one line of 3 x 10.00 with 10 % off, taxed with 5 % and 2.5 %."""
    base = order_body(made)
    only = {
        **base["lines"][0],
        "quantity": 3, "price_ex_tax": "10.0000", "price_inc_tax": "10.7500", "price_tax": "0.7500",
        "total_ex_tax": "30.0000", "total_inc_tax": "32.2500", "total_tax": "2.2500",
        "discounted_total_inc_tax": "29.0250",
        "applied_discounts": [{"id": "coupon", "amount": "3.0000", "name": "x", "code": "x", "target": "order"}],
    }  # fmt: skip
    row = {**base["taxes"][0], "order_product_id": str(only["id"]), "line_item_type": "item"}
    return {
        **base,
        "is_tax_inclusive_pricing": False,
        "subtotal_ex_tax": "30.0000", "subtotal_inc_tax": "32.2500",
        "shipping_cost_ex_tax": "8.0000", "shipping_cost_inc_tax": "8.6000", "shipping_cost_tax": "0.6000",
        "total_inc_tax": "37.6250", "total_ex_tax": "35.0000", "total_tax": "2.6250", "coupon_discount": "3.0000",
        "lines": [only],
        "taxes": [
            {**row, "name": "State", "rate": "5.0000", "line_amount": "1.3500"},
            {**row, "name": "City", "rate": "2.5000", "line_amount": "0.6750"},
            {**row, "name": "State", "rate": "5.0000", "line_amount": "0.4000", "line_item_type": "shipping"},
            {**row, "name": "City", "rate": "2.5000", "line_amount": "0.2000", "line_item_type": "shipping"},
        ],
    }  # fmt: skip
