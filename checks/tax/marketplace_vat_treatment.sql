/*---
title    = "VAT is booked for an order on which somebody else owes it, or the reverse"
severity = "high"
owner    = "FIN"
subject  = "order"
reads    = ["canonical.sales_order", "canonical.sales_order_line", "canonical.sales_order_shipping", "canonical.b1_order",
            "canonical.b1_order_line", "canonical.b1_invoice", "canonical.b1_invoice_line", "canonical.b1_tax_code", "fact.tax_liability"]
needs    = ["canonical.sales_order.tax_collected_by", "canonical.sales_order.tax"]
muted_by = ["order_missing_in_b1"]
means    = "Where the channel says that it collected the VAT of an order and pays it to the authorities itself, the documents in B1 must carry no output VAT; where the seller owes it, they must not be without any."
why      = "VAT that the marketplace pays is paid twice; VAT that nobody pays is an assessment with a penalty."
look     = "Channel: the order's tax lines and who is liable for them. B1: the document's tax codes."
fix      = "Post the order with the tax code for sales through a marketplace that accounts for the VAT; credit and bill again what is invoiced. Ask the accountant before changing a whole channel."
prevent  = "Let the middleware choose the tax code by who collected the tax, not by the channel."
story    = "{Order}: {note_what}. The tax is {expected} on {channel} and {actual} in {b1}."

[causes]
collected_by_channel = "the channel collected the tax and remits it, and B1 books it as the seller's output VAT"
owed_by_seller       = "the seller owes the tax, and B1 books none"

[params]
seller_accounts   = {type = "bool", default = false, why = "set it for a channel whose VAT the seller accounts for although the channel says it collects; ask the accountant"}
seller_countries  = {type = "text", default = "", why = "the same for deliveries to single countries, their codes between bars; a seller established in the UK accounts for its own UK sales"}
---*/
SELECT
    l.order_id                          AS subject_id,
    l.currency                          AS currency,
    CASE WHEN l.is_collected THEN 0 ELSE l.channel_tax END AS expected,
    l.b1_tax                            AS actual,
    ROUND(CASE WHEN l.is_collected THEN l.b1_tax ELSE l.channel_tax END, 2) AS money_at_risk,
    l.placed_at                         AS occurred_at,
    l.updated_at                        AS source_updated_at,
    CASE WHEN l.is_collected THEN 'collected_by_channel' ELSE 'owed_by_seller' END AS cause,
    l.order_id                          AS order_id,
    l.order_ref                         AS order_ref,
    l.country                           AS country,
    l.object                            AS b1_object,
    l.doc_entry                         AS doc_entry,
    l.doc_num                           AS doc_num,
    CASE WHEN l.is_collected THEN 'the channel collected the VAT and pays it itself, but B1 books output VAT'
         ELSE 'the VAT is the seller''s to pay, but the document carries none' END AS note_what
FROM fact.tax_liability AS l
WHERE l.channel = $channel
  AND NOT (l.is_collected AND ($seller_accounts OR POSITION(
      CONCAT('|', COALESCE(l.country, '?'), '|') IN CONCAT('|', $seller_countries, '|')) > 0))
ORDER BY l.placed_at, l.order_id
