/*---
title    = "The totals of channel and B1 differ by more than their lines explain"
severity = "low"
owner    = "FIN"
subject  = "order"
reads    = ["canonical.sales_order", "canonical.sales_order_line", "canonical.sales_payment", "canonical.refund", "canonical.refund_line", "canonical.b1_order",
            "canonical.b1_invoice", "fact.order_side_by_side", "fact.order_item_side_by_side"]
needs    = ["canonical.sales_order.total", "canonical.sales_order_line.gross"]
muted_by = ["order_edited_after_post"]
means    = "The order's total and tax on the channel are compared with those of its one sales order, or of its invoice where there is no sales order, after taking off what single lines explain and B1's own rounding. A penny for each priced line is tolerated, ten pence at most. Gift cards are a way of paying and no discount; tips and charges belong to both totals."
why      = "The receivable in B1 is not what the customer paid; the difference turns up when the payout is allocated."
look     = "B1: the document's freight, discount and rounding. Channel: shipping, discounts, tips and duties of the order."
fix      = "Find the part that was left out. While the B1 document is open correct it, else post the difference."
prevent  = "Map every kind of charge and discount that the channel knows to a freight or discount in B1, and try a new kind with one order first."

[params]
tolerance_per_line = {type = "decimal", default = 0.01, why = "each priced line may be rounded once by half a penny on either side"}
tolerance_cap      = {type = "decimal", default = 0.10, why = "beyond ten pence nobody would call it rounding, however long the order"}
unit_tolerance     = {type = "decimal", default = 0.01, why = "the same as in order_line_mismatch, which reports those lines"}
---*/
WITH line_gap AS (
    -- lines that order_line_mismatch reports explain their own difference, and sets are judged by themselves
    SELECT i.order_no, SUM(i.net_difference) AS net, SUM(i.gross_difference) AS gross
    FROM fact.order_item_side_by_side AS i
    WHERE i.channel = $channel
      AND (i.channel_quantity <> i.b1_quantity OR i.set_sku IS NOT NULL
           OR (i.is_price_comparable AND ABS(i.net_difference) > $unit_tolerance * i.channel_quantity))
    GROUP BY i.order_no
),
residual AS (
    SELECT s.order_id, s.order_no, s.object, s.doc_entry, s.doc_num, s.currency, s.channel_total, s.b1_total, s.b1_updated_at,
           s.priced_lines,
           -- where the channel tells no tax, lines and totals are compared with it
           (s.b1_total - s.b1_rounding - CASE WHEN s.is_gross THEN 0 ELSE s.b1_tax END)
               - (COALESCE(s.channel_total, 0) - CASE WHEN s.is_gross THEN 0 ELSE s.channel_tax END)
               - COALESCE(g.net, 0) AS net,
           (s.b1_total - s.b1_rounding) - COALESCE(s.channel_total, 0) - COALESCE(g.gross, 0) AS gross
    FROM fact.order_side_by_side AS s
    LEFT JOIN line_gap AS g ON g.order_no = s.order_no
    WHERE s.channel = $channel
)
SELECT
    o.order_id                          AS subject_id,
    r.currency                          AS currency,
    r.channel_total                     AS expected,
    r.b1_total                          AS actual,
    ROUND(CAST(ABS(r.gross) AS DECIMAL(19,6)), 2) AS money_at_risk,
    o.placed_at                         AS occurred_at,
    r.b1_updated_at                     AS source_updated_at,
    o.order_id                          AS order_id,
    o.order_ref                         AS order_ref,
    r.object                            AS b1_object,
    r.doc_entry                         AS doc_entry,
    r.doc_num                           AS doc_num,
    CAST(r.gross AS DECIMAL(19,6))      AS note_unexplained
FROM residual AS r
JOIN canonical.sales_order AS o ON o.order_no = r.order_no
-- A difference of tax alone leaves either the net or the gross equal; the tax checks judge it.
WHERE ABS(r.net) > LEAST($tolerance_per_line * r.priced_lines, $tolerance_cap)
  AND ABS(r.gross) > LEAST($tolerance_per_line * r.priced_lines, $tolerance_cap)
ORDER BY o.placed_at, o.order_id
