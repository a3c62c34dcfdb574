/*---
title    = "A payout is not on the bank's statement"
severity = "high"
owner    = "FIN"
subject  = "payout"
reads    = ["canonical.payout", "canonical.bank_line", "canonical.bank_balance", "fact.payout_bank"]
needs    = ["canonical.payout.net", "canonical.payout.issued_at", "canonical.bank_line.amount"]
muted_by = ["payout_failed", "payout_duplicate_posting", "payout_identity_break", "payout_not_posted",
            "payout_journal_mismatch"]
means    = "A paid payout must be on a statement three working days after it was issued (holidays stand under [company] in auditor.toml): with its number in the bank's text and the exact amount, or with an amount that only it has within three working days, or together with up to nine other payouts of the same provider that make up one line exactly. Days that no statement covers are not judged, and a payout of nothing needs no line."
why      = "The provider says that it paid, and the money is not there: it went to another account, was held back, or is late."
look     = "The bank's statement around the day of the payout; the bank account that the provider pays to."
fix      = "Ask the provider for the trace number of the transfer and the bank for its whereabouts. If the bank deducted charges, book them."
prevent  = "Let the provider write the payout's number into the transfer, and drop every statement, also those without bookings."
story    = "{channel} paid out {expected}{occurred_on} (payout {payout_id}), but no line of the bank's statements is it{note_line}."
[causes]
amount_differs = "the bank booked a transfer with this number and another amount"
ambiguous = "the amount is on the statement, but more or less often than there are payouts of it, and no line names one"
not_there = "no line bears its number or its amount, alone or together with others"
---*/
SELECT
    b.payout_id                         AS subject_id,
    p.currency                          AS currency,
    p.net                               AS expected,
    b.differing_amount                  AS actual,
    ROUND(ABS(p.net - COALESCE(b.differing_amount, 0)), 2) AS money_at_risk,
    p.issued_at                         AS occurred_at,
    CASE WHEN b.differing_line IS NOT NULL THEN 'amount_differs' WHEN b.is_ambiguous THEN 'ambiguous'
         ELSE 'not_there' END           AS cause,
    b.payout_id                         AS payout_id,
    b.differing_line                    AS bank_line_id,
    CASE WHEN b.differing_line IS NULL THEN ''
         ELSE CONCAT('; one names it and is [', b.differing_amount, ' ', p.currency, ']') END AS note_line
FROM fact.payout_bank AS b
JOIN canonical.payout AS p ON p.channel = b.channel AND p.payout_id = b.payout_id
WHERE b.channel = $channel AND b.rule IS NULL AND b.is_covered
ORDER BY p.issued_at, b.payout_id
