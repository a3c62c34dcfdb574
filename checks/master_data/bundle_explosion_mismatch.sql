/*---
title    = "The parts of a bundle on the B1 document are not what the bundle consists of"
severity = "medium"
owner    = "MASTER"
subject  = "bundle"
measure  = "text"
reads    = ["canonical.sales_order", "canonical.sales_order_line", "canonical.refund", "canonical.refund_line", "canonical.b1_order",
            "canonical.b1_invoice", "canonical.b1_item", "canonical.b1_item_price", "canonical.b1_bom", "canonical.b1_bom_line",
            "fact.bundle_part", "fact.order_side_by_side"]
needs    = ["canonical.sales_order_line.sku", "canonical.sales_order_line.quantity", "canonical.sales_order_line.gross"]
muted_by = ["order_edited_after_post"]
means    = "A bundle of an order is taken apart by the bill of materials in B1 or by the SKU map. Every part must be on the B1 document in its quantity times the bundles sold; for a bundle that B1 has only as its parts, their prices must add up to what the customer paid for it, to the penny per priced line. Parts without a price of their own are in order, and so are parts that may stand in for each other (`substitutes`). A part that the order also has by itself is judged with the lines. Documents from before a bill of materials was changed are left out."
why      = "The parcel goes out with too little or too much in it, the stock of the parts is wrong, or the invoice shows another price than was paid."
look     = "B1: the document's lines below the kit, Inventory > Bill of Materials. The SKU map. Channel: the order's line."
fix      = "Correct the lines while the document is open. If the recipe is wrong, correct the bill of materials or the SKU map first."
prevent  = "Let the middleware take kits apart by B1's own bill of materials, and keep recipes in one place only."
story    = "{Order} sold bundle {bundle_sku}: {expected} should be on {b1_document}, and there is {actual}{note_price}."

[causes]
component_missing  = "a part of the bundle is not on the document"
component_extra    = "the document has a part below the bundle that does not belong to it"
component_quantity = "a part is there in another quantity"
price_not_shared   = "the prices of the parts do not add up to the price of the bundle"

[params]
tolerance_per_line = {type = "decimal", default = 0.01, why = "each priced line may be rounded once by half a penny on either side"}
tolerance_cap      = {type = "decimal", default = 0.10, why = "beyond ten pence nobody would call it rounding, however long the order"}
substitutes        = {type = "text", default = "", why = "item codes, separated by commas, that may stand in for another part of a kit; none unless the company allows it"}
---*/
WITH part AS (
    SELECT b.order_id, b.order_no, b.bundle_sku, b.kind, b.object, b.doc_entry, b.item_code, b.expected_quantity, b.booked_quantity,
           b.net_difference, b.gross_difference, b.list_value,
           b.expected_quantity = 0 AND contains(CONCAT(',', REPLACE($substitutes, ' ', ''), ','), CONCAT(',', b.item_code, ',')) AS is_substitute
    FROM fact.bundle_part AS b
    WHERE b.channel = $channel
),
bundle AS (
    SELECT p.order_id, p.order_no, p.bundle_sku, MIN(p.object) AS object, MIN(p.doc_entry) AS doc_entry,
           STRING_AGG(CASE WHEN p.expected_quantity > 0 THEN CONCAT(CAST(CAST(p.expected_quantity AS BIGINT) AS VARCHAR), ' x ', p.item_code) END, ', ' ORDER BY p.item_code) AS expected,
           STRING_AGG(CASE WHEN p.booked_quantity > 0 THEN CONCAT(CAST(CAST(p.booked_quantity AS BIGINT) AS VARCHAR), ' x ', p.item_code) END, ', ' ORDER BY p.item_code) AS actual,
           SUM(CASE WHEN p.booked_quantity = 0 THEN p.expected_quantity ELSE 0 END) AS missing,
           SUM(CASE WHEN p.expected_quantity = 0 THEN p.booked_quantity ELSE 0 END) AS extra,
           SUM(CASE WHEN p.is_substitute THEN p.booked_quantity ELSE 0 END) AS substituted,
           SUM(CASE WHEN p.booked_quantity <> p.expected_quantity AND p.booked_quantity > 0 AND p.expected_quantity > 0 THEN 1 ELSE 0 END) AS off,
           SUM(p.net_difference) AS net, SUM(p.gross_difference) AS gross, SUM(p.list_value) AS list_value
    FROM part AS p
    GROUP BY p.order_id, p.order_no, p.bundle_sku
),
judged AS (
    SELECT b.order_id, b.order_no, b.bundle_sku, b.object, b.doc_entry, b.expected, b.actual, b.missing, b.extra, b.off, b.gross, b.list_value,
           s.currency, s.doc_num, s.b1_updated_at,
           (b.missing > 0 OR b.extra > 0 OR b.off > 0)
               AND NOT (b.off = 0 AND b.missing = b.extra AND b.substituted = b.extra) AS is_other,
           ABS(b.net) > LEAST($tolerance_per_line * s.priced_lines, $tolerance_cap)
               AND ABS(b.gross) > LEAST($tolerance_per_line * s.priced_lines, $tolerance_cap) AS is_priced_otherwise
    FROM bundle AS b
    JOIN fact.order_side_by_side AS s ON s.order_no = b.order_no
)
SELECT
    CONCAT(j.order_id, ':', j.bundle_sku) AS subject_id,
    j.currency                          AS currency,
    j.expected                          AS expected,
    COALESCE(j.actual, 'nothing of it') AS actual,
    ROUND(CAST(CASE WHEN j.is_priced_otherwise THEN ABS(j.gross) ELSE j.list_value END AS DECIMAL(19,6)), 2) AS money_at_risk,
    o.placed_at                         AS occurred_at,
    j.b1_updated_at                     AS source_updated_at,
    CASE WHEN NOT j.is_other THEN 'price_not_shared' WHEN j.missing > 0 THEN 'component_missing'
         WHEN j.extra > 0 THEN 'component_extra' ELSE 'component_quantity' END AS cause,
    o.order_id                          AS order_id,
    o.order_ref                         AS order_ref,
    j.bundle_sku                        AS bundle_sku,
    j.object                            AS b1_object,
    j.doc_entry                         AS doc_entry,
    j.doc_num                           AS doc_num,
    CASE WHEN j.is_priced_otherwise THEN CONCAT(', [', ABS(j.gross), ' ', j.currency,
              CASE WHEN j.gross < 0 THEN '] less' ELSE '] more' END, ' than was paid for it') ELSE '' END AS note_price
FROM judged AS j
JOIN canonical.sales_order AS o ON o.order_no = j.order_no
WHERE j.is_other OR j.is_priced_otherwise
ORDER BY o.placed_at, j.order_id, j.bundle_sku
