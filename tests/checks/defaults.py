"""What a case need not say: a row of each table as an ordinary day would have it.

The trade of the cases: order 1001 (#1001) of yesterday, one MUG for 12.00 with 2.00 tax, in B1 order 7, delivery 8,
invoice 9, credit memo 10, return 11, draft 12; refund R1; payout P1; location L1 with the warehouses 01 and 02.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from auditor.checking.open_hours import OpenHours
from tests.workspace import CHANNEL

Row = dict[str, Any]
Tables = dict[str, list[Row]]

DOCUMENTS = {"order": 7, "delivery": 8, "invoice": 9, "credit_memo": 10, "return": 11, "draft": 12}
ACCOUNTS = (
    ("bank", "1200"), ("transit", "1260"), ("clearing", "1250"), ("fees", "6450"), ("fee_tax", "1410"),
    ("reserve", "1270"),
)  # fmt: skip
"""Which account plays which part, where a case tells of payouts and of journal entries."""
STREAMS = {
    "b1": ("orders", "deliveries", "invoices", "credit_memos", "returns", "drafts", "items", "warehouses", "stock"),
    CHANNEL: ("orders", "refunds", "fulfilments", "listings", "stock", "payouts", "balance_transactions"),
}
FEED_TABLES = [
    {"system": system, "stream": stream, "table_name": table}
    for system, stream, table in (
        (CHANNEL, "orders", "sales_order"),
        (CHANNEL, "stock", "channel_stock"),
        ("b1", "orders", "b1_order"),
        ("b1", "stock", "b1_item_warehouse"),
        ("b1", "batch_stock", "b1_batch_stock"),
        ("b1", "serial_stock", "b1_serial_stock"),
    )
]
"""The tables by which facts find the moment up to which each side was read."""


def complete(given: Mapping[str, Iterable[Row]], as_of: datetime) -> Tables:
    """All tables of a case with defaults filled in; some tables are made from others when the case leaves them out."""
    tables: Tables = {name: [dict(row) for row in rows] for name, rows in given.items()}
    tables.setdefault("b1_item", [{"item_code": code} for code in ("MUG", "CUP", "GIFTCARD")])
    tables.setdefault("b1_warehouse", [{"warehouse": code} for code in ("01", "02")])
    if "channel_stock" in tables and "listing" not in tables:
        tables["listing"] = [{"sku": sku} for sku in sorted({row.get("sku", "MUG") for row in tables["channel_stock"]})]
    for name in list(tables):
        make = MAKERS.get(name)
        if make is not None:
            tables[name] = [{**make(row, as_of, number), **row} for number, row in enumerate(tables[name], start=1)]
    _add_lines(tables, as_of)
    return tables


def with_accounts(tables: Tables) -> Tables:
    """Where a case tells of payouts and of journal entries, the accounts that auditor.toml would name."""
    if "payout" in tables and "b1_journal_line" in tables:
        tables.setdefault("account", [{"channel": CHANNEL, "role": role, "account": code} for role, code in ACCOUNTS])
    return tables


def _add_lines(tables: Tables, as_of: datetime) -> None:
    """One line that makes up the whole document, where a case tells of documents and not of lines."""
    for name, key in (
        ("sales_order", "order_id"),
        ("b1_order", "doc_entry"),
        ("b1_invoice", "doc_entry"),
        ("b1_delivery", "doc_entry"),
    ):
        if name in tables and f"{name}_line" not in tables:
            lines = [{key: row[key], **_whole(row)} for row in tables[name]]
            make = MAKERS[f"{name}_line"]
            tables[f"{name}_line"] = [{**make(row, as_of, number), **row} for number, row in enumerate(lines, start=1)]


def _whole(row: Row) -> Row:
    """The amounts of a line that makes up the whole document."""
    if row["tax"] is None:
        return {"net": None, "tax": None, "gross": row["total"]}
    return {"net": row["total"] - row["tax"], "tax": row["tax"]}


def _sales_order(row: Row, as_of: datetime, _: int) -> Row:
    order_id = row.get("order_id", "1001")
    placed_at = row.get("placed_at", as_of - timedelta(days=1))
    return {
        "channel": CHANNEL, "order_id": order_id, "order_ref": f"#{order_id}", "placed_at": placed_at,
        "updated_at": placed_at, "status": "open", "is_test": False, "is_confirmed": True, "payment_status": "paid",
        "fulfilment_status": "unshipped", "currency": "GBP", "total": Decimal(12), "tax": Decimal(2),
        "shipping": Decimal(0), "discount": Decimal(0), "tip": Decimal(0), "duties": Decimal(0),
        "is_tax_included": True, "tax_collected_by": "seller",
    }  # fmt: skip


def _amounts(row: Row) -> Row:
    net, tax = row.get("net", Decimal(10)), row.get("tax", Decimal(2))
    if net is None or tax is None:
        return {"gross": Decimal(12), "tax_rate": None, "currency": "GBP"}  # the platform tells no tax
    return {"net": net, "tax": tax, "gross": net + tax, "tax_rate": Decimal("0.2"), "currency": "GBP"}


def _sales_order_line(row: Row, _: datetime, number: int) -> Row:
    quantity = row.get("quantity", Decimal(1))
    return {
        "channel": CHANNEL, "order_id": "1001", "line_id": f"L{number}", "sku": "MUG", "kind": "product",
        "quantity": quantity, "current_quantity": quantity, "is_shippable": True, **_amounts(row),
    }  # fmt: skip


def _shipping(row: Row, _: datetime, number: int) -> Row:
    return {"channel": CHANNEL, "order_id": "1001", "shipping_id": f"S{number}", "is_removed": False, **_amounts(row)}


def _document(name: str) -> Callable[[Row, datetime, int], Row]:
    def make(row: Row, as_of: datetime, number: int) -> Row:
        entry = row.get("doc_entry", DOCUMENTS[name])
        created_at = row.get("created_at", as_of - timedelta(hours=23, minutes=30))
        more = {"object_code": "17"} if name == "draft" else {}
        return {
            "doc_entry": entry, "doc_num": 1000 + entry, "series": 1, "card_code": "C-SHOPIFY", "reference": "1001",
            "status": "open", "is_cancelled": False, "is_cancellation": False, "doc_on": created_at.date(),
            "created_at": created_at, "updated_at": created_at, "currency": "GBP", "total": Decimal(12),
            "tax": Decimal(2), "discount": Decimal(0), "rounding": Decimal(0), **more,
        }  # fmt: skip

    return make


def _document_line(name: str) -> Callable[[Row, datetime, int], Row]:
    def make(row: Row, as_of: datetime, number: int) -> Row:
        quantity = row.get("quantity", Decimal(1))
        return {
            "doc_entry": DOCUMENTS[name], "line_num": number - 1, "item_code": "MUG", "quantity": quantity,
            "inventory_quantity": quantity, "open_quantity": quantity, "warehouse": "01", "status": "open",
            "base_type": -1, "tree_type": "not_a_tree", "tax_code": "S1", **_amounts(row),
        }  # fmt: skip

    return make


def _expense(name: str) -> Callable[[Row, datetime, int], Row]:
    def make(row: Row, as_of: datetime, number: int) -> Row:
        amounts = {key: value for key, value in _amounts(row).items() if key != "tax_rate"}
        return {"doc_entry": DOCUMENTS[name], "line_num": number - 1, "expense_code": 1, **amounts}

    return make


def _sales_payment(row: Row, as_of: datetime, number: int) -> Row:
    return {
        "channel": CHANNEL, "order_id": "1001", "transaction_id": f"P{number}", "kind": "sale", "status": "success",
        "gateway": "manual", "amount": Decimal(12), "currency": "GBP", "processed_at": as_of - timedelta(days=20),
    }  # fmt: skip


def _refund(row: Row, as_of: datetime, _: int) -> Row:
    processed_at = row.get("processed_at", as_of - timedelta(days=3))
    return {
        "channel": CHANNEL, "order_id": "1001", "refund_id": "R1", "created_at": processed_at,
        "processed_at": processed_at, "updated_at": processed_at, "currency": "GBP", "total": Decimal(12),
        "item": Decimal(10), "shipping": Decimal(0), "tax": Decimal(2), "adjustment": Decimal(0),
        "gateway": "shopify_payments", "transaction_status": "success", "is_restocked": True,
    }  # fmt: skip


def _refund_line(row: Row, _: datetime, number: int) -> Row:
    amounts = _amounts(row)
    return {
        "channel": CHANNEL, "order_id": "1001", "refund_id": "R1", "refund_line_id": f"RL{number}", "line_id": "L1",
        "sku": "MUG", "quantity": Decimal(1), "net": amounts.get("net"), "tax": amounts.get("tax"),
        "restock_type": "return", "currency": "GBP",
    }  # fmt: skip


def _shipment(row: Row, as_of: datetime, number: int) -> Row:
    return {
        "channel": CHANNEL, "order_id": "1001", "shipment_id": f"F{number}", "package_id": str(number),
        "status": "shipped", "shipped_at": as_of - timedelta(hours=12),
    }  # fmt: skip


def _shipment_line(row: Row, _: datetime, number: int) -> Row:
    return {
        "channel": CHANNEL, "order_id": "1001", "shipment_id": "F1", "line_id": f"L{number}", "sku": "MUG",
        "quantity": Decimal(1),
    }  # fmt: skip


def _listing(row: Row, as_of: datetime, number: int) -> Row:
    return {
        "channel": CHANNEL, "listing_id": f"V{number}", "sku": "MUG", "price": Decimal(12), "currency": "GBP",
        "is_active": True, "is_tracked": True, "is_bundle": False, "oversell_allowed": False,
        "updated_at": as_of - timedelta(days=9),
    }  # fmt: skip


def _channel_stock(row: Row, as_of: datetime, _: int) -> Row:
    return {
        "channel": CHANNEL, "location": "L1", "sku": "MUG", "available": Decimal(10), "is_tracked": True,
        "is_active": True, "updated_at": as_of - timedelta(days=1),
    }  # fmt: skip


def _item_warehouse(row: Row, _: datetime, __: int) -> Row:
    return {
        "item_code": "MUG", "warehouse": "01", "on_hand": Decimal(10), "committed": Decimal(0), "ordered": Decimal(0),
        "is_locked": False,
    }  # fmt: skip


def _item(row: Row, _: datetime, __: int) -> Row:
    return {
        "is_inventory": True, "is_sales": True, "is_valid": True, "items_per_sales_unit": Decimal(1),
        "tree_type": "not_a_tree",
    }  # fmt: skip


def _payout(row: Row, as_of: datetime, _: int) -> Row:
    return {
        "channel": CHANNEL, "payout_id": "P1", "issued_at": as_of - timedelta(days=10), "status": "paid",
        "kind": "deposit", "currency": "GBP", "net": Decimal("97.10"),
    }  # fmt: skip


def _payout_line(row: Row, as_of: datetime, number: int) -> Row:
    gross, fee = row.get("gross", Decimal(100)), row.get("fee", Decimal("2.90"))
    net = (gross or 0) - fee - (row.get("tax") or 0)
    return {
        "channel": CHANNEL, "line_id": f"T{number}", "payout_id": "P1", "kind": "charge", "currency": "GBP",
        "gross": gross, "fee": fee, "net": net,
        "processed_at": as_of - timedelta(days=12),
    }  # fmt: skip


def _journal(row: Row, as_of: datetime, _: int) -> Row:
    return {"trans_id": 50, "number": 50, "reference_on": as_of.date(), "source_type": "ttJournalEntry"}


def _journal_line(row: Row, _: datetime, number: int) -> Row:
    return {"trans_id": 50, "line_id": number - 1, "account": "1200", "debit": Decimal(0), "credit": Decimal(0)}


def _payment(row: Row, as_of: datetime, _: int) -> Row:
    return {
        "doc_entry": 60, "doc_num": 60, "direction": "incoming", "card_code": "C-SHOPIFY", "doc_on": as_of.date(),
        "currency": "GBP", "total": Decimal("97.10"), "is_cancelled": False,
    }  # fmt: skip


def _bank_line(row: Row, as_of: datetime, number: int) -> Row:
    return {
        "account": "GB01", "line_id": f"B{number}", "booked_on": (as_of - timedelta(days=9)).date(),
        "amount": Decimal("97.10"), "currency": "GBP", "reference": "SHOPIFY", "is_reversal": False,
    }  # fmt: skip


def _bank_balance(row: Row, as_of: datetime, number: int) -> Row:
    opened_on, closed_on = (as_of - timedelta(days=60)).date(), (as_of - timedelta(days=1)).date()
    return {
        "account": "GB01", "statement_id": f"S{number}", "opened_on": opened_on, "closed_on": closed_on,
        "currency": "GBP",
    }  # fmt: skip


def _feed(row: Row, as_of: datetime, _: int) -> Row:
    return {
        "channel": None if row["system"] == "b1" else CHANNEL,
        "cadence_minutes": 15, "watermark": as_of, "last_status": "complete", "last_finished_at": as_of,
        "is_complete": True,
    }  # fmt: skip


def feeds(rows: Iterable[Row], as_of: datetime, hours: OpenHours) -> list[Row]:
    """One row per stream, those of the case before the default of a stream that was just read."""
    told = {(row["system"], row["stream"]): {**_feed(row, as_of, 0), **row} for row in rows}
    usual = ({"system": system, "stream": name} for system, names in STREAMS.items() for name in names)
    rest = [{**row, **_feed(row, as_of, 0)} for row in usual if (row["system"], row["stream"]) not in told]
    return [{**row, "closed_minutes": _closed(row, as_of, hours)} for row in (*told.values(), *rest)]


def _closed(row: Row, as_of: datetime, hours: OpenHours) -> int:
    since = row["watermark"]
    return 0 if since is None else hours.closed_since(row["system"], since, as_of) // timedelta(minutes=1)


MAKERS: dict[str, Callable[[Row, datetime, int], Row]] = {
    "sales_order": _sales_order,
    "sales_order_line": _sales_order_line,
    "sales_order_shipping": _shipping,
    "sales_payment": _sales_payment,
    "refund": _refund,
    "refund_line": _refund_line,
    "shipment": _shipment,
    "shipment_line": _shipment_line,
    "listing": _listing,
    "channel_stock": _channel_stock,
    "payout": _payout,
    "payout_line": _payout_line,
    "b1_item": _item,
    "b1_warehouse": lambda row, as_of, number: {"is_inactive": False},
    "b1_item_warehouse": _item_warehouse,
    "b1_bom": lambda row, as_of, number: {"tree_type": "sales_tree", "quantity": Decimal(1)},
    "b1_bom_line": lambda row, as_of, number: {"child_num": number, "quantity": Decimal(1)},
    "b1_journal": _journal,
    "b1_journal_line": _journal_line,
    "b1_payment": _payment,
    "bank_line": _bank_line,
    "bank_balance": _bank_balance,
    "fee_map": lambda row, as_of, number: {
        "channel": CHANNEL,
        "percent": Decimal("1.5"),
        "fixed": Decimal(0),
        "account": "6450",
    },
    "payout_type_map": lambda row, as_of, number: {"channel": CHANNEL, "kind": "other"},
    **{f"b1_{name}": _document(name) for name in DOCUMENTS},
    **{f"b1_{name}_line": _document_line(name) for name in DOCUMENTS},
    **{f"b1_{name}_expense": _expense(name) for name in ("order", "delivery", "invoice", "credit_memo")},
}
