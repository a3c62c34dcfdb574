/*---
title    = "A location's figures follow another stock policy than the agreed one"
severity = "medium"
owner    = "INT"
subject  = "location"
measure  = "text"
reads    = ["canonical.channel_stock", "canonical.listing", "canonical.sales_order", "canonical.b1_item", "canonical.b1_item_warehouse",
            "canonical.b1_order", "fact.stock_other_policy", "fact.stock_interval", "setting.channel"]
needs    = ["canonical.channel_stock.available"]
explains = true
means    = "Where levels of a location are wrong, it is tried whether another policy gives the channel's figure to the unit: stock on hand, what is available, or what is available with the goods on order. If that holds for at least four out of five wrong SKUs, and for five at least, the location is published by another rule than auditor.toml names."
story    = "{channel} shows {actual} at {location_name} where {expected} is agreed: {note_skus}."
why      = "One wrong field in the integration's mapping makes every SKU with orders or purchases wrong; pushing single SKUs again mends nothing."
look     = "The integration's field for the quantity of the location, beside auditor.toml, stock policy."
fix      = "Change the integration's quantity field to the agreed policy (or auditor.toml, if the other one is meant), then push all SKUs of the location."
prevent  = "Write down for each channel which figure it gets, and compare a few SKUs with open orders by hand after every change of the mapping."

[causes]
on_hand_instead_of_available = "stock on hand is shown, although part of it is promised to customers already"
ordered_counted = "goods on order are counted, although suppliers have not delivered them"
available_instead_of_agreed = "what is available is shown, although another figure is agreed"

[params]
minimum_skus = {type = "int", default = 5, why = "on few SKUs another figure fits by chance"}
percent      = {type = "int", default = 80, why = "with a wrong policy nearly all wrong SKUs follow it; the rest has reasons of its own"}
---*/
SELECT
    p.location                          AS subject_id,
    NULL                                AS currency,
    REPLACE(c.stock_policy, '_', ' ')   AS expected,
    REPLACE(p.policy, '_', ' ')         AS actual,
    CAST(0 AS DECIMAL(19,2))            AS money_at_risk,
    MIN(s.level_updated_at)             AS occurred_at,
    MAX(s.level_updated_at)             AS source_updated_at,
    CASE p.policy WHEN 'on_hand' THEN 'on_hand_instead_of_available'
                  WHEN 'available_and_ordered' THEN 'ordered_counted'
                  ELSE 'available_instead_of_agreed' END AS cause,
    p.location                          AS location,
    CONCAT('it gives the figure of ', CAST(p.fitting AS VARCHAR), ' of ', CAST(p.drifting AS VARCHAR), ' wrong SKUs') AS note_skus
FROM fact.stock_other_policy AS p
JOIN fact.stock_interval AS s ON s.channel = p.channel AND s.location = p.location AND s.sku = p.sku
JOIN setting.channel AS c ON c.channel = p.channel
WHERE p.channel = $channel AND p.fitting >= $minimum_skus AND p.fitting * 100 >= p.drifting * $percent
GROUP BY p.location, p.policy, c.stock_policy, p.fitting, p.drifting
ORDER BY p.location
