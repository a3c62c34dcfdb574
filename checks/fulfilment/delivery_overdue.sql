/*---
title    = "Due to leave the house, but B1 has no delivery for it"
severity = "medium"
owner    = "OPS"
subject  = "order"
measure  = "text"
reads    = ["canonical.sales_order", "canonical.fulfilment_order", "canonical.shipment", "canonical.b1_order",
            "canonical.b1_delivery", "canonical.b1_invoice", "canonical.b1_item", "canonical.b1_item_warehouse",
            "canonical.b1_batch_stock", "canonical.b1_serial_stock", "canonical.b1_partner", "fact.delivery_due"]
needs    = ["canonical.sales_order.fulfilment_status", "canonical.sales_order.total"]
muted_by = ["shipped_on_channel_not_in_b1"]
means    = "Orders that are paid and not yet sent are looked up in B1. An order counts when its sales order still has open lines, or was closed by hand, and the time by which it must be sent is less than a day away or has passed. That time is the channel's own deadline; where the channel has none, it is the end of the sales order's due date, or of the next working day (holidays stand under [company] in auditor.toml). Orders on hold, pre-orders whose day is still far, services and gift cards do not count."
why      = "The customer waits, the channel counts a late dispatch against the shop, and marketplaces cancel the order by themselves."
look     = "B1: the sales order, its open lines, and Inventory > Pick and Pack. Channel: the order's dispatch deadline."
fix      = "Follow the cause: bring stock or release the batch, lift the block, or pick and deliver. If it cannot be sent in time, tell the customer and move the deadline on the channel."
prevent  = "Work through the open sales orders by their deadline each morning. Let the middleware write the channel's deadline into the due date of the sales order, so that the pick list is in the right order."
story    = "{Order} must leave by {expected}, but {b1} has no delivery for goods worth {money}."

[causes]
stock        = "the warehouse of the sales order does not hold enough of an item"
batch_serial = "the goods are there, but not enough of them in a released batch or under a serial number"
blocked      = "the sales order waits for an approval, or the business partner is blocked"
closed       = "the sales order was closed by hand, so that nobody will pick it"
no_pick      = "the goods are there and nothing hinders; nobody has picked them yet"

[params]
warn_hours = {type = "int", default = 24, why = "a day before the deadline there is still a shift in which it can be picked"}
---*/
WITH due AS (
    SELECT d.order_id, d.order_ref, d.currency, d.placed_at, d.doc_entry, d.doc_num, d.warehouse, d.b1_updated_at,
           d.waiting_gross, d.reason, d.short_item, d.batch_warehouse, COALESCE(d.channel_due_at, d.b1_due_at) AS due_at
    FROM fact.delivery_due AS d
    WHERE d.channel = $channel AND d.doc_entry IS NOT NULL
)
SELECT
    d.order_id                  AS subject_id,
    d.currency                  AS currency,
    d.due_at                    AS expected,
    'not delivered'             AS actual,
    ROUND(d.waiting_gross, 2)   AS money_at_risk,
    d.placed_at                 AS occurred_at,
    d.b1_updated_at             AS source_updated_at,
    d.reason                    AS cause,
    d.due_at                    AS deadline_at,
    -- where nothing at all is released, the finding on the item holds all orders that wait for it
    CASE WHEN d.reason = 'batch_serial' THEN 'batch_serial_flag_mismatch' END AS parent_check,
    CASE WHEN d.reason = 'batch_serial' THEN CONCAT(d.short_item, '@', d.batch_warehouse) END AS parent_subject_id,
    d.order_id                  AS order_id,
    d.order_ref                 AS order_ref,
    'order'                     AS b1_object,
    d.doc_entry                 AS doc_entry,
    d.doc_num                   AS doc_num,
    d.warehouse                 AS warehouse,
    d.short_item                AS item_code,
    CASE d.reason
        WHEN 'stock' THEN CONCAT('there is not enough of ', d.short_item, ' in the warehouse')
        WHEN 'batch_serial' THEN CONCAT(d.short_item, ' has no released batch or serial number')
        WHEN 'blocked' THEN 'it waits for an approval'
        WHEN 'closed' THEN CONCAT('the sales order ', d.doc_num, ' was closed without one')
        ELSE 'nobody has picked it' END AS note_reason
FROM due AS d
WHERE d.due_at - $warn_hours * INTERVAL 1 HOUR <= CAST($now AS TIMESTAMP)
ORDER BY d.due_at, d.order_id
