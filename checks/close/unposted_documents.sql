/*---
title    = "Documents of a month that is about to be closed are not posted"
severity = "medium"
owner    = "FIN"
subject  = "period"
after_findings = true
reads    = ["canonical.b1_draft", "canonical.b1_order", "canonical.b1_invoice", "canonical.b1_credit_memo",
            "canonical.b1_journal", "canonical.b1_payment", "canonical.b1_period", "canonical.sales_order",
            "canonical.refund", "canonical.payout", "fact.unposted_document", "fact.standing"]
needs    = ["canonical.sales_order.placed_at"]
means    = "Two days before the books of a month are closed, nothing that is dated in it may be left unposted: payouts of the channel that no entry carries, whether or not their days of grace are over, and open drafts of orders, invoices and credit memos, also those that wait for an approval. Left out are drafts whose document was added all the same, orders that the channel itself holds back, and periods that B1 has locked. What is unposted stays told after the closing day until it is posted. Payouts and orders that have findings of their own keep their money there; at risk here is only what no other finding counts. Amounts are added up without their signs."
why      = "What is posted after the closing lands in the next month or not at all: revenue, refunds, fees and VAT of the month are wrong when they are reported."
look     = "B1: Document Drafts Report and the approval status of the drafts, by posting date; Financials > Journal Entry for the payouts. The findings of the single payouts and orders name them one by one."
fix      = "Approve and add the drafts or remove them, and post the payouts with a date in the month, before it is closed."
prevent  = "Let somebody go through the drafts and the unposted payouts on the first working day of each month."
story    = "Documents of {channel} over {actual} that are dated in {period} are not posted in {b1}: {note_documents}. The largest is {note_largest} over {note_largest_amount}; {note_counted} of it is counted in findings of its own."
[params]
close_day = {type = "int", default = 5, why = "the books of a month are closed on the fifth day of the next one"}
lead_days = {type = "int", default = 2, why = "two days are enough to post what is left, and what is still under way by itself is in by then"}
---*/
WITH told AS (
    -- a finding of its own, whatever people have made of it
    SELECT DISTINCT s.channel, s.payout_id, s.order_id FROM fact.standing AS s
    WHERE s.check_id IN ('payout_not_posted', 'order_blocked_document')
), document AS (
    SELECT u.channel, u.period, u.currency, u.ended_at, u.kind, u.name, ABS(u.amount) AS amount,
           EXISTS (SELECT 1 FROM told AS t WHERE t.channel = u.channel AND t.payout_id = u.payout_id)
           OR EXISTS (SELECT 1 FROM told AS t WHERE t.channel = u.channel AND t.order_id = u.order_id)
               AS is_told,
           ROW_NUMBER() OVER (PARTITION BY u.channel, u.period, u.currency ORDER BY ABS(u.amount) DESC, u.name) AS place
    FROM fact.unposted_document AS u
    WHERE u.channel = $channel
      AND u.ended_at + ($close_day - 1 - $lead_days) * INTERVAL 1 DAY <= CAST($as_of AS TIMESTAMP)
)
SELECT
    CONCAT(d.period, ':', d.currency)   AS subject_id,
    d.currency                          AS currency,
    0                                   AS expected,
    SUM(d.amount)                       AS actual,
    ROUND(SUM(CASE WHEN d.is_told THEN 0 ELSE d.amount END), 2) AS money_at_risk,
    d.ended_at - INTERVAL 1 SECOND      AS occurred_at,
    d.period                            AS period,
    CONCAT(CASE COUNT(CASE WHEN d.kind = 'payout' THEN 1 END) WHEN 0 THEN '' WHEN 1 THEN '1 payout'
                ELSE CONCAT(CAST(COUNT(CASE WHEN d.kind = 'payout' THEN 1 END) AS VARCHAR), ' payouts') END,
           CASE WHEN COUNT(DISTINCT d.kind) = 2 THEN ' and ' ELSE '' END,
           CASE COUNT(CASE WHEN d.kind = 'draft' THEN 1 END) WHEN 0 THEN '' WHEN 1 THEN '1 draft'
                ELSE CONCAT(CAST(COUNT(CASE WHEN d.kind = 'draft' THEN 1 END) AS VARCHAR), ' drafts') END) AS note_documents,
    MAX(CASE WHEN d.place = 1 THEN d.name END) AS note_largest,
    MAX(d.amount)                       AS note_largest_amount,
    SUM(CASE WHEN d.is_told THEN d.amount ELSE 0 END) AS note_counted
FROM document AS d
GROUP BY d.period, d.currency, d.ended_at
ORDER BY d.period, d.currency
