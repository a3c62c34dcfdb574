/*---
title    = "The tax of a month drifts by rounding"
severity = "low"
owner    = "FIN"
subject  = "tax_code"
reads    = ["canonical.sales_order", "canonical.sales_order_line", "canonical.sales_order_shipping", "canonical.b1_order",
            "canonical.b1_invoice", "canonical.b1_invoice_line", "canonical.b1_tax_code", "fact.tax_period"]
needs    = ["canonical.sales_order.tax", "canonical.sales_order_line.tax"]
means    = "The rounding differences of all documents of a tax code and month are added up; documents whose tax is plainly wrong are left out. By chance the sum stays within four times what rounding so many lines strays; it is told when the sum is larger, when nearly all differences go the same way, or when many documents differ by the same way of rounding."
why      = "It is the difference between the VAT that the channel shows and the VAT that B1 declares, and it grows with every order."
look     = "The documents below this finding. B1: Document Settings, rounding; the tax code's rounding. Channel: tax settings."
fix      = "Let both sides round the same way, per line or per document. Post the month's difference once, with this finding as its reason."
prevent  = "Send the tax of each line to B1 with the order, or set both sides to the same way of rounding before the first order."
story    = "The tax with code {tax_code} of {period} is {difference} apart by rounding: {note_counts}; {note_method}."

[causes]
rounding_method = "the two sides round in different ways, and the figures of most documents come out to the penny"
rounding_other  = "no usual way of rounding gives the figures of most documents"

[params]
floor          = {type = "decimal", default = 1.00, why = "below a pound a month nobody looks"}
sigmas         = {type = "decimal", default = 4, why = "four standard deviations are not reached by chance once in ten thousand months"}
deviation      = {type = "decimal", default = 0.0029, why = "the standard deviation of one rounding to the penny, a penny divided by the root of twelve"}
documents      = {type = "int", default = 30, why = "fewer differences may all go the same way by chance"}
one_sided      = {type = "decimal", default = 0.95, why = "roundings go up as often as down; nineteen of twenty the same way have a cause"}
same_method    = {type = "int", default = 10, why = "ten documents that the same two ways of rounding give to the penny are a setting, not chance"}
method_share   = {type = "decimal", default = 0.8, why = "a setting explains most of what it touches"}
---*/
SELECT
    CONCAT(p.tax_code, ':', p.period, ':', p.currency) AS subject_id,
    p.currency                          AS currency,
    NULL                                AS expected,
    NULL                                AS actual,
    p.difference                        AS difference,
    ROUND(ABS(p.difference), 2)         AS money_at_risk,
    p.last_at                           AS occurred_at,
    p.updated_at                        AS source_updated_at,
    CASE WHEN p.same_method >= $method_share * p.documents THEN 'rounding_method' ELSE 'rounding_other' END AS cause,
    p.tax_code                          AS tax_code,
    p.period                            AS period,
    CONCAT(CAST(p.documents AS VARCHAR), ' documents differ, ', CAST(p.above AS VARCHAR), ' times B1 has more tax and ',
           CAST(p.below AS VARCHAR), ' times less, on ', CAST(p.lines AS VARCHAR), ' lines') AS note_counts,
    CASE WHEN p.same_method = 0 THEN 'no usual way of rounding gives the figures' ELSE CONCAT(
        'in ', CAST(p.same_method AS VARCHAR), ' of them the channel ',
        CASE p.channel_method WHEN 'line' THEN 'rounds line by line' WHEN 'document' THEN 'rounds once per document'
                              WHEN 'unit' THEN 'rounds unit by unit' ELSE 'cuts off each line' END,
        ' and B1 ',
        CASE p.b1_method WHEN 'line' THEN 'rounds line by line' WHEN 'document' THEN 'rounds once per document'
                         WHEN 'unit' THEN 'rounds unit by unit' ELSE 'cuts off each line' END) END AS note_method
FROM fact.tax_period AS p
WHERE p.channel = $channel
  AND ((ABS(p.difference) > $floor
        AND p.difference * p.difference > $sigmas * $sigmas * $deviation * $deviation * p.lines)
       OR (p.documents >= $documents AND GREATEST(p.above, p.below) >= $one_sided * p.documents)
       OR (p.same_method >= $same_method AND p.same_method >= $method_share * p.documents))
ORDER BY p.period, p.tax_code, p.currency
