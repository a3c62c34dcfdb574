-- The first half of the bridge: what was sold on a channel, what B1 booked of it, what it invoiced.
-- Every order is taken apart on its own: what it adds in a period on one side and on the other differs by items that
-- each have a step. So the steps of a period add up to the distance between its two levels by construction; that they
-- do is held by tests. Amounts are with tax. Orders that are the same on all sides in one period leave no item.

-- item: one movement between two levels that is not on both; height: what makes up a level.
CREATE OR REPLACE TABLE fact.bridge_item (
    channel VARCHAR, period INTEGER, currency VARCHAR, step VARCHAR, order_no UBIGINT, order_id VARCHAR,
    refund_id VARCHAR, payout_id VARCHAR, b1_object VARCHAR, doc_entry BIGINT, amount DECIMAL(38,6)
);
CREATE OR REPLACE TABLE fact.bridge_height (
    channel VARCHAR, period INTEGER, currency VARCHAR, level VARCHAR, amount DECIMAL(38,6)
);

-- Months of the company by quarters of an hour, so that its calendar is asked a few thousand times and not per order.
CREATE OR REPLACE TEMP TABLE bridge_calendar AS
WITH quarter AS (
    SELECT DISTINCT time_bucket(INTERVAL 15 MINUTE, placed_at) AS quarter_at FROM canonical.sales_order
    UNION SELECT DISTINCT time_bucket(INTERVAL 15 MINUTE, coalesce(processed_at, created_at)) FROM canonical.refund
    UNION SELECT DISTINCT time_bucket(INTERVAL 15 MINUTE, issued_at) FROM canonical.payout
)
SELECT quarter_at, matching.month((quarter_at AT TIME ZONE 'UTC') AT TIME ZONE (SELECT min(timezone) FROM setting.channel))
       AS period
FROM quarter WHERE quarter_at IS NOT NULL;

-- Orders that are revenue (the others have no period), with the month in which they were placed.
-- is_even: booked once and invoiced once in that month, with the order's amounts; no two levels differ on it.
CREATE OR REPLACE TEMP TABLE bridge_order AS
WITH sale AS (
    SELECT o.order_no, o.channel, c.period, o.currency, o.total, o.tax, o.tax_collected_by = 'channel' AS is_tax_kept
    FROM canonical.sales_order AS o
    JOIN bridge_calendar AS c ON c.quarter_at = time_bucket(INTERVAL 15 MINUTE, o.placed_at)
    WHERE o.is_test IS NOT TRUE AND o.is_confirmed IS NOT FALSE AND o.cancelled_at IS NULL
      AND o.payment_status IN ('paid', 'partially_paid', 'partially_refunded', 'refunded')
      AND coalesce(o.order_kind, 'sale') NOT IN ('exchange', 'replacement', 'sample') AND o.total IS NOT NULL
)
SELECT coalesce(s.order_no, c.order_no) AS order_no, s.channel, s.period, s.currency, s.total, s.tax, s.is_tax_kept,
       (c.orders = 1 AND c.invoices = 1 AND c.agreed_from = s.period AND c.agreed_to = s.period) IS TRUE AS is_even
FROM sale AS s FULL JOIN matching.document_count AS c ON c.order_no = s.order_no;

CREATE OR REPLACE TEMP VIEW bridge_sale AS
SELECT order_no, channel, period, currency, total, tax, is_tax_kept, is_even FROM bridge_order WHERE period IS NOT NULL;

-- Documents of several orders (collective invoices): each order takes its own total, what is left goes to the first.
CREATE OR REPLACE TEMP TABLE bridge_collective AS
WITH other AS (
    -- a reference names one order, so whoever has several is linked in another way as well
    SELECT DISTINCT object, doc_entry FROM matching.link
    WHERE object IN ('order', 'invoice', 'credit_memo') AND rule <> 'reference'
), several AS (
    SELECT l.object, l.doc_entry FROM matching.link AS l
    SEMI JOIN other AS o ON o.object = l.object AND o.doc_entry = l.doc_entry
    GROUP BY l.object, l.doc_entry HAVING count(*) > 1
)
SELECT object, doc_entry, order_no, is_first, part, tax_part,
       -- what the others take of it, added to the document itself; as wide as an amount, or every sum would be wider
       CAST(part - whole AS DECIMAL(19,6)) AS others, CAST(tax_part - tax_whole AS DECIMAL(19,6)) AS tax_others
FROM (
    SELECT l.object, l.doc_entry, l.order_no, coalesce(s.total, 0) AS part, coalesce(s.tax, 0) AS tax_part,
           row_number() OVER (PARTITION BY l.object, l.doc_entry ORDER BY l.order_no) = 1 AS is_first,
           sum(coalesce(s.total, 0)) OVER (PARTITION BY l.object, l.doc_entry) AS whole,
           sum(coalesce(s.tax, 0)) OVER (PARTITION BY l.object, l.doc_entry) AS tax_whole
    FROM matching.link AS l
    JOIN several AS v ON v.object = l.object AND v.doc_entry = l.doc_entry
    LEFT JOIN bridge_sale AS s ON s.order_no = l.order_no
) AS share;
UPDATE bridge_order SET is_even = FALSE WHERE order_no IN (SELECT order_no FROM bridge_collective);

-- Documents that count, of the other orders; is_booked: the order's first trace in the books, a sales order or, where it
-- has none, its invoice.
CREATE OR REPLACE TEMP TABLE bridge_document AS
WITH linked AS (
    SELECT order_no, channel, object, doc_entry FROM matching.link
    WHERE object IN ('order', 'invoice') AND order_no IN (SELECT order_no FROM bridge_order WHERE NOT is_even)
), document AS (
    SELECT l.order_no, l.channel, l.object, l.doc_entry, d.currency, d.total, d.tax, coalesce(d.rounding, 0) AS rounding, d.doc_on,
           d.status = 'open' AS is_open
    FROM linked AS l JOIN canonical.b1_order AS d ON d.doc_entry = l.doc_entry WHERE l.object = 'order'
    UNION ALL
    SELECT l.order_no, l.channel, l.object, l.doc_entry, d.currency, d.total, d.tax, coalesce(d.rounding, 0), d.doc_on, FALSE
    FROM linked AS l JOIN canonical.b1_invoice AS d ON d.doc_entry = l.doc_entry WHERE l.object = 'invoice'
)
SELECT d.order_no, d.channel, d.object, d.doc_entry, d.currency, matching.month(d.doc_on) AS period, d.is_open,
       d.object = 'order' OR n.order_no IS NOT NULL AS is_booked,
       CASE WHEN k.order_no IS NULL THEN d.total
            WHEN k.is_first THEN CAST(d.total + k.others AS DECIMAL(19,6)) ELSE k.part END AS total,
       CASE WHEN k.order_no IS NULL THEN d.tax
            WHEN k.is_first THEN CAST(d.tax + k.tax_others AS DECIMAL(19,6)) ELSE k.tax_part END AS tax,
       CASE WHEN k.order_no IS NULL OR k.is_first THEN d.rounding ELSE 0 END AS rounding
FROM document AS d
LEFT JOIN (SELECT order_no FROM matching.document_count WHERE orders = 0) AS n ON n.order_no = d.order_no
LEFT JOIN bridge_collective AS k ON k.order_no = d.order_no AND k.object = d.object AND k.doc_entry = d.doc_entry;

-- All invoices of orders, with those that are what the order is.
CREATE OR REPLACE TEMP VIEW bridge_invoice AS
SELECT order_no, CAST(channel AS VARCHAR) AS channel, currency, period, total, tax, rounding FROM bridge_document
WHERE object = 'invoice'
UNION ALL
SELECT order_no, channel, currency, period, total, tax, 0 FROM bridge_sale WHERE is_even;

-- Only the orders on which something differs. Of one number per sale and document, because numbers are compared fast.
CREATE OR REPLACE TEMP TABLE bridge_odd_order AS
SELECT order_no FROM bridge_document
WHERE hash(order_no, currency, period, total) NOT IN (
    SELECT hash(order_no, currency, period, total) FROM bridge_sale WHERE NOT is_even
)
UNION
-- Not one document for each of booked and invoiced, though all of them may have the order's amount.
SELECT order_no FROM matching.document_count WHERE orders > 1 OR invoices <> 1
UNION
SELECT order_no FROM matching.unposted_order;

-- What each of them is in each month: sold, booked, invoiced.
CREATE OR REPLACE TEMP TABLE bridge_leg AS
SELECT order_no, currency, period, sum(sold) AS sold, sum(booked) AS booked, sum(invoiced) AS invoiced,
       sum(rounded) AS rounded, sum(rounded_later) AS rounded_later, sum(sold_tax) AS sold_tax, sum(booked_tax) AS booked_tax,
       sum(sales) AS sales, sum(bookings) AS bookings, sum(invoices) AS invoices, bool_or(is_open) AS is_open
FROM (
    SELECT order_no, currency, period, total AS sold, 0 AS booked, 0 AS invoiced, 0 AS rounded, 0 AS rounded_later, tax AS sold_tax,
           0 AS booked_tax, 1 AS sales, 0 AS bookings, 0 AS invoices,
           FALSE AS is_open
    FROM bridge_sale
    UNION ALL
    SELECT order_no, currency, period, 0, CASE WHEN is_booked THEN total ELSE 0 END,
           CASE WHEN object = 'invoice' THEN total ELSE 0 END, CASE WHEN is_booked THEN rounding ELSE 0 END,
           CASE WHEN object = 'invoice' THEN rounding ELSE 0 END - CASE WHEN is_booked THEN rounding ELSE 0 END,
           0, CASE WHEN is_booked THEN tax ELSE 0 END, 0, CASE WHEN is_booked THEN 1 ELSE 0 END, CASE WHEN object = 'invoice' THEN 1 ELSE 0 END, is_open
    FROM bridge_document
) AS side
WHERE order_no IN (SELECT order_no FROM bridge_odd_order)
GROUP BY order_no, currency, period;
CREATE OR REPLACE TEMP TABLE bridge_odd AS
SELECT l.order_no, o.channel, o.order_id, l.currency, l.period, l.sold, l.booked, l.invoiced,
       sum(l.sold_tax) OVER w AS all_sold_tax, sum(l.booked_tax) OVER w AS all_booked_tax,
       sum(l.rounded) OVER w AS all_rounded, sum(l.rounded_later) OVER w AS all_rounded_later,
       sum(l.sold) OVER w AS all_sold, sum(l.booked) OVER w AS all_booked, sum(l.invoiced) OVER w AS all_invoiced,
       sum(l.sales) OVER w AS sales, sum(l.bookings) OVER w AS bookings, sum(l.invoices) OVER w AS invoices,
       sum(l.sales) OVER (PARTITION BY l.order_no) AS sales_anywhere,
       sum(l.bookings) OVER (PARTITION BY l.order_no) AS bookings_anywhere,
       bool_or(l.is_open) OVER w AS is_open,
       min(CASE WHEN l.sales > 0 THEN l.period END) OVER w AS sold_in,
       min(CASE WHEN l.bookings > 0 THEN l.period END) OVER w AS booked_in
FROM bridge_leg AS l
JOIN matching.channel_order AS o ON o.order_no = l.order_no
WINDOW w AS (PARTITION BY l.order_no, l.currency);

-- From what was sold to what is booked.
INSERT INTO fact.bridge_item (channel, period, currency, step, order_no, order_id, amount)
WITH placed AS (
    SELECT d.*, o.placed_at, o.payment_status, o.tax_collected_by, c.grace_order_minutes, a.as_of
    FROM bridge_odd AS d
    JOIN canonical.sales_order AS o ON o.order_no = d.order_no
    JOIN setting.channel AS c ON c.channel = d.channel
    JOIN fact.as_of AS a ON a.channel = d.channel
)
SELECT channel, period, currency,
       CASE WHEN bookings_anywhere > 0 THEN 'booked_differs'
            -- given back before it was ever booked: nothing is missing any more
            WHEN payment_status = 'refunded' THEN 'refunded_before_booking'
            WHEN placed_at + grace_order_minutes * INTERVAL 1 MINUTE > as_of THEN 'in_transit' ELSE 'not_in_b1' END,
       order_no, order_id, -sold
FROM placed WHERE sales > 0 AND bookings = 0
UNION ALL
SELECT channel, period, currency,
       unnest([CASE WHEN tax_collected_by = 'channel' AND all_booked_tax = 0 AND all_booked - all_rounded - all_sold = -all_sold_tax
                    THEN 'tax_kept_by_channel'
                    -- the same without tax: the checks of tax say whether that is wrong
                    WHEN all_booked - all_rounded - all_sold = all_booked_tax - all_sold_tax THEN 'taxed_otherwise'
                    ELSE 'booked_differs' END, 'rounded_in_b1']),
       order_no, order_id,
       unnest([all_booked - all_rounded - all_sold, all_rounded])
FROM placed WHERE sales > 0 AND bookings > 0 AND period = sold_in
UNION ALL
SELECT channel, period, currency, 'booked_in_other_month', order_no, order_id,
       booked - CASE WHEN period = sold_in THEN all_booked ELSE 0 END
FROM placed WHERE sales > 0 AND bookings > 0 AND booked <> CASE WHEN period = sold_in THEN all_booked ELSE 0 END
UNION ALL
-- a document in another currency than its order
SELECT channel, period, currency, 'booked_differs', order_no, order_id, booked
FROM placed WHERE sales = 0 AND sales_anywhere > 0 AND booked <> 0;

-- From what is booked to what is invoiced.
INSERT INTO fact.bridge_item (channel, period, currency, step, order_no, order_id, amount)
SELECT channel, period, currency, 'not_invoiced_yet', order_no, order_id, -booked
FROM bridge_odd WHERE invoices = 0 AND booked <> 0
UNION ALL
SELECT channel, period, currency,
       unnest([CASE WHEN is_open AND all_invoiced < all_booked THEN 'not_invoiced_yet' ELSE 'invoiced_differs' END,
               'rounded_on_invoice']),
       order_no, order_id, unnest([all_invoiced - all_booked - all_rounded_later, all_rounded_later])
FROM bridge_odd WHERE invoices > 0 AND bookings > 0 AND period = booked_in
UNION ALL
SELECT channel, period, currency, 'invoiced_in_other_month', order_no, order_id,
       invoiced - booked - CASE WHEN period = booked_in THEN all_invoiced - all_booked ELSE 0 END
FROM bridge_odd
WHERE invoices > 0 AND bookings > 0
  AND invoiced - booked <> CASE WHEN period = booked_in THEN all_invoiced - all_booked ELSE 0 END
UNION ALL
-- an invoice in another currency than the sales order
SELECT channel, period, currency, 'invoiced_differs', order_no, order_id, invoiced
FROM bridge_odd WHERE bookings = 0 AND invoices > 0 AND invoiced <> 0;

-- Money given back for what was sold. What goes onto a gift card is no money.
CREATE OR REPLACE TEMP TABLE bridge_refund AS
SELECT r.channel, r.refund_id, r.order_id, s.order_no, r.currency, c.period, r.total, r.tax, s.is_tax_kept,
       coalesce(r.processed_at, r.created_at) AS refunded_at
FROM canonical.refund AS r
JOIN bridge_sale AS s ON s.order_no = r.order_no
JOIN bridge_calendar AS c ON c.quarter_at = time_bucket(INTERVAL 15 MINUTE, coalesce(r.processed_at, r.created_at))
WHERE r.transaction_status = 'success' AND r.total > 0 AND coalesce(r.gateway, '') <> 'gift_card';

-- Credit memos that count: of which refund, else of which order, else of none.
CREATE OR REPLACE TEMP TABLE bridge_memo AS
WITH of_refund AS (
    SELECT x.doc_entry, min(x.channel) AS channel, min(x.refund_id) AS refund_id, min(x.order_id) AS order_id,
           arg_min(x.order_no, x.order_id) AS order_no
    FROM matching.refund_credit_memo AS x
    JOIN bridge_refund AS r ON r.channel = x.channel AND r.refund_id = x.refund_id
    GROUP BY x.doc_entry
), of_order AS (
    SELECT doc_entry, min(channel) AS channel, min(order_id) AS order_id, arg_min(order_no, order_id) AS order_no
    FROM matching.order_document WHERE object = 'credit_memo' GROUP BY doc_entry
), of_none AS (
    SELECT d.doc_entry, min(d.channel) AS channel, bool_or(d.is_manual_series) AS is_manual,
           bool_or(d.is_reference_valid AND (d.created_at <= h.first_placed_at + INTERVAL 3 DAY
                                           OR fact.order_number(d.reference_key) < h.first_number)) AS is_of_older
    FROM matching.open_document AS d LEFT JOIN fact.order_horizon AS h ON h.channel = d.channel
    WHERE d.object = 'credit_memo' AND d.is_reported GROUP BY d.doc_entry
)
SELECT d.doc_entry, coalesce(r.channel, o.channel, n.channel) AS channel, r.refund_id,
       coalesce(r.order_id, o.order_id) AS order_id,
       coalesce(r.order_no, o.order_no) AS order_no,
       coalesce(n.is_manual, FALSE) AS is_manual, o.order_no IS NULL AND coalesce(n.is_of_older, FALSE) AS is_of_older,
       d.return_reason, d.created_at, d.currency, matching.month(d.doc_on) AS period, d.total, d.tax,
       o.order_no IS NOT NULL AND o.order_no NOT IN (SELECT order_no FROM bridge_sale) AS is_of_unsold
FROM canonical.b1_credit_memo AS d
LEFT JOIN of_refund AS r ON r.doc_entry = d.doc_entry
LEFT JOIN of_order AS o ON o.doc_entry = d.doc_entry
LEFT JOIN of_none AS n ON n.doc_entry = d.doc_entry
WHERE d.is_cancelled IS NOT TRUE AND d.is_cancellation IS NOT TRUE
  AND coalesce(r.channel, o.channel, n.channel) IS NOT NULL;

INSERT INTO fact.bridge_item (channel, period, currency, step, order_no, order_id, refund_id, amount)
WITH credited AS (
    SELECT channel, refund_id, currency, sum(total) AS credited, count(*) AS memos FROM bridge_memo
    WHERE refund_id IS NOT NULL GROUP BY channel, refund_id, currency
), pair AS (
    SELECT r.*, coalesce(c.credited, 0) AS credited, coalesce(c.memos, 0) AS memos
    FROM bridge_refund AS r
    LEFT JOIN credited AS c ON c.channel = r.channel AND c.refund_id = r.refund_id AND c.currency = r.currency
)
SELECT p.channel, p.period, p.currency,
       CASE WHEN coalesce(n.invoices, 0) = 0 THEN 'refunded_before_invoice'
            WHEN p.refunded_at + k.grace_refund_minutes * INTERVAL 1 MINUTE > a.as_of OR w.refund_id IS NOT NULL
            THEN 'credit_in_transit' ELSE 'not_credited' END,
       p.order_no, p.order_id, p.refund_id, p.total
FROM pair AS p
JOIN setting.channel AS k ON k.channel = p.channel
JOIN fact.as_of AS a ON a.channel = p.channel
LEFT JOIN matching.document_count AS n ON n.order_no = p.order_no
LEFT JOIN (SELECT DISTINCT channel, refund_id FROM matching.refund_draft) AS w
  ON w.channel = p.channel AND w.refund_id = p.refund_id
WHERE p.memos = 0
UNION ALL
SELECT channel, period, currency, 'credited_differs', order_no, order_id, refund_id, total - credited
FROM pair WHERE memos > 0 AND total <> credited
UNION ALL
SELECT m.channel, m.period, m.currency, 'credited_in_other_month', p.order_no, p.order_id, p.refund_id,
       sum(-m.total)
FROM bridge_memo AS m
JOIN pair AS p ON p.channel = m.channel AND p.refund_id = m.refund_id AND p.currency = m.currency
WHERE m.period <> p.period
GROUP BY m.channel, m.period, m.currency, p.order_no, p.order_id, p.refund_id
UNION ALL
SELECT p.channel, p.period, p.currency, 'credited_in_other_month', p.order_no, p.order_id, p.refund_id, sum(m.total)
FROM bridge_memo AS m
JOIN pair AS p ON p.channel = m.channel AND p.refund_id = m.refund_id AND p.currency = m.currency
WHERE m.period <> p.period
GROUP BY p.channel, p.period, p.currency, p.order_no, p.order_id, p.refund_id
UNION ALL
-- a credit memo in another currency than its refund
SELECT m.channel, m.period, m.currency, 'credited_differs', r.order_no, r.order_id, r.refund_id, -m.total
FROM bridge_memo AS m
JOIN bridge_refund AS r ON r.channel = m.channel AND r.refund_id = m.refund_id AND r.currency <> m.currency;

-- Credit memos of no refund that is known, of orders that were sold or of none. Goods that were exchanged, money that
-- went back from the bank and a price that was corrected need no refund of the channel.
INSERT INTO fact.bridge_item (channel, period, currency, step, order_no, order_id, b1_object, doc_entry, amount)
WITH exchanged AS (
    SELECT DISTINCT order_no FROM canonical.return_case WHERE has_exchange
), paid AS (
    SELECT DISTINCT i.invoice_entry AS doc_entry FROM canonical.b1_payment_invoice AS i
    JOIN canonical.b1_payment AS p ON p.doc_entry = i.doc_entry AND p.direction = i.direction
    WHERE i.invoice_type = 'credit_memo' AND i.direction = 'outgoing' AND p.is_cancelled IS NOT TRUE
)
SELECT m.channel, m.period, m.currency,
       CASE WHEN m.is_manual THEN 'manual_documents'
            WHEN x.order_no IS NOT NULL OR p.doc_entry IS NOT NULL
              OR lower(trim(m.return_reason)) IN ('price correction', 'goodwill', 'manual refund', 'bank refund')
            THEN 'credited_for_a_reason'
            -- the channel tells the refunds of the orders that were read
            WHEN m.is_of_older THEN 'credited_of_older_order'
            WHEN m.created_at + INTERVAL 3 DAY > a.as_of THEN 'credited_before_refund'
            ELSE 'credits_of_no_refund' END,
       m.order_no, m.order_id, 'credit_memo', m.doc_entry, -m.total
FROM bridge_memo AS m
JOIN fact.as_of AS a ON a.channel = m.channel
LEFT JOIN exchanged AS x ON x.order_no = m.order_no
LEFT JOIN paid AS p ON p.doc_entry = m.doc_entry
WHERE m.refund_id IS NULL AND NOT m.is_of_unsold;

-- What is booked of orders that are not sold (any more). Booked and credited again is nothing.
INSERT INTO fact.bridge_item (channel, period, currency, step, order_no, order_id, amount)
WITH movement AS (
    SELECT order_no, currency, period, sum(amount) AS amount FROM (
        SELECT order_no, currency, period, booked AS amount FROM bridge_odd WHERE sales_anywhere = 0
        UNION ALL
        SELECT order_no, currency, period, -total FROM bridge_memo WHERE is_of_unsold AND refund_id IS NULL
    ) AS each GROUP BY order_no, currency, period
), whole AS (
    SELECT order_no, currency, sum(amount) AS amount, min(period) AS first_period FROM movement GROUP BY order_no, currency
)
SELECT o.channel, w.first_period, w.currency,
       CASE WHEN o.cancelled_at + INTERVAL 15 MINUTE > a.as_of THEN 'in_transit' ELSE 'booked_not_sold' END,
       w.order_no, o.order_id, w.amount
FROM whole AS w
JOIN canonical.sales_order AS o ON o.order_no = w.order_no
JOIN fact.as_of AS a ON a.channel = o.channel
WHERE w.amount <> 0
UNION ALL
SELECT o.channel, m.period, m.currency, 'called_off', m.order_no, o.order_id,
       m.amount - CASE WHEN m.period = w.first_period THEN w.amount ELSE 0 END
FROM movement AS m
JOIN whole AS w ON w.order_no = m.order_no AND w.currency = m.currency
JOIN matching.channel_order AS o ON o.order_no = m.order_no
WHERE m.amount <> CASE WHEN m.period = w.first_period THEN w.amount ELSE 0 END;

-- Documents on the channel's business partner that name no order.
CREATE OR REPLACE TEMP TABLE bridge_stray AS
SELECT d.channel, CAST(d.object AS VARCHAR) AS object, d.doc_entry, d.currency, d.total, t.tax,
       matching.month(d.doc_on) AS period, d.is_manual_series AS is_manual,
       d.object = 'order' OR d.base_object IS NULL OR d.base_object NOT IN ('order', 'delivery') AS is_booked
FROM matching.open_document AS d
JOIN (
    SELECT 'order' AS object, doc_entry, tax FROM canonical.b1_order
    WHERE doc_entry IN (SELECT doc_entry FROM matching.open_document WHERE object = 'order')
    UNION ALL
    SELECT 'invoice', doc_entry, tax FROM canonical.b1_invoice
    WHERE doc_entry IN (SELECT doc_entry FROM matching.open_document WHERE object = 'invoice')
) AS t ON t.object = CAST(d.object AS VARCHAR) AND t.doc_entry = d.doc_entry
WHERE d.is_reported AND d.object IN ('order', 'invoice')
  AND NOT EXISTS (SELECT 1 FROM matching.link AS l WHERE l.object = d.object AND l.doc_entry = d.doc_entry);

INSERT INTO fact.bridge_item (channel, period, currency, step, b1_object, doc_entry, amount)
SELECT s.channel, s.period, s.currency,
       CASE WHEN s.is_manual THEN 'manual_documents'
            WHEN o.is_below_first_number OR o.created_at <= o.first_placed_at + INTERVAL 3 DAY THEN 'booked_of_older_order'
            ELSE 'booked_of_no_order' END,
       s.object, s.doc_entry, s.total
FROM bridge_stray AS s
LEFT JOIN fact.order_orphan AS o ON o.channel = s.channel AND CAST(o.object AS VARCHAR) = s.object AND o.doc_entry = s.doc_entry
WHERE s.is_booked
UNION ALL
SELECT channel, period, currency, 'strays_not_invoiced', object, doc_entry, -total FROM bridge_stray WHERE object = 'order'
UNION ALL
SELECT channel, period, currency, 'strays_not_invoiced', object, doc_entry, total
FROM bridge_stray WHERE object = 'invoice' AND NOT is_booked;

-- Tax: of the same gross, one side sees more of it than the other.
INSERT INTO fact.bridge_item (channel, period, currency, step, order_no, order_id, b1_object, doc_entry, amount)
WITH odd AS (
    SELECT * FROM bridge_document
    WHERE object = 'invoice'
      AND hash(order_no, tax) NOT IN (SELECT hash(order_no, tax) FROM bridge_sale WHERE NOT is_even)
)
SELECT o.channel, d.period, d.currency, 'tax_differs', d.order_no, o.order_id, d.object, d.doc_entry, s.tax - d.tax
FROM odd AS d
JOIN bridge_sale AS s ON s.order_no = d.order_no AND s.currency = d.currency AND s.total = d.total AND s.tax <> d.tax
JOIN matching.document_count AS c ON c.order_no = d.order_no AND c.invoices = 1
JOIN matching.channel_order AS o ON o.order_no = d.order_no;

INSERT INTO fact.bridge_height
WITH document AS (
    SELECT CAST(d.channel AS VARCHAR) AS channel, d.period, d.currency, sum(CASE WHEN d.is_booked THEN d.total ELSE 0 END) AS booked,
           sum(CASE WHEN d.object = 'invoice' THEN d.total ELSE 0 END) AS invoiced,
           sum(CASE WHEN d.object = 'invoice' THEN d.tax ELSE 0 END) AS tax
    FROM bridge_document AS d
    GROUP BY d.channel, d.period, d.currency
    UNION ALL
    SELECT channel, period, currency, sum(total), sum(total), sum(tax) FROM bridge_sale WHERE is_even
    GROUP BY channel, period, currency
    UNION ALL
    SELECT channel, period, currency, CASE WHEN is_booked THEN total ELSE 0 END,
           CASE WHEN object = 'invoice' THEN total ELSE 0 END, CASE WHEN object = 'invoice' THEN tax ELSE 0 END
    FROM bridge_stray
    UNION ALL
    SELECT channel, period, currency, -total, -total, -tax FROM bridge_memo
)
SELECT channel, period, currency, 'sold', sum(total) FROM bridge_sale GROUP BY channel, period, currency
UNION ALL SELECT channel, period, currency, 'refunded', -sum(total) FROM bridge_refund GROUP BY channel, period, currency
UNION ALL
SELECT channel, period, currency, unnest(['booked', 'invoiced', 'tax']), unnest([sum(booked), sum(invoiced), sum(tax)])
FROM document GROUP BY channel, period, currency;
