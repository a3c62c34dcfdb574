/*---
title    = "A gift card was booked as revenue, or as a discount when it was used"
severity = "medium"
owner    = "FIN"
subject  = "order"
measure  = "text"
reads    = ["canonical.sales_order", "canonical.sales_order_line", "canonical.sales_payment", "canonical.b1_order", "canonical.b1_order_line",
            "canonical.b1_invoice", "canonical.b1_invoice_line", "setting.gift_card_item", "matching.sku_item",
            "fact.gift_card_sale", "fact.gift_card_tender"]
needs    = ["canonical.sales_order_line.gross"]
muted_by = ["order_missing_in_b1", "order_edited_after_post"]
means    = "A gift card that was sold must stand in B1 on an item for gift cards and not on an account where goods are booked. An order that was paid in part with a gift card must stand in B1 with its whole total; a document that is less by just what the card paid took the card for a discount. Two pence are tolerated. Cards given away for nothing are not looked at."
why      = "A sold card is a debt to its holder until goods are bought with it. Booked as revenue it is counted twice, with its tax in the wrong month; booked as a discount when used, the debt is never paid off."
look     = "B1: the line of the gift card and its account; the document's discount. Channel: the order's payments."
fix      = "Move the amount by a journal entry from revenue to the account for gift cards, or from the discount to that account when the card was used."
prevent  = "Give gift cards an item of their own with the liability account, name it under gift_card_items, and let the integration pass gift cards on as payments."
story    = "{Order}: {note_what}. B1 has it in {b1_document}{note_where}; {money} stands in the wrong place."
[causes]
revenue_account   = "the line of the gift card stands on an account on which goods are booked"
booked_as_goods   = "the item behind the gift card is not one of the items for gift cards"
taken_as_discount = "what the gift card paid was taken off the order's total"
[params]
cards_are_discounts = {type = "bool", default = false, why = "a company that only gives cards away books their use as a discount; then set it for the channel"}
---*/
SELECT
    CONCAT(g.order_id, ':', g.line_id)  AS subject_id,
    g.currency                          AS currency,
    'gift cards owed'                   AS expected,
    COALESCE(g.account, g.item_code)    AS actual,
    ROUND(ABS(g.amount), 2)             AS money_at_risk,
    g.created_at                        AS occurred_at,
    g.updated_at                        AS source_updated_at,
    CASE WHEN g.has_gift_card_items AND NOT g.is_gift_card_item THEN 'booked_as_goods' ELSE 'revenue_account' END AS cause,
    o.order_id                          AS order_id,
    o.order_ref                         AS order_ref,
    g.sku                               AS sku,
    g.object                            AS b1_object,
    g.doc_entry                         AS doc_entry,
    g.doc_num                           AS doc_num,
    g.account                           AS account,
    'a gift card was sold'              AS note_what,
    CASE WHEN g.account IS NULL THEN '' ELSE CONCAT(' on account ', g.account) END AS note_where
FROM fact.gift_card_sale AS g
JOIN canonical.sales_order AS o ON o.order_no = g.order_no
WHERE g.channel = $channel AND o.is_test IS NOT TRUE AND o.cancelled_at IS NULL
  AND ((g.has_gift_card_items AND NOT g.is_gift_card_item) OR g.is_on_goods_account)
UNION ALL
SELECT
    CONCAT(t.order_id, ':tender'),
    t.currency,
    CAST(CAST(t.channel_total AS DECIMAL(19,2)) AS VARCHAR),
    CAST(CAST(t.b1_total AS DECIMAL(19,2)) AS VARCHAR),
    ROUND(t.amount, 2),
    t.created_at,
    t.updated_at,
    'taken_as_discount',
    o.order_id,
    o.order_ref,
    NULL,
    t.object,
    t.doc_entry,
    t.doc_num,
    NULL,
    CONCAT('[', t.amount, ' ', t.currency, '] of it was paid with a gift card'),
    ' with a total that is less by that amount'
FROM fact.gift_card_tender AS t
JOIN canonical.sales_order AS o ON o.order_no = t.order_no
WHERE t.channel = $channel AND NOT $cards_are_discounts
ORDER BY 1
