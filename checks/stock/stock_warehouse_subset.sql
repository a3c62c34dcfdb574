/*---
title    = "A location's figures are those of only some of its warehouses"
severity = "high"
owner    = "INT"
subject  = "location"
measure  = "text"
reads    = ["canonical.channel_stock", "canonical.b1_item_warehouse", "canonical.b1_warehouse", "canonical.b1_order",
            "canonical.sales_order", "fact.stock_subset", "fact.stock_interval"]
needs    = ["canonical.channel_stock.available"]
explains = true
means    = "Where levels of a location are wrong, every combination of its warehouses is tried. If the same part of them gives the channel's figure to the unit on at least five SKUs, the others are left out of the sum."
why      = "One forgotten warehouse makes every SKU of the location wrong; pushing single SKUs again mends nothing."
look     = "The integration's location map beside auditor.toml, locations."
fix      = "Put the missing warehouse into the integration's map (or take it out of auditor.toml), then push all SKUs of the location."
prevent  = "Keep one map of locations and warehouses for the integration and the audit, and change it in both whenever a warehouse opens or closes."

[causes]
warehouse_left_out = "one or more warehouses are left out of the sum"

[params]
minimum_skus = {type = "int", default = 5, why = "on small numbers a subset fits by chance; five SKUs with the same one do not"}
---*/
SELECT
    w.location                          AS subject_id,
    NULL                                AS currency,
    MAX(w.all_warehouses)               AS expected,
    MAX(w.warehouses)                   AS actual,
    CAST(0 AS DECIMAL(19,2))            AS money_at_risk,
    MIN(s.level_updated_at)             AS occurred_at,
    MAX(s.level_updated_at)             AS source_updated_at,
    'warehouse_left_out'                AS cause,
    w.location                          AS location,
    CONCAT('the sum over these warehouses is the figure shown for ', CAST(COUNT(*) AS VARCHAR), ' SKUs') AS note_skus
FROM fact.stock_subset AS w
JOIN fact.stock_interval AS s ON s.channel = w.channel AND s.location = w.location AND s.sku = w.sku
WHERE w.channel = $channel AND w.skus >= $minimum_skus
GROUP BY w.location
ORDER BY w.location
