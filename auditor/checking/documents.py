"""Which documents prove a finding, and which of their fields people see.

One `Source` is one query over all candidates of a run at once: `wanted` holds a row per candidate with its number, its
channel and its keys as text. The columns chosen here are all that is ever shown; none of them is personal data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["money", "quantity", "instant", "day", "flag", "text", "rate"]
Side = Literal["channel", "b1"]


@dataclass(frozen=True, slots=True)
class Field:
    """A column, what people call it, and how it is written. Columns without a label serve the arithmetic only."""

    column: str
    label: str | None
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Source:
    """title: with {column} places. query: gives `no` and the fields' columns. tables: must exist for it to run."""

    name: str
    side: Side
    title: str
    tables: tuple[str, ...]
    query: str
    fields: tuple[Field, ...]


_ORDER = Source(
    "order",
    "channel",
    "Order {order_ref}",
    ("canonical.sales_order",),
    "SELECT w.no, t.* FROM wanted AS w "
    "JOIN canonical.sales_order AS t ON t.channel = w.channel AND t.order_id = w.order_id",
    (
        Field("order_ref", "Order"),
        Field("placed_at", "Placed", "instant"),
        Field("order_kind", "Kind"),
        Field("source_status", "Status"),
        Field("payment_status", "Payment"),
        Field("fulfilment_status", "Dispatch"),
        Field("cancelled_at", "Cancelled", "instant"),
        Field("total", "Total", "money"),
        Field("tax", "Tax", "money"),
        Field("shipping", "Shipping", "money"),
        Field("discount", "Discount", "money"),
        Field("platform_discount", "Discount paid by the platform", "money"),
        Field("tip", "Tip", "money"),
        Field("duties", "Duties", "money"),
        Field("is_tax_included", "Prices include tax", "flag"),
        Field("updated_at", "Last changed", "instant"),
        Field("presentment_total", None, "money"),
        Field("presentment_currency", None),
    ),
)
_ORDER_SHIPPING = Source(
    "order_shipping",
    "channel",
    "Charges",
    ("canonical.sales_order_shipping",),
    "SELECT w.no, coalesce(t.kind, 'shipping') AS kind, sum(t.net) AS net, sum(t.gross) AS gross, "
    "max(t.currency) AS currency FROM wanted AS w JOIN canonical.sales_order_shipping AS t "
    "ON t.channel = w.channel AND t.order_id = w.order_id AND NOT coalesce(t.is_removed, FALSE) "
    "GROUP BY w.no, coalesce(t.kind, 'shipping') ORDER BY w.no, coalesce(t.kind, 'shipping') <> 'shipping', 2",
    (Field("kind", None), Field("net", None, "money"), Field("gross", None, "money")),
)
_ORDER_LINES = Source(
    "order_lines",
    "channel",
    "Lines",
    ("canonical.sales_order_line",),
    "SELECT w.no, count(*) AS count FROM wanted AS w JOIN canonical.sales_order_line AS t "
    "ON t.channel = w.channel AND t.order_id = w.order_id GROUP BY w.no",
    (Field("count", None),),
)
_ORDER_LINE = Source(
    "order_line",
    "channel",
    "{sku} on the order",
    ("canonical.sales_order_line",),
    "SELECT w.no, w.sku AS sku, sum(t.quantity) AS quantity, sum(t.current_quantity) AS current_quantity, "
    "sum(t.net) AS net, sum(t.tax) AS tax, CASE WHEN count(t.net) < count(*) THEN sum(t.gross) END AS gross, "
    "max(t.tax_rate) AS tax_rate, max(t.currency) AS currency "
    "FROM wanted AS w JOIN canonical.sales_order_line AS t "
    "ON t.channel = w.channel AND t.order_id = w.order_id AND t.sku = w.sku GROUP BY w.no, w.sku",
    (
        Field("sku", "SKU"),
        Field("quantity", "Quantity ordered", "quantity"),
        Field("current_quantity", "Quantity now", "quantity"),
        Field("net", "Net", "money"),
        Field("tax", "Tax", "money"),
        Field("gross", "With tax, which is not told", "money"),
        Field("tax_rate", "Tax rate", "rate"),
    ),
)
_SHIPMENT = Source(
    "shipment",
    "channel",
    "Parcels of the order",
    ("canonical.shipment",),
    "SELECT w.no, string_agg(t.tracking_number, ', ' ORDER BY t.package_id) AS tracking, "
    "string_agg(DISTINCT t.carrier, ', ') AS carriers, max(t.updated_at) AS updated_at "
    "FROM wanted AS w JOIN canonical.shipment AS t ON t.channel = w.channel AND t.order_id = w.order_id "
    "WHERE w.tracking_number IS NOT NULL GROUP BY w.no",
    (
        Field("tracking", "Tracking numbers"),
        Field("carriers", "Carriers"),
        Field("updated_at", "Last changed", "instant"),
    ),
)
_REFUND = Source(
    "refund",
    "channel",
    "Refund {refund_id}",
    ("canonical.refund",),
    "SELECT w.no, t.* FROM wanted AS w "
    "JOIN canonical.refund AS t ON t.channel = w.channel AND t.refund_id = w.refund_id",
    (
        Field("refund_id", "Refund"),
        Field("processed_at", "Processed", "instant"),
        Field("transaction_status", "Payment"),
        Field("gateway", "Paid back through"),
        Field("total", "Total", "money"),
        Field("item", "Items without tax", "money"),
        Field("shipping", "Shipping without tax", "money"),
        Field("tax", "Tax", "money"),
        Field("adjustment", "Adjustment", "money"),
        Field("is_restocked", "Goods restocked", "flag"),
    ),
)
_PAYOUT = Source(
    "payout",
    "channel",
    "Payout {payout_id}",
    ("canonical.payout",),
    "SELECT w.no, t.* FROM wanted AS w "
    "JOIN canonical.payout AS t ON t.channel = w.channel AND t.payout_id = w.payout_id",
    (
        Field("payout_id", "Payout"),
        Field("issued_at", "Issued", "instant"),
        Field("source_status", "Status"),
        Field("net", "Net", "money"),
        Field("charges_gross", "Sales", "money"),
        Field("refunds_gross", "Refunds", "money"),
        Field("trace_id", "Bank reference"),
    ),
)
_PAYOUT_LINES = Source(
    "payout_lines",
    "channel",
    "The {count} movements of the payout",
    ("canonical.payout_line",),
    "SELECT w.no, count(*) AS count, sum(t.gross) AS gross, sum(t.fee) AS fee, sum(t.tax) AS tax, sum(t.net) AS net, "
    "max(t.currency) AS currency FROM wanted AS w JOIN canonical.payout_line AS t "
    "ON t.channel = w.channel AND t.payout_id = w.payout_id AND t.kind <> 'transfer' GROUP BY w.no",
    (
        Field("count", "Movements", "quantity"),
        Field("gross", "Gross", "money"),
        Field("fee", "Fees", "money"),
        Field("tax", "Tax on fees", "money"),
        Field("net", "Net", "money"),
    ),
)
_STOCK = Source(
    "channel_stock",
    "channel",
    "Stock of {sku}",
    ("canonical.channel_stock",),
    "SELECT w.no, t.* FROM wanted AS w JOIN canonical.channel_stock AS t "
    "ON t.channel = w.channel AND t.sku = w.sku AND t.location = w.location",
    (
        Field("sku", "SKU"),
        Field("available", "Available", "quantity"),
        Field("on_hand", "On hand", "quantity"),
        Field("committed", "Committed", "quantity"),
        Field("updated_at", "Last changed", "instant"),
    ),
)
_WAREHOUSES = Source(
    "b1_stock",
    "b1",
    "Warehouse {warehouse}",
    ("canonical.b1_item_warehouse", "setting.location_warehouse", "setting.sku_map"),
    "SELECT w.no, t.* FROM wanted AS w "
    "JOIN setting.location_warehouse AS l ON l.channel = w.channel AND l.location = w.location "
    "LEFT JOIN setting.sku_map AS m ON m.channel IN (w.channel, '*') AND m.channel_sku = w.sku "
    "JOIN canonical.b1_item_warehouse AS t ON t.item_code = coalesce(m.item_code, w.sku) AND t.warehouse = l.warehouse "
    "ORDER BY w.no, t.item_code, t.warehouse",
    (
        Field("item_code", "Item"),
        Field("warehouse", "Warehouse"),
        Field("on_hand", "On hand", "quantity"),
        Field("committed", "Committed", "quantity"),
        Field("ordered", "Ordered", "quantity"),
    ),
)
_LOCATION = Source(
    "channel_location",
    "channel",
    "Location {name}",
    ("canonical.channel_location",),
    "SELECT w.no, t.name FROM wanted AS w "
    "JOIN canonical.channel_location AS t ON t.channel = w.channel AND t.location = w.location",
    (Field("name", None),),
)
_STOCK_RULE = Source(
    "stock_rule",
    "b1",
    "How stock is published",
    ("setting.channel",),
    "SELECT w.no, t.stock_policy, t.buffer, t.share FROM wanted AS w "
    "JOIN setting.channel AS t ON t.channel = w.channel WHERE w.sku IS NOT NULL AND w.location IS NOT NULL",
    (Field("stock_policy", None), Field("buffer", None, "quantity"), Field("share", None, "quantity")),
)
_WAREHOUSE = Source(
    "b1_warehouse",
    "b1",
    "Warehouse {warehouse}",
    ("canonical.b1_warehouse",),
    "SELECT w.no, t.* FROM wanted AS w JOIN canonical.b1_warehouse AS t ON t.warehouse = w.warehouse "
    "WHERE w.sku IS NULL",
    (Field("warehouse", "Warehouse"), Field("name", "Name"), Field("is_inactive", "Inactive", "flag")),
)
_ITEM = Source(
    "b1_item",
    "b1",
    "Item {item_code}",
    ("canonical.b1_item",),
    "SELECT w.no, t.item_code, t.items_per_sales_unit, t.sales_unit FROM wanted AS w "
    "JOIN canonical.b1_item AS t ON t.item_code = w.sku WHERE w.order_id IS NOT NULL",
    (Field("items_per_sales_unit", None, "quantity"), Field("sales_unit", None)),
)
_JOURNAL = Source(
    "b1_journal",
    "b1",
    "Journal entry {number}",
    ("canonical.b1_journal", "canonical.b1_journal_line"),
    "SELECT w.no, t.trans_id, t.number, t.reference_on, t.reference, t.reference2, t.reference3, "
    "(SELECT sum(l.debit) FROM canonical.b1_journal_line AS l WHERE l.trans_id = t.trans_id) AS debit "
    "FROM wanted AS w JOIN canonical.b1_journal AS t ON CAST(t.trans_id AS VARCHAR) = w.trans_id",
    (
        Field("number", "Number"),
        Field("reference_on", "Date", "day"),
        Field("reference", "Reference 1"),
        Field("reference2", "Reference 2"),
        Field("reference3", "Reference 3"),
        Field("debit", "Debit", "money"),
    ),
)

B1_OBJECTS = {
    "order": "Sales order",
    "delivery": "Delivery",
    "invoice": "Invoice",
    "credit_memo": "Credit memo",
    "return": "Return",
    "draft": "Draft",
}
_DOCUMENT_FIELDS = (
    Field("doc_num", "Number"),
    Field("doc_on", "Date", "day"),
    Field("reference", "Reference"),
    Field("status", "Status"),
    Field("is_cancelled", "Cancelled", "flag"),
    Field("total", "Total", "money"),
    Field("tax", "Tax", "money"),
    Field("rounding", "Rounding", "money"),
    Field("discount", "Document discount", "money"),
    Field("paid_to_date", "Paid", "money"),
    Field("tracking_number", "Tracking number"),
    Field("created_at", "Created", "instant"),
    Field("updated_at", "Last changed", "instant"),
)


def _document(name: str, title: str) -> Source:
    table = f"canonical.b1_{name}"
    return Source(
        "b1_document",
        "b1",
        f"{title} {{doc_num}}",
        (table,),
        f"SELECT w.no, t.* FROM wanted AS w JOIN {table} AS t ON CAST(t.doc_entry AS VARCHAR) = w.doc_entry "
        f"WHERE w.b1_object = '{name}'",
        _DOCUMENT_FIELDS,
    )


def _document_line(name: str, title: str) -> Source:
    table = f"canonical.b1_{name}_line"
    return Source(
        "b1_document_line",
        "b1",
        f"{{sku}} on the {title.lower()}",
        (table,),
        "SELECT w.no, w.sku AS sku, sum(t.quantity) AS quantity, sum(t.inventory_quantity) AS inventory_quantity, "
        "sum(t.net) AS net, sum(t.tax) AS tax, max(t.tax_rate) AS tax_rate, "
        f"min(t.tax_code) AS tax_code, max(t.currency) AS currency FROM wanted AS w JOIN {table} AS t "
        "ON CAST(t.doc_entry AS VARCHAR) = w.doc_entry AND t.item_code = w.sku "
        f"WHERE w.b1_object = '{name}' GROUP BY w.no, w.sku",
        (
            Field("sku", "Item"),
            Field("quantity", "Quantity", "quantity"),
            Field("inventory_quantity", "Stock units", "quantity"),
            Field("net", "Net", "money"),
            Field("tax", "Tax", "money"),
            Field("tax_rate", "Tax rate", "rate"),
            Field("tax_code", "Tax code"),
        ),
    )


SOURCES: tuple[Source, ...] = (
    _ORDER,
    _ORDER_SHIPPING,
    _ORDER_LINES,
    _ORDER_LINE,
    _SHIPMENT,
    _REFUND,
    _PAYOUT,
    _PAYOUT_LINES,
    _STOCK,
    *(_document(name, title) for name, title in B1_OBJECTS.items()),
    *(_document_line(name, title) for name, title in B1_OBJECTS.items()),
    _WAREHOUSES,
    _LOCATION,
    _STOCK_RULE,
    _WAREHOUSE,
    _ITEM,
    _JOURNAL,
)
