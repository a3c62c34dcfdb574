"""Bodies as the platform writes them through the real landing and the real shape engine into canonical rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from auditor.canonical.shape import shape_pending
from auditor.clock import FixedClock
from auditor.connectors.base import Record, Window
from auditor.connectors.tiktok_shop import TikTokShopConnector
from auditor.settings import parse
from auditor.store import landing
from auditor.store.owner import Store
from tests.connectors.tiktok_shop.shop import NOW, URL, Row, current

KEYS = {"orders": "id", "returns": "return_id", "cancellations": "cancel_id", "statements": "id", "payouts": "id"}


def shaped(**streams: list[dict[str, Any]]) -> dict[str, list[Row]]:
    """Rows by table of these bodies by stream; all in one store, because making one takes a while."""
    clock = FixedClock(NOW)
    credentials = {name: {"env": "X"} for name in ("app_key", "app_secret", "access_token")}
    settings = parse(
        {
            "company": {"name": "Harbour & Pine Ltd", "currency": "GBP", "timezone": "Europe/London"},
            "b1": {"base_url": "https://b1.example.com:50000", "company_db": "X", "username": "u",
                   "password": {"env": "B1_PASSWORD"}},
            "channel": [{"id": "tiktok-uk", "kind": "tiktok_shop", "base_url": URL, "credentials": credentials,
                         "card_code": "C"}],
        },
        folder=Path(),
    )  # fmt: skip
    connector = TikTokShopConnector(settings, settings.channel[0], clock)
    with Store.in_memory(clock) as store:
        for stream, bodies in streams.items():
            extract = landing.begin(store, connector.system, stream, Window(None, NOW), NOW)
            records = [Record(body[KEYS[stream]], json.dumps(body).encode()) for body in bodies]
            landing.stage(store, extract, records)
            landing.commit(store, extract, mode="delta", watermark=NOW, calls=1, at=NOW)
        for result in shape_pending(store, [connector], clock):
            assert result.reason is None, result.reason
        tables = {table for each in connector.streams if each.name in streams for table in each.tables}
        return store.read(lambda con: {table: current(con, table) for table in tables})


# Bodies ---------------------------------------------------------------------------------------------------------------


def unit(number: int, sku: str = "1729400000000000001", **fields: Any) -> dict[str, Any]:
    return {
        "id": f"5771000000000000{number:02d}", "sku_id": sku, "seller_sku": f"B1-{sku[-4:]}", "product_name": "Mug",
        "original_price": "20.00", "sale_price": "17.00", "seller_discount": "2.00", "platform_discount": "1.00",
        "display_status": "AWAITING_SHIPMENT", **fields,
    }  # fmt: skip


def order(number: int, *units: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The order of the contract: 2 x 20.00, the seller gives 2.00 and the platform 1.00 on each, shipping 2.99."""
    return {
        "id": f"57710000000000{number:04d}", "status": "AWAITING_SHIPMENT", "create_time": 1795200000,
        "update_time": 1795200600, "paid_time": 1795200060, "rts_sla_time": 1795372800, "tts_sla_time": 1795459200,
        "payment": {
            "currency": "GBP", "original_total_product_price": "40.00", "seller_discount": "4.00",
            "platform_discount": "2.00", "sub_total": "34.00", "original_shipping_fee": "2.99", "shipping_fee": "2.99",
            "tax": "0", "total_amount": "36.99",
        },
        "line_items": list(units) or [unit(11), unit(12)],
        **fields,
    }  # fmt: skip


def amounts(total: str, subtotal: str, shipping: str = "0", tax: str = "0") -> dict[str, str]:
    return {"currency": "GBP", "refund_total": total, "refund_subtotal": subtotal, "refund_shipping_fee": shipping,
            "refund_tax": tax}  # fmt: skip


def a_return(number: int, status: str, *units: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A return of units of an order of the contract's, each with 17.00 paid back to the customer."""
    given = units or (unit(11),)
    return {
        "return_id": f"R{number}", "order_id": "577100000000000001", "return_type": "RETURN_AND_REFUND",
        "return_status": status, "create_time": 1795200000, "update_time": 1795286400, "return_reason": "faulty",
        "refund_amount": amounts(f"{17 * len(given)}.00", f"{17 * len(given)}.00"),
        "return_line_items": [
            {"return_line_item_id": f"L{one['id']}", "order_line_item_id": one["id"], "sku_id": one["sku_id"],
             "seller_sku": one["seller_sku"], "refund_amount": amounts("17.00", "17.00")}
            for one in given
        ],
        "order": {"line_items": [unit(11), unit(12)]},
        **fields,
    }  # fmt: skip


def a_cancellation(number: int, status: str, *units: dict[str, Any], **fields: Any) -> dict[str, Any]:
    given = units or (unit(12),)
    return {
        "cancel_id": f"C{number}", "order_id": "577100000000000001", "cancel_type": "BUYER_CANCEL", "role": "BUYER",
        "cancel_status": status, "cancel_reason": "changed mind", "create_time": 1795200000, "update_time": 1795203600,
        "refund_amount": amounts(f"{17 * len(given)}.00", f"{17 * len(given)}.00"),
        "cancel_line_items": [
            {"cancel_line_item_id": f"K{one['id']}", "order_line_item_id": one["id"], "sku_id": one["sku_id"],
             "seller_sku": one["seller_sku"], "refund_amount": amounts("17.00", "17.00")}
            for one in given
        ],
        "order": {"status": "AWAITING_SHIPMENT", "line_items": [unit(11), unit(12)]},
        **fields,
    }  # fmt: skip


def row(number: int, kind: str = "ORDER", statement: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"T{number}", "type": kind,
        "statement": {"id": "S1", "statement_time": 1795219200, "currency": "GBP", "payment_id": "P1",
                      "total_settlement_amount": "0", **(statement or {})},
        **fields,
    }  # fmt: skip


CONTRACT_ROW: dict[str, Any] = {
    "order_id": "577100000000000001", "settlement_amount": "30.10", "revenue_amount": "36.00",
    "fee_tax_amount": "-3.91", "shipping_cost_amount": "-1.99", "adjustment_amount": "0",
    "revenue_breakdown": {"subtotal_before_discount_amount": "40.00", "seller_discount_amount": "-4.00",
                          "refund_subtotal_before_discount_amount": "0", "seller_discount_refund_amount": "0"},
    "fee_tax_breakdown": {"fee": {"platform_commission_amount": "-3.26", "affiliate_commission_amount": "0"},
                          "tax": {"vat_amount": "-0.65"}},
}  # fmt: skip
"""The row of the contract's example."""
