/*---
title    = "A credit memo cannot be traced to what it gives back"
severity = "low"
owner    = "FIN"
subject  = "credit_memo"
reads    = ["canonical.b1_credit_memo", "canonical.b1_credit_memo_line", "canonical.b1_credit_memo_expense", "canonical.refund",
            "canonical.sales_order", "fact.order_credit_memo"]
needs    = ["canonical.refund.total"]
muted_by = ["refund_duplicate_credit_memo", "refund_amount_mismatch", "refund_period_mismatch"]
means    = "A credit memo that belongs to a refund must be drawn from the invoice, the delivery or the return, and carry the reason and, where the channel tells it, the payment's id."
why      = "Without the base document the invoice stays open beside it; without the payment's id and the reason nobody can prove why the money went back."
look     = "B1: the credit memo's base document and its user fields for the payment and the return's reason."
fix      = "Write the missing ids and the reason on the credit memo. A base document cannot be added later: cancel it and draw it anew while the period is open, else accept it with that reason."
prevent  = "Let the middleware create credit memos by copying from the invoice, with the refund's payment id and reason."
story    = "{Order}: {b1_document} over {note_total} credits the refund {refund_id}, but {note_missing} is missing on it."

[causes]
no_base_document      = "it was not drawn from an invoice, a delivery or a return"
payment_id_missing    = "the id of the refund's payment was not written on it"
return_reason_missing = "the reason of the return was not written on it"

[params]
ask_payment_id    = {type = "bool", default = true, why = "the payment's id is what the bank and the payment provider know the refund by"}
ask_return_reason = {type = "bool", default = true, why = "returns by reason are what buyers and the quality people ask for"}
---*/
WITH loose AS (
    SELECT m.channel, m.order_id, m.order_no, m.doc_entry, m.doc_num, m.currency, m.total, m.created_at, m.updated_at, m.refund_id,
           m.lines > 0 AND NOT m.is_based AS lacks_base,
           $ask_payment_id AND m.tells_payment AND COALESCE(TRIM(m.payment_id), '') = '' AS lacks_payment,
           $ask_return_reason AND COALESCE(TRIM(m.return_reason), '') = '' AS lacks_reason
    FROM fact.order_credit_memo AS m
    WHERE m.channel = $channel AND m.refund_id IS NOT NULL AND m.is_failed IS NOT TRUE
)
SELECT
    CONCAT('credit_memo:', CAST(l.doc_entry AS VARCHAR)) AS subject_id,
    l.currency                          AS currency,
    NULL                                AS expected,
    NULL                                AS actual,
    0                                   AS money_at_risk,
    l.created_at                        AS occurred_at,
    l.updated_at                        AS source_updated_at,
    CASE WHEN l.lacks_base THEN 'no_base_document'
         WHEN l.lacks_payment THEN 'payment_id_missing'
         ELSE 'return_reason_missing' END AS cause,
    l.order_id                          AS order_id,
    o.order_ref                         AS order_ref,
    l.refund_id                         AS refund_id,
    'credit_memo'                       AS b1_object,
    l.doc_entry                         AS doc_entry,
    l.doc_num                           AS doc_num,
    CAST(l.total AS DECIMAL(19,6))      AS note_total,
    CONCAT_WS(' and ', CASE WHEN l.lacks_base THEN 'its base document' END,
                       CASE WHEN l.lacks_payment THEN 'the payment''s id' END,
                       CASE WHEN l.lacks_reason THEN 'the reason' END) AS note_missing
FROM loose AS l
LEFT JOIN canonical.sales_order AS o ON o.order_no = l.order_no
WHERE l.lacks_base OR l.lacks_payment OR l.lacks_reason
ORDER BY l.created_at, l.doc_entry
