"""Products of the channel, items of B1, what bundles consist of, and the orders that wait for a SKU."""

from __future__ import annotations

from auditor.checking.documents.source import Field, Source

# Findings about a product or an item as such; those about an order or a shelf show other things.
_OF_A_PRODUCT = "w.order_id IS NULL AND w.location IS NULL"

_LISTING = Source(
    "listing",
    "channel",
    "Product {sku}",
    ("canonical.listing",),
    "SELECT w.no, t.* FROM wanted AS w JOIN canonical.listing AS t "
    f"ON t.channel = w.channel AND t.sku = w.sku WHERE {_OF_A_PRODUCT}",
    (
        Field("sku", "SKU"),
        Field("title", "Title"),
        Field("barcode", "Barcode"),
        Field("price", "Price", "money"),
        Field("is_active", "For sale", "flag"),
        Field("is_tracked", "Stock is counted", "flag"),
        Field("is_bundle", "Bundle", "flag"),
        Field("updated_at", "Last changed", "instant"),
    ),
)
_WAITING = Source(
    "waiting_order",
    "channel",
    "Order {order_ref} waits",
    ("fact.blocked_line", "canonical.sales_order"),
    "SELECT no, order_ref, title, placed_at, gross, currency FROM ("
    "SELECT w.no, o.order_ref, b.title, o.placed_at, b.gross, b.currency, "
    "row_number() OVER (PARTITION BY w.no ORDER BY o.placed_at, o.order_id) AS place "
    "FROM wanted AS w JOIN fact.blocked_line AS b ON b.channel = w.channel AND b.sku = w.sku "
    "JOIN canonical.sales_order AS o ON o.channel = b.channel AND o.order_id = b.order_id "
    f"WHERE {_OF_A_PRODUCT}) WHERE place <= 5 ORDER BY no, place",
    (
        Field("order_ref", "Order"),
        Field("placed_at", "Placed", "instant"),
        Field("title", "Line"),
        Field("gross", "Worth", "money"),
    ),
)
_ITEM = Source(
    "item",
    "b1",
    "Item {item_code}",
    ("canonical.b1_item",),
    "SELECT w.no, t.*, CASE WHEN t.manages_batches THEN 'batches' WHEN t.manages_serials THEN 'serial numbers' "
    "ELSE 'nothing' END AS tracking FROM wanted AS w JOIN canonical.b1_item AS t ON t.item_code = w.item_code "
    f"WHERE {_OF_A_PRODUCT}",
    (
        Field("item_code", "Item"),
        Field("name", "Name"),
        Field("barcode", "Barcode"),
        Field("is_valid", "Active", "flag"),
        Field("is_frozen", "Inactive", "flag"),
        Field("is_sales", "Sales item", "flag"),
        Field("is_inventory", "Stocked", "flag"),
        Field("sales_unit", "Sales unit"),
        Field("default_warehouse", "Warehouse"),
        Field("sales_tax_code", "Tax group"),
        Field("weight", "Weight", "quantity"),
        Field("hs_code", "Customs number"),
        Field("cost", "Average cost", "money"),
        Field("tracking", "Tracked by"),
        Field("told_tracking", "Tracked by, as the middleware believes"),
        Field("is_web", "For the channels", "flag"),
        Field("web_from", "On the channels from", "day"),
        Field("updated_at", "Last changed", "instant"),
    ),
)
_PRICE = Source(
    "item_price",
    "b1",
    "Price list {price_list}",
    ("canonical.b1_item_price", "setting.channel"),
    "SELECT w.no, t.price_list, t.price, t.currency FROM wanted AS w "
    "JOIN setting.channel AS c ON c.channel = w.channel "
    "JOIN canonical.b1_item_price AS t ON t.item_code = w.item_code AND t.price_list = c.price_list "
    f"WHERE {_OF_A_PRODUCT} AND w.warehouse IS NULL",
    (Field("price_list", "Price list"), Field("price", "Price", "money")),
)
_KIT = Source(
    "bill_of_materials",
    "b1",
    "Bill of materials of {item_code}",
    ("canonical.b1_bom_line",),
    "SELECT w.no, t.item_code, string_agg(CAST(CAST(t.quantity AS DECIMAL(19,2)) AS VARCHAR) || ' x ' || "
    "t.component_code, ', ' ORDER BY t.child_num) AS parts "
    "FROM wanted AS w JOIN canonical.b1_bom_line AS t ON t.item_code = w.bundle_sku GROUP BY w.no, t.item_code",
    (Field("item_code", "Kit"), Field("parts", "Components")),
)
_MAP = Source(
    "sku_map",
    "b1",
    "SKU map: {sku}",
    ("setting.sku_map",),
    "SELECT w.no, m.channel_sku AS sku, string_agg(CAST(CAST(m.quantity AS DECIMAL(19,2)) AS VARCHAR) || ' x ' || "
    "m.item_code, ', ' ORDER BY m.item_code) AS parts "
    "FROM wanted AS w JOIN setting.sku_map AS m ON m.channel = w.channel "
    "AND m.channel_sku = coalesce(w.bundle_sku, w.sku) "
    "WHERE w.bundle_sku IS NOT NULL OR (w.order_id IS NULL AND w.location IS NULL) GROUP BY w.no, m.channel_sku",
    (Field("sku", "SKU"), Field("parts", "Stands for")),
)
_NUMBERS = Source(
    "batches",
    "b1",
    "Batches in warehouse {warehouse}",
    ("canonical.b1_batch_stock",),
    "SELECT w.no, t.warehouse, "
    "sum(CASE WHEN t.status = 'released' THEN t.quantity ELSE 0 END) AS released, "
    "sum(CASE WHEN t.status = 'released' THEN 0 ELSE t.quantity END) AS locked "
    "FROM wanted AS w JOIN canonical.b1_batch_stock AS t ON t.item_code = w.item_code AND t.warehouse = w.warehouse "
    f"WHERE {_OF_A_PRODUCT} GROUP BY w.no, t.warehouse",
    (
        Field("warehouse", "Warehouse"),
        Field("released", "In released batches", "quantity"),
        Field("locked", "In locked batches", "quantity"),
    ),
)

SOURCES = (_LISTING, _WAITING, _ITEM, _PRICE, _KIT, _MAP, _NUMBERS)
