/*---
title    = "A channel order was booked on another business partner than the channel's"
severity = "low"
owner    = "MASTER"
subject  = "order"
measure  = "text"
reads    = ["canonical.sales_order", "canonical.b1_order", "canonical.b1_invoice", "fact.other_partner_document", "setting.channel"]
needs    = ["canonical.sales_order.total"]
means    = "All orders of a channel are booked on one business partner (auditor.toml, card_code). Reported is an order whose number and exact total stand on a sales order or invoice of another partner, of no channel, dated within `days` of the order. Customers' names and addresses are not read, so that a person with two business partners cannot be seen here."
why      = "The receivable waits on an account to which the channel's payout is never allocated, and the books fill up with partners."
look     = "B1: the document's business partner. Integration log: how the partner was chosen."
fix      = "Cancel the document and post it on the channel's business partner, or move the open balance with a journal entry."
prevent  = "Let the middleware take the partner from the channel and never look one up or create one by e-mail address."
story    = "{Order} of {channel} was booked on business partner {card_code} as {b1_document}, not on {expected}{note_twice}."

[causes]
other_partner  = "the only document of the order is on another business partner"
second_partner = "the order was booked twice: on the channel's business partner and on another one"

[params]
days = {type = "int", default = 10, why = "an order is booked within days; the same number months away is another customer's"}
---*/
SELECT
    o.order_id                          AS subject_id,
    d.currency                          AS currency,
    c.card_code                         AS expected,
    d.card_code                         AS actual,
    -- nothing is lost as long as the order is in the books
    0                                   AS money_at_risk,
    o.placed_at                         AS occurred_at,
    d.updated_at                        AS source_updated_at,
    CASE WHEN d.is_posted THEN 'second_partner' ELSE 'other_partner' END AS cause,
    o.order_id                          AS order_id,
    o.order_ref                         AS order_ref,
    d.object                            AS b1_object,
    d.doc_entry                         AS doc_entry,
    d.doc_num                           AS doc_num,
    d.card_code                         AS card_code,
    CASE WHEN d.is_posted THEN ', where it stands as well' ELSE '' END AS note_twice
FROM fact.other_partner_document AS d
JOIN canonical.sales_order AS o ON o.order_no = d.order_no
JOIN setting.channel AS c ON c.channel = d.channel
WHERE d.channel = $channel
  AND ABS(DATE_DIFF('day', CAST(o.placed_at AS DATE), d.doc_on)) <= $days
ORDER BY o.placed_at, o.order_id
