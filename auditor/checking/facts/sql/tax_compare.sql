-- Orders whose tax differs although what is taxed agrees, with the tax that each way of rounding gives.
-- A rate's lines are rounded one by one, once together, unit by unit, or cut off; inside prices with tax (in_) or on
-- top of prices without it (on_). Sums are in the currency's smallest coins.
CREATE OR REPLACE TEMP TABLE tax_compared AS
SELECT t.*, o.is_tax_included, o.order_ref, o.placed_at, o.tax_collected_by, o.country, m.minor_unit,
       coalesce(i.doc_on, b.doc_on,
                CAST((o.placed_at AT TIME ZONE 'UTC') AT TIME ZONE c.timezone AS DATE)) AS doc_on
FROM tax_suspect AS t
JOIN canonical.sales_order AS o ON o.order_no = t.order_no
JOIN fact.currency AS m ON m.currency = t.currency
JOIN setting.channel AS c ON c.channel = t.channel
LEFT JOIN canonical.b1_invoice AS i ON t.object = 'invoice' AND i.doc_entry = t.doc_entry
LEFT JOIN canonical.b1_order AS b ON t.object = 'order' AND b.doc_entry = t.doc_entry
WHERE o.tax_collected_by IS DISTINCT FROM 'channel';

CREATE OR REPLACE TEMP TABLE tax_b1_line AS
SELECT t.order_no, l.item_code, l.tax_rate, l.tax_code, l.net, l.tax
FROM tax_compared AS t JOIN canonical.b1_order_line AS l ON t.object = 'order' AND l.doc_entry = t.doc_entry
UNION ALL
SELECT t.order_no, l.item_code, l.tax_rate, l.tax_code, l.net, l.tax
FROM tax_compared AS t JOIN canonical.b1_invoice_line AS l ON t.object = 'invoice' AND l.doc_entry = t.doc_entry;

-- Items that are taxed at another rate. A tenth of a percentage point is how a rate was written down, not another rate.
-- A rate that changed between the order and the document is another rate of the same code, and right on both days.
CREATE OR REPLACE TEMP TABLE tax_other_rate AS
WITH validity AS (
    SELECT tax_code, tax_rate, coalesce(effective_from, DATE '1900-01-01') AS from_on,
           coalesce(lead(effective_from) OVER (PARTITION BY tax_code ORDER BY effective_from),
                    DATE '9999-12-31') AS to_on
    FROM canonical.b1_tax_code
), sold AS (
    -- What the channel taxed of each item of B1; a set that stands for several items says nothing of each one's tax.
    SELECT b.order_no, s.item_code, max(b.sku) AS sku, max(n.items) = 1 AS is_single, sum(b.tax) AS tax,
           max(coalesce(b.tax_rate, CASE WHEN b.tax = 0 THEN 0 END)) AS rate
    FROM booked_line AS b
    JOIN matching.sku_item AS s ON s.channel = b.channel AND s.sku = b.sku
    JOIN (SELECT channel, sku, count(*) AS items FROM matching.sku_item GROUP BY channel, sku) AS n
      ON n.channel = b.channel AND n.sku = b.sku
    WHERE b.net <> 0 AND b.order_no IN (SELECT order_no FROM tax_compared)
    GROUP BY b.order_no, s.item_code
), posted AS (
    SELECT order_no, item_code, max(tax_code) AS tax_code, max(tax_rate) AS rate, sum(tax) AS tax, sum(net) AS net
    FROM tax_b1_line WHERE net <> 0 GROUP BY order_no, item_code
), differing AS (
    SELECT t.order_no, p.item_code, b.sku, p.tax_code, b.rate AS channel_rate, p.rate AS b1_rate,
           CAST(p.tax AS DECIMAL(19,6)) AS b1_tax,
           CASE WHEN b.is_single THEN CAST(b.tax AS DECIMAL(19,6))
                ELSE CAST(fact.tax_in_coins(CAST(p.net AS DECIMAL(19,6)), b.rate, FALSE, t.minor_unit) * t.minor_unit
                          AS DECIMAL(19,6)) END AS channel_tax,
           CAST((t.placed_at AT TIME ZONE 'UTC') AT TIME ZONE c.timezone AS DATE) AS placed_on, t.doc_on
    FROM tax_compared AS t
    JOIN setting.channel AS c ON c.channel = t.channel
    JOIN sold AS b ON b.order_no = t.order_no
    JOIN posted AS p ON p.order_no = b.order_no AND p.item_code = b.item_code
    WHERE abs(coalesce(b.rate, p.rate) - coalesce(p.rate, b.rate)) > 0.001
)
SELECT d.*, EXISTS (
           SELECT 1 FROM validity AS v JOIN validity AS w ON w.tax_code = v.tax_code
           WHERE v.tax_code = d.tax_code AND d.placed_on >= v.from_on AND d.placed_on < v.to_on
             AND d.doc_on >= w.from_on AND d.doc_on < w.to_on
             AND v.tax_rate = d.channel_rate AND w.tax_rate = d.b1_rate) AS is_rate_change
FROM differing AS d;

CREATE OR REPLACE TABLE fact.order_tax AS
WITH line AS (
    SELECT b.order_no, b.net, b.tax, b.tax_rate, b.quantity FROM booked_line AS b WHERE b.net <> 0 OR b.tax <> 0
    UNION ALL
    SELECT t.order_no, s.net, s.tax, s.tax_rate, 1
    FROM canonical.sales_order_shipping AS s
    JOIN tax_compared AS t ON t.order_no = s.order_no
    WHERE s.is_removed IS NOT TRUE AND (s.net <> 0 OR s.tax <> 0)
), taxed AS (
    SELECT t.order_no, t.minor_unit AS coin, coalesce(l.tax_rate, 0) AS rate, l.net, l.net + l.tax AS gross,
           CAST(CASE WHEN l.quantity > 0 AND l.quantity = floor(l.quantity) THEN l.quantity ELSE 1 END AS BIGINT)
               AS units
    FROM tax_compared AS t JOIN line AS l ON l.order_no = t.order_no
), per_rate AS (
    SELECT order_no, coin, rate, count(*) AS lines, CAST(sum(net) AS DECIMAL(19,6)) AS net,
           CAST(sum(gross) AS DECIMAL(19,6)) AS gross,
           sum(fact.tax_in_coins(gross, rate, TRUE, coin)) AS in_line,
           sum(fact.tax_in_coins(net, rate, FALSE, coin)) AS on_line,
           sum(fact.unit_tax_in_coins(gross, units, rate, TRUE, coin)) AS in_unit,
           sum(fact.unit_tax_in_coins(net, units, rate, FALSE, coin)) AS on_unit,
           sum(fact.cut_tax_in_coins(gross, rate, TRUE, coin)) AS in_cut,
           sum(fact.cut_tax_in_coins(net, rate, FALSE, coin)) AS on_cut
    FROM taxed GROUP BY order_no, coin, rate
), expected AS (
    SELECT order_no, CAST(sum(lines) AS BIGINT) AS lines,
           sum(in_line) AS in_line, sum(on_line) AS on_line,
           sum(fact.tax_in_coins(gross, rate, TRUE, coin)) AS in_document,
           sum(fact.tax_in_coins(net, rate, FALSE, coin)) AS on_document,
           sum(in_unit) AS in_unit, sum(on_unit) AS on_unit, sum(in_cut) AS in_cut, sum(on_cut) AS on_cut
    FROM per_rate GROUP BY order_no
), code AS (
    -- What is not taxed cannot be rounded, so its code does not matter beside those that are.
    SELECT order_no, CASE WHEN min(tax_code) = max(tax_code) THEN min(tax_code) END AS tax_code
    FROM (SELECT *, coalesce(tax_rate, 0) > 0 AS is_taxed,
                 bool_or(coalesce(tax_rate, 0) > 0) OVER (PARTITION BY order_no) AS has_taxed
          FROM tax_b1_line WHERE net <> 0)
    WHERE is_taxed OR NOT has_taxed GROUP BY order_no
), named AS (
    -- A channel's prices say on which side of them its tax lies; B1 may work from either.
    SELECT t.order_no,
           CASE WHEN t.is_tax_included
                THEN CASE k.channel WHEN e.in_line THEN 'line' WHEN e.in_document THEN 'document'
                                    WHEN e.in_unit THEN 'unit' WHEN e.in_cut THEN 'cut' END
                ELSE CASE k.channel WHEN e.on_line THEN 'line' WHEN e.on_document THEN 'document'
                                    WHEN e.on_unit THEN 'unit' WHEN e.on_cut THEN 'cut' END END AS channel_method,
           CASE k.b1 WHEN e.on_document THEN 'document' WHEN e.in_document THEN 'document'
                     WHEN e.on_line THEN 'line' WHEN e.in_line THEN 'line'
                     WHEN e.on_unit THEN 'unit' WHEN e.in_unit THEN 'unit'
                     WHEN e.on_cut THEN 'cut' WHEN e.in_cut THEN 'cut' END AS b1_method
    FROM tax_compared AS t
    JOIN expected AS e ON e.order_no = t.order_no
    JOIN (SELECT order_no, fact.millionths(channel_tax) // fact.millionths(minor_unit) AS channel,
                 fact.millionths(b1_tax) // fact.millionths(minor_unit) AS b1
          FROM tax_compared
          -- half a coin was not rounded at all
          WHERE fact.millionths(channel_tax) % fact.millionths(minor_unit) = 0
            AND fact.millionths(b1_tax) % fact.millionths(minor_unit) = 0) AS k ON k.order_no = t.order_no
)
SELECT t.channel, t.order_id, t.order_no, t.order_ref, t.placed_at, t.updated_at, t.object, t.doc_entry, t.doc_num,
       t.currency, t.channel_total, t.channel_tax, t.b1_total, t.b1_tax, t.doc_on, strftime(t.doc_on, '%Y-%m') AS period,
       CAST(t.b1_tax - t.channel_tax AS DECIMAL(19,6)) AS tax_difference,
       CAST(e.lines AS BIGINT) AS taxed_lines,
       CAST(t.minor_unit * (e.lines + 1) * 0.5 AS DECIMAL(19,6)) AS explainable_gap,
       t.order_no NOT IN (SELECT order_no FROM tax_other_rate) AS is_rate_equal,
       -- all tax is missing where the seller owes it: that is how the order was treated, not how it was rounded
       t.tax_collected_by = 'seller' AND t.b1_tax = 0
       AND t.channel_tax > t.minor_unit * (e.lines + 1) * 0.5 AS is_untaxed,
       n.channel_method, n.b1_method, n.channel_method IS NOT NULL AND n.b1_method IS NOT NULL AS is_method,
       (n.channel_method IS NOT NULL AND n.b1_method IS NOT NULL)
       OR abs(t.b1_tax - t.channel_tax) <= t.minor_unit * (e.lines + 1) * 0.5 AS is_rounding,
       CAST(CASE WHEN t.is_tax_included THEN e.in_line ELSE e.on_line END * t.minor_unit AS DECIMAL(19,6)) AS by_line,
       CAST(CASE WHEN t.is_tax_included THEN e.in_document ELSE e.on_document END * t.minor_unit AS DECIMAL(19,6))
           AS by_document,
       CAST(CASE WHEN t.is_tax_included THEN e.in_unit ELSE e.on_unit END * t.minor_unit AS DECIMAL(19,6)) AS by_unit,
       c.tax_code
FROM tax_compared AS t
JOIN expected AS e ON e.order_no = t.order_no
LEFT JOIN named AS n ON n.order_no = t.order_no
LEFT JOIN code AS c ON c.order_no = t.order_no;

-- Rounding added up per tax code and month of the documents. 'several' where a document has more than one code.
CREATE OR REPLACE TABLE fact.tax_period AS
WITH rounded AS (
    SELECT channel, coalesce(tax_code, 'several') AS tax_code, period, currency, tax_difference, taxed_lines, placed_at,
           updated_at, CASE WHEN is_method THEN channel_method || '/' || b1_method END AS methods
    FROM fact.order_tax WHERE is_rate_equal AND is_rounding AND NOT is_untaxed
), voted AS (
    SELECT channel, tax_code, period, currency, methods, count(*) AS votes
    FROM rounded WHERE methods IS NOT NULL GROUP BY channel, tax_code, period, currency, methods
), winner AS (
    SELECT channel, tax_code, period, currency, arg_min(methods, (-votes, methods)) AS methods, max(votes) AS votes
    FROM voted GROUP BY channel, tax_code, period, currency
)
SELECT r.channel, r.tax_code, r.period, r.currency, count(*) AS documents,
       CAST(sum(r.taxed_lines) AS BIGINT) AS lines, CAST(sum(r.tax_difference) AS DECIMAL(19,6)) AS difference,
       count(*) FILTER (WHERE r.tax_difference > 0) AS above, count(*) FILTER (WHERE r.tax_difference < 0) AS below,
       split_part(any_value(w.methods), '/', 1) AS channel_method,
       split_part(any_value(w.methods), '/', 2) AS b1_method,
       coalesce(any_value(w.votes), 0) AS same_method, max(r.placed_at) AS last_at, max(r.updated_at) AS updated_at
FROM rounded AS r
LEFT JOIN winner AS w
  ON w.channel = r.channel AND w.tax_code = r.tax_code AND w.period = r.period AND w.currency = r.currency
GROUP BY r.channel, r.tax_code, r.period, r.currency;
