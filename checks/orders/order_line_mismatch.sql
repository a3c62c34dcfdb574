/*---
title    = "An item's quantity or price differs between the channel order and B1"
severity = "medium"
owner    = "INT"
subject  = "order_line"
measure  = "quantity"
reads    = ["canonical.sales_order", "canonical.sales_order_line", "canonical.sales_payment", "canonical.refund", "canonical.refund_line", "canonical.b1_order",
            "canonical.b1_invoice", "canonical.b1_item", "canonical.b1_bom", "fact.order_item_side_by_side"]
needs    = ["canonical.sales_order_line.sku", "canonical.sales_order_line.quantity", "canonical.sales_order_line.gross"]
muted_by = ["order_edited_after_post"]
why      = "The warehouse sends something else than the customer ordered, or the invoice shows another price than was paid."
look     = "Channel: the order's lines. B1: the lines of the document, with item code, unit of measure and discount."
fix      = "Correct the line in B1 before it is picked. If the mapping of the SKU or its unit is wrong, mend that first."
means    = "The lines of the order and of its B1 document are added up by item, with sets taken apart, SKUs translated and units taken out before booking left out. Quantities must be equal; the net price of a unit may differ by the tolerance. Where the channel tells no tax, amounts with tax are compared."
prevent  = "Let prices and quantities of channel orders be changed on the channel only, and keep the SKU map and the units of measure in step with B1."

[params]
unit_tolerance = {type = "decimal", default = 0.01, why = "a unit price is written with two decimals; less than a penny is how it was rounded"}
---*/
SELECT
    CONCAT(i.order_id, ':', i.item_code) AS subject_id,
    o.currency                          AS currency,
    CASE WHEN i.channel_quantity <> i.b1_quantity THEN i.channel_quantity ELSE i.channel_net END AS expected,
    CASE WHEN i.channel_quantity <> i.b1_quantity THEN i.b1_quantity ELSE i.b1_net END AS actual,
    ROUND(ABS(i.gross_difference), 2)   AS money_at_risk,
    o.placed_at                         AS occurred_at,
    o.updated_at                        AS source_updated_at,
    CASE WHEN i.channel_quantity <> i.b1_quantity THEN 'high' ELSE 'medium' END AS severity,
    o.order_id                          AS order_id,
    o.order_ref                         AS order_ref,
    i.item_code                         AS sku,
    i.object                            AS b1_object,
    i.doc_entry                         AS doc_entry,
    CASE WHEN NOT i.is_gross THEN i.channel_net END AS note_channel_net,
    CASE WHEN NOT i.is_gross THEN i.b1_net END      AS note_b1_net,
    CASE WHEN i.is_gross THEN i.channel_net END     AS note_channel_gross,
    CASE WHEN i.is_gross THEN i.b1_net END          AS note_b1_gross
FROM fact.order_item_side_by_side AS i
JOIN canonical.sales_order AS o ON o.order_no = i.order_no
WHERE i.channel = $channel
  AND (i.channel_quantity <> i.b1_quantity
       OR (i.is_price_comparable AND ABS(i.net_difference) > $unit_tolerance * i.channel_quantity))
  -- what comes out of a set is judged as a set (bundle_explosion_mismatch)
  AND i.set_sku IS NULL
  -- a gift that only B1 knows costs nobody anything
  AND NOT (i.channel_quantity = 0 AND i.net_difference = 0 AND i.gross_difference = 0)
ORDER BY o.placed_at, i.order_id, i.item_code
