/*---
title    = "A payout holds a type of movement that nobody has mapped"
severity = "medium"
owner    = "FIN"
subject  = "type"
reads    = ["canonical.payout", "canonical.payout_line", "setting.payout_type_map"]
needs    = ["canonical.payout_line.net", "canonical.payout_line.source_type"]
means    = "The provider's word for a movement is neither one that the auditor knows (sale, refund, fee, reserve, chargeback, adjustment) nor one that maps/payout_types.csv gives a kind and an account. All movements of the word are one finding. Nothing is dropped: they count in the payout's sum."
why      = "Nobody has decided to which account such money belongs, so it ends on the clearing account and stays there."
look     = "The provider's description of the type, and the movements in the payout that is named."
fix      = "Add a line for the type to maps/payout_types.csv: its kind and the account it is booked to."
prevent  = "Read the provider's announcements of new kinds of movements, and map them before the first one comes."
story    = "{channel} settled {note_count} of the type {source_type}, {money} in all, and nobody has said where such movements belong."
---*/
SELECT
    l.source_type                       AS subject_id,
    MIN(l.currency)                     AS currency,
    NULL                                AS expected,
    SUM(l.net)                          AS actual,
    ROUND(SUM(ABS(l.net)), 2)           AS money_at_risk,
    MIN(l.processed_at)                 AS occurred_at,
    l.source_type                       AS source_type,
    CASE WHEN MIN(l.payout_id) = MAX(l.payout_id) THEN MIN(l.payout_id) END AS payout_id,
    CONCAT(CAST(COUNT(*) AS VARCHAR), CASE WHEN COUNT(*) = 1 THEN ' movement' ELSE ' movements' END) AS note_count
FROM canonical.payout_line AS l
LEFT JOIN setting.payout_type_map AS t ON t.channel = l.channel AND UPPER(t.type) = UPPER(l.source_type)
WHERE l.channel = $channel AND t.type IS NULL AND l.is_test IS NOT TRUE
  AND (l.kind = 'other' OR l.kind IS NULL) AND l.source_type IS NOT NULL
GROUP BY l.source_type
ORDER BY l.source_type
