/*---
title    = "Item data that belong to B1 were changed on the channel"
severity = "info"
owner    = "ECOM"
subject  = "sku"
measure  = "text"
reads    = ["canonical.listing", "canonical.b1_item", "matching.sku_item", "fact.listing_attribute"]
needs    = ["canonical.listing.sku", "canonical.listing.title"]
consecutive = 2
means    = "The barcode of an active product must be the item's barcode in B1; blanks, hyphens and leading zeros do not count. A title must not change away from the item's name in B1 once it was the same, and the counting of stock must not be switched off for a stocked item; both are seen from the versions of the product that were read before. A title that never was B1's was written for the channel on purpose and is left alone. Weights are not told by the channels' product lists. Where an item has several barcodes, B1's main one counts."
why      = "The next transfer overwrites the change, or the change stays and nobody knows which side is right; a wrong barcode sends the wrong goods."
look     = "Channel: the product and who changed it. B1: Item Master Data, bar codes and description."
fix      = "Send the item to the channel again. If the channel is right, correct it in B1, so that it stays."
prevent  = "Take the right to edit these fields away from users of the channel, and send item data on every change."
story    = "The {note_attribute} of {sku} on {channel} is '{actual}', and in {b1} it is '{expected}'{note_other}."

[causes]
barcode_differs       = "the product has another barcode than the item"
barcode_of_other_item = "the product has the barcode of another item"
title_changed         = "the title was the item's name and was changed on the channel"
tracking_switched_off = "the channel was told to stop counting the stock of the product"
---*/
SELECT
    CONCAT(a.sku, ':', a.attribute)     AS subject_id,
    NULL                                AS currency,
    a.expected                          AS expected,
    a.actual                            AS actual,
    0                                   AS money_at_risk,
    a.since                             AS occurred_at,
    CASE WHEN a.attribute = 'title' THEN 'info' ELSE 'medium' END AS severity,
    a.cause                             AS cause,
    a.sku                               AS sku,
    a.item_code                         AS item_code,
    a.attribute                         AS note_attribute,
    CASE WHEN a.other_item IS NULL THEN '' ELSE CONCAT('; it belongs to item ', a.other_item) END AS note_other
FROM fact.listing_attribute AS a
WHERE a.channel = $channel
ORDER BY a.sku, a.attribute
