/*---
title    = "The B1 document is in another currency than the order"
severity = "high"
owner    = "FIN"
subject  = "order"
reads    = ["canonical.sales_order", "canonical.b1_order", "canonical.b1_invoice", "matching.order_document", "setting.channel"]
needs    = ["canonical.sales_order.currency", "canonical.sales_order.total"]
muted_by = ["order_missing_in_b1", "order_duplicate_in_b1"]
means    = "The currency of each order's sales order, or of its invoice where there is no sales order, is compared with the currency in which the channel settles. A document in the currency the customer saw, over the amount the customer saw, is right as well. What differs is shown in the company's own currency: the document's amount as B1 converted it, against the order's."
why      = "The receivable is not what was paid: an amount of pounds stands in the books as if it were euros, and the payout can never clear it."
look     = "B1: the document's currency and rate. Channel: the order's currency, and the currency in which it is paid out."
fix      = "Cancel the document and post it again in the order's currency; an invoice that was sent must be credited first."
prevent  = "Let the integration write the currency of the order into every document, or take the foreign currency off the channel's customer account."
story    = "{Order} comes to {expected} in {note_order_currency} on {channel}, and {b1_document} is in {note_b1_currency}: B1 makes {actual} of it."
[causes]
same_amount_other_currency = "the figure was kept and only the currency is wrong"
converted                  = "the amount was converted on the way"
[params]
tolerance = {type = "decimal", default = 0.02, why = "two figures that are the same but for rounding; headers only are compared"}
---*/
WITH document AS NOT MATERIALIZED (
    SELECT 'order' AS object, doc_entry, doc_num, currency, total, total_local, created_at, updated_at
    FROM canonical.b1_order
    UNION ALL
    SELECT 'invoice', doc_entry, doc_num, currency, total, total_local, created_at, updated_at
    FROM canonical.b1_invoice
),
-- where neither side is foreign, both are in the company's currency, which is the same for all channels
foreign_document AS MATERIALIZED (
    SELECT * FROM document WHERE currency <> (SELECT MIN(currency) FROM setting.channel)
),
foreign_order AS MATERIALIZED (
    SELECT channel, order_id FROM canonical.sales_order WHERE currency <> (SELECT MIN(currency) FROM setting.channel)
),
link AS (
    SELECT x.order_id, d.*
    FROM matching.order_document AS x
    JOIN foreign_document AS d ON d.object = CAST(x.object AS VARCHAR) AND d.doc_entry = x.doc_entry
    WHERE x.channel = $channel
    UNION
    SELECT x.order_id, d.*
    FROM matching.order_document AS x
    JOIN foreign_order AS o ON o.channel = x.channel AND o.order_id = x.order_id
    JOIN document AS d ON d.object = CAST(x.object AS VARCHAR) AND d.doc_entry = x.doc_entry
    WHERE x.channel = $channel
),
booked AS (
    SELECT d.*,
           ROW_NUMBER() OVER (PARTITION BY d.order_id ORDER BY CASE WHEN d.object = 'order' THEN 0 ELSE 1 END, d.doc_entry)
               AS place
    FROM link AS d
    JOIN canonical.sales_order AS o ON o.channel = $channel AND o.order_id = d.order_id
    WHERE d.currency <> o.currency
      AND NOT COALESCE(d.currency = o.presentment_currency
                       AND ABS(d.total - o.presentment_total) <= $tolerance, FALSE)
)
SELECT
    o.order_id                  AS subject_id,
    o.currency                  AS currency,
    o.total                     AS expected,
    CASE WHEN o.currency = c.currency THEN d.total_local ELSE d.total END AS actual,
    CASE WHEN o.currency = c.currency THEN ROUND(ABS(d.total_local - o.total), 2)
         ELSE ROUND(o.total, 2) END AS money_at_risk,
    d.created_at                AS occurred_at,
    d.updated_at                AS source_updated_at,
    CASE WHEN ABS(d.total - o.total) <= $tolerance THEN 'same_amount_other_currency' ELSE 'converted' END AS cause,
    o.order_id                  AS order_id,
    o.order_ref                 AS order_ref,
    d.object                    AS b1_object,
    d.doc_entry                 AS doc_entry,
    d.doc_num                   AS doc_num,
    o.currency                  AS note_order_currency,
    d.currency                  AS note_b1_currency,
    CONCAT(CAST(CAST(d.total AS DECIMAL(19,2)) AS VARCHAR), ' ', d.currency) AS note_document_total
FROM booked AS d
JOIN canonical.sales_order AS o ON o.channel = $channel AND o.order_id = d.order_id
JOIN setting.channel AS c ON c.channel = o.channel
WHERE d.place = 1 AND o.is_test IS NOT TRUE AND o.cancelled_at IS NULL
ORDER BY o.placed_at, o.order_id
