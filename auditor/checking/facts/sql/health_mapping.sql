-- Values that are in use and for which a table of the company has no line, where there is such a table at all. SKUs,
-- carriers and the rows of payouts are not here: they have checks of their own.
-- Lines of B1's orders from a warehouse that some channel with a list of warehouses does not name: mostly few.
CREATE OR REPLACE TEMP TABLE unlisted_warehouse_line AS
WITH listed AS (
    SELECT warehouse FROM setting.location_warehouse GROUP BY warehouse
    HAVING count(DISTINCT channel) = (SELECT count(DISTINCT channel) FROM setting.location_warehouse)
    UNION SELECT warehouse FROM setting.return_warehouse
)
SELECT l.doc_entry, l.item_code, l.warehouse
FROM canonical.b1_order_line AS l ANTI JOIN listed AS w ON w.warehouse = l.warehouse
WHERE l.warehouse IS NOT NULL AND EXISTS (SELECT 1 FROM setting.location_warehouse);

CREATE OR REPLACE TABLE fact.mapping_gap AS
WITH used AS (
    SELECT l.channel, 'tax' AS mapping, o.country || ' ' || CAST(CAST(l.tax_rate * 100 AS DECIMAL(9,2)) AS VARCHAR) || ' %' AS value,
           o.placed_at AS used_at, o.order_id AS document
    FROM canonical.sales_order_line AS l
    JOIN canonical.sales_order AS o ON o.order_no = l.order_no
    WHERE o.country IS NOT NULL AND l.tax_rate IS NOT NULL AND o.is_test IS NOT TRUE
      AND l.channel IN (SELECT channel FROM setting.tax_code_map)
      AND NOT EXISTS (SELECT 1 FROM setting.tax_code_map AS m
                      WHERE m.channel = l.channel AND upper(m.country) IN (upper(o.country), '*')
                        AND abs(m.rate - l.tax_rate) < 0.00005)
    UNION ALL
    SELECT p.channel, 'gateway', p.gateway, p.processed_at, p.order_id
    FROM canonical.sales_payment AS p
    WHERE p.gateway IS NOT NULL AND p.status = 'success'
      AND p.channel IN (SELECT channel FROM setting.gateway_map)
      AND NOT EXISTS (SELECT 1 FROM setting.gateway_map AS m
                      WHERE m.channel = p.channel AND lower(m.gateway) = lower(p.gateway))
    UNION ALL
    SELECT p.channel, 'fee', p.source_type, p.processed_at, p.line_id
    FROM canonical.payout_line AS p
    WHERE p.kind = 'fee' AND p.fee <> 0 AND p.source_type IS NOT NULL AND p.is_test IS NOT TRUE
      AND p.channel IN (SELECT channel FROM setting.fee_map)
      AND NOT EXISTS (SELECT 1 FROM setting.fee_map AS m
                      WHERE m.channel = p.channel AND upper(m.fee_type) = upper(p.source_type))
    UNION ALL
    -- Goods leave a warehouse whose stock no location of the channel counts.
    SELECT c.channel, 'warehouse', l.warehouse, b.created_at, CAST(b.doc_entry AS VARCHAR)
    FROM unlisted_warehouse_line AS l
    JOIN matching.link AS k ON k.object = 'order' AND k.doc_entry = l.doc_entry
    JOIN matching.channel_order AS c ON c.order_no = k.order_no
    JOIN canonical.b1_order AS b ON b.doc_entry = l.doc_entry
    WHERE c.channel IN (SELECT channel FROM setting.location_warehouse)
      AND NOT EXISTS (SELECT 1 FROM setting.location_warehouse AS m
                      WHERE m.channel = c.channel AND m.warehouse = l.warehouse)
      -- what is not kept in stock has to have some warehouse all the same
      AND EXISTS (SELECT 1 FROM canonical.b1_item AS i WHERE i.item_code = l.item_code AND i.is_inventory)
)
SELECT u.channel, u.mapping, u.value, count(DISTINCT u.document) AS documents, min(u.used_at) AS first_used_at,
       max(u.used_at) AS last_used_at
FROM used AS u, fact.moment AS m
WHERE u.used_at <= m.now GROUP BY u.channel, u.mapping, u.value;
