/*---
title       = "Batches or serial numbers do not cover the stock that is for sale"
severity    = "medium"
owner       = "MASTER"
subject     = "item"
judges      = "system"
measure     = "quantity"
consecutive = 2
reads       = ["canonical.b1_batch_stock", "canonical.b1_serial_stock", "canonical.b1_item", "canonical.b1_item_price", "canonical.b1_item_warehouse",
               "canonical.b1_order", "canonical.channel_stock", "fact.stock_numbered"]
needs       = ["canonical.b1_batch_stock.quantity"]
means       = "For items that B1 keeps by batch or serial number, the quantities of all numbers in a warehouse must add up to what is on hand there, at some time since the numbers were read. And what the channels may show must be covered by batches that are released and not past their date. Batches that are locked on purpose are taken off what may be shown and are not reported."
story       = "Batches or serial numbers of item {item_code} in warehouse {warehouse} do not fit: {note_numbers}."
why         = "Goods without a number that may be sold cannot be picked: the delivery is refused at the packing table, after the customer has paid."
look        = "B1: Inventory > Item Management > Batches (or Serial Numbers) > Details, and the item's Inventory Data of the warehouse."
fix         = "Allocate the missing numbers or release the batches; take expired batches out of the sellable warehouses."
prevent     = "Receive goods with their numbers, switch batch or serial management on before the first movement, and move batches to a locked status a day before they expire."

[causes]
numbers_missing = "fewer units have a batch or serial number than are on hand"
numbers_too_many = "more units have a batch or serial number than are on hand"
expired_on_sale = "part of what the channels may show lies in batches that are past their date"
---*/
SELECT
    CONCAT(n.item_code, '@', n.warehouse) AS subject_id,
    n.currency                          AS currency,
    CASE WHEN n.is_unequal THEN n.on_hand ELSE n.promised END AS expected,
    CASE WHEN n.is_unequal THEN n.quantity ELSE n.sellable END AS actual,
    ROUND(GREATEST(0, n.demand - n.sellable) * n.price, 2) AS money_at_risk,
    CAST(NULL AS TIMESTAMP)             AS occurred_at,
    CASE WHEN n.demand > n.sellable THEN 'high' ELSE 'medium' END AS severity,
    CASE WHEN n.demand > n.sellable THEN 'OPS' ELSE 'MASTER' END AS owner,
    CASE WHEN NOT n.is_unequal THEN 'expired_on_sale'
         WHEN n.quantity < n.on_hand THEN 'numbers_missing' ELSE 'numbers_too_many' END AS cause,
    n.item_code                         AS item_code,
    n.warehouse                         AS warehouse,
    CONCAT('[', n.on_hand, '] on hand, [', n.quantity,
           CASE WHEN n.is_serial THEN '] by serial number, [' ELSE '] by batch, [' END,
           n.sellable, '] of that for sale; open orders ask for [', n.demand, ']') AS note_numbers
FROM fact.stock_numbered AS n
WHERE $channel = 'b1'
ORDER BY n.item_code, n.warehouse
