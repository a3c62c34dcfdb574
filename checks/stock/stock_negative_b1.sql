/*---
title    = "B1 holds less than nothing, or has promised more than there is"
severity = "medium"
owner    = "OPS"
subject  = "item"
judges   = "system"
reads    = ["canonical.b1_item_warehouse", "canonical.b1_item", "canonical.b1_item_price", "canonical.b1_company", "canonical.b1_order",
            "canonical.channel_stock", "fact.stock_negative"]
needs    = ["canonical.b1_item_warehouse.on_hand"]
measure  = "quantity"
means    = "In the warehouses that channels sell from, B1 may not hold less than nothing of an item. Nor may a warehouse have promised more than it holds and has on order while its location as a whole is short and a channel goes on selling. Where the company lets B1 book below zero, a negative stock is only noted."
story    = "Warehouse {warehouse} holds {actual} of item {item_code} in {b1}: {note_stock}."
why      = "A stock that cannot be means that a movement was not booked or booked twice; every figure that is sent out of it is wrong."
look     = "B1: Inventory > Item Master Data > Inventory Data, and Inventory > Inventory Audit Report of the item and warehouse; open sales orders of the item."
fix      = "Count the item, find the movement that is missing or double, and correct it with a goods receipt or issue."
prevent  = "Switch on 'Block negative inventory by warehouse' in the company's settings, and book deliveries when the goods leave."

[causes]
negative_on_hand = "more was booked out than was ever booked in"
over_committed = "sales orders are promised more than the location holds and has on order"
---*/
SELECT
    CONCAT(n.item_code, '@', n.warehouse) AS subject_id,
    n.currency                          AS currency,
    CASE WHEN n.cause = 'negative_on_hand' THEN 0 ELSE n.committed END AS expected,
    n.on_hand                           AS actual,
    CASE WHEN n.is_exposed OR (n.is_allowed AND n.cause = 'negative_on_hand') THEN 0
         ELSE ROUND(n.short * n.price, 2) END AS money_at_risk,
    CAST(NULL AS TIMESTAMP)             AS occurred_at,
    CASE WHEN n.is_allowed AND n.cause = 'negative_on_hand' THEN 'info' ELSE 'medium' END AS severity,
    n.cause                             AS cause,
    n.item_code                         AS item_code,
    n.warehouse                         AS warehouse,
    CONCAT('promised to orders are [', n.committed, '], on order [', n.ordered, ']',
           CASE WHEN n.is_exposed THEN '; a channel goes on selling it, and the money is counted there'
                WHEN n.is_allowed AND n.cause = 'negative_on_hand' THEN '; the company lets B1 book below zero'
                ELSE '' END)            AS note_stock
FROM fact.stock_negative AS n
WHERE $channel = 'b1'
ORDER BY n.item_code, n.warehouse
