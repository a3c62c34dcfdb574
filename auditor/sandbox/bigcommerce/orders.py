"""A sale as BigCommerce shows it: header, lines, taxes, address, coupon, parcels and payments.

Prices include tax, so the `*_inc_tax` side is exact and the other is worked out to four decimals. Units that an edit
took out are gone from the order as if they had never been there.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from auditor.money import ZERO
from auditor.sandbox.basics import CURRENCY
from auditor.sandbox.bigcommerce.answers import shipment_defaults
from auditor.sandbox.bigcommerce.payments import PROVIDERS, refunds_shown, transaction_nodes
from auditor.sandbox.bigcommerce.state import STATUSES, Order
from auditor.sandbox.bigcommerce.wire import Node, four, rfc, without_tax
from auditor.sandbox.sale import Parcel, Sale, SaleLine

# B1 shipping type -> shipping_provider, tracking_carrier.
CARRIERS = {1: ("", "dpd-uk"), 2: ("royalmail", ""), 3: ("", "evri")}
_CODE = "SEASON"
_METHOD = "Standard delivery"
_PAYMENT_STATUS = {
    "PAID": "captured",
    "PARTIALLY_REFUNDED": "partially refunded",
    "REFUNDED": "refunded",
    "PENDING": "pending",
    "PARTIALLY_PAID": "pending",
    "AUTHORIZED": "authorized",
    "VOIDED": "void",
    "EXPIRED": "void",
}


def order_of(sale: Sale, numbers: dict[str, int], now: datetime) -> Order:
    """The whole order as the store shows it at a moment. `numbers` are those of the listings by SKU."""
    told = [parcel for parcel in sale.parcels if parcel.told_at and parcel.told_at <= now]
    kept = [line for line in sale.lines if line.kept]
    lines = [_line(sale, line, numbers.get(line.sku, 0), told) for line in kept]
    changes = [sale.placed_at, *(refund.at for refund in refunds_shown(sale))]
    changes += [moment for moment in (sale.cancelled_at, sale.edited_at) if moment and moment <= now]
    changes += [parcel.told_at for parcel in told if parcel.told_at]
    order = Order(
        _header(sale, lines, told),
        modified_at=max(changes),
        created_at=sale.placed_at,
        lines=lines,
        addresses=[_address(sale, lines)] if any(line["type"] == "physical" for line in lines) else [],
        taxes=list(_taxes(sale, kept)),
        coupons=_coupons(sale, kept),
        fees=_fees(sale),
        transactions=transaction_nodes(sale),
    )
    order.shipments = [_shipment(sale, order, parcel, place, numbers) for place, parcel in enumerate(told, 1)]
    return order


def _status(sale: Sale, told: list[Parcel]) -> int:
    if sale.cancelled_at:
        return 5
    if not sale.is_confirmed:
        return 12
    if sale.payment_state != "PAID":
        return 7
    if sale.refunded:
        return 4 if sale.refunded >= sale.total else 14
    if told:
        return 2 if len(told) == len(sale.parcels) else 3
    return 11


def _header(sale: Sale, lines: list[Node], told: list[Parcel]) -> Node:
    discount = sum((_discount(line) for line in sale.lines if line.kept), ZERO)
    items = sum((Decimal(line["total_inc_tax"]) for line in lines), ZERO)
    items_ex = sum((Decimal(line["total_ex_tax"]) for line in lines), ZERO)
    status = _status(sale, told)
    is_shipped = status == 2
    digital = all(line["type"] != "physical" for line in lines)
    return {
        "id": sale.number,
        "customer_id": sale.customer,
        "date_created": rfc(sale.placed_at),
        "date_shipped": rfc(max(p.told_at for p in told if p.told_at)) if is_shipped else "",
        "status_id": status,
        "status": STATUSES[status],
        "cart_id": f"00000000-0000-4000-8000-{sale.number:012d}",
        "subtotal_ex_tax": four(items_ex),
        "subtotal_inc_tax": four(items),
        "subtotal_tax": four(items - items_ex),
        "base_shipping_cost": four(sale.shipping),
        "shipping_cost_ex_tax": four(sale.shipping_net),
        "shipping_cost_inc_tax": four(sale.shipping),
        "shipping_cost_tax": four(sale.shipping_tax),
        "shipping_cost_tax_class_id": 2,
        "base_handling_cost": four(ZERO),
        "handling_cost_ex_tax": four(ZERO),
        "handling_cost_inc_tax": four(ZERO),
        "handling_cost_tax": four(ZERO),
        "handling_cost_tax_class_id": 2,
        "base_wrapping_cost": four(ZERO),
        "wrapping_cost_ex_tax": four(ZERO),
        "wrapping_cost_inc_tax": four(ZERO),
        "wrapping_cost_tax": four(ZERO),
        "wrapping_cost_tax_class_id": 3,
        "total_ex_tax": four(sale.total - sale.tax),
        "total_inc_tax": four(sale.total),
        "total_tax": four(sale.tax),
        "items_total": sum(line["quantity"] for line in lines),
        "items_shipped": sum(line["quantity_shipped"] for line in lines),
        "payment_method": "Test Payment Gateway" if sale.is_test else PROVIDERS.get(sale.gateway, "Credit Card"),
        "payment_provider_id": next((t["gateway_transaction_id"] for t in transaction_nodes(sale)), ""),
        "payment_status": _PAYMENT_STATUS[sale.status],
        "refunded_amount": four(ZERO),
        "order_is_digital": digital,
        "store_credit_amount": four(ZERO),
        "gift_certificate_amount": four(_paid_by(sale, "gift_card")),
        "ip_address": "192.0.2.7",
        "ip_address_v6": "",
        "geoip_country": "United Kingdom",
        "geoip_country_iso2": "GB",
        "currency_id": 1,
        "currency_code": CURRENCY,
        "currency_exchange_rate": "1.0000000000",
        "default_currency_id": 1,
        "default_currency_code": CURRENCY,
        "store_default_currency_code": CURRENCY,
        "store_default_to_transactional_exchange_rate": "1.0000000000",
        "staff_notes": "",
        "customer_message": "Please ring the bell",
        "discount_amount": four(ZERO),
        "coupon_discount": four(discount),
        "shipping_address_count": 0 if digital else 1,
        "is_deleted": False,
        "is_tax_inclusive_pricing": True,
        "is_email_opt_in": False,
        "order_source": "www",
        "ebay_order_id": "0",
        "billing_address": {**_person(sale), "form_fields": []},
        "channel_id": 1,
        "external_id": None,
        "external_merchant_id": None,
        "external_source": None,
        "external_order_id": "",
        "tax_provider_id": "BasicTaxProvider",
        "customer_locale": "en",
    }


def _line(sale: Sale, line: SaleLine, number: int, told: list[Parcel]) -> Node:
    """An order product; its totals are before discounts."""
    total = line.unit_price * line.kept
    total_ex, price_ex = without_tax(total, line.rate), without_tax(line.unit_price, line.rate)
    discount = _discount(line)
    refunded = sum(part.quantity for refund in refunds_shown(sale) for part in refund.lines if part.line is line)
    is_gift_card = line.kind == "gift_card"
    zero = four(ZERO)
    return {
        "id": line.line_id,
        "order_id": sale.number,
        "product_id": number,
        "variant_id": 70_000 + number if number else 0,
        "order_pickup_method_id": 0,
        "order_address_id": 0 if is_gift_card else sale.shipping_id,
        "name": line.title,
        "name_customer": line.title,
        "name_merchant": line.title,
        "sku": line.sku,
        "upc": "",
        "type": "giftcertificate" if is_gift_card else "physical",
        "base_price": four(line.unit_price),
        "price_ex_tax": four(price_ex),
        "price_inc_tax": four(line.unit_price),
        "price_tax": four(line.unit_price - price_ex),
        "base_total": four(total),
        "total_ex_tax": four(total_ex),
        "total_inc_tax": four(total),
        "total_tax": four(total - total_ex),
        "weight": "1.0000",
        "quantity": line.kept,
        "is_refunded": bool(refunded) and refunded >= line.kept,
        "quantity_refunded": refunded,
        "refund_amount": zero,
        "return_id": 0,
        "wrapping_id": 0,
        "wrapping_name": None,
        "base_wrapping_cost": zero,
        "wrapping_cost_ex_tax": zero,
        "wrapping_cost_inc_tax": zero,
        "wrapping_cost_tax": zero,
        "wrapping_message": "",
        "quantity_shipped": sum(count for parcel in told for part, count in parcel.lines if part is line),
        "event_name": None,
        "event_date": None,
        "fixed_shipping_cost": zero,
        "option_set_id": None,
        "parent_order_product_id": None,
        "is_bundled_product": False,
        "bin_picking_number": "",
        "external_id": None,
        "brand": "Harbour & Pine",
        "applied_discounts": [
            {"id": "coupon", "amount": four(discount), "name": _CODE, "code": _CODE, "target": "order"}
        ]
        if discount
        else [],
        "product_options": [],
        "configurable_fields": [],
        "gift_certificate_id": None,
        "discounted_total_inc_tax": four(line.kept_gross),
    }


def _discount(line: SaleLine) -> Decimal:
    """What the seller takes off the units that are kept."""
    return line.unit_price * line.kept - line.kept_gross


def _taxes(sale: Sale, kept: list[SaleLine]) -> Iterable[Node]:
    """One row per line and rate, as `details=true` gives them."""
    rows = [(line.rate, line.kept_tax, "item", str(line.line_id)) for line in kept if line.rate]
    if sale.shipping and sale.shipping_rate:
        rows.append((sale.shipping_rate, sale.shipping_tax, "shipping", ""))
    for place, (rate, tax, kind, product) in enumerate(rows, 1):
        yield {
            "id": sale.number * 100 + place,
            "order_id": sale.number,
            "order_address_id": sale.shipping_id,
            "tax_rate_id": 1,
            "sales_tax_id": "1",
            "tax_class_id": 0,
            "name": "VAT",
            "class": "Default Tax Class" if kind == "item" else "Shipping",
            "rate": four(rate * 100),
            "priority": 0,
            "priority_amount": four(tax),
            "line_amount": four(tax),
            "order_pickup_method_id": 0,
            "order_product_id": product,
            "line_item_type": kind,
        }


def _address(sale: Sale, lines: list[Node]) -> Node:
    """A shipping consignment: its costs are numbers."""
    return {
        "id": sale.shipping_id,
        "order_id": sale.number,
        **_person(sale),
        "form_fields": [],
        "items_total": sum(line["quantity"] for line in lines),
        "items_shipped": sum(line["quantity_shipped"] for line in lines),
        "shipping_method": _METHOD,
        "base_cost": sale.shipping,
        "cost_ex_tax": sale.shipping_net,
        "cost_inc_tax": sale.shipping,
        "cost_tax": sale.shipping_tax,
        "cost_tax_class_id": 2,
        "base_handling_cost": Decimal("0.00"),
        "handling_cost_ex_tax": Decimal("0.00"),
        "handling_cost_inc_tax": Decimal("0.00"),
        "handling_cost_tax": Decimal("0.00"),
        "handling_cost_tax_class_id": 2,
        "shipping_zone_id": 1,
        "shipping_zone_name": "United Kingdom",
    }


def _person(sale: Sale) -> Node:
    return {
        "first_name": "Sam",
        "last_name": f"Shopper {sale.customer}",
        "company": "",
        "street_1": "1 Quay Street",
        "street_2": "",
        "city": "Leeds",
        "state": "West Yorkshire",
        "zip": "LS1 4AP",
        "country": "United Kingdom" if sale.country == "GB" else sale.country,
        "country_iso2": sale.country,
        "phone": "0113 496 0000",
        "email": "sam.shopper@example.com",
    }


def _coupons(sale: Sale, kept: list[SaleLine]) -> list[Node]:
    discount = sum((_discount(line) for line in kept), ZERO)
    if not discount:
        return []
    return [
        {
            "id": sale.number,
            "coupon_id": 1,
            "order_id": sale.number,
            "code": _CODE,
            "amount": four(discount),
            "type": 2,
            "discount": discount,
        }
    ]


def _fees(sale: Sale) -> list[Node]:
    """BigCommerce has no tips; one would be taken as a fee."""
    if not sale.tip:
        return []
    cost = four(sale.tip)
    return [
        {
            "id": sale.number,
            "type": "custom_fee",
            "display_name_customer": "Gratuity",
            "display_name_merchant": "Gratuity",
            "source": "v2",
            "base_cost": cost,
            "cost_ex_tax": cost,
            "cost_inc_tax": cost,
            "cost_tax": four(ZERO),
            "tax_class_id": None,
        }
    ]


def _shipment(sale: Sale, order: Order, parcel: Parcel, place: int, numbers: dict[str, int]) -> Node:
    provider, carrier = CARRIERS.get(parcel.carrier, ("", ""))
    return {
        **shipment_defaults(order),
        "id": sale.number * 10 + place,
        "date_created": rfc(parcel.told_at),
        "tracking_number": parcel.shown_tracking or "",
        "shipping_provider": provider,
        "tracking_carrier": carrier,
        "items": [
            {"order_product_id": line.line_id, "product_id": numbers.get(line.sku, 0), "quantity": count}
            for line, count in parcel.lines
        ],
    }


def _paid_by(sale: Sale, gateway: str) -> Decimal:
    return sum((payment.amount for payment in sale.payments if payment.gateway == gateway), ZERO)
