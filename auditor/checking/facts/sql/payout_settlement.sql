-- Orders whose money is still out, and how long that usually takes.
-- settlement_open: paid and wholly sent, and in no payout. amount: what the provider owes; expected_fee: by the contract.
CREATE OR REPLACE TABLE fact.settlement_open AS
WITH began AS (
    SELECT channel, min(processed_at) AS at FROM canonical.payout_line GROUP BY channel
), unsettled AS MATERIALIZED (
    SELECT o.channel, o.order_id, o.order_no, o.currency, o.total, o.placed_at
    FROM canonical.sales_order AS o
    WHERE o.order_no NOT IN (SELECT order_no FROM settled WHERE stage >= 2)
      AND o.fulfilment_status = 'shipped' AND o.cancelled_at IS NULL AND o.is_test IS NOT TRUE
      AND o.is_confirmed IS NOT FALSE AND coalesce(o.order_kind, 'sale') = 'sale'
      AND o.payment_status IN ('paid', 'partially_paid', 'partially_refunded')
      AND o.total > 0 AND coalesce(o.refunded, 0) < o.total
), sent AS (
    SELECT order_no, max(coalesce(delivered_at, shipped_at)) AS sent_at FROM canonical.shipment
    WHERE coalesce(status, '') NOT IN ('cancelled', 'failed')
      AND order_no IN (SELECT order_no FROM unsettled)
    GROUP BY order_no
), touched AS (
    -- withheld, disputed, corrected: the provider knows, and other checks tell
    SELECT order_no FROM canonical.payout_line
    WHERE order_no IS NOT NULL AND kind IN ('reserve', 'dispute', 'adjustment', 'other')
    UNION ALL
    SELECT order_no FROM canonical.dispute WHERE closed_at IS NULL AND order_no IS NOT NULL
), pays AS (
    -- the gateways of a channel whose money is seen in its provider's account
    SELECT DISTINCT channel, gateway FROM canonical.sales_payment
    WHERE kind IN ('sale', 'capture') AND status = 'success' AND gateway NOT IN ('gift_card', 'store_credit', 'manual')
      AND order_no IN (SELECT order_no FROM settled WHERE stage >= 1)
), owed AS (
    SELECT p.order_no, sum(CASE WHEN g.gateway IS NOT NULL THEN p.amount ELSE 0 END) AS amount
    FROM canonical.sales_payment AS p
    LEFT JOIN pays AS g ON g.channel = p.channel AND g.gateway = p.gateway
    WHERE p.kind IN ('sale', 'capture') AND p.status = 'success'
      AND p.order_no IN (SELECT order_no FROM unsettled)
    GROUP BY order_no
), contract AS (
    SELECT channel, coalesce(max(percent) FILTER (WHERE fee_type = 'charge'), max(percent)) AS percent,
           coalesce(max(fixed) FILTER (WHERE fee_type = 'charge'), arg_max(fixed, percent)) AS fixed
    FROM setting.fee_map GROUP BY channel
)
SELECT o.channel, o.order_id, o.order_no, o.currency, o.total, s.sent_at, coalesce(m.stage = 1, FALSE) AS is_waiting,
       CAST(coalesce(w.amount, o.total) AS DECIMAL(19,6)) AS amount,
       CAST(coalesce(round(coalesce(w.amount, o.total) * f.percent * 0.01 + f.fixed, 2), 0) AS DECIMAL(19,6)) AS expected_fee
FROM unsettled AS o
JOIN sent AS s ON s.order_no = o.order_no
JOIN began AS b ON b.channel = o.channel AND s.sent_at >= b.at AND o.placed_at >= b.at
LEFT JOIN settled AS m ON m.order_no = o.order_no
LEFT JOIN owed AS w ON w.order_no = o.order_no
LEFT JOIN contract AS f ON f.channel = o.channel
ANTI JOIN touched AS t ON t.order_no = o.order_no
WHERE coalesce(w.amount, o.total) > 0;

-- settlement_lag: within how many days of the dispatch 99 of 100 orders were paid out; of fifty orders at least.
CREATE OR REPLACE TABLE fact.settlement_lag AS
WITH sent AS (
    SELECT order_no, max(coalesce(delivered_at, shipped_at)) AS sent_at FROM canonical.shipment
    WHERE coalesce(status, '') NOT IN ('cancelled', 'failed') GROUP BY order_no
)
SELECT CAST(p.channel AS VARCHAR) AS channel, count(*) AS orders,
       greatest(0, quantile_disc(date_diff('day', s.sent_at, p.paid_at) + 1, 0.99)) AS p99_days
FROM settled AS p
JOIN sent AS s ON s.order_no = p.order_no
WHERE p.stage = 3
GROUP BY p.channel HAVING count(*) >= 50;
