/*---
title    = "An order was sent long ago, and no provider has settled it"
severity = "medium"
owner    = "FIN"
subject  = "order"
reads    = ["canonical.sales_order", "canonical.shipment", "canonical.sales_payment", "canonical.payout_line",
            "canonical.dispute", "setting.channel", "fact.settlement_open", "fact.settlement_lag"]
needs    = ["canonical.payout_line.gross", "canonical.sales_order.total", "canonical.shipment.shipped_at"]
muted_by = ["payout_identity_break"]
means    = "An order that was paid and wholly sent must be in a payout by the time by which the channel usually pays: seven days after dispatch for shops, fourteen for Mirakl (two cycles), twenty-one for TikTok, or later where 99 of 100 orders of this channel took longer. Left out are orders paid past the provider (PayPal whose files are not read, gift cards, cash), orders whose money is in the reserve, with a dispute, or given back, and orders from before the provider's first movement."
why      = "The goods are gone and the money never came; after some weeks providers no longer answer claims."
look     = "The provider's account by the order's number; the order's payments in the shop."
fix      = "Claim the order with the provider, with the proof of dispatch; put all such orders of a provider on one list."
prevent  = "Compare what was sent with what was settled every week, before the provider's time limit for claims ends."
story    = "{Order} over {expected} was sent{occurred_on}, and {channel} has not paid it out: {note_wait}."
[causes]
not_at_provider = "the provider's account does not show the order at all"
not_paid_out = "the provider shows the order, but has put it into no payout"
[params]
lag_shop = {type = "int", default = 7, why = "card payments reach a payout within a week"}
lag_mirakl = {type = "int", default = 14, why = "two billing cycles of a week"}
lag_tiktok = {type = "int", default = 21, why = "TikTok Shop settles after the customer's time for returns"}
---*/
SELECT
    s.order_id                          AS subject_id,
    s.currency                          AS currency,
    s.total                             AS expected,
    0                                   AS actual,
    ROUND(s.amount - s.expected_fee, 2) AS money_at_risk,
    s.sent_at                           AS occurred_at,
    CASE WHEN s.is_waiting THEN 'not_paid_out' ELSE 'not_at_provider' END AS cause,
    s.order_id                          AS order_id,
    CASE WHEN s.is_waiting THEN 'it waits in the provider''s account' ELSE 'the provider''s account does not show it' END
                                        AS note_wait
FROM fact.settlement_open AS s
JOIN setting.channel AS c ON c.channel = s.channel
LEFT JOIN fact.settlement_lag AS l ON l.channel = s.channel
WHERE s.channel = $channel
  AND s.sent_at + GREATEST(CASE c.kind WHEN 'john_lewis' THEN $lag_mirakl WHEN 'tiktok_shop' THEN $lag_tiktok ELSE $lag_shop END,
                           COALESCE(l.p99_days, 0)) * INTERVAL 1 DAY <= CAST($as_of AS TIMESTAMP)
ORDER BY s.sent_at, s.order_id
