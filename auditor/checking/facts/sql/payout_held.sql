-- settlement_held: sent in B1, and the marketplace, which pays only what was sent, was not told.
-- has_finding: a missing tracking number and a deadline that runs out are findings of their own and carry the money.
CREATE OR REPLACE TABLE fact.settlement_held AS
WITH unmoved AS MATERIALIZED (
    SELECT o.channel, o.order_id, o.order_no, o.currency, o.total, o.ship_by_at, o.fulfilment_status
    FROM canonical.sales_order AS o
    JOIN setting.channel AS c ON c.channel = o.channel AND c.kind IN ('john_lewis', 'tiktok_shop')
    ANTI JOIN settled AS m ON m.order_no = o.order_no
    WHERE o.cancelled_at IS NULL AND o.is_test IS NOT TRUE AND o.is_confirmed IS NOT FALSE AND o.total > 0
      AND coalesce(o.order_kind, 'sale') = 'sale' AND o.payment_status IN ('paid', 'partially_paid', 'partially_refunded')
      AND o.fulfilment_status IN ('unshipped', 'partial')
), left_house AS (
    SELECT l.order_no, min(d.created_at) AS sent_at FROM matching.link AS l
    JOIN canonical.b1_delivery AS d ON d.doc_entry = l.doc_entry
    WHERE l.object = 'delivery' AND l.order_no IN (SELECT order_no FROM unmoved)
    GROUP BY l.order_no
), package AS (
    SELECT DISTINCT order_no FROM fact.delivery_package WHERE NOT has_channel_label
)
SELECT o.channel, o.order_id, o.order_no, o.currency, o.total, l.sent_at, p.order_no IS NOT NULL OR o.ship_by_at IS NOT NULL AS has_finding
FROM unmoved AS o
JOIN left_house AS l ON l.order_no = o.order_no
LEFT JOIN package AS p ON p.order_no = o.order_no
WHERE o.fulfilment_status = 'unshipped' OR p.order_no IS NOT NULL;
