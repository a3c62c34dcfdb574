-- What should have gone to B1 and is not there: orders that are sold and refunds that succeeded, with the time they
-- may take. Whether the middleware has anything to do is told by the source, not by how busy it usually is.
CREATE OR REPLACE TABLE fact.due AS
SELECT o.channel, 'orders' AS flow, o.order_id AS subject_id, o.placed_at AS due_at, o.total, o.currency,
       o.placed_at + c.grace_order_minutes * INTERVAL 1 MINUTE AS grace_until
FROM matching.unposted_order AS d
JOIN canonical.sales_order AS o ON o.order_no = d.order_no
JOIN setting.channel AS c ON c.channel = o.channel AND c.posting = 'order'
WHERE d.open_drafts = 0 AND o.payment_status IN ('paid', 'partially_paid', 'partially_refunded')
  AND o.is_test IS NOT TRUE AND o.is_confirmed IS NOT FALSE AND o.cancelled_at IS NULL
  AND coalesce(o.order_kind, 'sale') NOT IN ('exchange', 'replacement', 'sample')
UNION ALL
SELECT r.channel, 'refunds', r.refund_id, coalesce(r.processed_at, r.created_at), r.total, r.currency,
       coalesce(r.processed_at, r.created_at) + c.grace_refund_minutes * INTERVAL 1 MINUTE
FROM canonical.refund AS r
JOIN setting.channel AS c ON c.channel = r.channel
JOIN matching.document_count AS v ON v.order_no = r.order_no AND v.invoices > 0
WHERE r.transaction_status = 'success' AND r.total > 0 AND coalesce(r.gateway, '') <> 'gift_card'
  AND NOT EXISTS (SELECT 1 FROM matching.refund_credit_memo AS x
                  WHERE x.channel = r.channel AND x.refund_id = r.refund_id)
  AND NOT EXISTS (SELECT 1 FROM matching.refund_draft AS x WHERE x.channel = r.channel AND x.refund_id = r.refund_id);

-- Each run that ended, with the run of the same flow before it: what fell due between the two was its to move.
CREATE OR REPLACE TABLE fact.flow_run AS
SELECT e.event_id, e.channel, e.source, e.flow, e.status, e.started_at, e.finished_at, e.records_due, e.records_moved,
       e.records_failed, lag(e.started_at) OVER (PARTITION BY e.channel, e.flow ORDER BY e.started_at) AS before_at
FROM canonical.sync_event AS e, fact.moment AS m
WHERE e.kind = 'run' AND e.started_at > m.now - INTERVAL 35 DAY AND e.started_at <= m.now;
