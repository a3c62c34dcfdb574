/*---
title    = "Money went back to the customer, but B1 has no credit memo"
severity = "high"
owner    = "FIN"
subject  = "refund"
reads    = ["canonical.refund", "canonical.refund_line", "canonical.sales_order", "canonical.b1_credit_memo", "canonical.b1_invoice",
            "canonical.b1_draft", "matching.document_count", "matching.refund_credit_memo", "matching.refund_draft",
            "matching.ambiguous", "setting.channel"]
needs    = ["canonical.refund.total", "canonical.refund.transaction_status"]
confirm  = ["canonical.b1_credit_memo by refund_id", "canonical.b1_credit_memo by order_ref", "canonical.b1_draft by refund_id"]
grace    = "refund"
means    = "Each refund that succeeded is looked for among the credit memos that count: by the refund's id, else by order, amount and day where only one fits. A draft is enough. A refund may take the promised time to be credited; an order that was never invoiced needs no credit memo."
why      = "Revenue, VAT and the receivable are too high by the refund until it is credited."
look     = "B1: A/R Credit Memos of the business partner, by the refund's id or the order's number."
fix      = "Create the credit memo from the original invoice lines as a draft, with the refund's id, payment id and reason; then add it."
prevent  = "Let the middleware report each refund that it could not credit, and look at the exceptions every day."
---*/
WITH uncredited AS (
    SELECT r.refund_id, r.order_id, r.order_no, r.currency, r.total, r.updated_at, r.reason,
           COALESCE(r.processed_at, r.created_at) AS occurred_at
    FROM canonical.refund AS r
    JOIN setting.channel AS k ON k.channel = r.channel
    WHERE r.channel = $channel
      AND r.transaction_status = 'success' AND r.total > 0 AND COALESCE(r.gateway, '') <> 'gift_card'
      AND COALESCE(r.processed_at, r.created_at) + k.grace_refund_minutes * INTERVAL 1 MINUTE <= CAST($as_of AS TIMESTAMP)
      AND NOT EXISTS (SELECT 1 FROM matching.refund_credit_memo AS x
                      WHERE x.channel = r.channel AND x.refund_id = r.refund_id)
      AND NOT EXISTS (SELECT 1 FROM matching.refund_draft AS x
                      WHERE x.channel = r.channel AND x.refund_id = r.refund_id)
),
doubtful AS (
    -- several equal refunds and as many equal credit memos of an order: which is which does not matter
    SELECT r.order_no
    FROM matching.ambiguous AS a
    JOIN canonical.refund AS r ON r.channel = a.channel AND r.refund_id = a.subject_id
    WHERE a.channel = $channel AND a.subject = 'refund'
    GROUP BY r.order_no
    HAVING COUNT(DISTINCT a.doc_entry) >= COUNT(DISTINCT a.subject_id)
)
SELECT
    r.refund_id                         AS subject_id,
    r.currency                          AS currency,
    r.total                             AS expected,
    NULL                                AS actual,
    ROUND(r.total, 2)                   AS money_at_risk,
    r.occurred_at                       AS occurred_at,
    r.updated_at                        AS source_updated_at,
    r.order_id                          AS order_id,
    o.order_ref                         AS order_ref,
    r.refund_id                         AS refund_id,
    'invoice'                           AS b1_object,
    c.invoice_entry                     AS doc_entry,
    r.reason                            AS note_reason
FROM uncredited AS r
JOIN canonical.sales_order AS o ON o.order_no = r.order_no AND o.is_test IS NOT TRUE
-- never invoiced: then the sales order is cancelled, and nothing is credited
JOIN matching.document_count AS c ON c.order_no = r.order_no AND c.invoices > 0
WHERE NOT EXISTS (SELECT 1 FROM matching.ambiguous AS a
                  JOIN doubtful AS d ON d.order_no = r.order_no
                  WHERE a.channel = $channel AND a.subject = 'refund' AND a.subject_id = r.refund_id)
ORDER BY r.occurred_at, r.refund_id
