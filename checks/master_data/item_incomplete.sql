/*---
title    = "An item is sold although its data in B1 are incomplete or it is blocked"
severity = "low"
owner    = "MASTER"
subject  = "item"
measure  = "text"
reads    = ["canonical.listing", "canonical.sales_order", "canonical.b1_item", "canonical.b1_item_price", "canonical.b1_order",
            "matching.sku_item", "fact.open_item_line", "setting.channel", "setting.gift_card_item"]
needs    = ["canonical.listing.sku"]
means    = "Every item that is active on the channel, or that an open sales order of the channel asks for, must have the attributes named under `required` and must not be inactive. Weight, barcode, warehouse, customs number and tracking are asked of stocked items only. The words of the list: tax_group, sales_unit, price (in the channels' price list), barcode, weight, warehouse, hs_code, batch_or_serial; each channel may have its own list in checks/policy.toml."
why      = "B1 or the carrier refuses the order, the delivery or the label at the last moment, when the customer already waits."
look     = "B1: Inventory > Item Master Data: General, Sales Data and Inventory Data, and the Active / Inactive switch."
fix      = "Complete the item. If it was made inactive on purpose, take it off the channel."
prevent  = "Make the attributes mandatory in B1, and publish an item only when they are there."
story    = "Item {item_code} is sold on {channel}, but {note_problem}{note_waiting}."

[causes]
item_blocked      = "the item is inactive in B1, so that no document can be made with it"
not_for_sale      = "the item is not marked as a sales item in B1"
attribute_missing = "attributes that the channel requires are empty"

[params]
required = {type = "text", default = "tax_group,sales_unit,price,warehouse,barcode,weight", why = "what B1 needs to price and post a line and a carrier to take a parcel; customs numbers and tracking only where a channel exports or asks for them"}
---*/
WITH wanted AS (
    SELECT s.item_code, MIN(s.sku) AS sku
    FROM matching.sku_item AS s
    JOIN canonical.listing AS l ON l.channel = s.channel AND l.sku = s.sku AND l.is_active IS NOT FALSE
    WHERE s.channel = $channel
    GROUP BY s.item_code
),
open_line AS (
    SELECT l.item_code, COUNT(DISTINCT l.doc_entry) AS orders, CAST(SUM(l.gross) AS DECIMAL(19,6)) AS gross
    FROM fact.open_item_line AS l
    WHERE l.channel = $channel
    GROUP BY l.item_code
),
priced AS (
    SELECT p.item_code
    FROM canonical.b1_item_price AS p
    JOIN setting.channel AS c ON c.channel = $channel AND c.price_list = p.price_list
    WHERE p.price > 0
    GROUP BY p.item_code
),
rule AS (
    SELECT CONCAT(',', REPLACE(LOWER($required), ' ', ''), ',') AS words
),
judged AS (
    SELECT i.item_code, w.sku, COALESCE(o.orders, 0) AS orders, COALESCE(o.gross, 0) AS gross, i.updated_at,
           i.is_frozen IS TRUE OR i.is_valid IS FALSE AS is_blocked, i.is_sales IS FALSE AS is_not_for_sale,
           CONCAT_WS(', ',
               CASE WHEN contains(r.words, ',tax_group,') AND i.sales_tax_code IS NULL THEN 'tax group' END,
               CASE WHEN contains(r.words, ',sales_unit,') AND i.sales_unit IS NULL THEN 'sales unit' END,
               CASE WHEN contains(r.words, ',price,') AND p.item_code IS NULL THEN 'price' END,
               CASE WHEN contains(r.words, ',warehouse,') AND i.is_inventory AND i.default_warehouse IS NULL THEN 'warehouse' END,
               CASE WHEN contains(r.words, ',barcode,') AND i.is_inventory AND i.barcode IS NULL THEN 'barcode' END,
               CASE WHEN contains(r.words, ',weight,') AND i.is_inventory AND COALESCE(i.weight, 0) <= 0 THEN 'weight' END,
               CASE WHEN contains(r.words, ',hs_code,') AND i.is_inventory AND i.hs_code IS NULL THEN 'customs number' END,
               CASE WHEN contains(r.words, ',batch_or_serial,') AND i.is_inventory
                         AND i.manages_batches IS NOT TRUE AND i.manages_serials IS NOT TRUE THEN 'batch or serial numbers' END
           ) AS missing
    FROM canonical.b1_item AS i
    LEFT JOIN wanted AS w ON w.item_code = i.item_code
    LEFT JOIN open_line AS o ON o.item_code = i.item_code
    LEFT JOIN priced AS p ON p.item_code = i.item_code
    CROSS JOIN rule AS r
    WHERE (w.item_code IS NOT NULL OR o.item_code IS NOT NULL)
      AND NOT EXISTS (SELECT 1 FROM setting.gift_card_item AS g WHERE g.item_code = i.item_code)
)
SELECT
    j.item_code                         AS subject_id,
    c.currency                          AS currency,
    CASE WHEN j.is_blocked THEN 'active' WHEN j.is_not_for_sale THEN 'a sales item' ELSE REPLACE($required, ',', ', ') END AS expected,
    CASE WHEN j.is_blocked THEN 'inactive' WHEN j.is_not_for_sale THEN 'not for sale' ELSE CONCAT('without ', j.missing) END AS actual,
    ROUND(j.gross, 2)                   AS money_at_risk,
    j.updated_at                        AS occurred_at,
    CASE WHEN j.orders > 0 THEN 'high' ELSE 'low' END AS severity,
    CASE WHEN j.is_blocked THEN 'item_blocked' WHEN j.is_not_for_sale THEN 'not_for_sale' ELSE 'attribute_missing' END AS cause,
    j.sku                               AS sku,
    j.item_code                         AS item_code,
    CASE WHEN j.is_blocked THEN 'it is inactive in SAP Business One' WHEN j.is_not_for_sale THEN 'SAP Business One does not have it as a sales item'
         ELSE CONCAT('SAP Business One knows no ', j.missing, ' of it') END AS note_problem,
    CASE WHEN j.orders = 0 THEN '' ELSE CONCAT('; ', CAST(j.orders AS VARCHAR), CASE WHEN j.orders = 1 THEN ' open order asks' ELSE ' open orders ask' END,
                                              ' for it') END AS note_waiting
FROM judged AS j
JOIN setting.channel AS c ON c.channel = $channel
WHERE j.is_blocked OR j.is_not_for_sale OR j.missing <> ''
ORDER BY j.item_code
