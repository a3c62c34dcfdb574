/*---
title    = "A chargeback is not in the books"
severity = "medium"
owner    = "FIN"
subject  = "dispute"
reads    = ["canonical.dispute", "canonical.sales_order", "canonical.payout_line", "canonical.b1_journal", "canonical.b1_journal_line",
            "canonical.b1_payment", "fact.dispute_posting"]
needs    = ["canonical.dispute.amount", "canonical.dispute.opened_at"]
muted_by = ["order_missing_in_b1"]
means    = "Each chargeback that is open or lost must have a journal entry or a payment in B1 that carries its id, or the order's number together with its amount, within three days. An inquiry takes no money, and one that was won gives it back."
why      = "The money is taken from the next payout; until it is posted the clearing account does not come out, and the loss is missing in the result."
look     = "Channel: the dispute with its amount and fee. B1: Financials > Journal Entry, by the dispute's id or the order's number."
fix      = "Post amount and fee against the clearing account, with the dispute's id as the reference."
prevent  = "Post disputes from the payment provider's list every day, not when the payout is reconciled."
story    = "{Order}: the customer's bank took {expected} back{occurred_on} (dispute {dispute_id}, {note_status}), and {b1} has no entry for it."

[causes]
chargeback_open = "the chargeback is not decided yet, and the money is gone until it is"
chargeback_lost = "the chargeback is lost or was accepted, so the loss is final"

[params]
days = {type = "int", default = 3, why = "the money is taken within three days of the dispute"}
---*/
WITH fee AS (
    SELECT l.order_no, SUM(l.fee) AS fee
    FROM canonical.payout_line AS l
    WHERE l.channel = $channel AND l.kind = 'dispute' AND l.fee > 0 AND l.order_id IS NOT NULL
    GROUP BY l.order_no
)
SELECT
    d.dispute_id                        AS subject_id,
    d.currency                          AS currency,
    d.amount                            AS expected,
    NULL                                AS actual,
    ROUND(ABS(d.amount) + COALESCE(f.fee, 0), 2) AS money_at_risk,
    d.opened_at                         AS occurred_at,
    CASE WHEN d.status IN ('lost', 'accepted') THEN 'chargeback_lost' ELSE 'chargeback_open' END AS cause,
    d.order_id                          AS order_id,
    o.order_ref                         AS order_ref,
    d.dispute_id                        AS dispute_id,
    REPLACE(COALESCE(d.status, 'unknown'), '_', ' ') AS note_status,
    CASE WHEN f.fee > 0 THEN CONCAT('with a fee of [', f.fee, ' ', d.currency, ']') END AS note_fee
FROM canonical.dispute AS d
LEFT JOIN fee AS f ON f.order_no = d.order_no
LEFT JOIN canonical.sales_order AS o ON o.order_no = d.order_no
WHERE d.channel = $channel
  AND d.kind IS DISTINCT FROM 'inquiry' AND d.amount <> 0
  AND COALESCE(d.status, 'unknown') NOT IN ('won', 'prevented', 'charge_refunded')
  AND d.opened_at + $days * INTERVAL 1 DAY <= CAST($as_of AS TIMESTAMP)
  AND NOT EXISTS (SELECT 1 FROM fact.dispute_posting AS p
                  WHERE p.channel = d.channel AND p.dispute_id = d.dispute_id)
ORDER BY d.opened_at, d.dispute_id
