/*---
title    = "B1 does not keep the marketplace's package number"
severity = "medium"
owner    = "INT"
subject  = "order"
measure  = "text"
reads    = ["canonical.sales_order", "canonical.shipment", "canonical.b1_order", "canonical.b1_delivery",
            "setting.channel", "fact.package_kept"]
needs    = ["canonical.shipment.package_id", "canonical.sales_order.total"]
muted_by = ["shipped_on_channel_not_in_b1"]
means    = "TikTok Shop gives every package a number when its dispatch is arranged. Half an hour later that number must stand in B1, on the sales order or on one of the deliveries, in the field that auditor.toml names. The finding comes when the field is empty, or when it holds numbers that the order does not have. Orders without a package yet do not count."
why      = "Every later message about the parcel names the package, not the order: without its number a change of the tracking number, a label or a delivery cannot be passed on."
look     = "Channel: the order's packages. B1: the user field of the delivery, and the middleware's log of the run that arranged the dispatch."
fix      = "Read the package number from the channel and write it into the field of the delivery."
prevent  = "Let the middleware write the number in the same step in which it arranges the dispatch, and repeat that step until both are done."
story    = "{channel} numbered the package of {order} {package_id}, but {b1} {note_kept} on {b1_document}."

[causes]
empty   = "the field was never written"
unknown = "the field holds a number that is none of this order's packages"
partial = "some of the order's packages are written, others are not"

[params]
grace_minutes = {type = "int", default = 30, why = "two runs of the sync that writes the number"}
---*/
SELECT
    k.order_id                  AS subject_id,
    o.currency                  AS currency,
    k.expected                  AS expected,
    k.actual                    AS actual,
    ROUND(o.total, 2)           AS money_at_risk,
    k.due_at                    AS occurred_at,
    k.updated_at                AS source_updated_at,
    CASE WHEN k.has_delivery THEN 'high' END AS severity,
    CASE WHEN k.actual IS NULL THEN 'empty' WHEN k.missing = k.expected THEN 'unknown' ELSE 'partial' END AS cause,
    k.order_id                  AS order_id,
    o.order_ref                 AS order_ref,
    k.missing                   AS package_id,
    k.object                    AS b1_object,
    k.doc_entry                 AS doc_entry,
    k.doc_num                   AS doc_num,
    CASE WHEN k.actual IS NULL THEN 'has no number' ELSE CONCAT('has ', k.actual) END AS note_kept
FROM fact.package_kept AS k
JOIN canonical.sales_order AS o ON o.order_no = k.order_no
WHERE k.channel = $channel AND o.cancelled_at IS NULL AND o.is_test IS NOT TRUE
  AND k.due_at + $grace_minutes * INTERVAL 1 MINUTE <= CAST($as_of AS TIMESTAMP)
ORDER BY k.due_at, k.order_id
