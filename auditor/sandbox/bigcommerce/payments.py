"""Transactions and refunds of a sale as V3 shows them: numbers, and dates in ISO 8601."""

from __future__ import annotations

from decimal import Decimal

from auditor.money import ZERO
from auditor.sandbox.basics import CURRENCY
from auditor.sandbox.bigcommerce.wire import Node, rfc3339
from auditor.sandbox.sale import Payment, Refund, Sale
from auditor.sandbox.settlements import charge_id, refund_id

# The business's word -> payment_method of the order.
PROVIDERS = {"paypal": "PayPal", "gift_card": "Gift Certificate", "manual": "Bank Deposit"}
_GATEWAYS = {"paypal": "paypalexpress", "gift_card": "giftcertificate", "manual": "bankdeposit"}
_METHODS = {"paypal": "electronic_wallet", "gift_card": "gift_certificate", "manual": "offline"}


def gateway_of(gateway: str, provider: str) -> str:
    """How BigCommerce calls it; everything that is not special goes through the shop's provider."""
    return _GATEWAYS.get(gateway, provider)


def reference(gateway: str, number: int, *, is_refund: bool = False) -> str:
    """The provider's own id of a payment or refund, which its settlement file carries too."""
    if gateway in ("manual", "gift_card"):
        return ""
    if gateway == "paypal":
        return paypal_id(number)
    return refund_id(number) if is_refund else charge_id(number)


def paypal_id(number: int) -> str:
    """A PayPal transaction id, as its settlement report has it."""
    return f"{number:017d}"


def refunds_shown(sale: Sale) -> list[Refund]:
    """Refunds that BigCommerce has a word for: money that moves, or was declined."""
    return [refund for refund in sale.refunds if refund.status is not None]


def transaction_nodes(sale: Sale) -> list[Node]:
    """Payments, then refunds that went through."""
    nodes = [_payment(sale, payment) for payment in sale.payments]
    first = sale.payments[0].number if sale.payments else None
    for refund in refunds_shown(sale):
        node = _transaction(sale, refund.transaction, refund.gateway, refund.value)
        node |= {
            "event": "refund",
            "gateway_transaction_id": reference(refund.gateway, refund.transaction, is_refund=True),
            "status": "error" if refund.status == "FAILURE" else "ok",
            "date_created": rfc3339(refund.at),
        }
        if first is not None:
            node["reference_transaction_id"] = first
        nodes.append(node)
    return nodes


def refund_node(sale: Sale, refund: Refund) -> Node:
    items: list[Node] = [
        {
            "item_type": "PRODUCT",
            "item_id": part.line.line_id,
            "reason": "",
            "quantity": part.quantity,
            "requested_amount": part.gross,
            "adjustments": [],
        }
        for part in refund.lines
    ]
    if refund.shipping:
        items.append(_amount_item("SHIPPING", sale.shipping_id, refund.shipping))
    if refund.adjustment < 0 and refund.lines:
        items[0]["adjustments"] = [{"amount": refund.adjustment, "description": "Restocking fee"}]
    elif refund.adjustment:
        items.append(_amount_item("ORDER", sale.number, refund.adjustment))
    is_declined = refund.status == "FAILURE"
    return {
        "id": refund.refund_id,
        "order_id": sale.number,
        "user_id": 0,
        "created": rfc3339(refund.at),
        "reason": refund.reason,
        "total_amount": refund.value,
        "total_tax": refund.tax,
        "uses_merchant_override_values": False,
        "items": items,
        "payments": [
            {
                "id": refund.refund_id,
                "provider_id": gateway_of(refund.gateway, sale.shop.provider),
                "amount": refund.value,
                "offline": refund.gateway == "manual",
                "is_declined": is_declined,
                "declined_message": "The card was closed." if is_declined else "",
                "transaction_id": str(refund.transaction),
            }
        ],
    }


def _amount_item(kind: str, item_id: int, amount: Decimal) -> Node:
    return {"item_type": kind, "item_id": item_id, "reason": "", "requested_amount": amount, "adjustments": []}


def _payment(sale: Sale, payment: Payment) -> Node:
    event = {"AUTHORIZATION": "authorization"}.get(payment.kind, "purchase")
    node = _transaction(sale, payment.number, payment.gateway, payment.amount)
    return node | {
        "event": "pending" if payment.status == "PENDING" else event,
        "gateway_transaction_id": reference(payment.gateway, payment.number),
        "status": "error" if payment.status == "FAILURE" else "ok",
        "date_created": rfc3339(payment.at),
    }


def _transaction(sale: Sale, number: int, gateway: str, amount: Decimal) -> Node:
    node: Node = {
        "id": number,
        "order_id": str(sale.number),
        "method": _METHODS.get(gateway, "credit_card"),
        "amount": amount,
        "currency": CURRENCY,
        "gateway": gateway_of(gateway, sale.shop.provider),
        "test": sale.is_test,
        "fraud_review": False,
        "offline": {"display_name": "Bank Deposit"} if gateway == "manual" else None,
        "custom": None,
        "payment_method_id": "",
        "payment_instrument_token": None,
    }
    if node["method"] == "credit_card":
        node["credit_card"] = {"card_type": "visa", "card_iin": "411111", "card_last4": "1111",
                               "card_expiry_month": 1, "card_expiry_year": 2030}  # fmt: skip
    if gateway == "gift_card":
        balance = {"original_balance": amount, "starting_balance": amount, "remaining_balance": ZERO}
        node["gift_certificate"] = {"code": f"GC{number}", **balance, "status": "active"}
    return node
