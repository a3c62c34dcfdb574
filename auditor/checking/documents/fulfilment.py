"""Deadlines, parcels with their contents, carriers and cut-off: what proves a finding of dispatch and delivery."""

from __future__ import annotations

from auditor.checking.documents.source import Field, Source

_DEADLINE = Source(
    "dispatch_due",
    "channel",
    "Dispatch of order {order_ref}",
    ("fact.delivery_due",),
    "SELECT w.no, t.order_ref, t.channel_due_at, t.total, t.currency FROM wanted AS w JOIN fact.delivery_due AS t "
    "ON t.channel = w.channel AND t.order_id = w.order_id WHERE t.channel_due_at IS NOT NULL",
    (Field("channel_due_at", "Must be sent by", "instant"), Field("total", "Order total", "money")),
)
_PACKAGES = Source(
    "packages",
    "channel",
    "Packages of the order",
    ("canonical.shipment",),
    "SELECT w.no, string_agg(DISTINCT t.package_id, ', ' ORDER BY t.package_id) AS packages, "
    "max(t.shipped_at) AS shipped_at FROM wanted AS w "
    "JOIN canonical.shipment AS t ON t.channel = w.channel AND t.order_id = w.order_id "
    "WHERE w.package_id IS NOT NULL AND w.tracking_number IS NULL GROUP BY w.no",
    (Field("packages", "Package numbers"), Field("shipped_at", "Dispatch arranged", "instant")),
)
_PARCEL_UNITS = Source(
    "parcel_units",
    "channel",
    "{item_code} in the parcels of the order",
    ("canonical.shipment", "canonical.shipment_line", "matching.sku_item"),
    "SELECT w.no, w.item_code, string_agg(DISTINCT l.sku, ', ') AS skus, sum(l.quantity) AS quantity, "
    "string_agg(DISTINCT s.tracking_number, ', ') AS tracking, max(s.shipped_at) AS shipped_at FROM wanted AS w "
    "JOIN canonical.shipment_line AS l ON l.channel = w.channel AND l.order_id = w.order_id "
    "JOIN matching.sku_item AS k ON k.channel = l.channel AND k.sku = l.sku AND k.item_code = w.item_code "
    "JOIN (SELECT channel, order_id, shipment_id, min(tracking_number) AS tracking_number, "
    "max(shipped_at) AS shipped_at FROM canonical.shipment WHERE coalesce(status, '') <> 'cancelled' "
    "GROUP BY channel, order_id, shipment_id) AS s "
    "ON s.channel = l.channel AND s.order_id = l.order_id AND s.shipment_id = l.shipment_id "
    "WHERE w.b1_object = 'delivery' GROUP BY w.no, w.item_code",
    (
        Field("skus", "SKU"),
        Field("quantity", "Quantity sent", "quantity"),
        Field("tracking", "Tracking numbers"),
        Field("shipped_at", "Sent", "instant"),
    ),
)
_CARRIER_LIST = Source(
    "carrier_list",
    "channel",
    "The {count} carriers that the channel takes",
    ("canonical.carrier",),
    "SELECT w.no, count(*) AS count, string_agg(coalesce(t.name, t.carrier), ', ' ORDER BY t.carrier) AS names "
    "FROM wanted AS w JOIN canonical.carrier AS t ON t.channel = w.channel "
    "WHERE w.carrier IS NOT NULL AND w.order_id IS NULL GROUP BY w.no",
    (Field("names", "Names"),),
)
_CARRIER_USE = Source(
    "carrier_use",
    "b1",
    "Shipping type {carrier}",
    ("fact.carrier_use",),
    "SELECT w.no, t.carrier, t.mapped_as, t.channel_carrier, t.parcels, t.waiting, t.last_used_at FROM wanted AS w "
    "JOIN fact.carrier_use AS t ON t.channel = w.channel AND t.carrier = w.carrier WHERE w.order_id IS NULL",
    (
        Field("carrier", "Name in B1"),
        Field("mapped_as", "Name in the map"),
        Field("channel_carrier", "Mapped to"),
        Field("parcels", "Parcels", "quantity"),
        Field("waiting", "Orders that wait", "quantity"),
        Field("last_used_at", "Last used", "instant"),
    ),
)
_ON_SHELF = Source(
    "b1_item_on_shelf",
    "b1",
    "{item_code} in warehouse {warehouse}",
    ("canonical.b1_item_warehouse", "canonical.b1_batch_stock"),
    "SELECT w.no, t.item_code, t.warehouse, t.on_hand, t.committed, "
    "(SELECT sum(b.quantity) FROM canonical.b1_batch_stock AS b WHERE b.item_code = t.item_code "
    "AND b.warehouse = t.warehouse AND b.status = 'released') AS released "
    "FROM wanted AS w JOIN canonical.b1_item_warehouse AS t "
    "ON t.item_code = w.item_code AND t.warehouse = w.warehouse WHERE w.b1_object = 'order' AND w.order_id IS NOT NULL",
    (
        Field("on_hand", "On hand", "quantity"),
        Field("committed", "Committed", "quantity"),
        Field("released", "In released batches", "quantity"),
    ),
)
_DELIVERED_UNITS = Source(
    "b1_delivered_units",
    "b1",
    "{item_code} on the deliveries",
    ("canonical.b1_delivery_line", "matching.order_delivery"),
    "SELECT w.no, w.item_code, sum(l.quantity) AS quantity, sum(l.net) AS net, max(l.currency) AS currency "
    "FROM wanted AS w JOIN matching.order_delivery AS x ON x.channel = w.channel AND x.order_id = w.order_id "
    "JOIN canonical.b1_delivery_line AS l ON l.doc_entry = x.doc_entry AND l.item_code = w.item_code "
    "WHERE w.b1_object = 'delivery' GROUP BY w.no, w.item_code",
    (Field("quantity", "Quantity delivered", "quantity"), Field("net", "Net", "money")),
)
_COUNTERPART = Source(
    "b1_cutoff_counterpart",
    "b1",
    "{kind} {doc_num}",
    ("fact.delivery_cutoff", "canonical.b1_invoice", "canonical.b1_delivery"),
    "SELECT w.no, CASE WHEN w.b1_object = 'delivery' THEN 'Invoice' ELSE 'Delivery' END AS kind, "
    "coalesce(i.doc_num, d.doc_num) AS doc_num, coalesce(i.doc_on, d.doc_on) AS doc_on, "
    "coalesce(i.total, d.total) AS total, coalesce(i.currency, d.currency) AS currency FROM wanted AS w "
    "JOIN fact.delivery_cutoff AS c ON c.channel = w.channel AND c.period_code = w.period "
    "AND CAST(c.doc_entry AS VARCHAR) = w.doc_entry AND c.object = w.b1_object "
    "LEFT JOIN canonical.b1_invoice AS i ON w.b1_object = 'delivery' AND i.doc_entry = c.other_entry "
    "LEFT JOIN canonical.b1_delivery AS d ON w.b1_object = 'invoice' AND d.doc_entry = c.other_entry "
    "WHERE c.other_entry IS NOT NULL",
    (Field("doc_num", "Number"), Field("doc_on", "Date", "day"), Field("total", "Total", "money")),
)
_PERIOD = Source(
    "cutoff_period",
    "b1",
    "Period {name}",
    ("canonical.b1_period",),
    "SELECT w.no, t.name, t.from_on, t.to_on, t.status FROM wanted AS w "
    "JOIN canonical.b1_period AS t ON t.period_code = w.period WHERE w.b1_object IN ('delivery', 'invoice')",
    (Field("from_on", "From", "day"), Field("to_on", "To", "day"), Field("status", "Status")),
)

SOURCES = (
    _DEADLINE, _PACKAGES, _PARCEL_UNITS, _CARRIER_LIST, _CARRIER_USE, _ON_SHELF, _DELIVERED_UNITS, _COUNTERPART,
    _PERIOD,
)  # fmt: skip
