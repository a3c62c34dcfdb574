/*---
title    = "A provider kept more than the contract says"
severity = "low"
owner    = "FIN"
subject  = "fee"
reads    = ["canonical.payout", "canonical.payout_line", "setting.fee_map", "fact.payout_fee"]
needs    = ["canonical.payout_line.fee", "canonical.payout_line.gross"]
muted_by = ["payout_identity_break"]
means    = "Per payout and type of fee: what was kept, without the tax on it, against the percentage and the fixed part in maps/fees.csv. Up to half a per cent of the contract's amount, and at least 1.00, is tolerated. Types without a line in the map are not judged; a fee below the contract is only reported where that is asked for, because promotions and price steps make fees lower."
why      = "Providers change tariffs and misclassify payments; what is not claimed soon is not paid back."
look     = "The provider's tariff and its announcement of changes; the payout's lines, fee beside amount."
fix      = "Claim the difference with the provider, with the payout's lines as proof. If the tariff was changed rightly, change maps/fees.csv."
prevent  = "Let every change of a tariff come to finance, and enter it in maps/fees.csv on the day from which it holds."
story    = "In payout {payout_id}{occurred_on} {channel} kept {actual} in fees ({fee_type}), where the contract gives {expected}: {note_rate}."
[causes]
fixed_part = "the fixed part was charged more often or higher than agreed: the difference is the same for every movement"
rate = "the percentage is higher than agreed"
cheaper = "less was charged than agreed, such as in a promotion"
[params]
share = {type = "decimal", default = 0.005, why = "providers round each fee to the penny, and some do so twice"}
least = {type = "decimal", default = 1.00, why = "a smaller claim costs more than it brings"}
report_cheaper = {type = "bool", default = false, why = "promotions, price steps and categories make fees lower than the contract"}
---*/
SELECT
    CONCAT(f.payout_id, ':', f.fee_type) AS subject_id,
    f.currency                          AS currency,
    f.contract                          AS expected,
    f.actual                            AS actual,
    ROUND(GREATEST(f.actual - f.contract, 0), 2) AS money_at_risk,
    p.issued_at                         AS occurred_at,
    CASE WHEN f.actual < f.contract THEN 'cheaper'
         -- once more for every movement, but for a penny of rounding each
         WHEN f.percent = 0 OR (f.fixed > 0 AND ABS(f.actual - f.contract - f.fixed * f.items) <= 0.01 * f.items)
             THEN 'fixed_part'
         ELSE 'rate' END                AS cause,
    f.payout_id                         AS payout_id,
    f.fee_type                          AS fee_type,
    f.account                           AS account,
    CONCAT(CAST(f.items AS VARCHAR), CASE WHEN f.items = 1 THEN ' movement' ELSE ' movements' END, ' over [', f.base, ' ',
           f.currency, '] at [', f.percent, '] per cent and [', f.fixed, ' ', f.currency, '] each') AS note_rate
FROM fact.payout_fee AS f
JOIN canonical.payout AS p ON p.channel = f.channel AND p.payout_id = f.payout_id
WHERE f.channel = $channel AND p.status IN ('paid', 'in_transit', 'scheduled')
  AND ABS(f.actual - f.contract) > GREATEST(f.contract * $share, $least)
  AND (f.actual > f.contract OR $report_cheaper)
ORDER BY p.issued_at, f.payout_id, f.fee_type
