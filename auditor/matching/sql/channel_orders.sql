-- Every order of every channel with the keys under which B1 may name it, and the figures that both sides share.
CREATE OR REPLACE TABLE matching.channel_order AS
SELECT
    o.channel, o.order_id, row_number() OVER () AS order_no,
    matching.reference_key(o.order_ref, c.reference_prefix) AS reference_key,
    matching.reference_key(o.alternate_ref, c.reference_prefix) AS alternate_key,
    o.currency, o.total, o.tax,
    o.is_test IS NOT TRUE AND o.cancelled_at IS NULL
    AND coalesce(o.payment_status, '') NOT IN ('voided', 'expired') AS is_comparable
FROM canonical.sales_order AS o
JOIN setting.channel AS c ON c.channel = o.channel;

-- Keys that two orders of a channel share decide nothing.
CREATE OR REPLACE TEMP TABLE shared_key AS
WITH suspect AS (
    SELECT hash(channel, reference_key) AS h FROM matching.channel_order
    WHERE reference_key IS NOT NULL GROUP BY h HAVING count(*) > 1
)
SELECT channel, reference_key, list(order_no) AS order_nos
FROM matching.channel_order
WHERE hash(channel, reference_key) IN (SELECT h FROM suspect)
GROUP BY channel, reference_key HAVING count(*) > 1;
