/*---
title    = "The order was changed on the channel after B1 had posted it, and B1 still has it as it was"
severity = "medium"
owner    = "OPS"
subject  = "order"
reads    = ["canonical.sales_order", "canonical.sales_order_line", "canonical.cancellation", "canonical.refund", "canonical.refund_line",
            "canonical.b1_order", "canonical.b1_invoice", "canonical.b1_delivery", "fact.order_side_by_side", "fact.order_item_side_by_side",
            "fact.order_edit"]
needs    = ["canonical.sales_order.total", "canonical.sales_order_line.quantity"]
means    = "What was booked is compared with the order as it is on the channel now: its units, its prices and the country it goes to. It fires where the channel changed one of them after the sales order was made, an hour has passed, and B1 still shows the old state. Changes of notes, tags or parcels are no changes here. Of the address only the country is kept, so a change within the country is not seen."
why      = "The warehouse packs what the customer no longer wants, or sends it where nobody waits for it, and the invoice asks for another amount than was paid."
look     = "Channel: the order's history. B1: the lines of the sales order and whether a pick list was made."
fix      = "Before dispatch, change the sales order or cancel it and post it again. After dispatch, credit or invoice the difference."
prevent  = "Let the integration listen to changes of orders and not only to new ones, and let it update a sales order until it is picked."
story    = "{Order} was changed on {channel}{occurred_on}, after B1 had posted it: it comes to {expected} there, and {b1_document} in B1 still says {actual}. {note_stage}"
[causes]
units_taken_off = "units were taken off the order or called off, and B1 still has them"
units_added     = "units or items were added to the order, and B1 does not have them"
lines_exchanged = "some items were taken off and others added, and B1 has the old ones"
price_changed   = "the price or the charges of the order were changed, and B1 has the old amount"
address_changed = "the order goes to another country now, and the sales order was not touched since"
[params]
grace_minutes      = {type = "int", default = 60, why = "a change travels with the next run like an order does; an hour is four misses"}
tolerance_per_line = {type = "decimal", default = 0.01, why = "each priced line may be rounded once by half a penny on either side"}
tolerance_cap      = {type = "decimal", default = 0.10, why = "beyond ten pence nobody would call it rounding, however long the order"}
---*/
WITH edited AS (
    SELECT e.order_id, e.object, e.doc_entry, e.edited_at, e.known_by, e.is_country, e.is_dispatched, e.is_less, e.is_more,
           COALESCE(e.currency, o.currency) AS currency, o.order_ref, o.total AS channel_total,
           COALESCE(e.b1_total, o.total) AS b1_total, o.updated_at, d.doc_num, d.total AS doc_total,
           CASE WHEN e.is_country THEN 0
                ELSE ABS(e.channel_total - e.b1_total) END AS difference,
           ROW_NUMBER() OVER (PARTITION BY e.order_id ORDER BY CASE WHEN e.is_country THEN 0 ELSE 1 END) AS place
    FROM fact.order_edit AS e
    JOIN canonical.sales_order AS o ON o.order_no = e.order_no
    JOIN canonical.b1_order AS d ON d.doc_entry = e.doc_entry
    WHERE e.channel = $channel AND o.cancelled_at IS NULL
      AND e.edited_at + $grace_minutes * INTERVAL 1 MINUTE <= CAST($as_of AS TIMESTAMP)
      -- an address matters until the goods are gone
      AND CASE WHEN e.is_country THEN e.dispatched_at IS NULL OR e.dispatched_at > e.edited_at
               ELSE e.is_less OR e.is_more
                    OR ABS(e.channel_total - e.b1_total) > LEAST($tolerance_per_line * e.priced_lines, $tolerance_cap) END
)
SELECT
    e.order_id                          AS subject_id,
    e.currency                          AS currency,
    e.channel_total                     AS expected,
    e.b1_total                          AS actual,
    ROUND(CASE WHEN e.is_country THEN e.channel_total ELSE e.difference END, 2) AS money_at_risk,
    e.edited_at                         AS occurred_at,
    e.updated_at                        AS source_updated_at,
    CASE WHEN e.is_dispatched THEN 'medium' ELSE 'high' END AS severity,
    CASE WHEN e.is_country THEN 'address_changed'
         WHEN e.is_less AND e.is_more THEN 'lines_exchanged'
         WHEN e.is_less THEN 'units_taken_off'
         WHEN e.is_more THEN 'units_added' ELSE 'price_changed' END AS cause,
    e.order_id                          AS order_id,
    e.order_ref                         AS order_ref,
    e.object                            AS b1_object,
    e.doc_entry                         AS doc_entry,
    e.doc_num                           AS doc_num,
    CASE WHEN e.is_dispatched THEN 'The goods are on their way already.' ELSE 'The goods have not left yet.' END AS note_stage,
    CASE e.known_by WHEN 'earlier_version' THEN 'the order was read before the change and after it'
                    WHEN 'called_off' THEN 'the channel tells when the units were called off'
                    ELSE 'the channel marks the order as edited' END AS note_known_by
FROM edited AS e
WHERE e.place = 1
ORDER BY e.edited_at, e.order_id
