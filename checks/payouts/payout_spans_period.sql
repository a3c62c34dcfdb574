/*---
title    = "A payout over the end of a period is booked in one piece"
severity = "medium"
owner    = "FIN"
subject  = "payout"
reads    = ["canonical.payout", "canonical.payout_line", "canonical.b1_journal", "canonical.b1_payment",
            "canonical.b1_period", "fact.payout_period"]
needs    = ["canonical.payout.net", "canonical.payout_line.processed_at"]
muted_by = ["payout_failed", "payout_duplicate_posting", "payout_identity_break", "payout_not_posted",
            "payout_journal_mismatch", "payout_bank_missing"]
means    = "The movements of a payout lie in more than one period of B1, by the company's days, and nothing was posted under its id in the earlier period. Companies that book on a cash basis turn this off."
why      = "Sales, refunds and fees of the earlier period are shown in the later one, so both are wrong at closing."
look     = "The payout's movements by day; B1: Financials > Journal Entry, by the payout's id."
fix      = "Book two entries with the same id: a first part in the earlier period, without the bank and against the transit account, and the rest with the whole net in the later one."
prevent  = "Let the middleware cut payouts at the end of the period before it posts them."
story    = "Payout {payout_id} of {channel}{occurred_on} holds {money} of movements up to {note_until}, but it is booked in the next period only."
[params]
materiality = {type = "decimal", default = 1.00, why = "what is moved for less costs more than it clarifies"}
cash_basis = {type = "bool", default = false, why = "on a cash basis the day of the payment counts, and nothing is split"}
---*/
SELECT
    x.payout_id                         AS subject_id,
    p.currency                          AS currency,
    x.earlier_net                       AS expected,
    0                                   AS actual,
    ROUND(ABS(x.earlier_net), 2)        AS money_at_risk,
    p.issued_at                         AS occurred_at,
    x.payout_id                         AS payout_id,
    x.doc_entry                         AS trans_id,
    LEFT(CAST(x.first_from AS VARCHAR), 7) AS period,
    CAST(x.earlier_last_on AS VARCHAR)  AS note_until
FROM fact.payout_period AS x
JOIN canonical.payout AS p ON p.channel = x.channel AND p.payout_id = x.payout_id
WHERE x.channel = $channel AND x.entries > 0 AND NOT x.is_split AND p.status = 'paid'
  AND NOT $cash_basis AND ABS(x.earlier_net) >= $materiality
ORDER BY p.issued_at, x.payout_id
