/*---
title    = "An item is marked for the channels and in stock, but the channel does not offer it"
severity = "info"
ladder   = false
owner    = "ECOM"
subject  = "item"
measure  = "text"
reads    = ["canonical.listing", "canonical.b1_item", "canonical.b1_item_price", "canonical.b1_item_warehouse", "canonical.b1_warehouse",
            "canonical.b1_batch_stock", "matching.sku_item", "fact.unlisted_item"]
needs    = ["canonical.listing.sku"]
means    = "Items that carry the company's mark for the channels ([b1.fields] web_item), may be sold, and of which the channel could show at least `least_units` (its share of what its warehouses have, less the buffer) should be active on the channel a day after they were marked, or after they vanished from it. An item with a first day of sale in the future ([b1.fields] web_from) may wait. Companies that keep no such mark get no findings."
why      = "What nobody sees nobody buys, while it fills the shelf."
look     = "Channel: the product, also among drafts and hidden ones. B1: the item's mark for the channels and its first day of sale."
fix      = "Publish the product, or take the mark off the item."
prevent  = "Let the middleware create products from the mark, and look at this list before a season begins."
story    = "Item {item_code} ({note_name}) is marked for the channels, and {channel} could show {note_units} of it, but does not offer it."

[params]
least_units  = {type = "decimal", default = 3, why = "the last pieces are often kept back on purpose"}
wait_hours   = {type = "int", default = 24, why = "publishing takes pictures and texts; a day is the promise of the shop's team"}
part_percent = {type = "decimal", default = 1, why = "what an unseen item might have sold is a guess; a hundredth of its worth only ranks the list"}
---*/
SELECT
    u.item_code                         AS subject_id,
    u.currency                          AS currency,
    'offered'                           AS expected,
    'not offered'                       AS actual,
    ROUND(CAST(u.sellable * COALESCE(u.price, 0) * $part_percent * 0.01 AS DECIMAL(19,6)), 2) AS money_at_risk,
    u.updated_at                        AS occurred_at,
    u.item_code                         AS item_code,
    u.item_code                         AS sku,
    COALESCE(u.name, u.item_code)       AS note_name,
    CAST(CAST(u.sellable AS BIGINT) AS VARCHAR) AS note_units
FROM fact.unlisted_item AS u
WHERE u.channel = $channel AND u.sellable >= $least_units
  AND COALESCE(u.web_from <= CAST($as_of AS DATE), TRUE)
  AND COALESCE(u.updated_at <= CAST($as_of AS TIMESTAMP) - $wait_hours * INTERVAL 1 HOUR, TRUE)
  AND COALESCE(u.last_listed_at <= CAST($as_of AS TIMESTAMP) - $wait_hours * INTERVAL 1 HOUR, TRUE)
ORDER BY u.item_code
