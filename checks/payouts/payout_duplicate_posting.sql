/*---
title    = "A payout is booked more than once"
severity = "critical"
owner    = "FIN"
subject  = "payout"
ladder   = false
reads    = ["canonical.payout", "canonical.payout_line", "canonical.b1_journal", "canonical.b1_journal_line",
            "canonical.b1_payment", "fact.payout_booking"]
needs    = ["canonical.payout.net"]
muted_by = ["payout_failed"]
means    = "All journal entries and payments that carry the payout's id are added up. Two that each book the whole payout, or parts that come to twice the payout, are one too many. Parts that add up to the payout once, and an entry that was reversed and made again, are right."
why      = "Revenue, fees and the bank balance in the books are too high, and the clearing account is emptied twice."
look     = "B1: Financials > Journal Entry and Banking > Incoming Payments, by the payout's id."
fix      = "Reverse the extra entry with the same id, so that both stay traceable."
prevent  = "Let the middleware ask B1 for the payout's id before it posts; never post a payout by hand that the middleware posts as well."
story    = "Payout {payout_id} of {channel}{occurred_on} is {expected}, but the books hold {actual} under its id in {note_entries}."
[causes]
posted_twice = "two entries book the whole payout"
parts_twice = "all parts of the payout were posted again"
---*/
SELECT
    b.payout_id                         AS subject_id,
    b.currency                          AS currency,
    b.expected_net                      AS expected,
    b.posted_net                        AS actual,
    ROUND(ABS(CASE WHEN b.expected_net <> 0 THEN b.posted_net - b.expected_net
                   ELSE b.posted_clearing - b.expected_clearing END), 2) AS money_at_risk,
    b.issued_at                         AS occurred_at,
    CASE WHEN b.whole_entries > 1 THEN 'posted_twice' ELSE 'parts_twice' END AS cause,
    b.payout_id                         AS payout_id,
    CASE WHEN b.object = 'journal' THEN COALESCE(b.extra_entry, b.last_entry) END AS trans_id,
    CONCAT(CAST(b.entries AS VARCHAR), ' entries') AS note_entries
FROM fact.payout_booking AS b
WHERE b.channel = $channel AND b.entries > 1
  AND ((b.expected_net <> 0 AND b.posted_net <> b.expected_net
        AND (b.whole_entries > 1 OR b.posted_net = 2 * b.expected_net OR b.posted_net = 3 * b.expected_net))
    OR (b.expected_net = 0 AND b.posted_net = 0 AND b.expected_clearing <> 0
        AND (b.posted_clearing = 2 * b.expected_clearing OR b.posted_clearing = 3 * b.expected_clearing)))
ORDER BY b.issued_at, b.payout_id
