"""A sale as the orders API shows it. Prices include tax in the catalogue; tax is rounded per row.

Some products are configurable: such a line is the configurable product, priced, with the chosen variant below it. The
shop's own bundles are a parent without a price and a priced item for each part.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from auditor.money import ZERO
from auditor.sandbox.basics import CURRENCY, tax_inside
from auditor.sandbox.magento.details import CREDIT, address, extension, history, item_id, payment, stamp, twice
from auditor.sandbox.magento.state import Body
from auditor.sandbox.sale import Parcel, Sale, SaleLine

VARIANT, BUNDLE = 100_000_000, 200_000_000
"""What is added to a line's number for the variant below it, and to a bundle's group for its parent."""


def told_parcels(sale: Sale, now: datetime) -> list[Parcel]:
    """What the shop has been told of by now."""
    return [parcel for parcel in sale.parcels if parcel.told_at and parcel.told_at <= now]


def is_variant(sku: str) -> bool:
    """Some things come in colours: the SKU is then the variant's, and a configurable product stands above it."""
    return sku[-1:].isdigit() and sum(map(ord, sku)) % 7 == 0


def order_body(sale: Sale, stock_id: int, now: datetime) -> Body:
    """The whole order at a moment."""
    told = told_parcels(sale, now)
    credit = sum((p.amount for p in sale.payments if p.gateway == CREDIT and p.status == "SUCCESS"), ZERO)
    paid = sum((p.amount for p in sale.payments if p.gateway != CREDIT and _is_money(p.status, p.kind)), ZERO)
    authorized = sum((p.amount for p in sale.payments if p.kind == "AUTHORIZATION" and p.status == "SUCCESS"), ZERO)
    gross = sum((line.gross for line in sale.lines), ZERO) + sale.shipping
    moved = [refund for refund in sale.refunds if refund.status == "SUCCESS"]
    to_credit = sum((refund.value for refund in moved if refund.gateway == CREDIT), ZERO)
    given_back = sum((refund.value for refund in moved), ZERO) - to_credit
    state = state_of(sale, told, paid + credit, now)
    called_off = ZERO if state == "canceled" else gross - sale.total
    amounts = {
        "subtotal": sum((_row_net(line) for line in sale.lines), ZERO),
        "subtotal_incl_tax": sum((line.gross + line.discount for line in sale.lines), ZERO),
        "discount_amount": -sum((line.discount for line in sale.lines), ZERO),
        "tax_amount": sum((line.tax for line in sale.lines), ZERO) + sale.shipping_tax,
        "discount_tax_compensation_amount": sum((_hidden_tax(line) for line in sale.lines), ZERO),
        "shipping_amount": sale.shipping_net,
        "shipping_incl_tax": sale.shipping,
        "shipping_tax_amount": sale.shipping_tax,
        "shipping_discount_amount": ZERO,
        "grand_total": gross - credit,
        "total_due": ZERO if state == "canceled" else max(ZERO, gross - credit - called_off - paid),
    }
    if paid:
        amounts |= {"total_paid": paid, "total_invoiced": paid}
    if given_back:
        amounts |= {"total_refunded": given_back, "total_online_refunded": given_back}
    if called_off or state == "canceled":
        amounts["total_canceled"] = called_off or gross - credit
        amounts["tax_canceled"] = sum((line.tax - line.kept_tax for line in sale.lines), ZERO)
    histories = [history(sale, "pending", sale.placed_at)]
    if sale.cancelled_at and sale.cancelled_at <= now:
        histories.insert(0, history(sale, state, sale.cancelled_at))
    changes = [sale.placed_at, *(refund.at for refund in sale.refunds if refund.at <= now)]
    changes += [moment for moment in (sale.cancelled_at, sale.edited_at) if moment and moment <= now]
    changes += [parcel.told_at for parcel in told if parcel.told_at]
    items = [item for line in sale.lines for item in _items(sale, line, told, state)]
    body: Body = {
        "entity_id": int(sale.key),
        "increment_id": sale.name,
        "state": state,
        "status": "pending" if state == "new" else state,
        "store_id": 1,
        "store_name": "Main Website\nMain Website Store\nDefault Store View",
        "created_at": stamp(sale.placed_at),
        "updated_at": stamp(max(changes)),
        "base_currency_code": CURRENCY,
        "order_currency_code": CURRENCY,
        "store_currency_code": CURRENCY,
        "global_currency_code": CURRENCY,
        "base_to_order_rate": 1,
        "base_to_global_rate": 1,
        "store_to_base_rate": 0,
        "store_to_order_rate": 0,
        **twice(amounts),
        "is_virtual": int(all(line.kind == "gift_card" for line in sale.lines)),
        "customer_email": f"customer{sale.customer}@example.com",
        "customer_firstname": "Jo",
        "customer_lastname": "Bloggs",
        "customer_is_guest": 1,
        "remote_ip": "192.0.2.7",
        "shipping_description": "Flat Rate - Fixed",
        "total_item_count": len(sale.lines),
        "total_qty_ordered": sum(line.quantity for line in sale.lines),
        "items": [*_bundle_parents(sale, told, state), *items],
        "billing_address": address(sale, "billing"),
        "payment": payment(sale, paid, authorized),
        "status_histories": histories,
        "extension_attributes": extension(sale, credit, to_credit, stock_id),
    }
    return body


def state_of(sale: Sale, told: list[Parcel], paid: Decimal, now: datetime) -> str:
    """The state machine's word; an order that was paid and paid back as a whole is 'closed', never 'canceled'."""
    refunded = sum((refund.value for refund in sale.refunds if refund.status == "SUCCESS" and refund.at <= now), ZERO)
    if refunded and refunded >= sale.total:
        return "closed"
    if (sale.cancelled_at and sale.cancelled_at <= now) or sale.payment_state in ("VOIDED", "EXPIRED"):
        return "canceled"
    if not sale.is_confirmed:
        return "payment_review"
    if not paid and sale.payment_state != "AUTHORIZED":
        return "new"
    if paid >= sale.total and _all_sent(sale, told):
        return "complete"
    return "processing"


def row_amounts(line: SaleLine) -> dict[str, Decimal]:
    """Price and tax of a row as Magento splits them."""
    return {
        "price": line.unit_price - tax_inside(line.unit_price, line.rate),
        "price_incl_tax": line.unit_price,
        "row_total": _row_net(line),
        "row_total_incl_tax": line.gross + line.discount,
        "tax_amount": line.tax,
        "discount_amount": line.discount,
        "discount_tax_compensation_amount": _hidden_tax(line),
    }


def _is_money(status: str, kind: str) -> bool:
    return status == "SUCCESS" and kind == "SALE"


def _all_sent(sale: Sale, told: list[Parcel]) -> bool:
    for line in sale.lines:
        if line.kind == "product" and _sent(line, told) + sale.refunded_units(line) < line.kept:
            return False
    return True


def _sent(line: SaleLine, told: list[Parcel]) -> int:
    return sum(quantity for parcel in told for part, quantity in parcel.lines if part is line)


def _row_net(line: SaleLine) -> Decimal:
    """Without tax, before discount."""
    whole = line.gross + line.discount
    return whole - tax_inside(whole, line.rate)


def _hidden_tax(line: SaleLine) -> Decimal:
    """The tax that was inside the discount."""
    return tax_inside(line.gross + line.discount, line.rate) - line.tax


def _items(sale: Sale, line: SaleLine, told: list[Parcel], state: str) -> list[Body]:
    is_gift_card = line.kind == "gift_card"
    is_configurable = is_variant(line.sku) and line.bundle is None
    counts = _counts(sale, line, told, state)
    item: Body = {
        "item_id": item_id(line),
        "order_id": int(sale.key),
        "store_id": 1,
        "sku": line.sku,
        "name": line.title,
        "product_type": "giftcard" if is_gift_card else "configurable" if is_configurable else "simple",
        "is_virtual": int(is_gift_card),
        **counts,
        **twice(row_amounts(line)),
        **twice({"original_price": line.unit_price}),
        "tax_percent": (line.rate * 100).normalize() + 0,
    }
    if line.bundle is not None:
        item["parent_item_id"] = BUNDLE + line.bundle_group
    if not is_configurable:
        return [item]
    nothing = dict.fromkeys(("price", "row_total", "tax_amount", "discount_amount", "original_price"), ZERO)
    variant: Body = {
        "item_id": VARIANT + item_id(line),
        "parent_item_id": item_id(line),
        "order_id": int(sale.key),
        "store_id": 1,
        "sku": line.sku,
        "name": line.title,
        "product_type": "simple",
        "is_virtual": 0,
        **counts,
        **twice(nothing),
    }
    return [item, variant]


def _counts(sale: Sale, line: SaleLine, told: list[Parcel], state: str) -> Body:
    canceled = line.quantity if state == "canceled" else line.removed
    refunded = sum(
        part.quantity
        for refund in sale.refunds
        if refund.status == "SUCCESS"
        for part in refund.lines
        if part.line is line
    )
    return {
        "qty_ordered": line.quantity,
        "qty_canceled": canceled,
        "qty_invoiced": 0 if state in ("new", "canceled", "payment_review") else line.kept,
        "qty_refunded": min(refunded, line.quantity - canceled),
        "qty_shipped": _sent(line, told),
    }


def _bundle_parents(sale: Sale, told: list[Parcel], state: str) -> list[Body]:
    """A parent for each bundle, priced by its parts: it shows their sum, which must not be counted again."""
    groups: dict[int, list[SaleLine]] = {}
    for line in sale.lines:
        if line.bundle is not None:
            groups.setdefault(line.bundle_group, []).append(line)
    parents = []
    for group, lines in groups.items():
        recipe = lines[0].bundle
        assert recipe is not None
        total = sum((_row_net(line) for line in lines), ZERO)
        is_canceled = state == "canceled"
        parents.append(
            {
                "item_id": BUNDLE + group,
                "order_id": int(sale.key),
                "store_id": 1,
                "sku": recipe.sku,
                "name": recipe.title,
                "product_type": "bundle",
                "is_virtual": 0,
                "qty_ordered": 1,
                "qty_canceled": int(is_canceled),
                "qty_invoiced": 0,
                "qty_refunded": 0,
                "qty_shipped": 0,
                **twice({"price": total, "row_total": total, "tax_amount": ZERO, "discount_amount": ZERO}),
            }
        )
    return parents
