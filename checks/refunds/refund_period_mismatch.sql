/*---
title    = "The refund and its credit memo lie in different periods"
severity = "medium"
owner    = "FIN"
subject  = "refund"
reads    = ["canonical.refund", "canonical.sales_order", "canonical.b1_credit_memo", "canonical.b1_period", "fact.refund_period"]
needs    = ["canonical.refund.processed_at"]
muted_by = ["refund_duplicate_credit_memo", "refund_amount_mismatch"]
means    = "The day on which the money went back, by the company's clock, and the credit memo's posting date must fall into the same posting period of B1. A period that is locked is only worth mentioning above a limit."
why      = "Revenue and VAT of two periods are wrong by the same amount, in opposite directions."
look     = "B1: the credit memo's posting date; Administration > System Initialization > Posting Periods. Channel: when the refund was processed."
fix      = "While the refund's period is open, cancel the credit memo and post it with the refund's date. Once it is locked, accrue the amount in the earlier period."
prevent  = "Let the middleware take the refund's own day as the posting date, in the company's time zone, not the day on which it runs."
story    = "{Order}: {money} went back on {note_refunded_on}, in the period {expected}, but the {b1_document} is dated {note_dated}, in the period {actual}."
measure  = "text"

[causes]
period_open   = "the refund's period is still open, so the date can be put right"
period_locked = "the refund's period is locked, so the amount must be accrued"

[params]
materiality = {type = "decimal", default = 100, why = "below it nobody reopens or accrues in a period that is closed"}
---*/
WITH moved AS (
    SELECT p.channel, p.refund_id, p.order_id, p.order_no, p.currency, SUM(p.total) AS total, MIN(p.refunded_at) AS refunded_at,
           MIN(p.refunded_on) AS refunded_on, MIN(p.refund_period) AS refund_period, MIN(p.memo_period) AS memo_period,
           MIN(p.doc_on) AS doc_on, MIN(p.doc_entry) AS doc_entry, MIN(p.doc_num) AS doc_num, MAX(p.updated_at) AS updated_at,
           BOOL_OR(p.refund_period_status IN ('locked', 'closing')) AS is_locked
    FROM fact.refund_period AS p
    WHERE p.channel = $channel
    GROUP BY p.channel, p.refund_id, p.order_id, p.order_no, p.currency
)
SELECT
    m.refund_id                         AS subject_id,
    m.currency                          AS currency,
    m.refund_period                     AS expected,
    m.memo_period                       AS actual,
    ROUND(m.total, 2)                   AS money_at_risk,
    m.refunded_at                       AS occurred_at,
    m.updated_at                        AS source_updated_at,
    CASE WHEN m.is_locked THEN 'period_locked' ELSE 'period_open' END AS cause,
    m.order_id                          AS order_id,
    o.order_ref                         AS order_ref,
    m.refund_id                         AS refund_id,
    'credit_memo'                       AS b1_object,
    m.doc_entry                         AS doc_entry,
    m.doc_num                           AS doc_num,
    m.refund_period                     AS period,
    CAST(m.refunded_on AS VARCHAR)      AS note_refunded_on,
    CAST(m.doc_on AS VARCHAR)           AS note_dated
FROM moved AS m
LEFT JOIN canonical.sales_order AS o ON o.order_no = m.order_no
WHERE NOT m.is_locked OR m.total > $materiality
ORDER BY m.refunded_at, m.refund_id
