/*---
title    = "The B1 document is in another currency than the order"
severity = "high"
owner    = "FIN"
subject  = "order"
reads    = ["canonical.sales_order", "canonical.b1_order", "canonical.b1_invoice", "fact.document_currency", "setting.channel"]
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
WITH booked AS (
    SELECT o.channel, o.order_id, o.order_ref, o.placed_at, o.currency, o.total, d.object, d.doc_entry, d.doc_num,
           d.currency AS b1_currency, d.total AS b1_total, d.total_local, d.created_at, d.updated_at,
           ROW_NUMBER() OVER (PARTITION BY d.order_no ORDER BY CASE WHEN d.object = 'order' THEN 0 ELSE 1 END, d.doc_entry)
               AS place
    FROM fact.document_currency AS d
    JOIN canonical.sales_order AS o ON o.order_no = d.order_no
    WHERE d.channel = $channel AND d.currency <> o.currency AND o.is_test IS NOT TRUE AND o.cancelled_at IS NULL
      AND NOT COALESCE(d.currency = o.presentment_currency
                       AND ABS(d.total - o.presentment_total) <= $tolerance, FALSE)
)
SELECT
    o.order_id                  AS subject_id,
    o.currency                  AS currency,
    o.total                     AS expected,
    CASE WHEN o.currency = c.currency THEN o.total_local ELSE o.b1_total END AS actual,
    CASE WHEN o.currency = c.currency THEN ROUND(ABS(o.total_local - o.total), 2)
         ELSE ROUND(o.total, 2) END AS money_at_risk,
    o.created_at                AS occurred_at,
    o.updated_at                AS source_updated_at,
    CASE WHEN ABS(o.b1_total - o.total) <= $tolerance THEN 'same_amount_other_currency' ELSE 'converted' END AS cause,
    o.order_id                  AS order_id,
    o.order_ref                 AS order_ref,
    o.object                    AS b1_object,
    o.doc_entry                 AS doc_entry,
    o.doc_num                   AS doc_num,
    o.currency                  AS note_order_currency,
    o.b1_currency               AS note_b1_currency,
    CONCAT('[', o.b1_total, ' ', o.b1_currency, ']') AS note_document_total
FROM booked AS o
JOIN setting.channel AS c ON c.channel = o.channel
WHERE o.place = 1
ORDER BY o.placed_at, o.order_id
