/*---
title    = "B1 credited the customer, but no money went back"
severity = "high"
owner    = "FIN"
subject  = "credit_memo"
reads    = ["canonical.b1_credit_memo", "canonical.b1_credit_memo_line", "canonical.b1_credit_memo_expense", "canonical.b1_payment",
            "canonical.b1_payment_invoice", "canonical.refund", "canonical.return_case", "canonical.sales_order",
            "canonical.payout_line", "fact.order_credit_memo"]
confirm  = ["canonical.refund by order_id"]
needs    = ["canonical.refund.total", "canonical.refund.transaction_status"]
muted_by = ["order_missing_in_b1"]
means    = "Every credit memo that counts and belongs to an order of the channel must give back money that the channel paid back. It is set beside the refunds by the refund's id, else by order and amount. Three days are left for the refund to follow."
why      = "Either the customer still waits for the money, or revenue and VAT were lowered for nothing; both also hide fraud."
look     = "B1: the A/R credit memo, its reason, and whether an outgoing payment was made for it. Channel: the order's refunds and payments."
fix      = "Pay the customer back through the channel, or cancel the credit memo. If the money went another way, write the reason on the credit memo."
prevent  = "Make credit memos from refunds only, and let people choose a reason from a list when they must type one."
story    = "{Order}: {b1} holds {b1_document} over {actual}, but on {channel} {note_found}."

[causes]
no_refund      = "the channel has no refund for this order that is not credited already"
refund_failed  = "the refund was tried on the channel and failed, and the credit memo was made all the same"
unknown_refund = "the credit memo names a refund that the channel does not know"

[params]
grace_days = {type = "int", default = 3, why = "a clerk may credit first and pay back on the next working day"}
reasons    = {type = "text", default = "price correction|goodwill|manual refund|bank refund", why = "reasons with which a credit memo needs no refund of the channel, between bars"}
---*/
WITH unpaid AS (
    SELECT m.channel, m.order_id, m.order_no, m.doc_entry, m.doc_num, m.currency, m.total, m.created_at, m.updated_at,
           m.return_reason, m.named_refund, m.refund_id, m.is_failed, o.order_ref
    FROM fact.order_credit_memo AS m
    JOIN canonical.sales_order AS o ON o.order_no = m.order_no
    WHERE m.channel = $channel
      AND (m.refund_id IS NULL OR m.is_failed)
      -- equal candidates, a copy of another credit memo, a refund that waits for its own: each is told elsewhere
      AND NOT m.is_ambiguous AND m.copied_refund IS NULL AND NOT m.is_refund_waiting
      AND m.total > m.goodwill
      AND o.is_test IS NOT TRUE
      -- nothing was ever taken, so nothing can go back
      AND COALESCE(o.payment_status, 'unknown') NOT IN ('voided', 'expired', 'authorized', 'pending')
      AND m.created_at + $grace_days * INTERVAL 1 DAY <= CAST($as_of AS TIMESTAMP)
      AND POSITION(CONCAT('|', LOWER(COALESCE(TRIM(m.return_reason), '?')), '|') IN CONCAT('|', LOWER($reasons), '|')) = 0
)
SELECT
    CONCAT('credit_memo:', CAST(u.doc_entry AS VARCHAR)) AS subject_id,
    u.currency                          AS currency,
    NULL                                AS expected,
    u.total                             AS actual,
    ROUND(u.total, 2)                   AS money_at_risk,
    u.created_at                        AS occurred_at,
    u.updated_at                        AS source_updated_at,
    CASE WHEN u.is_failed THEN 'refund_failed'
         WHEN COALESCE(u.named_refund, '') <> '' THEN 'unknown_refund'
         ELSE 'no_refund' END           AS cause,
    u.order_id                          AS order_id,
    u.order_ref                         AS order_ref,
    u.refund_id                         AS refund_id,
    'credit_memo'                       AS b1_object,
    u.doc_entry                         AS doc_entry,
    u.doc_num                           AS doc_num,
    CASE WHEN u.is_failed THEN 'the refund failed'
         WHEN COALESCE(u.named_refund, '') <> '' THEN CONCAT('there is no refund ', u.named_refund)
         ELSE 'no money was paid back for it' END AS note_found,
    u.return_reason                     AS note_reason
FROM unpaid AS u
-- exchanged for other goods
WHERE NOT EXISTS (SELECT 1 FROM canonical.return_case AS c
                  WHERE c.order_no = u.order_no AND c.has_exchange)
  -- paid back from the bank
  AND NOT EXISTS (SELECT 1 FROM canonical.b1_payment_invoice AS i
                  JOIN canonical.b1_payment AS p ON p.doc_entry = i.doc_entry AND p.direction = i.direction
                  WHERE i.invoice_type = 'credit_memo' AND i.direction = 'outgoing' AND p.is_cancelled IS NOT TRUE
                    AND i.invoice_entry = u.doc_entry)
  -- paid back at the payment provider, past the channel
  AND NOT EXISTS (SELECT 1 FROM canonical.payout_line AS l
                  WHERE l.channel = u.channel AND l.kind = 'refund' AND l.order_no = u.order_no AND l.gross = -u.total)
  AND NOT EXISTS (SELECT 1 FROM canonical.payout_line AS l
                  WHERE l.channel = u.channel AND l.kind = 'refund' AND l.order_id IS NULL AND l.order_ref = u.order_ref
                    AND l.gross = -u.total)
ORDER BY u.created_at, u.doc_entry
