/*---
title    = "A payout is not in the books"
severity = "high"
owner    = "FIN"
subject  = "payout"
reads    = ["canonical.payout", "canonical.payout_line", "canonical.b1_journal", "canonical.b1_payment", "fact.payout_sum"]
needs    = ["canonical.payout.net", "canonical.payout.issued_at"]
confirm  = ["canonical.b1_journal by payout_id", "canonical.b1_payment by payout_id"]
grace    = "payout"
muted_by = ["payout_failed", "payout_duplicate_posting", "payout_identity_break"]
means    = "Every paid payout, also one of nothing or one that took money, must be in the books by the end of the third working day (holidays stand under [company] in auditor.toml): a journal entry or a payment that carries its id in one of the reference fields. Entries that were taken back and not made again do not count."
why      = "The money is at the bank, while sales, refunds and fees wait on the clearing account and nobody can reconcile it."
look     = "B1: Financials > Journal Entry and Banking > Incoming Payments, by the payout's id, amount and day."
fix      = "Post the payout with its fees under its id. If it was posted without the id, write the id on that entry instead."
prevent  = "Let the middleware post payouts by itself on the day they are paid, under their id."
[causes]
posted_without_id = "a journal entry of the same amount exists, but without the payout's id; link it instead"
reversed = "it was posted, taken back, and not posted again"
---*/
SELECT
    p.payout_id                         AS subject_id,
    p.currency                          AS currency,
    p.net                               AS expected,
    NULL                                AS actual,
    ROUND(ABS(p.net), 2)                AS money_at_risk,
    p.issued_at                         AS occurred_at,
    CASE WHEN p.is_reversed THEN 'reversed'
         WHEN p.suggested_trans_id IS NOT NULL THEN 'posted_without_id' END AS cause,
    p.payout_id                         AS payout_id,
    p.suggested_trans_id                AS trans_id,
    CASE WHEN p.suggested_trans_id IS NULL THEN NULL
         ELSE CONCAT('journal entry ', CAST(p.suggested_trans_id AS VARCHAR),
                     ' is the only one of this amount within three days: link it instead of posting again') END AS note_suggestion
FROM fact.payout_sum AS p
WHERE p.channel = $channel AND p.status = 'paid' AND p.postings = 0
  -- paid on a day that nobody tells is paid all the same
  AND COALESCE(p.due_at <= CAST($as_of AS TIMESTAMP), TRUE)
ORDER BY p.issued_at, p.payout_id
