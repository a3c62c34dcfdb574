/*---
title    = "A warehouse behind a channel location gave no stock"
severity = "high"
owner    = "INT"
subject  = "warehouse"
measure  = "text"
reads    = ["canonical.b1_item_warehouse", "canonical.b1_warehouse", "canonical.channel_stock", "canonical.sales_order",
            "canonical.sales_order_line", "fact.stock_source", "setting.channel"]
needs    = ["canonical.channel_stock.available"]
means    = "Every active warehouse that auditor.toml puts behind a channel location must have rows in the last complete reading of B1's stock. A warehouse that B1 has set inactive may be silent."
why      = "Whatever lies there counts as nothing, so the channel is told too little, or nobody can tell what it should show."
look     = "B1: Administration > Setup > Inventory > Warehouses; the rights of the integration's user on it; auditor.toml, locations."
fix      = "Hold stock pushes for the location, restore access to the warehouse (or take it out of the map), read again."
prevent  = "Change the rights of the integration's user and the map of locations together, and take a warehouse out of the map on the day on which it closes."

[causes]
warehouse_vanished = "the warehouse was read before and is missing now"
warehouse_never_read = "the warehouse is mapped, but no stock was ever read from it"
---*/
SELECT
    CONCAT(s.location, ':', s.warehouse) AS subject_id,
    c.currency                          AS currency,
    CONCAT('stock of warehouse ', s.warehouse, COALESCE(CONCAT(' (', s.name, ')'), '')) AS expected,
    'no rows in the last complete reading' AS actual,
    s.exposed_value                     AS money_at_risk,
    s.gone_at                           AS occurred_at,
    CASE WHEN s.is_pushed_after THEN 'critical' ELSE 'high' END AS severity,
    CASE WHEN s.was_seen THEN 'warehouse_vanished' ELSE 'warehouse_never_read' END AS cause,
    s.location                          AS location,
    s.warehouse                         AS warehouse,
    CONCAT(CAST(s.skus AS VARCHAR), ' SKUs of the location had more than a fifth of their stock there') AS note_skus
FROM fact.stock_source AS s
JOIN setting.channel AS c ON c.channel = s.channel
WHERE s.channel = $channel AND s.is_missing
ORDER BY s.location, s.warehouse
