/*---
title    = "A payout is booked with other amounts than it has"
severity = "high"
owner    = "FIN"
subject  = "payout"
reads    = ["canonical.payout", "canonical.payout_line", "canonical.b1_journal", "canonical.b1_journal_line",
            "canonical.b1_payment", "fact.payout_booking"]
needs    = ["canonical.payout.net", "canonical.payout_line.gross"]
muted_by = ["payout_failed", "payout_duplicate_posting", "payout_identity_break"]
means    = "All journal entries and payments that carry the payout's id are added up by account: bank and transit against the net, the accounts for fees and for the tax on fees against what was kept, everything else against sales and refunds. The net must agree to the penny, each part within a penny. A payout that is split over two months is added up first, and so is a payment with a journal entry beside it."
why      = "The bank is reconciled with a figure that nobody paid, or revenue and fees are wrong by the same amount, so that the net looks right."
look     = "B1: Financials > Journal Entry, by the payout's id. Provider: the payout's own summary of sales, refunds and fees."
fix      = "Correct the entry: cancel it and post the payout again with sales, refunds, fees and the tax on them apart."
prevent  = "Let the middleware post payouts from the provider's lines, never from the amount on the bank statement."
story    = "Payout {payout_id} of {channel}{occurred_on} is booked with other amounts than it has: {note_parts}."
[causes]
net_only = "only what reached the bank was booked: the fees were neither shown as costs nor as revenue"
tax_with_fees = "the tax on the fees was booked as a cost, together with the fees"
fees_missing = "the fees were booked to an account that is not theirs"
other_account = "a part was booked to an account that is neither the bank's, the fees' nor the clearing account"
net_differs = "the amount on the bank's side is not the one that was paid out"
split_differs = "the net is right, but sales and fees are both wrong by the same amount"
[params]
tolerance = {type = "decimal", default = 0.01, why = "a part may be rounded once more than its lines; the net may not"}
---*/
WITH gap AS (
    SELECT b.*, b.posted_net - b.expected_net AS net_gap, b.posted_fee - b.expected_fee AS fee_gap,
           b.posted_tax - b.expected_tax AS tax_gap,
           -- what is withheld is compared by a check of its own; here it only must be on one of the two accounts
           (b.posted_clearing - b.posted_reserve) - (b.expected_clearing - b.expected_reserve) AS gross_gap
    FROM fact.payout_booking AS b
    WHERE b.channel = $channel AND b.status = 'paid' AND NOT b.is_reversed
)
SELECT
    g.payout_id                         AS subject_id,
    g.currency                          AS currency,
    CASE WHEN g.net_gap <> 0 THEN g.expected_net
         WHEN ABS(g.gross_gap) > $tolerance THEN g.expected_clearing - g.expected_reserve
         ELSE g.expected_fee END        AS expected,
    CASE WHEN g.net_gap <> 0 THEN g.posted_net
         WHEN ABS(g.gross_gap) > $tolerance THEN g.posted_clearing - g.posted_reserve
         ELSE g.posted_fee END          AS actual,
    ROUND(GREATEST(ABS(g.net_gap), ABS(g.gross_gap), ABS(g.fee_gap), ABS(g.tax_gap)), 2) AS money_at_risk,
    g.issued_at                         AS occurred_at,
    CASE WHEN g.net_gap = 0 AND g.posted_fee = 0 AND g.posted_tax = 0
              AND g.posted_clearing - g.posted_reserve = g.expected_net
              AND g.posted_elsewhere = 0 THEN 'net_only'
         WHEN g.net_gap = 0 AND g.tax_gap <> 0 AND ABS(g.fee_gap + g.tax_gap) <= $tolerance THEN 'tax_with_fees'
         WHEN g.net_gap = 0 AND ABS(g.gross_gap) <= $tolerance
              AND ABS(g.fee_gap + g.tax_gap + g.posted_elsewhere) <= $tolerance THEN 'fees_missing'
         WHEN g.posted_elsewhere <> 0 THEN 'other_account'
         WHEN g.net_gap <> 0 THEN 'net_differs'
         ELSE 'split_differs' END       AS cause,
    g.payout_id                         AS payout_id,
    CASE WHEN g.object = 'journal' THEN g.last_entry END AS trans_id,
    CONCAT('net [', g.posted_net, ' ', g.currency, '] instead of [', g.expected_net, ' ', g.currency,
           '], fees [', g.posted_fee, ' ', g.currency, '] instead of [', g.expected_fee, ' ', g.currency,
           '], tax on fees [', g.posted_tax, ' ', g.currency, '] instead of [', g.expected_tax, ' ', g.currency,
           '], sales and refunds [', g.posted_clearing - g.posted_reserve, ' ', g.currency,
           '] instead of [', g.expected_clearing - g.expected_reserve, ' ', g.currency, ']') AS note_parts
FROM gap AS g
WHERE g.net_gap <> 0
   OR (g.has_split AND (ABS(g.fee_gap) > $tolerance OR ABS(g.tax_gap) > $tolerance OR ABS(g.gross_gap) > $tolerance))
ORDER BY g.issued_at, g.payout_id
