/*---
title       = "The shop holds back other quantities than its open orders need"
severity    = "medium"
owner       = "INT"
subject     = "sku"
consecutive = 3
reads       = ["canonical.channel_stock", "canonical.channel_source_stock", "canonical.sales_order", "canonical.sales_order_line",
               "canonical.shipment_line", "canonical.listing", "fact.stock_reservation", "setting.channel"]
needs       = ["canonical.channel_source_stock.quantity", "canonical.channel_stock.on_hand"]
means       = "What a shop with reservations may sell of a SKU must be what lies at its sources, less what its open orders have not yet been sent, less its threshold. It is added up over all stocks of the shop, because an order does not say which one it sells from. Bundles, SKUs that the shop refuses to sell, and SKUs whose orders moved within the last two readings are left out. Three readings in a row must show it."
story       = "{channel} holds back {actual} of {sku}, but its open orders need {expected}; {note_direction}."
why         = "Reservations that were never given back hide goods that could be sold; missing ones sell the same piece twice."
look        = "Magento: bin/magento inventory:reservation:list-inconsistencies, and the SKU's orders that were cancelled or shipped twice."
fix         = "Compensate the reservations with bin/magento inventory:reservation:create-compensations, after checking each line of the list."
prevent     = "Ship and cancel every order once and in one place, let no second integration repeat shipments, and run the list of inconsistencies every night."

[causes]
held_back_too_much = "reservations of orders that are finished were not given back"
held_back_too_little = "open orders have no reservation, or it was given back twice"

[params]
threshold      = {type = "decimal", default = 0, why = "the shop's out-of-stock threshold, which it takes off each stock; Magento's own default is nothing"}
quiet_cadences = {type = "int", default = 2, why = "an order that moved within the last two readings may stand in one of them only"}
---*/
SELECT
    r.sku                               AS subject_id,
    r.currency                          AS currency,
    r.needed + $threshold * r.stocks    AS expected,
    r.on_hand - r.salable               AS actual,
    ROUND(ABS(r.on_hand - r.salable - r.needed - $threshold * r.stocks) * r.price, 2) AS money_at_risk,
    r.moved_at                          AS occurred_at,
    CASE WHEN r.on_hand - r.salable > r.needed + $threshold * r.stocks
         THEN 'held_back_too_much' ELSE 'held_back_too_little' END AS cause,
    r.sku                               AS sku,
    CASE WHEN r.on_hand - r.salable > r.needed + $threshold * r.stocks
         THEN 'the rest could be sold' ELSE 'so some of it may be sold twice' END AS note_direction
FROM fact.stock_reservation AS r
WHERE r.channel = $channel
  AND r.on_hand - r.salable <> r.needed + $threshold * r.stocks
  AND NOT COALESCE(r.moved_at > r.channel_stock_at - $quiet_cadences * r.stock_minutes * INTERVAL 1 MINUTE, FALSE)
ORDER BY r.sku
