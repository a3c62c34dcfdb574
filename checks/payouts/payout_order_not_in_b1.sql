/*---
title    = "A provider settled a sale or a refund that B1 knows nothing of"
severity = "high"
owner    = "FIN"
subject  = "settled"
reads    = ["canonical.payout_line", "canonical.sales_order", "canonical.sales_payment", "canonical.refund",
            "canonical.b1_order", "canonical.b1_invoice", "canonical.b1_credit_memo", "canonical.b1_draft",
            "fact.payout_item", "fact.payout_order", "matching.channel_order", "matching.open_document",
            "matching.order_document", "matching.refund_credit_memo", "matching.refund_draft", "setting.channel"]
needs    = ["canonical.payout_line.gross"]
muted_by = ["order_missing_in_b1", "refund_without_credit_memo", "payout_identity_break"]
means    = "Every sale in the provider's account must have a sales order or an invoice in B1 (a draft counts), every refund a credit memo. Left out are sales that were given back in full, movements from before the first order that the channel tells, orders of another channel that shares the account, and what is younger than the grace for orders or refunds."
why      = "Money was taken or given back for something that is in no book, so nobody can say what it was for."
look     = "The provider's movement and its order number; the channel's order, also among deleted ones; B1: Sales > Sales Order."
fix      = "Bring the order into B1, or the refund into the shop. If it belongs to another shop, keep the two apart at the provider."
prevent  = "Make sales and refunds in the shop only, never in the provider's dashboard; never delete an order that was paid."
story    = "{channel} settled {money} for {note_what}, and SAP Business One holds no document for it."
[causes]
order_unknown = "the channel does not know the order either"
order_not_posted = "the channel knows the order, and it was never posted"
no_order_number = "the provider names no order for the sale"
refund_unknown = "the channel does not know the refund: it was made in the provider's dashboard"
refund_not_posted = "the channel knows the refund, and it was never credited"
---*/
WITH own AS (
    SELECT channel, MIN(placed_at) AS first_at FROM canonical.sales_order WHERE channel = $channel GROUP BY channel
), unknown AS (
    SELECT i.channel, COALESCE(i.order_ref, i.line_id) AS subject_id, MIN(i.currency) AS currency, SUM(i.gross) AS amount,
           MAX(i.processed_at) AS last_at, MAX(i.payout_id) AS payout_id, MAX(i.order_ref) AS order_ref
    FROM fact.payout_item AS i
    JOIN own AS s ON s.channel = i.channel AND i.processed_at >= s.first_at
    LEFT JOIN matching.open_document AS d
      ON d.channel = i.channel AND d.reference_key = i.reference_key AND d.object IN ('order', 'invoice', 'draft')
    LEFT JOIN matching.channel_order AS x ON x.channel <> i.channel AND x.reference_key = i.reference_key
    WHERE i.channel = $channel AND i.order_id IS NULL AND i.kind = 'charge' AND d.doc_entry IS NULL AND x.order_id IS NULL
    GROUP BY i.channel, COALESCE(i.order_ref, i.line_id)
), unposted AS (
    SELECT p.order_id, p.currency, p.charged AS amount, p.last_at, p.payout_id
    FROM fact.payout_order AS p
    JOIN canonical.sales_order AS o ON o.order_no = p.order_no
    WHERE p.channel = $channel AND p.charged > 0 AND p.orders = 0 AND p.invoices = 0 AND p.open_drafts = 0
      AND p.charged + p.given_back > 0 AND COALESCE(o.refunded, 0) < o.total AND o.payment_status <> 'refunded'
      AND o.is_confirmed IS NOT FALSE
), credited AS (
    SELECT x.order_no, SUM(m.total) AS total
    FROM matching.order_document AS x
    JOIN canonical.b1_credit_memo AS m ON m.doc_entry = x.doc_entry
    LEFT JOIN matching.refund_credit_memo AS r ON r.channel = x.channel AND r.doc_entry = x.doc_entry
    WHERE x.channel = $channel AND x.object = 'credit_memo' AND r.refund_id IS NULL
    GROUP BY x.order_no
), stray AS (
    SELECT i.order_id, i.order_no, MIN(i.currency) AS currency, -SUM(i.gross) AS amount,
           MAX(i.processed_at) AS last_at, MAX(i.payout_id) AS payout_id
    FROM fact.payout_item AS i
    -- what was never invoiced is taken back in B1 by cancelling the sales order
    JOIN fact.payout_order AS p ON p.order_no = i.order_no AND p.invoices > 0
    WHERE i.channel = $channel AND i.kind = 'refund' AND i.refund_id IS NULL
    GROUP BY i.order_id, i.order_no HAVING SUM(i.gross) < 0
), uncredited AS (
    SELECT i.order_id, i.refund_id, MIN(i.currency) AS currency, -SUM(i.gross) AS amount,
           MAX(i.processed_at) AS last_at, MAX(i.payout_id) AS payout_id
    FROM fact.payout_item AS i
    LEFT JOIN matching.refund_credit_memo AS m ON m.channel = i.channel AND m.refund_id = i.refund_id
    LEFT JOIN matching.refund_draft AS d ON d.channel = i.channel AND d.refund_id = i.refund_id
    JOIN fact.payout_order AS p ON p.order_no = i.order_no AND p.invoices > 0
    WHERE i.channel = $channel AND i.kind = 'refund' AND i.refund_id IS NOT NULL
      AND m.doc_entry IS NULL AND d.doc_entry IS NULL
    GROUP BY i.order_id, i.refund_id HAVING SUM(i.gross) < 0
), found AS (
    SELECT u.subject_id, u.currency, u.amount, u.last_at, u.payout_id, NULL AS order_id, NULL AS refund_id, u.order_ref,
           CASE WHEN u.order_ref IS NULL THEN 'no_order_number' ELSE 'order_unknown' END AS cause,
           CONCAT('a sale', COALESCE(CONCAT(' of order ', u.order_ref), ' without an order number')) AS what,
           FALSE AS is_refund
    FROM unknown AS u
    UNION ALL
    SELECT u.order_id, u.currency, u.amount, u.last_at, u.payout_id, u.order_id, NULL, NULL, 'order_not_posted',
           'a sale that the channel knows', FALSE
    FROM unposted AS u
    UNION ALL
    SELECT CONCAT(s.order_id, ':refund'), s.currency, s.amount, s.last_at, s.payout_id, s.order_id, NULL, NULL,
           'refund_unknown', 'a refund that the channel does not know', TRUE
    FROM stray AS s
    LEFT JOIN credited AS c ON c.order_no = s.order_no
    WHERE c.total IS NULL OR c.total <> s.amount
    UNION ALL
    SELECT u.refund_id, u.currency, u.amount, u.last_at, u.payout_id, u.order_id, u.refund_id, NULL,
           'refund_not_posted', 'a refund that the channel knows', TRUE
    FROM uncredited AS u
)
SELECT
    f.subject_id                        AS subject_id,
    f.currency                          AS currency,
    f.amount                            AS expected,
    0                                   AS actual,
    ROUND(f.amount, 2)                  AS money_at_risk,
    f.last_at                           AS occurred_at,
    f.cause                             AS cause,
    f.order_id                          AS order_id,
    f.order_ref                         AS order_ref,
    f.refund_id                         AS refund_id,
    f.payout_id                         AS payout_id,
    f.what                              AS note_what
FROM found AS f
JOIN setting.channel AS c ON c.channel = $channel
WHERE f.last_at + CASE WHEN f.is_refund THEN c.grace_refund_minutes ELSE c.grace_order_minutes END * INTERVAL 1 MINUTE
      <= CAST($as_of AS TIMESTAMP)
ORDER BY f.last_at, f.subject_id
