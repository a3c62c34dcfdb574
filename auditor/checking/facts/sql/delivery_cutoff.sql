-- Deliveries whose invoice, and invoices whose delivery, lies on the other side of the end of a period that is over and
-- not locked. One row for each document and period; `missing_net` is what of it lacks its counterpart in the period.
-- Prices of deliveries and invoices are the same, so that net amounts tell what is covered.
CREATE OR REPLACE TEMP TABLE cutoff_period AS
SELECT DISTINCT p.period_code, p.from_on, p.to_on, c.timezone,
       timezone('UTC', timezone(c.timezone, CAST(p.to_on + 1 AS TIMESTAMP))) AS ended_at
FROM canonical.b1_period AS p, (SELECT min(timezone) AS timezone FROM setting.channel) AS c
WHERE p.status IS DISTINCT FROM 'locked' AND p.to_on < (SELECT max(as_of) FROM fact.as_of);

-- What lacks its counterpart, mostly little; kind: as the document is linked.
CREATE OR REPLACE TEMP TABLE cutoff_document AS
WITH pair AS MATERIALIZED (
    SELECT i.doc_entry AS invoice_entry, l.base_entry AS delivery_entry, i.doc_on AS invoiced_on, d.doc_on AS delivered_on,
           CAST(sum(l.net) AS DECIMAL(19,6)) AS net
    FROM canonical.b1_invoice_line AS l
    JOIN canonical.b1_invoice AS i ON i.doc_entry = l.doc_entry
    JOIN canonical.b1_delivery AS d ON d.doc_entry = l.base_entry
    WHERE l.base_type = 15 AND i.doc_on <> d.doc_on
      AND i.is_cancelled IS NOT TRUE AND i.is_cancellation IS NOT TRUE
      AND d.is_cancelled IS NOT TRUE AND d.is_cancellation IS NOT TRUE
      -- one lies in a period, the other after its end
      AND i.doc_on >= (SELECT min(from_on) FROM cutoff_period)
    GROUP BY i.doc_entry, l.base_entry, i.doc_on, d.doc_on
), apart AS (
    -- delivered in the period, invoiced after it; or invoiced in it, delivered after it
    SELECT 'delivery' AS object, p.period_code, x.delivery_entry AS doc_entry, sum(x.net) AS net,
           min(x.invoice_entry) AS other_entry
    FROM pair AS x JOIN cutoff_period AS p
      ON x.delivered_on BETWEEN p.from_on AND p.to_on AND x.invoiced_on > p.to_on
    GROUP BY p.period_code, x.delivery_entry
    UNION ALL
    SELECT 'invoice', p.period_code, x.invoice_entry, sum(x.net), min(x.delivery_entry)
    FROM pair AS x JOIN cutoff_period AS p
      ON x.invoiced_on BETWEEN p.from_on AND p.to_on AND x.delivered_on > p.to_on
    GROUP BY p.period_code, x.invoice_entry
), uninvoiced AS (
    -- what is still open on a delivery has no invoice at all
    SELECT 'delivery' AS object, p.period_code, d.doc_entry,
           sum(fact.share(l.net, least(l.open_quantity, l.quantity), l.quantity)) AS net
    FROM canonical.b1_delivery AS d
    JOIN cutoff_period AS p ON d.doc_on BETWEEN p.from_on AND p.to_on
    JOIN canonical.b1_delivery_line AS l ON l.doc_entry = d.doc_entry AND l.open_quantity > 0 AND l.quantity > 0
    WHERE d.status = 'open' AND d.is_cancelled IS NOT TRUE AND d.is_cancellation IS NOT TRUE
    GROUP BY p.period_code, d.doc_entry
), reserved AS (
    -- a reserve invoice waits for its delivery while its lines are open
    SELECT 'reserve_invoice' AS object, p.period_code, i.doc_entry,
           sum(fact.share(l.net, least(l.open_quantity, l.quantity), l.quantity)) AS net
    FROM canonical.b1_invoice AS i
    JOIN cutoff_period AS p ON i.doc_on BETWEEN p.from_on AND p.to_on
    JOIN canonical.b1_invoice_line AS l ON l.doc_entry = i.doc_entry AND l.open_quantity > 0 AND l.quantity > 0
    WHERE i.is_reserve AND i.is_cancelled IS NOT TRUE AND i.is_cancellation IS NOT TRUE
    GROUP BY p.period_code, i.doc_entry
), every AS (
    SELECT object, period_code, doc_entry, net, other_entry FROM apart
    UNION ALL SELECT object, period_code, doc_entry, net, NULL FROM uninvoiced
    UNION ALL SELECT object, period_code, doc_entry, net, NULL FROM reserved
)
SELECT object, CAST(CASE WHEN object = 'delivery' THEN 'delivery' ELSE 'invoice' END AS matching.kind) AS kind,
       period_code, doc_entry, sum(net) AS net, max(other_entry) AS other_entry
FROM every GROUP BY object, period_code, doc_entry HAVING sum(net) > 0;

CREATE OR REPLACE TABLE fact.delivery_cutoff AS
SELECT DISTINCT o.channel, o.order_id, o.order_no, k.object, k.doc_entry, k.period_code, p.to_on, p.ended_at, k.other_entry,
       CAST(k.net AS DECIMAL(19,6)) AS missing_net, coalesce(d.doc_num, i.doc_num) AS doc_num,
       coalesce(d.currency, i.currency) AS currency, coalesce(d.doc_on, i.doc_on) AS doc_on,
       coalesce(d.created_at, i.created_at) AS created_at, coalesce(d.updated_at, i.updated_at) AS updated_at
FROM cutoff_document AS k
JOIN cutoff_period AS p ON p.period_code = k.period_code
LEFT JOIN canonical.b1_delivery AS d ON k.object = 'delivery' AND d.doc_entry = k.doc_entry
LEFT JOIN canonical.b1_invoice AS i ON k.object <> 'delivery' AND i.doc_entry = k.doc_entry
JOIN (
    -- a collective document belongs to several orders; it is told once
    SELECT l.object, l.doc_entry, min(l.order_no) AS order_no FROM matching.link AS l
    SEMI JOIN cutoff_document AS k ON k.kind = l.object AND k.doc_entry = l.doc_entry
    GROUP BY l.object, l.doc_entry
) AS x ON x.object = k.kind AND x.doc_entry = k.doc_entry
JOIN matching.channel_order AS o ON o.order_no = x.order_no;
