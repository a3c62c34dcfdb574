-- The clearing account of each channel, item by item.
-- takings: entries that move money from the channel's business partner to the clearing account (a payment per order, or
-- a sum per day). postings: the entries of payouts. manual: everything else, which people entered.
CREATE OR REPLACE TEMP TABLE clearing_entry AS
WITH account AS (
    SELECT c.channel, a.account, c.card_code FROM setting.channel AS c
    JOIN setting.account AS a ON a.channel = c.channel AND a.role = 'clearing'
), moved AS MATERIALIZED (
    SELECT a.channel, a.account, a.card_code, l.trans_id, sum(l.debit - l.credit) AS amount
    FROM account AS a JOIN canonical.b1_journal_line AS l ON l.account = a.account
    WHERE l.account IN (SELECT account FROM account)   -- first, or all lines of the ledger are summed up before the join
    GROUP BY a.channel, a.account, a.card_code, l.trans_id
), partner AS (
    SELECT DISTINCT m.channel, m.trans_id FROM moved AS m
    JOIN canonical.b1_journal_line AS l ON l.trans_id = m.trans_id AND l.short_name = m.card_code
)
SELECT m.channel, m.account, m.trans_id, j.reference_on AS day, m.amount,
       CASE WHEN p.trans_id IS NOT NULL THEN 'takings' WHEN x.doc_entry IS NOT NULL THEN 'posting' ELSE 'manual' END AS class
FROM moved AS m
JOIN canonical.b1_journal AS j ON j.trans_id = m.trans_id
LEFT JOIN partner AS p ON p.channel = m.channel AND p.trans_id = m.trans_id
LEFT JOIN (SELECT DISTINCT channel, doc_entry FROM matching.payout_posting WHERE object = 'journal') AS x
  ON x.channel = m.channel AND x.doc_entry = m.trans_id;

-- clearing_day: what was taken in the books on a day beside the sales and refunds of the provider's account on that day.
-- is_doubtful: a payout of these days does not add up, which is another finding.
CREATE OR REPLACE TABLE fact.clearing_day AS
WITH taken AS (
    SELECT channel, account, day, sum(amount) AS amount, count(*) AS entries, max(trans_id) AS trans_id
    FROM clearing_entry WHERE class = 'takings' GROUP BY channel, account, day
), line AS MATERIALIZED (
    -- Summed up by quarters of an hour, so that the calendar is not asked per line.
    -- TikTok stamps the movements of a day with the midnight that ends it.
    SELECT q.channel, q.payout_id, q.gross,
           CAST(((CASE WHEN c.kind = 'tiktok_shop' THEN q.quarter_at - INTERVAL 12 HOUR ELSE q.quarter_at END)
                 AT TIME ZONE 'UTC') AT TIME ZONE c.timezone AS DATE) AS day
    FROM (
        SELECT channel, payout_id, time_bucket(INTERVAL 15 MINUTE, processed_at) AS quarter_at, sum(gross) AS gross
        FROM canonical.payout_line
        WHERE kind IN ('charge', 'refund') AND is_test IS NOT TRUE AND processed_at IS NOT NULL
          AND channel IN (SELECT channel FROM taken)
        GROUP BY channel, payout_id, quarter_at
    ) AS q
    JOIN setting.channel AS c ON c.channel = q.channel
), settled AS (
    SELECT channel, day, sum(gross) AS amount FROM line GROUP BY channel, day
), span AS (
    -- the provider's newest day may still grow, and some show nothing before they pay it out
    SELECT t.channel, t.account, min(t.day) AS since,
           least(max(t.day), (SELECT max(s.day) FROM settled AS s WHERE s.channel = t.channel) - 1) AS until
    FROM taken AS t GROUP BY t.channel, t.account
), broken AS (
    -- a payout that shows none of its sales and refunds is placed by its own day
    SELECT p.channel, coalesce(min(l.day), p.issued_on) - 3 AS since, coalesce(max(l.day), p.issued_on) + 1 AS until
    FROM fact.payout_sum AS p
    LEFT JOIN line AS l ON l.channel = p.channel AND l.payout_id = p.payout_id
    WHERE p.net IS DISTINCT FROM p.line_sum OR p.broken_lines > 0
    GROUP BY p.channel, p.payout_id, p.issued_on
), day AS (
    SELECT s.channel, s.account, d.day FROM span AS s
    JOIN (SELECT channel, day FROM settled UNION SELECT channel, day FROM taken) AS d
      ON d.channel = s.channel AND d.day BETWEEN s.since AND s.until
)
SELECT d.channel, d.account, d.day, CAST(coalesce(t.amount, 0) AS DECIMAL(19,6)) AS taken,
       CAST(coalesce(s.amount, 0) AS DECIMAL(19,6)) AS settled, t.trans_id,
       EXISTS (SELECT 1 FROM broken AS b WHERE b.channel = d.channel AND d.day BETWEEN b.since AND b.until) AS is_doubtful
FROM day AS d
LEFT JOIN taken AS t ON t.channel = d.channel AND t.day = d.day
LEFT JOIN settled AS s ON s.channel = d.channel AND s.day = d.day;

-- clearing_account: the balance, and what of it is known: sales that no posted payout holds yet, and manual entries.
CREATE OR REPLACE TABLE fact.clearing_account AS
WITH balance AS (
    SELECT channel, account, sum(amount) AS balance,
           sum(CASE WHEN class = 'manual' THEN amount ELSE 0 END) AS manual,
           count(*) FILTER (WHERE class = 'manual') AS manual_entries, max(day) AS last_on
    FROM clearing_entry GROUP BY channel, account
), open_line AS (
    SELECT l.channel, l.gross, l.processed_at FROM canonical.payout_line AS l
    ANTI JOIN (SELECT channel, payout_id FROM fact.payout_booking WHERE NOT is_reversed) AS b
      ON b.channel = l.channel AND b.payout_id = l.payout_id
    WHERE l.kind IN ('charge', 'refund') AND l.gross <> 0 AND l.is_test IS NOT TRUE
      AND l.channel IN (SELECT channel FROM balance)
), waiting AS (
    SELECT channel, sum(gross) AS amount, min(processed_at) AS oldest_at FROM open_line GROUP BY channel
)
SELECT b.channel, b.account, CAST(b.balance AS DECIMAL(19,6)) AS balance, CAST(b.manual AS DECIMAL(19,6)) AS manual,
       b.manual_entries, b.last_on, CAST(coalesce(w.amount, 0) AS DECIMAL(19,6)) AS waiting, w.oldest_at
FROM balance AS b LEFT JOIN waiting AS w ON w.channel = b.channel;
