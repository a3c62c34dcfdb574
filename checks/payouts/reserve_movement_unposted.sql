/*---
title    = "Money that the provider withheld or gave back is not on the reserve account"
severity = "medium"
owner    = "FIN"
subject  = "payout"
reads    = ["canonical.payout", "canonical.payout_line", "canonical.b1_journal", "canonical.b1_journal_line",
            "canonical.b1_payment", "fact.payout_booking"]
needs    = ["canonical.payout.net", "canonical.payout_line.gross"]
muted_by = ["payout_failed", "payout_duplicate_posting", "payout_identity_break", "payout_not_posted",
            "payout_journal_mismatch"]
means    = "What a payout withheld into the provider's reserve, or released from it, must stand on the reserve account (accounts.reserve in auditor.toml) in the entries that carry the payout's id. A penny is tolerated. Without a reserve account in auditor.toml nothing is judged."
why      = "The reserve is the company's money: on the clearing account it is forgotten, and nobody asks for it back."
look     = "The payout's lines of kind reserve; B1: the balance of the reserve account beside the provider's."
fix      = "Post the movement from the clearing account to the reserve account, under the payout's id."
prevent  = "Give the provider's words for reserve movements the reserve account in maps/payout_types.csv, also in the middleware."
story    = "Payout {payout_id} of {channel}{occurred_on} moved {expected} of the reserve, but {actual} of it is booked on the reserve account."
[causes]
on_clearing = "it was left on the clearing account"
wrong_way = "it was booked the wrong way round"
[params]
tolerance = {type = "decimal", default = 0.01, why = "a reserve is a share, and may be rounded once more"}
---*/
SELECT
    b.payout_id                         AS subject_id,
    b.currency                          AS currency,
    b.expected_reserve                  AS expected,
    b.posted_reserve                    AS actual,
    ROUND(ABS(b.expected_reserve - b.posted_reserve), 2) AS money_at_risk,
    b.issued_at                         AS occurred_at,
    CASE WHEN b.posted_reserve = -b.expected_reserve THEN 'wrong_way' ELSE 'on_clearing' END AS cause,
    b.payout_id                         AS payout_id,
    CASE WHEN b.object = 'journal' THEN b.last_entry END AS trans_id
FROM fact.payout_booking AS b
WHERE b.channel = $channel AND b.status = 'paid' AND b.has_reserve AND NOT b.is_reversed
  AND ABS(b.expected_reserve - b.posted_reserve) > $tolerance
ORDER BY b.issued_at, b.payout_id
