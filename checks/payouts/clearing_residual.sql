/*---
title    = "The clearing account holds money that no open sale or payout explains"
severity = "low"
owner    = "FIN"
subject  = "account"
reads    = ["canonical.payout", "canonical.payout_line", "canonical.b1_journal", "canonical.b1_journal_line",
            "canonical.b1_payment", "canonical.sales_order", "canonical.sales_payment", "canonical.refund",
            "setting.channel", "fact.clearing_day", "fact.clearing_account", "fact.payout_sum", "fact.payout_booking"]
needs    = ["canonical.payout_line.gross", "canonical.payout_line.processed_at"]
means    = "Day by day, what the books took from the channel's business partner onto its clearing account is held against the sales and refunds of the provider's account. What waits for a payout, or for a payout's posting, is explained; so are payouts that do not add up or are booked wrongly, because they have findings of their own, and entries that people made by hand, which are listed. The newest day that the provider shows is left out, because it may still grow. Up to 1.00 a day is tolerated. A movement that has been waiting for more than 60 days is named as well."
why      = "A clearing account that never comes to zero hides sales that were booked twice or not at all."
look     = "B1: Financials > Chart of Accounts, the clearing account, on the days that are named; the provider's account on the same days."
fix      = "Book the day that is missing, reverse the one that is there twice. Write off what is left only with somebody's approval."
prevent  = "Let the middleware book the takings of each day once, with the day as its key, and look at this account every week."
story    = "The clearing account {account} of {channel} stands at {actual}, of which {money} is explained by nothing: {note_days}."
[causes]
day_missing = "the takings of a day were not booked"
day_twice = "the takings of a day were booked twice"
amounts_differ = "the takings of a day are not what the provider settled"
old_items = "everything is explained, but some movements have been waiting for more than two months"
[params]
tolerance = {type = "decimal", default = 1.00, why = "pennies of rounding are not worth a search"}
oldest_days = {type = "int", default = 60, why = "what waits longer than two closings is forgotten"}
---*/
WITH odd AS (
    SELECT d.channel, d.account, d.day, d.taken - d.settled AS gap, d.trans_id, c.currency,
           CASE WHEN d.taken = 0 THEN 'day_missing' WHEN d.taken = 2 * d.settled THEN 'day_twice'
                ELSE 'amounts_differ' END AS cause
    FROM fact.clearing_day AS d
    JOIN setting.channel AS c ON c.channel = d.channel
    WHERE d.channel = $channel AND NOT d.is_doubtful AND ABS(d.taken - d.settled) > $tolerance
), total AS (
    SELECT channel, account, SUM(gap) AS gap, MIN(day) AS first_on, MAX(trans_id) AS trans_id,
           CASE WHEN MIN(cause) = MAX(cause) THEN MIN(cause) ELSE 'amounts_differ' END AS cause,
           STRING_AGG(CONCAT(CAST(day AS VARCHAR), ' [', gap, ' ', currency, ']'), ', ' ORDER BY day) AS days
    FROM odd GROUP BY channel, account
)
SELECT
    a.account                           AS subject_id,
    c.currency                          AS currency,
    a.balance - COALESCE(t.gap, 0)      AS expected,
    a.balance                           AS actual,
    ROUND(ABS(COALESCE(t.gap, 0)), 2)   AS money_at_risk,
    COALESCE(CAST(t.first_on AS TIMESTAMP), a.oldest_at) AS occurred_at,
    COALESCE(t.cause, 'old_items')      AS cause,
    a.account                           AS account,
    t.trans_id                          AS trans_id,
    COALESCE(t.days, CONCAT('oldest movement of ', CAST(CAST(a.oldest_at AS DATE) AS VARCHAR))) AS note_days,
    CAST(a.waiting AS DECIMAL(19,6))    AS note_waiting,
    CONCAT(CAST(a.manual_entries AS VARCHAR), ' entries by hand, [', a.manual, ' ', c.currency, ']') AS note_by_hand
FROM fact.clearing_account AS a
JOIN setting.channel AS c ON c.channel = a.channel
LEFT JOIN total AS t ON t.channel = a.channel AND t.account = a.account
WHERE a.channel = $channel
  AND (t.gap IS NOT NULL
       OR (a.balance <> a.manual AND a.oldest_at + $oldest_days * INTERVAL 1 DAY <= CAST($as_of AS TIMESTAMP)))
ORDER BY a.account
