"""Stock levels, and what B1 holds behind them."""

from __future__ import annotations

from auditor.checking.documents.source import Field, Source

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

SOURCES = (_STOCK, _WAREHOUSES, _LOCATION, _STOCK_RULE, _WAREHOUSE, _ITEM)
