/*---
title    = "More was credited in B1 than went back to the customer"
severity = "high"
owner    = "FIN"
subject  = "refund"
reads    = ["canonical.refund", "canonical.refund_line", "canonical.sales_order", "canonical.b1_credit_memo",
            "canonical.b1_credit_memo_line", "canonical.b1_credit_memo_expense", "canonical.b1_invoice", "fact.refund_parts",
            "fact.order_credit_memo", "fact.order_credit"]
needs    = ["canonical.refund.total"]
muted_by = ["order_missing_in_b1"]
means    = "All credit memos that count for one refund are added up and set beside the refund; all those of an order beside its invoices. Several credit memos that together are the refund are right; goodwill may come on top of the invoice. A penny per refunded line is tolerated, at most ten."
why      = "Revenue, VAT and the receivable are lowered twice for money that went back once."
look     = "B1: the A/R Credit Memos of the order, by the refund's id and by the order's number."
fix      = "Cancel the extra credit memo, or correct it to what is missing."
prevent  = "Let the middleware look for the refund's id in B1 before it creates a credit memo, and write the id on it."
story    = "{Order}: {note_what}. Expected {expected}, credited {actual}; {money} too much."

[causes]
same_refund_id     = "several credit memos carry the same refund"
credited_twice     = "a second credit memo over the same amount, without the refund's id, was made for a refund that is credited already"
more_than_invoiced = "the credit memos agree with their refunds, but together they credit more than was ever invoiced"

[params]
tolerance_per_line = {type = "decimal", default = 0.01, why = "each refunded line may be rounded once by half a penny on either side"}
tolerance_cap      = {type = "decimal", default = 0.10, why = "beyond ten pence nobody would call it rounding, however long the refund"}
tolerance_header   = {type = "decimal", default = 0.02, why = "a refund without lines has one amount and one tax to be rounded"}
---*/
WITH same_id AS (
    SELECT p.channel, p.order_id, p.order_no, p.refund_id, p.currency, p.total, p.b1_total, p.b1_total - p.total AS excess,
           p.processed_at, p.b1_updated_at, p.last_entry, p.last_num, p.credit_memos
    FROM fact.refund_parts AS p
    WHERE p.channel = $channel AND p.transaction_status = 'success' AND p.credit_memos > 1
      AND p.b1_total - p.total > CASE WHEN p.priced_lines = 0 THEN $tolerance_header
                                      ELSE LEAST($tolerance_per_line * p.priced_lines, $tolerance_cap) END
),
copied AS (
    SELECT m.channel, m.order_id, m.order_no, m.copied_refund AS refund_id, MIN(m.currency) AS currency, SUM(m.total) AS excess,
           MAX(m.updated_at) AS updated_at, MAX(m.doc_entry) AS last_entry, MAX(m.doc_num) AS last_num, COUNT(*) AS copies
    FROM fact.order_credit_memo AS m
    WHERE m.channel = $channel AND m.copied_refund IS NOT NULL
    GROUP BY m.channel, m.order_id, m.order_no, m.copied_refund
),
found AS (
    SELECT s.order_id, s.order_no, s.refund_id, s.refund_id AS subject_id, s.currency, s.total AS expected, s.b1_total AS actual,
           s.excess, s.processed_at AS occurred_at, s.b1_updated_at AS updated_at, s.last_entry AS doc_entry,
           s.last_num AS doc_num, 'same_refund_id' AS cause,
           CONCAT(CAST(s.credit_memos AS VARCHAR), ' credit memos carry the refund ', s.refund_id) AS what
    FROM same_id AS s
    UNION ALL
    SELECT c.order_id, c.order_no, c.refund_id, c.refund_id, c.currency, r.total, r.total + c.excess, c.excess,
           COALESCE(r.processed_at, r.created_at), c.updated_at, c.last_entry, c.last_num, 'credited_twice',
           CONCAT('the refund ', c.refund_id, ' was credited again over the same amount')
    FROM copied AS c
    JOIN canonical.refund AS r ON r.channel = c.channel AND r.refund_id = c.refund_id
    WHERE NOT EXISTS (SELECT 1 FROM same_id AS s WHERE s.refund_id = c.refund_id)
    UNION ALL
    SELECT o.order_id, o.order_no, NULL, CONCAT('order:', o.order_id), o.currency, o.invoiced, o.credited, o.credited - o.invoiced,
           o.created_at, o.updated_at, o.doc_entry, o.doc_num, 'more_than_invoiced',
           CONCAT(CAST(o.credit_memos AS VARCHAR), ' credit memos add up to more than its invoices')
    FROM fact.order_credit AS o
    WHERE o.channel = $channel AND o.is_all_refunded AND o.credited - o.invoiced > $tolerance_cap
      -- a credit memo that is not its refund's amount is what is wrong then
      AND NOT EXISTS (SELECT 1 FROM fact.refund_parts AS p
                      WHERE p.order_no = o.order_no AND p.total_gap > $tolerance_cap)
)
SELECT
    f.subject_id                        AS subject_id,
    f.currency                          AS currency,
    f.expected                          AS expected,
    f.actual                            AS actual,
    ROUND(f.excess, 2)                  AS money_at_risk,
    f.occurred_at                       AS occurred_at,
    f.updated_at                        AS source_updated_at,
    f.cause                             AS cause,
    f.order_id                          AS order_id,
    o.order_ref                         AS order_ref,
    f.refund_id                         AS refund_id,
    'credit_memo'                       AS b1_object,
    f.doc_entry                         AS doc_entry,
    f.doc_num                           AS doc_num,
    f.what                              AS note_what
FROM found AS f
LEFT JOIN canonical.sales_order AS o ON o.order_no = f.order_no
ORDER BY f.occurred_at, f.subject_id
