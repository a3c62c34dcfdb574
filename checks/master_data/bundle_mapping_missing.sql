/*---
title    = "A bundle is sold, and nobody told B1 of what it consists"
severity = "high"
owner    = "MASTER"
subject  = "bundle"
measure  = "text"
reads    = ["canonical.listing", "canonical.listing_component", "canonical.sales_order", "canonical.sales_order_line", "canonical.b1_item",
            "canonical.b1_bom", "canonical.b1_bom_line", "canonical.b1_order", "canonical.b1_invoice", "fact.unknown_sku",
            "matching.sku_item", "setting.channel"]
needs    = ["canonical.listing.sku"]
explains = true
means    = "A bundle must lead to items that can be picked: as a kit (sales bill of materials) in B1, by lines of the company's SKU map, or because the channel takes it apart and puts the parts on the order itself. Reported is a bundle of which an order waits that was not taken apart, a line of the SKU map that names an item B1 does not have, and a kit in B1 without any component."
why      = "Its orders cannot be booked: they stay out of B1, nobody picks them, and the stock of the parts is sold twice."
look     = "B1: Inventory > Bill of Materials (type Sales). The company's SKU map. Channel: the product's parts."
fix      = "Add the kit in B1, or the lines of the SKU map; then replay the orders that wait."
prevent  = "Create the kit or the lines of the map before the bundle is published."
story    = "{bundle_sku}{note_called} is sold as a bundle on {channel}, but {note_problem}{note_waiting}."

[causes]
not_taken_apart        = "it is neither a kit in B1 nor in the SKU map, and the order does not name its parts"
mapped_to_unknown_item = "the SKU map names a part that is no item of B1"
kit_without_parts      = "it is a kit in B1, but its bill of materials has no component"
---*/
SELECT
    u.sku                               AS subject_id,
    COALESCE(u.currency, c.currency)    AS currency,
    'components'                        AS expected,
    COALESCE(u.item_codes, 'none')      AS actual,
    -- the money stays with the orders that wait
    0                                   AS money_at_risk,
    u.since                             AS occurred_at,
    CASE WHEN u.cause IN ('mapped_to_unknown_item', 'kit_without_parts') THEN u.cause ELSE 'not_taken_apart' END AS cause,
    u.sku                               AS sku,
    u.sku                               AS bundle_sku,
    CASE WHEN u.title IS NULL THEN '' ELSE CONCAT(' (', u.title, ')') END AS note_called,
    CASE u.cause WHEN 'mapped_to_unknown_item' THEN CONCAT('the SKU map names ', u.item_codes, ', which is no item of B1')
                 WHEN 'kit_without_parts' THEN 'its bill of materials in B1 has no component'
                 ELSE 'neither B1 nor the SKU map knows its parts' END AS note_problem,
    CASE WHEN u.waiting_orders = 0 THEN ''
         ELSE CONCAT('; ', CAST(u.waiting_orders AS VARCHAR), CASE WHEN u.waiting_orders = 1 THEN ' order waits' ELSE ' orders wait' END,
                     ' for it, worth [', u.waiting_gross, ' ', u.currency, ']') END AS note_waiting
FROM fact.unknown_sku AS u
JOIN setting.channel AS c ON c.channel = $channel
WHERE u.channel = $channel AND u.is_bundle AND u.is_goods
ORDER BY u.sku
