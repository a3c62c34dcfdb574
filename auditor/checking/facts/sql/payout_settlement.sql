-- Orders whose money is still out, and how long that usually takes.
-- settlement_open: paid and wholly sent, and in no payout. amount: what the provider owes; expected_fee: by the contract.
CREATE OR REPLACE TABLE fact.settlement_open AS
WITH sent AS (
    SELECT channel, order_id, max(coalesce(delivered_at, shipped_at)) AS sent_at FROM canonical.shipment
    WHERE coalesce(status, '') NOT IN ('cancelled', 'failed') GROUP BY channel, order_id
), moved AS (
    SELECT channel, order_id, bool_or(payout_id IS NOT NULL) AS is_settled FROM fact.payout_item
    WHERE order_id IS NOT NULL AND kind = 'charge' GROUP BY channel, order_id
), touched AS (
    -- withheld, disputed, corrected: the provider knows, and other checks tell
    SELECT DISTINCT channel, order_id FROM canonical.payout_line
    WHERE order_id IS NOT NULL AND kind IN ('reserve', 'dispute', 'adjustment', 'other')
    UNION
    SELECT DISTINCT channel, order_id FROM canonical.dispute WHERE closed_at IS NULL AND order_id IS NOT NULL
), pays AS (
    -- the gateways of a channel whose money is seen in its provider's account
    SELECT DISTINCT p.channel, p.gateway FROM canonical.sales_payment AS p
    JOIN moved AS m ON m.channel = p.channel AND m.order_id = p.order_id
    WHERE p.kind IN ('sale', 'capture') AND p.status = 'success' AND p.gateway NOT IN ('gift_card', 'store_credit', 'manual')
), owed AS (
    SELECT p.channel, p.order_id, sum(CASE WHEN g.gateway IS NOT NULL THEN p.amount ELSE 0 END) AS amount
    FROM canonical.sales_payment AS p
    LEFT JOIN pays AS g ON g.channel = p.channel AND g.gateway = p.gateway
    WHERE p.kind IN ('sale', 'capture') AND p.status = 'success'
    GROUP BY p.channel, p.order_id
), began AS (
    SELECT channel, min(processed_at) AS at FROM canonical.payout_line GROUP BY channel
), contract AS (
    SELECT channel, coalesce(max(percent) FILTER (WHERE fee_type = 'charge'), max(percent)) AS percent,
           coalesce(max(fixed) FILTER (WHERE fee_type = 'charge'), arg_max(fixed, percent)) AS fixed
    FROM setting.fee_map GROUP BY channel
)
SELECT o.channel, o.order_id, o.currency, o.total, s.sent_at, m.order_id IS NOT NULL AS is_waiting,
       CAST(coalesce(w.amount, o.total) AS DECIMAL(19,6)) AS amount,
       CAST(coalesce(round(coalesce(w.amount, o.total) * f.percent * 0.01 + f.fixed, 2), 0) AS DECIMAL(19,6)) AS expected_fee
FROM canonical.sales_order AS o
JOIN sent AS s ON s.channel = o.channel AND s.order_id = o.order_id
JOIN began AS b ON b.channel = o.channel AND s.sent_at >= b.at AND o.placed_at >= b.at
LEFT JOIN moved AS m ON m.channel = o.channel AND m.order_id = o.order_id
LEFT JOIN owed AS w ON w.channel = o.channel AND w.order_id = o.order_id
LEFT JOIN contract AS f ON f.channel = o.channel
ANTI JOIN touched AS t ON t.channel = o.channel AND t.order_id = o.order_id
WHERE o.fulfilment_status = 'shipped' AND o.cancelled_at IS NULL AND o.is_test IS NOT TRUE AND o.is_confirmed IS NOT FALSE
  AND coalesce(o.order_kind, 'sale') = 'sale' AND o.payment_status IN ('paid', 'partially_paid', 'partially_refunded')
  AND o.total > 0 AND coalesce(o.refunded, 0) < o.total AND coalesce(w.amount, o.total) > 0
  AND m.is_settled IS NOT TRUE;

-- settlement_lag: within how many days of the dispatch 99 of 100 orders were paid out; of fifty orders at least.
CREATE OR REPLACE TABLE fact.settlement_lag AS
WITH sent AS (
    SELECT channel, order_id, max(coalesce(delivered_at, shipped_at)) AS sent_at FROM canonical.shipment
    WHERE coalesce(status, '') NOT IN ('cancelled', 'failed') GROUP BY channel, order_id
), paid AS (
    SELECT i.channel, i.order_id, min(p.issued_at) AS paid_at
    FROM fact.payout_item AS i
    JOIN canonical.payout AS p ON p.channel = i.channel AND p.payout_id = i.payout_id
    WHERE i.kind = 'charge' AND i.order_id IS NOT NULL GROUP BY i.channel, i.order_id
)
SELECT p.channel, count(*) AS orders,
       greatest(0, quantile_disc(date_diff('day', s.sent_at, p.paid_at) + 1, 0.99)) AS p99_days
FROM paid AS p JOIN sent AS s ON s.channel = p.channel AND s.order_id = p.order_id
GROUP BY p.channel HAVING count(*) >= 50;
