"""Orders, their charges and lines, and their parcels, as the channel has them."""

from __future__ import annotations

from auditor.checking.documents.source import Field, Source

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

_PAYMENT = Source(
    "order_payment",
    "channel",
    "Payments of the order",
    ("canonical.sales_payment",),
    "SELECT w.no, string_agg(DISTINCT t.gateway, ', ') AS gateways, sum(t.amount) AS amount, "
    "max(t.processed_at) AS processed_at, max(t.currency) AS currency "
    "FROM wanted AS w JOIN canonical.sales_payment AS t ON t.channel = w.channel AND t.order_id = w.order_id "
    "WHERE w.b1_object = 'invoice' AND t.status = 'success' AND t.kind IN ('sale', 'capture') GROUP BY w.no",
    (
        Field("gateways", "Paid by"),
        Field("amount", "Paid", "money"),
        Field("processed_at", "Last payment", "instant"),
    ),
)
_FLOW = Source(
    "flow",
    "channel",
    "The slowest of the {flow}",
    ("fact.latency",),
    # only what is over: a figure that grows with the clock would be news about the finding at every run
    "SELECT w.no, w.flow, arg_max(t.order_ref, t.seconds) AS slowest, arg_max(t.source_at, t.seconds) AS source_at, "
    "arg_max(t.effect_at, t.seconds) AS effect_at FROM wanted AS w "
    "JOIN fact.latency AS t ON t.channel = w.channel AND t.flow = w.flow AND t.effect_at IS NOT NULL "
    "WHERE w.system IS NULL GROUP BY w.no, w.flow",
    (
        Field("slowest", "Order"),
        Field("source_at", "On the channel", "instant"),
        Field("effect_at", "In SAP Business One", "instant"),
        Field("flow", None),
    ),
)

SOURCES = (_ORDER, _ORDER_SHIPPING, _ORDER_LINES, _ORDER_LINE, _SHIPMENT, _PAYMENT, _FLOW)
