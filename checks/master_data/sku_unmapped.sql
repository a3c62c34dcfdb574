/*---
title    = "A SKU of the channel stands for no item in B1"
severity = "medium"
owner    = "MASTER"
subject  = "sku"
measure  = "text"
reads    = ["canonical.listing", "canonical.sales_order", "canonical.sales_order_line", "canonical.b1_item", "canonical.b1_order",
            "canonical.b1_invoice", "fact.unknown_sku", "matching.sku_item", "setting.channel"]
needs    = ["canonical.listing.sku", "canonical.listing.is_active"]
explains = true
means    = "Every SKU that is offered, or that an order waits for, is looked up among the items of B1: as it is written, in other capitals or with blanks, and in the company's own SKU map. Gift cards, services and what the channel does not count are left out. A SKU that B1 knows only in another spelling is told as information."
why      = "An order with this SKU cannot be booked: it stays out of B1, nobody picks it, and stock and price of the SKU are compared with nothing."
look     = "B1: Inventory > Item Master Data, by item code and by barcode. Channel: the product's SKU. The company's SKU map."
fix      = "Create the item in B1, correct the SKU on the channel, or add a line to the SKU map; then replay the orders that wait. What is no longer sold is taken off the channel."
prevent  = "Let a product be published only after its item exists in B1, and let nobody type SKUs on the channel by hand."
story    = "On {channel}, '{note_what}' is for sale or was sold, but {b1} {note_but}{note_waiting}{note_hint}."

[causes]
unknown_item           = "no item has this code, and no line of the SKU map translates it"
same_barcode           = "no item has this code, but one item has the same barcode"
mapped_to_unknown_item = "the SKU map translates it into an item code that B1 does not have"
no_sku                 = "the product was put on the channel without any SKU"
other_spelling         = "B1 has the item, but written in other capitals or with blanks"

[params]
excluded = {type = "text", default = "", why = "a pattern (regular expression) of SKUs that rightly are no items, such as services or samples; none unless the company names them"}
---*/
WITH spelled AS (
    SELECT s.sku, MIN(s.item_code) AS item_code, MIN(l.title) AS title
    FROM matching.sku_item AS s
    JOIN canonical.listing AS l ON l.channel = s.channel AND l.sku = s.sku AND l.is_active IS NOT FALSE
    WHERE s.channel = $channel AND s.rule = 'spelling'
    GROUP BY s.sku
),
found AS (
    SELECT u.sku, u.title, u.cause, u.likely_item AS item_code, u.item_codes, u.listings, u.waiting_orders,
           u.waiting_gross, u.currency, u.since,
           CASE WHEN u.waiting_orders > 0 THEN 'high' ELSE 'medium' END AS severity
    FROM fact.unknown_sku AS u
    WHERE u.channel = $channel AND NOT u.is_bundle AND u.is_goods
    UNION ALL
    SELECT s.sku, s.title, 'other_spelling', s.item_code, NULL, 1, 0, 0, NULL, NULL, 'info'
    FROM spelled AS s
)
SELECT
    f.sku                               AS subject_id,
    COALESCE(f.currency, c.currency)    AS currency,
    COALESCE(f.item_code, f.item_codes, 'an item') AS expected,
    CASE WHEN f.cause = 'other_spelling' THEN f.sku END AS actual,
    -- the money stays with the orders that wait
    0                                   AS money_at_risk,
    f.since                             AS occurred_at,
    f.severity                          AS severity,
    f.cause                             AS cause,
    f.sku                               AS sku,
    f.item_code                         AS item_code,
    CASE WHEN f.cause = 'no_sku' THEN 'a product without a SKU' WHEN f.title IS NULL THEN f.sku
         ELSE CONCAT(f.sku, ' (', f.title, ')') END AS note_what,
    CASE WHEN f.cause = 'other_spelling' THEN 'writes it otherwise' ELSE 'has no item for it' END AS note_but,
    CASE WHEN f.waiting_orders = 0 THEN ''
         ELSE CONCAT('; ', CAST(f.waiting_orders AS VARCHAR), CASE WHEN f.waiting_orders = 1 THEN ' order waits' ELSE ' orders wait' END,
                     ' for it, worth [', f.waiting_gross, ' ', f.currency, ']') END AS note_waiting,
    CASE f.cause WHEN 'same_barcode' THEN CONCAT('; item ', f.item_code, ' has the same barcode')
                 WHEN 'other_spelling' THEN CONCAT('; it is taken for item ', f.item_code)
                 WHEN 'mapped_to_unknown_item' THEN CONCAT('; the SKU map names ', f.item_codes)
                 WHEN 'no_sku' THEN CONCAT('; it concerns ', CAST(f.listings AS VARCHAR), ' products')
                 ELSE '' END            AS note_hint
FROM found AS f
JOIN setting.channel AS c ON c.channel = $channel
WHERE $excluded = '' OR NOT regexp_full_match(f.sku, $excluded)
ORDER BY f.sku
