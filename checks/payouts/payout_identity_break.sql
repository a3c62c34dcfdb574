/*---
title    = "A payout is not the sum of its lines"
severity = "high"
owner    = "INT"
subject  = "payout"
reads    = ["canonical.payout", "canonical.payout_line", "fact.payout_sum"]
needs    = ["canonical.payout.net", "canonical.payout_line.net", "canonical.payout_line.gross"]
muted_by = ["payout_failed", "payout_duplicate_posting"]
means    = "The payout's net must be the sum of its lines to the penny, the transfer itself left out, and each line's net must be its amount less fee and tax."
why      = "Whatever is posted from these lines leaves a remainder on the clearing account that nobody can name."
look     = "The provider's payout report beside its lines; orders edited after the payout."
fix      = "Read the payout again. If it stays, ask the provider for the missing lines before posting."
prevent  = "Read a payout only once the provider has closed it, and let nobody edit orders that were paid out."
---*/
SELECT
    p.payout_id                         AS subject_id,
    p.currency                          AS currency,
    p.net                               AS expected,
    p.line_sum                          AS actual,
    CASE WHEN p.net IS DISTINCT FROM p.line_sum THEN ROUND(ABS(COALESCE(p.net, 0) - p.line_sum), 2) ELSE ROUND(p.broken_sum, 2) END AS money_at_risk,
    p.issued_at                         AS occurred_at,
    p.payout_id                         AS payout_id,
    CONCAT(CAST(p.lines AS VARCHAR), ' lines, ', CAST(p.broken_lines AS VARCHAR), ' of them not gross less fee') AS note_lines
FROM fact.payout_sum AS p
WHERE p.channel = $channel AND p.status IN ('paid', 'in_transit')
  AND (p.net IS DISTINCT FROM p.line_sum OR p.broken_lines > 0)
ORDER BY p.issued_at, p.payout_id
