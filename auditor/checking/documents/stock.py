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

_PLACE = Source(
    "b1_item_place",
    "b1",
    "Item {item_code} in warehouse {warehouse}",
    ("canonical.b1_item_warehouse", "canonical.b1_item"),
    "SELECT w.no, t.*, i.manages_batches, i.manages_serials FROM wanted AS w "
    "JOIN canonical.b1_item_warehouse AS t ON t.item_code = w.item_code AND t.warehouse = w.warehouse "
    "LEFT JOIN canonical.b1_item AS i ON i.item_code = t.item_code WHERE w.sku IS NULL AND w.order_id IS NULL",
    (
        Field("item_code", "Item"),
        Field("warehouse", "Warehouse"),
        Field("on_hand", "On hand", "quantity"),
        Field("committed", "Committed", "quantity"),
        Field("ordered", "Ordered", "quantity"),
        Field("manages_batches", "Kept by batch", "flag"),
        Field("manages_serials", "Kept by serial number", "flag"),
    ),
)
_BATCHES = Source(
    "b1_batches",
    "b1",
    "Batch {batch}",
    ("canonical.b1_batch_stock",),
    "SELECT w.no, t.* FROM wanted AS w "
    "JOIN canonical.b1_batch_stock AS t ON t.item_code = w.item_code AND t.warehouse = w.warehouse "
    "WHERE w.sku IS NULL AND w.order_id IS NULL ORDER BY w.no, t.batch",
    (
        Field("batch", "Batch"),
        Field("quantity", "Quantity", "quantity"),
        Field("status", "Status"),
        Field("expires_on", "Last day", "day"),
    ),
)
_ON_OFFER = Source(
    "channels_on_offer",
    "channel",
    "{channel} shows {sku}",
    ("canonical.channel_stock", "setting.location_warehouse", "matching.sku_item"),
    "SELECT w.no, t.channel, t.sku, t.location, t.available FROM wanted AS w "
    "JOIN setting.location_warehouse AS l ON l.warehouse = w.warehouse "
    "JOIN matching.sku_item AS m ON m.channel = l.channel AND m.item_code = w.item_code "
    "JOIN canonical.channel_stock AS t ON t.channel = l.channel AND t.location = l.location AND t.sku = m.sku "
    "WHERE w.sku IS NULL AND w.order_id IS NULL ORDER BY w.no, t.channel, t.location, t.sku",
    (
        Field("channel", "Channel"),
        Field("sku", "SKU"),
        Field("location", "Location"),
        Field("available", "Available", "quantity"),
    ),
)
_SOURCE_STOCK = Source(
    "channel_source_stock",
    "channel",
    "Source {source}",
    ("canonical.channel_source_stock",),
    "SELECT w.no, t.* FROM wanted AS w "
    "JOIN canonical.channel_source_stock AS t ON t.channel = w.channel AND t.sku = w.sku "
    "WHERE w.location IS NULL AND w.order_id IS NULL ORDER BY w.no, t.source",
    (
        Field("sku", "SKU"),
        Field("source", "Source"),
        Field("quantity", "Quantity", "quantity"),
        Field("is_in_stock", "In stock", "flag"),
    ),
)
_ALL_LEVELS = Source(
    "channel_levels",
    "channel",
    "Stock of {sku} at {location}",
    ("canonical.channel_stock",),
    "SELECT w.no, t.* FROM wanted AS w JOIN canonical.channel_stock AS t ON t.channel = w.channel AND t.sku = w.sku "
    "WHERE w.location IS NULL AND w.order_id IS NULL ORDER BY w.no, t.location",
    (
        Field("sku", "SKU"),
        Field("location", "Location"),
        Field("available", "Available", "quantity"),
        Field("on_hand", "On hand", "quantity"),
        Field("updated_at", "Last changed", "instant"),
    ),
)

SOURCES = (
    _STOCK, _ALL_LEVELS, _SOURCE_STOCK, _ON_OFFER, _WAREHOUSES, _PLACE, _BATCHES, _LOCATION, _STOCK_RULE, _WAREHOUSE,
    _ITEM,
)  # fmt: skip
