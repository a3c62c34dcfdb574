/*---
title    = "The goods left the house although the order had been called off"
severity = "high"
owner    = "OPS"
subject  = "order"
measure  = "text"
reads    = ["canonical.sales_order", "canonical.cancellation", "canonical.b1_delivery", "canonical.b1_credit_memo",
            "canonical.b1_credit_memo_line", "canonical.b1_return", "matching.link"]
needs    = ["canonical.sales_order.cancelled_at"]
means    = "The moment an order was cancelled on the channel, or its cancellation was asked for, is compared with the moments its deliveries were made in B1. Five minutes are left for clocks that differ and for a hand that was already moving. Cancellations asked for after dispatch are ordinary returns and do not count, nor do requests that were refused. It is settled once the goods are back in stock and a credit memo was booked."
why      = "The customer has the money back and the goods as well, and both ways of the parcel are paid for by the shop."
look     = "B1: the delivery, who released it and when. Channel: the order's history, the refund. Carrier: where the parcel is."
fix      = "Ask the carrier to turn the parcel round, or open a return on the channel. When the goods are back, book the return and the credit memo."
prevent  = "Read the order's status on the channel at the moment of release, and let cancellations travel before everything else."
story    = "{Order} was called off on {channel} at {expected}, and {b1_document} left the house at {actual}, {note_delay} later. The goods are worth {money} until they are back."
[causes]
cancellation_overlooked = "the order was cancelled already when the delivery was made"
request_overlooked      = "the customer had asked for the cancellation, and it was granted only after the delivery was made"
request_undecided       = "the customer has asked for the cancellation, and nobody has decided"
[params]
skew_minutes = {type = "int", default = 5, why = "the clocks of two systems may be some minutes apart, and a parcel in the hand is not stopped"}
---*/
WITH called_off AS (
    SELECT o.order_id, o.order_no, o.order_ref, o.currency, o.cancelled_at, o.updated_at,
           COALESCE(LEAST(o.cancel_requested_at, o.cancelled_at), o.cancel_requested_at, o.cancelled_at) AS called_off_at
    FROM canonical.sales_order AS o
    WHERE o.channel = $channel AND o.is_test IS NOT TRUE
      AND (o.cancelled_at IS NOT NULL OR o.cancel_requested_at IS NOT NULL)
      AND NOT (o.cancelled_at IS NULL
               AND EXISTS (SELECT 1 FROM canonical.cancellation AS c
                           WHERE c.order_no = o.order_no AND c.status <> 'requested'))
),
sent AS (
    SELECT c.order_no, MIN(d.doc_entry) AS doc_entry, MIN(d.doc_num) AS doc_num, MIN(d.created_at) AS sent_at,
           MAX(d.updated_at) AS updated_at, SUM(d.total - COALESCE(d.tax, 0)) AS net, MIN(d.currency) AS currency
    FROM called_off AS c
    JOIN matching.link AS x ON x.order_no = c.order_no AND x.object = 'delivery'
    JOIN canonical.b1_delivery AS d ON d.doc_entry = x.doc_entry
    WHERE d.created_at >= c.called_off_at + $skew_minutes * INTERVAL 1 MINUTE
    GROUP BY c.order_no
),
back AS (
    -- in stock again, and credited
    SELECT s.order_no,
           SUM(CASE WHEN x.object = 'credit_memo' THEN 1 ELSE 0 END) AS credited,
           SUM(CASE WHEN x.object = 'return' THEN 1
                    WHEN EXISTS (SELECT 1 FROM canonical.b1_credit_memo_line AS l
                                 WHERE l.doc_entry = x.doc_entry AND l.without_stock_movement IS NOT TRUE) THEN 1
                    ELSE 0 END) AS returned
    FROM sent AS s
    JOIN matching.link AS x ON x.order_no = s.order_no AND x.object IN ('return', 'credit_memo')
    GROUP BY s.order_no
)
SELECT
    c.order_id                          AS subject_id,
    s.currency                          AS currency,
    CONCAT(SUBSTRING(CAST(c.called_off_at AS VARCHAR), 1, 16), ' UTC') AS expected,
    CONCAT(SUBSTRING(CAST(s.sent_at AS VARCHAR), 1, 16), ' UTC') AS actual,
    ROUND(CAST(ABS(s.net) AS DECIMAL(19,6)), 2) AS money_at_risk,
    s.sent_at                           AS occurred_at,
    s.updated_at                        AS source_updated_at,
    CASE WHEN c.cancelled_at IS NULL THEN 'CX' ELSE 'OPS' END AS owner,
    CASE WHEN c.cancelled_at IS NULL THEN 'request_undecided'
         WHEN s.sent_at < c.cancelled_at THEN 'request_overlooked'
         ELSE 'cancellation_overlooked' END AS cause,
    c.order_id                          AS order_id,
    c.order_ref                         AS order_ref,
    'delivery'                          AS b1_object,
    s.doc_entry                         AS doc_entry,
    s.doc_num                           AS doc_num,
    CASE WHEN DATE_DIFF('minute', c.called_off_at, s.sent_at) < 120
         THEN CONCAT(CAST(DATE_DIFF('minute', c.called_off_at, s.sent_at) AS VARCHAR), ' minutes')
         ELSE CONCAT(CAST(FLOOR(DATE_DIFF('minute', c.called_off_at, s.sent_at) / 60) AS INTEGER), ' hours') END
                                        AS note_delay
FROM called_off AS c
JOIN sent AS s ON s.order_no = c.order_no
LEFT JOIN back AS b ON b.order_no = c.order_no
WHERE NOT (COALESCE(b.credited, 0) > 0 AND COALESCE(b.returned, 0) > 0)
ORDER BY s.sent_at, c.order_id
