/*---
title    = "A value is in use for which the company's table has no line"
severity = "medium"
owner    = "INT"
subject  = "mapping"
measure  = "text"
ladder   = false
explains = true
reads    = ["canonical.sales_order", "canonical.sales_order_line", "canonical.sales_payment", "canonical.payout_line", "canonical.b1_order",
            "canonical.b1_order_line", "canonical.b1_item", "fact.mapping_gap"]
needs    = ["canonical.sales_order"]
means    = "Every tax rate of a country, payment method and kind of fee that the channel shows, and every warehouse from which its orders are booked in B1, is looked up in the company's tables: those under [maps], and the locations of the channel. A table that the company does not keep is not missed. SKUs, carriers and the rows of payouts have checks of their own."
why      = "What has no line is booked by default or not at all: to the wrong tax code or account, or from a warehouse whose stock no channel counts."
look     = "auditor.toml under [maps] and [channel.locations], and the middleware's own table of the same name, which should say the same."
fix      = "Add the line in the middleware and in the map, then look at the documents that were booked without it."
prevent  = "Let the middleware refuse a value without a line and tell somebody, instead of taking a default."
story    = "{note_what}"

[causes]
tax       = "the tax rate of a country has no line in the map of tax codes"
gateway   = "the payment method has no line in the map of payment gateways"
fee       = "the kind of fee has no line in the map of fees"
warehouse = "the warehouse belongs to none of the channel's locations"

[params]
days          = {type = "int", default = 30, why = "a value that was used once and never again needs no line any more"}
---*/
SELECT
    CONCAT(g.mapping, ':', g.value)     AS subject_id,
    NULL                                AS currency,
    'a line in the table'               AS expected,
    g.value                             AS actual,
    CAST(0 AS DECIMAL(19,2))            AS money_at_risk,
    g.first_used_at                     AS occurred_at,
    g.last_used_at                      AS source_updated_at,
    g.mapping                           AS cause,
    g.mapping                           AS mapping,
    g.value                             AS value,
    CASE WHEN g.mapping = 'warehouse' THEN g.value END AS warehouse,
    CONCAT(CASE g.mapping WHEN 'tax' THEN 'The tax ' WHEN 'gateway' THEN 'The payment method ' WHEN 'fee' THEN 'The fee '
                          ELSE 'The warehouse ' END, g.value, ' stands on ', CAST(g.documents AS VARCHAR), ' document(s) of ', $channel,
           CASE g.mapping WHEN 'warehouse' THEN ', but belongs to none of its locations.' ELSE ', but has no line in the company''s table.' END) AS note_what
FROM fact.mapping_gap AS g
WHERE g.channel = $channel AND g.last_used_at > CAST($as_of AS TIMESTAMP) - $days * INTERVAL 1 DAY
ORDER BY subject_id
