-- Every order of every channel with the keys under which B1 may name it, and the figures that both sides share.
-- order_no stands for (channel, order_id) here and wherever facts join on it, because comparing numbers is cheap; that
-- no two orders have the same is made sure of below.
CREATE TABLE matching.channel_order AS
SELECT
    o.order_no, o.channel, c.link_channel, o.order_id,
    matching.reference_key(o.order_ref, c.reference_prefix) AS reference_key,
    matching.reference_key(o.alternate_ref, c.reference_prefix) AS alternate_key,
    o.currency, o.total, o.tax,
    -- one number for the three, to be compared with a document's
    CASE WHEN o.total IS NOT NULL AND o.tax IS NOT NULL THEN hash(o.currency, o.total, o.tax) END AS figures,
    o.is_test IS NOT TRUE AND o.cancelled_at IS NULL
    AND coalesce(o.payment_status, '') NOT IN ('voided', 'expired')
    -- what is sent instead of something sold, or given away, is no revenue
    AND coalesce(o.order_kind, 'sale') NOT IN ('exchange', 'replacement', 'sample') AS is_comparable
FROM canonical.sales_order AS o
JOIN (SELECT *, CAST(channel AS matching.channel) AS link_channel FROM setting.channel) AS c ON c.channel = o.channel;

SELECT CASE WHEN count(*) > 0 THEN error('two orders share a number: ' || min(order_id)) END
FROM (
    SELECT min(order_id) AS order_id FROM matching.channel_order
    WHERE order_no IN (SELECT order_no FROM matching.channel_order GROUP BY order_no HAVING count(*) > 1)
    GROUP BY order_no HAVING count(DISTINCT (channel, order_id)) > 1
);

CREATE VIEW matching.order_document AS
SELECT o.channel, o.order_id, l.order_no, l.object, l.doc_entry, l.rule, l.confidence
FROM matching.link AS l JOIN matching.channel_order AS o ON o.order_no = l.order_no;
CREATE VIEW matching.order_delivery AS
SELECT channel, order_id, order_no, doc_entry, rule FROM matching.order_document WHERE object = 'delivery';
