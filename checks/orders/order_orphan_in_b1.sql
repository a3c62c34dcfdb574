/*---
title    = "A B1 document of the channel names an order that the channel does not have"
severity = "medium"
owner    = "FIN"
subject  = "document"
measure  = "text"
reads    = ["canonical.sales_order", "canonical.b1_order", "canonical.b1_delivery", "canonical.b1_invoice",
            "matching.open_document", "matching.nearest_order", "matching.order_document", "fact.order_orphan"]
needs    = ["canonical.sales_order.order_ref", "canonical.sales_order.placed_at"]
means    = "Every sales order, delivery and invoice on the channel's customer account is looked up among the channel's orders by its reference. Nothing is tolerated in the reference itself; documents of orders from before the first order that was read, cancelled documents, and documents in the series for orders typed by hand are left out. A document is named once, where the wrong number was first written."
why      = "Revenue stands in the books that no sale on the channel explains, or a right order hides behind a wrong number and cannot be found."
look     = "B1: the document's Customer Ref. No. and who made it. Channel: the order whose number differs by one character, where one is named."
fix      = "If an order is named, write its number into the document's reference. If the goods were booked twice, cancel this document or credit it. If nobody knows the order, cancel it while it is open."
prevent  = "Let the integration write the reference, and give orders that people type in a series of their own (manual_series)."
story    = "The {b1_document} of {channel}'s customer account over {money} carries the reference {actual}, which is no order of {channel}. {note_likely_order}"
[causes]
reference_typo      = "the number was written wrongly; an order of the same amount differs from it by one character"
booked_again        = "an order of the same amount differs by one character and has its own document already, so this one is probably its second booking"
other_than_its_base = "the document it was drawn from carries the right number, and this one another"
unknown_order       = "no order of the channel has this number or one like it; it was typed in, deleted on the channel, or belongs to another shop"
[params]
grace_minutes = {type = "int", default = 60, why = "a document never comes before its order, but the channel's list may lag behind by some runs"}
margin_days   = {type = "int", default = 3, why = "around the first order that was read, a document may still belong to one from before it"}
---*/
SELECT
    CONCAT(d.object, ':', CAST(d.doc_entry AS VARCHAR)) AS subject_id,
    d.currency                          AS currency,
    o.order_ref                         AS expected,
    d.reference                         AS actual,
    ROUND(ABS(d.total), 2)              AS money_at_risk,
    d.created_at                        AS occurred_at,
    d.updated_at                        AS source_updated_at,
    d.cause                             AS cause,
    o.order_id                          AS order_id,
    o.order_ref                         AS order_ref,
    d.object                            AS b1_object,
    d.doc_entry                         AS doc_entry,
    d.doc_num                           AS doc_num,
    CASE WHEN o.order_ref IS NULL THEN '' ELSE CONCAT('It is most likely meant for ', o.order_ref, '.') END
                                        AS note_likely_order
FROM fact.order_orphan AS d
LEFT JOIN canonical.sales_order AS o ON o.order_no = d.order_no
WHERE d.channel = $channel
  AND d.created_at + $grace_minutes * INTERVAL 1 MINUTE <= CAST($as_of AS TIMESTAMP)
  -- an order from before the first one that is known is archived, not invented
  AND (d.order_id IS NOT NULL OR (d.created_at > d.first_placed_at + $margin_days * INTERVAL 1 DAY
                                  AND NOT d.is_below_first_number))
ORDER BY d.created_at, d.object, d.doc_entry
