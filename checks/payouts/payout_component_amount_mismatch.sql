/*---
title    = "A provider settled another amount than the sale or refund had"
severity = "low"
owner    = "FIN"
subject  = "settled"
reads    = ["canonical.payout_line", "canonical.sales_order", "canonical.sales_payment", "canonical.refund",
            "canonical.b1_order", "canonical.b1_invoice", "canonical.b1_credit_memo", "fact.payout_item",
            "fact.payout_order", "matching.refund_credit_memo"]
needs    = ["canonical.payout_line.gross", "canonical.sales_order.total"]
muted_by = ["payout_identity_break", "refund_amount_mismatch", "order_total_mismatch"]
means    = "All that a provider settled for a sale, over all payouts, against the sales order in B1 (the invoices where there is none), less what was paid with gift cards, store credit or by hand; and all that it gave back for a refund against its credit memos. Two pennies are tolerated. What the platform paid of the price counts as paid. Where the provider agrees with the shop, the difference lies between shop and B1 and is reported there; while the shop itself tells that only a part was collected, nothing is."
why      = "The customer paid, or got back, something else than what the books say, and the rest stays on the clearing account."
look     = "The provider's movement beside the order's payments in the shop; B1: the sales order, invoice or credit memo."
fix      = "Find out which amount is right. Claim a missing part from the provider; correct the document in B1 if the provider is right."
prevent  = "Let nobody change amounts in the provider's dashboard; change orders and refunds in the shop."
story    = "For {order} {channel} settled {actual}, where the books in SAP Business One hold {expected} ({note_what})."
[causes]
sale_differs = "the provider collected another amount than the order has"
refund_differs = "the provider gave back another amount than the refund has"
[params]
tolerance = {type = "decimal", default = 0.02, why = "only totals are compared, and each side rounds once"}
---*/
WITH memo AS (
    SELECT x.channel, x.refund_id, SUM(m.total) AS total, MIN(m.doc_entry) AS doc_entry
    FROM matching.refund_credit_memo AS x
    JOIN canonical.b1_credit_memo AS m ON m.doc_entry = x.doc_entry
    WHERE x.channel = $channel
    GROUP BY x.channel, x.refund_id
), back AS (
    SELECT channel, refund_id, order_id, MIN(currency) AS currency, SUM(gross) AS given_back,
           MAX(processed_at) AS last_at, MAX(payout_id) AS payout_id
    FROM fact.payout_item
    WHERE channel = $channel AND kind = 'refund' AND refund_id IS NOT NULL
    GROUP BY channel, refund_id, order_id
), found AS (
    SELECT p.order_id AS subject_id, p.currency, p.b1_total - p.paid_elsewhere AS expected, p.charged AS actual,
           p.last_at, 'sale_differs' AS cause, p.order_id, NULL AS refund_id, p.payout_id, p.object AS b1_object,
           p.doc_entry, 'the sale' AS what
    FROM fact.payout_order AS p
    JOIN canonical.sales_order AS o ON o.order_no = p.order_no
    WHERE p.channel = $channel AND p.charged <> 0 AND p.b1_total IS NOT NULL
      AND ABS(p.charged - (p.b1_total - p.paid_elsewhere)) > $tolerance
      AND ABS(p.charged - (o.total - p.paid_elsewhere)) > $tolerance
      AND NOT (p.charged < p.b1_total AND (p.charged = COALESCE(p.captured, 0) OR o.payment_status = 'partially_paid'))
    UNION ALL
    SELECT b.refund_id, b.currency, m.total, -b.given_back, b.last_at, 'refund_differs', b.order_id, b.refund_id,
           b.payout_id, 'credit_memo', m.doc_entry, 'the refund'
    FROM back AS b
    JOIN memo AS m ON m.channel = b.channel AND m.refund_id = b.refund_id
    JOIN canonical.refund AS r ON r.channel = b.channel AND r.refund_id = b.refund_id
    WHERE ABS(-b.given_back - m.total) > $tolerance AND ABS(-b.given_back - r.total) > $tolerance
)
SELECT
    f.subject_id                        AS subject_id,
    f.currency                          AS currency,
    f.expected                          AS expected,
    f.actual                            AS actual,
    ROUND(ABS(f.actual - f.expected), 2) AS money_at_risk,
    f.last_at                           AS occurred_at,
    f.cause                             AS cause,
    f.order_id                          AS order_id,
    f.refund_id                         AS refund_id,
    f.payout_id                         AS payout_id,
    f.b1_object                         AS b1_object,
    f.doc_entry                         AS doc_entry,
    f.what                              AS note_what
FROM found AS f
ORDER BY f.last_at, f.subject_id
