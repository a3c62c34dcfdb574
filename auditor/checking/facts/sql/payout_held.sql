-- settlement_held: sent in B1, and the marketplace, which pays only what was sent, was not told.
-- has_finding: a missing tracking number and a deadline that runs out are findings of their own and carry the money.
CREATE OR REPLACE TABLE fact.settlement_held AS
WITH left_house AS (
    SELECT x.channel, x.order_id, min(d.created_at) AS sent_at
    FROM matching.order_delivery AS x JOIN canonical.b1_delivery AS d ON d.doc_entry = x.doc_entry
    GROUP BY x.channel, x.order_id
), package AS (
    SELECT DISTINCT channel, order_id FROM fact.delivery_package WHERE NOT has_channel_label
), moved AS (
    SELECT DISTINCT channel, order_id FROM fact.payout_item WHERE order_id IS NOT NULL
)
SELECT o.channel, o.order_id, o.currency, o.total, l.sent_at, p.order_id IS NOT NULL OR o.ship_by_at IS NOT NULL AS has_finding
FROM canonical.sales_order AS o
JOIN setting.channel AS c ON c.channel = o.channel AND c.kind IN ('john_lewis', 'tiktok_shop')
JOIN left_house AS l ON l.channel = o.channel AND l.order_id = o.order_id
LEFT JOIN package AS p ON p.channel = o.channel AND p.order_id = o.order_id
ANTI JOIN moved AS m ON m.channel = o.channel AND m.order_id = o.order_id
WHERE o.cancelled_at IS NULL AND o.is_test IS NOT TRUE AND o.is_confirmed IS NOT FALSE AND o.total > 0
  AND coalesce(o.order_kind, 'sale') = 'sale' AND o.payment_status IN ('paid', 'partially_paid', 'partially_refunded')
  AND (o.fulfilment_status = 'unshipped' OR (o.fulfilment_status = 'partial' AND p.order_id IS NOT NULL));
