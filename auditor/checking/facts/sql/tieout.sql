-- Revenue without tax, and the tax, of both sides: sales less refunds of the channel, invoices less credit memos of B1.
-- figure: what each side shows in a month. difference: of an order or a document over all months together, told in the
-- month of the sale; a row without either is what only stands in another month. Per channel, month and currency the
-- differences add up to B1's figure less the channel's, to the penny.
-- Where a channel tells no tax at all, both sides are taken with tax, and there is no tax to compare. Tax that a channel
-- collects and pays itself is not the seller's.
CREATE OR REPLACE TABLE fact.tieout (
    channel VARCHAR, period VARCHAR, currency VARCHAR, ended_at TIMESTAMP,
    measure VARCHAR,              -- revenue | vat
    channel_figure DECIMAL(19,6), -- by the day of the sale or refund
    b1_figure DECIMAL(19,6),      -- by the day of the invoice or credit memo
    timing DECIMAL(19,6),         -- in another month, on its way, not invoiced yet
    explained DECIMAL(19,6),      -- by findings, by documents that have a right to be, pennies of rounding
    tolerated DECIMAL(19,6),      -- the same amount with tax and another tax, which the checks of tax let pass
    unexplained DECIMAL(19,6),
    documents BIGINT,             -- that nothing explains
    largest VARCHAR               -- of them, in words
);

CREATE OR REPLACE TEMP TABLE tieout_channel AS
SELECT c.channel, coalesce(bool_or(s.tax IS NOT NULL), FALSE) AS tells_tax
FROM setting.channel AS c LEFT JOIN bridge_sale AS s ON s.channel = c.channel GROUP BY c.channel;

-- Only orders on which something can differ: the bridge tells those whose totals or months do.
CREATE OR REPLACE TEMP TABLE tieout_suspect AS
SELECT order_no FROM bridge_odd_order
UNION SELECT order_no FROM bridge_refund
UNION SELECT order_no FROM bridge_memo WHERE order_no IS NOT NULL
UNION SELECT s.order_no FROM bridge_sale AS s JOIN tieout_channel AS c ON c.channel = s.channel
WHERE c.tells_tax AND (s.is_tax_kept OR s.tax IS NULL)
UNION SELECT order_no FROM bridge_document WHERE object = 'invoice' AND (rounding <> 0 OR tax IS NULL)
UNION SELECT order_no FROM fact.bridge_item WHERE step = 'tax_differs';

CREATE OR REPLACE TEMP TABLE tieout_leg AS
SELECT x.channel, x.order_no, x.doc_entry, x.object, x.currency, x.period, x.leg,
       CASE WHEN x.leg IN ('sale', 'refund') THEN 'channel' ELSE 'b1' END AS side,
       CAST(x.sign * (x.total - CASE WHEN c.tells_tax THEN x.tax ELSE 0 END) AS DECIMAL(19,6)) AS net,
       CAST(x.sign * CASE WHEN c.tells_tax AND NOT x.is_tax_kept THEN x.tax ELSE 0 END AS DECIMAL(19,6)) AS tax,
       CAST(x.sign * CASE WHEN c.tells_tax AND x.is_tax_kept THEN x.tax ELSE 0 END AS DECIMAL(19,6)) AS kept
FROM (
    SELECT s.channel, s.order_no, NULL AS doc_entry, NULL AS object, s.currency, s.period, 'sale' AS leg, 1 AS sign, s.total,
           coalesce(s.tax, 0) AS tax, coalesce(s.is_tax_kept, FALSE) AS is_tax_kept
    FROM bridge_sale AS s SEMI JOIN tieout_suspect AS u ON u.order_no = s.order_no
    UNION ALL
    SELECT r.channel, r.order_no, NULL, NULL, r.currency, r.period, 'refund', -1, r.total, coalesce(r.tax, m.tax, 0),
           coalesce(r.is_tax_kept, FALSE)
    FROM bridge_refund AS r
    LEFT JOIN (SELECT channel, refund_id, currency, sum(tax) AS tax FROM bridge_memo GROUP BY channel, refund_id, currency) AS m
      ON r.tax IS NULL AND m.channel = r.channel AND m.refund_id = r.refund_id AND m.currency = r.currency
    UNION ALL
    SELECT d.channel, d.order_no, NULL, NULL, d.currency, d.period, 'invoice', 1, d.total - d.rounding, coalesce(d.tax, 0), FALSE
    FROM bridge_invoice AS d
    SEMI JOIN tieout_suspect AS u ON u.order_no = d.order_no
    UNION ALL
    SELECT channel, order_no, CASE WHEN order_no IS NULL THEN doc_entry END,
           CASE WHEN order_no IS NULL THEN 'credit_memo' END, currency, period, 'credit', -1, total, coalesce(tax, 0), FALSE
    FROM bridge_memo
    UNION ALL
    SELECT channel, NULL, doc_entry, 'invoice', currency, period, 'invoice', 1, total, coalesce(tax, 0), FALSE
    FROM bridge_stray WHERE object = 'invoice'
) AS x JOIN tieout_channel AS c ON c.channel = x.channel;

CREATE OR REPLACE TABLE fact.tieout_figure AS
WITH height AS (
    SELECT s.channel, s.period, s.currency, s.total - CASE WHEN c.tells_tax THEN s.tax ELSE 0 END AS channel_net,
           CASE WHEN c.tells_tax THEN s.tax - s.kept ELSE 0 END AS channel_tax, 0 AS b1_net, 0 AS b1_tax
    FROM (
        SELECT channel, period, currency, sum(total) AS total, coalesce(sum(tax), 0) AS tax,
               coalesce(sum(CASE WHEN is_tax_kept THEN tax END), 0) AS kept
        FROM bridge_sale GROUP BY channel, period, currency
    ) AS s JOIN tieout_channel AS c ON c.channel = s.channel
    UNION ALL
    SELECT channel, period, currency, sum(net), sum(tax), 0, 0 FROM tieout_leg WHERE leg = 'refund'
    GROUP BY channel, period, currency
    UNION ALL
    SELECT h.channel, h.period, h.currency, 0, 0,
           CASE WHEN h.level = 'invoiced' THEN h.amount WHEN c.tells_tax THEN -h.amount ELSE 0 END,
           CASE WHEN h.level = 'tax' AND c.tells_tax THEN h.amount ELSE 0 END
    FROM fact.bridge_height AS h JOIN tieout_channel AS c ON c.channel = h.channel WHERE h.level IN ('invoiced', 'tax')
    UNION ALL
    SELECT d.channel, d.period, d.currency, 0, 0, -d.rounding, 0
    FROM bridge_document AS d
    WHERE d.object = 'invoice' AND d.rounding <> 0
)
SELECT f.channel, f.period, f.currency, f.channel_net, f.channel_tax, f.b1_net, f.b1_tax,
       timezone('UTC', timezone(z.timezone, CAST(make_date(f.period // 100, f.period % 100, 1) + INTERVAL 1 MONTH AS TIMESTAMP)))
           AS ended_at,
       -- the month in which the history begins was not read from its first day
       f.period = min(f.period) OVER (PARTITION BY f.channel) AS is_first
FROM (
    SELECT channel, period, currency,
           CAST(sum(channel_net) AS DECIMAL(19,6)) AS channel_net, CAST(sum(channel_tax) AS DECIMAL(19,6)) AS channel_tax,
           CAST(sum(b1_net) AS DECIMAL(19,6)) AS b1_net, CAST(sum(b1_tax) AS DECIMAL(19,6)) AS b1_tax
    FROM height GROUP BY channel, period, currency
) AS f CROSS JOIN (SELECT min(timezone) AS timezone FROM setting.channel) AS z;

-- Of these, only the orders on which something differs: one number for each side, which add up to zero where both sides show the
-- same amounts in the same months.
CREATE OR REPLACE TEMP TABLE tieout_odd AS
SELECT order_no FROM (
    SELECT order_no, CASE side WHEN 'channel' THEN 1 ELSE -1 END * CAST(hash(currency, period, net, tax) >> 3 AS BIGINT) AS mark
    FROM tieout_leg WHERE order_no IS NOT NULL
) AS side GROUP BY order_no HAVING sum(mark) <> 0;

CREATE OR REPLACE TEMP TABLE tieout_month AS
SELECT l.channel, l.order_no, l.currency, l.period, sum(CASE l.side WHEN 'b1' THEN l.net ELSE -l.net END) AS net,
       sum(CASE l.side WHEN 'b1' THEN l.tax ELSE -l.tax END) AS tax, sum(l.kept) AS kept, bool_or(l.side = 'channel') AS is_sold
FROM tieout_leg AS l SEMI JOIN tieout_odd AS o ON o.order_no = l.order_no
GROUP BY l.channel, l.order_no, l.currency, l.period;

CREATE OR REPLACE TABLE fact.tieout_difference AS
WITH whole AS (
    SELECT channel, order_no, currency, sum(net) AS net, sum(tax) AS tax, sum(kept) AS kept,
           coalesce(min(CASE WHEN is_sold THEN period END), min(period)) AS home
    FROM tieout_month GROUP BY channel, order_no, currency
), told AS (
    -- what the bridge says of these orders
    SELECT i.order_no, i.currency,
           bool_or(i.step IN ('in_transit', 'refunded_before_booking', 'not_invoiced_yet', 'refunded_before_invoice',
                              'credit_in_transit', 'credited_before_refund')) AS is_waiting,
           bool_or(i.step = 'not_invoiced_yet') AS is_uninvoiced,
           bool_or(i.step = 'credited_for_a_reason') AS is_reasoned,
           bool_or(i.step IN ('tax_differs', 'taxed_otherwise')) AS is_tax_judged
    FROM fact.bridge_item AS i SEMI JOIN tieout_odd AS o ON o.order_no = i.order_no GROUP BY i.order_no, i.currency
), moved AS (
    SELECT m.channel, m.period, m.currency, sum(m.net - CASE WHEN m.period = w.home THEN w.net ELSE 0 END) AS net,
           sum(m.tax - CASE WHEN m.period = w.home THEN w.tax ELSE 0 END) AS tax
    FROM tieout_month AS m JOIN whole AS w ON w.order_no = m.order_no AND w.currency = m.currency
    GROUP BY m.channel, m.period, m.currency
), loose AS (
    SELECT l.channel, l.object, l.doc_entry, l.currency, l.period, sum(l.net) AS net, sum(l.tax) AS tax
    FROM tieout_leg AS l WHERE l.order_no IS NULL GROUP BY l.channel, l.object, l.doc_entry, l.currency, l.period
)
SELECT w.channel, w.home AS period, w.currency, o.order_id, o.order_ref, NULL AS b1_object, NULL AS doc_entry,
       CAST(w.net AS DECIMAL(19,6)) AS net, CAST(w.tax AS DECIMAL(19,6)) AS tax,
       CAST(w.kept AS DECIMAL(19,6)) AS kept,
       coalesce(t.is_waiting, FALSE) AS is_waiting, coalesce(t.is_uninvoiced, FALSE) AS is_uninvoiced,
       coalesce(t.is_reasoned, FALSE) AS is_reasoned, coalesce(t.is_tax_judged, FALSE) AS is_tax_judged
FROM whole AS w
JOIN canonical.sales_order AS o ON o.order_no = w.order_no
LEFT JOIN told AS t ON t.order_no = w.order_no AND t.currency = w.currency
WHERE w.net <> 0 OR w.tax <> 0
UNION ALL
SELECT channel, period, currency, NULL, NULL, object, doc_entry, CAST(net AS DECIMAL(19,6)), CAST(tax AS DECIMAL(19,6)),
       0, FALSE, FALSE, TRUE, FALSE
FROM loose
UNION ALL
SELECT channel, period, currency, NULL, NULL, NULL, NULL, CAST(net AS DECIMAL(19,6)), CAST(tax AS DECIMAL(19,6)), 0,
       TRUE, FALSE, FALSE, FALSE
FROM moved WHERE net <> 0 OR tax <> 0;
