/*---
title    = "The goods came back, but the customer has no money"
severity = "medium"
owner    = "CX"
subject  = "return"
reads    = ["canonical.refund", "canonical.refund_line", "canonical.return_case", "canonical.sales_order", "canonical.b1_return",
            "canonical.b1_return_line", "canonical.b1_credit_memo", "canonical.b1_credit_memo_line", "fact.return_refund"]
confirm  = ["canonical.refund by order_id"]
needs    = ["canonical.refund.total"]
muted_by = ["order_missing_in_b1", "credit_memo_without_refund"]
means    = "Each return that B1 took in, and each return that the marketplace calls received, must be followed by a refund of the same goods. A refund on its way counts, an exchange settles it, and a return that was refused asks for nothing."
why      = "The customer waits, complains and disputes the payment; marketplaces refund at the seller's cost after their own time limit."
look     = "B1: the return and its goods. Channel: the order's refunds and return requests."
fix      = "Inspect the goods and refund the customer on the channel, or refuse the return there with its reason."
prevent  = "Let the booking of a return in B1 open the refund on the channel."
story    = "{Order}: goods worth {money} came back{occurred_on} ({note_what}), and {channel} has not refunded them."

[causes]
received_in_b1      = "B1 booked the return"
received_on_channel = "the marketplace calls the return received"

[params]
days = {type = "int", default = 5, why = "the time within which returns are promised to be looked at and paid back"}
---*/
WITH received AS (
    SELECT r.order_id, r.order_no, CONCAT('return:', CAST(r.doc_entry AS VARCHAR)) AS subject_id, r.currency, r.gross, r.created_at,
           r.updated_at, 'received_in_b1' AS cause, 'return' AS b1_object, r.doc_entry, r.doc_num, NULL AS return_id,
           CONCAT(r.items, ', ', CAST(CAST(r.units AS DECIMAL(19,0)) AS VARCHAR), ' units') AS what
    FROM fact.return_refund AS r
    WHERE r.channel = $channel
    UNION ALL
    SELECT c.order_id, c.order_no, CONCAT('return_case:', c.return_id), o.currency, o.total, c.created_at, NULL,
           'received_on_channel', NULL, NULL, NULL, c.return_id,
           CONCAT('return ', c.return_id, ' of ', CAST(CAST(c.quantity AS DECIMAL(19,0)) AS VARCHAR), ' units; at most the order''s total')
    FROM canonical.return_case AS c
    JOIN canonical.sales_order AS o ON o.order_no = c.order_no
    WHERE c.channel = $channel AND c.status = 'received' AND c.has_exchange IS NOT TRUE
      AND NOT EXISTS (SELECT 1 FROM canonical.refund AS f
                      WHERE f.order_no = c.order_no AND f.transaction_status <> 'failed'
                        AND (f.return_id = c.return_id OR f.return_id IS NULL))
      AND NOT EXISTS (SELECT 1 FROM fact.return_refund AS r WHERE r.order_no = c.order_no)
)
SELECT
    r.subject_id                        AS subject_id,
    r.currency                          AS currency,
    r.gross                             AS expected,
    NULL                                AS actual,
    ROUND(r.gross, 2)                   AS money_at_risk,
    r.created_at                        AS occurred_at,
    r.updated_at                        AS source_updated_at,
    r.cause                             AS cause,
    r.order_id                          AS order_id,
    o.order_ref                         AS order_ref,
    r.return_id                         AS return_id,
    r.b1_object                         AS b1_object,
    r.doc_entry                         AS doc_entry,
    r.doc_num                           AS doc_num,
    r.what                              AS note_what
FROM received AS r
LEFT JOIN canonical.sales_order AS o ON o.order_no = r.order_no
WHERE r.created_at + $days * INTERVAL 1 DAY <= CAST($as_of AS TIMESTAMP)
ORDER BY r.created_at, r.subject_id
