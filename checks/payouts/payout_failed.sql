/*---
title    = "A payout did not reach the bank"
severity = "critical"
owner    = "FIN"
subject  = "payout"
ladder   = false
reads    = ["canonical.payout", "canonical.payout_line"]
needs    = ["canonical.payout.net", "canonical.payout.status"]
means    = "The provider says of the payout that it failed or was cancelled, or its own lines bring the money back. A payout whose money was paid again is settled: its lines moved to a later payout, or a later payout holds the returned amount."
why      = "The money lies with the provider, who will not pay anything out until the bank details are right."
look     = "The provider's page of payouts and its messages; the bank details there."
fix      = "Correct the bank details with the provider and ask for the payout to be repeated."
prevent  = "Change bank details with a small payout first, and let somebody else compare them with the bank's letter."
story    = "{channel} tried to pay out {money}{occurred_on} (payout {payout_id}), and the money came back."
[causes]
refused = "the bank refused the payout"
cancelled = "the provider or somebody in the company cancelled it"
returned = "it was reported as paid, but its money came back"
---*/
WITH back AS (
    -- money of a payout that came back, and the payout in which it is paid again
    SELECT l.channel, l.payout_id, l.transaction_id, l.gross, l.processed_at
    FROM canonical.payout_line AS l
    WHERE l.channel = $channel AND l.gross <> 0
      AND (UPPER(l.source_type) LIKE '%REVERSAL%' OR UPPER(l.source_type) LIKE '%RETURNED%'
           OR UPPER(l.source_type) LIKE 'PAIDOUTREVERSED' OR UPPER(l.source_type) LIKE 'TRANSFER_FAIL%'
           OR UPPER(l.source_type) LIKE 'TRANSFER_REFUND%')
      AND (l.kind = 'transfer' OR UPPER(l.source_type) LIKE '%PAYOUT%')
), own_back AS (
    SELECT p.channel, p.payout_id FROM canonical.payout AS p
    JOIN back AS r ON r.channel = p.channel AND r.gross = p.net AND (r.transaction_id = p.payout_id OR r.payout_id = p.payout_id)
    GROUP BY p.channel, p.payout_id
), held AS (
    SELECT channel, payout_id FROM canonical.payout_line
    WHERE channel = $channel AND payout_id IS NOT NULL AND kind <> 'transfer'
    GROUP BY channel, payout_id
), again AS (
    SELECT f.channel, f.payout_id
    FROM canonical.payout AS f
    JOIN canonical.payout AS q
      ON q.channel = f.channel AND q.status = 'paid' AND q.payout_id <> f.payout_id AND q.currency = f.currency
     AND q.issued_at > f.issued_at
    LEFT JOIN held AS h ON h.channel = f.channel AND h.payout_id = f.payout_id
    LEFT JOIN back AS r ON r.channel = q.channel AND r.payout_id = q.payout_id AND r.gross = f.net
    WHERE f.channel = $channel
      AND (r.payout_id IS NOT NULL OR q.other_gross = f.net OR (h.payout_id IS NULL AND q.net = f.net))
    GROUP BY f.channel, f.payout_id
)
SELECT
    p.payout_id                         AS subject_id,
    p.currency                          AS currency,
    p.net                               AS expected,
    0                                   AS actual,
    ROUND(ABS(p.net), 2)                AS money_at_risk,
    p.issued_at                         AS occurred_at,
    CASE WHEN p.status = 'failed' THEN 'refused' WHEN p.status = 'cancelled' THEN 'cancelled' ELSE 'returned' END AS cause,
    p.payout_id                         AS payout_id,
    p.source_status                     AS note_status
FROM canonical.payout AS p
LEFT JOIN own_back AS r ON r.channel = p.channel AND r.payout_id = p.payout_id
LEFT JOIN again AS a ON a.channel = p.channel AND a.payout_id = p.payout_id
WHERE p.channel = $channel AND a.payout_id IS NULL
  AND (p.status IN ('failed', 'cancelled') OR r.payout_id IS NOT NULL)
ORDER BY p.issued_at, p.payout_id
