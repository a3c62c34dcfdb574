/*---
title    = "The customer has paid, but the invoice is still open in B1"
severity = "low"
owner    = "FIN"
subject  = "order"
reads    = ["canonical.sales_order", "canonical.sales_payment", "canonical.payout_line", "canonical.b1_invoice", "canonical.b1_payment",
            "canonical.b1_payment_invoice", "setting.channel", "fact.open_invoice"]
needs    = ["canonical.sales_payment.amount", "canonical.sales_order.total"]
muted_by = ["order_missing_in_b1", "order_duplicate_in_b1", "order_currency_mismatch"]
means    = "Where a way of paying is settled invoice by invoice in B1, each order that was paid in that way and invoiced two days ago or longer is looked at: what the customer paid, less what was given back, against what is still open on the invoice. Whether it is settled so is told by the books: at least one in five of its invoices has a payment on it. Payments that a provider pays out are settled with the journal of the payout, so an order that any payout names is left out. A penny for each line is tolerated, and ten pence at most."
why      = "The customer account shows debts that do not exist, dunning letters go to people who have paid, and the bank line has no counterpart."
look     = "B1: the customer's open items and the payments on account. Channel: the order's payments and their ids. Bank: the transfer."
fix      = "Reconcile the payment on account with the invoice, or book the incoming payment under the order's number."
prevent  = "Let the integration book each transfer with the invoice's number, and reconcile payments on account once a week."
story    = "{Order} was paid over {expected}, but {b1_document} in B1 is still open by {actual}."
[causes]
payment_missing    = "no incoming payment of the customer account names the order or its payment"
payment_on_account = "the incoming payment is there, but it was not set against the invoice"
applied_in_part    = "a payment was set against the invoice, but not with its whole amount"
[params]
days               = {type = "int", default = 2, why = "transfers are entered once a day, and a weekend day may lie between"}
tolerance_per_line = {type = "decimal", default = 0.01, why = "each priced line may be rounded once by half a penny on either side"}
tolerance_cap      = {type = "decimal", default = 0.10, why = "beyond ten pence nobody would call it rounding, however long the order"}
applied_percent    = {type = "int", default = 20, why = "a company that books payments with the payouts has none on its invoices; one in five is a habit"}
---*/
SELECT
    i.order_id                          AS subject_id,
    i.currency                          AS currency,
    i.paid                              AS expected,
    i.open_balance                      AS actual,
    i.open_balance                      AS difference,
    ROUND(LEAST(i.open_balance, i.paid), 2) AS money_at_risk,
    i.paid_at                           AS occurred_at,
    i.updated_at                        AS source_updated_at,
    CASE WHEN i.paid_to_date > 0 THEN 'applied_in_part'
         WHEN i.payment_entry IS NOT NULL THEN 'payment_on_account'
         ELSE 'payment_missing' END     AS cause,
    o.order_id                          AS order_id,
    o.order_ref                         AS order_ref,
    'invoice'                           AS b1_object,
    i.doc_entry                         AS doc_entry,
    i.doc_num                           AS doc_num,
    i.gateway                           AS note_paid_by,
    CASE WHEN i.payment_entry IS NULL THEN NULL
         ELSE CONCAT('incoming payment ', CAST(i.payment_num AS VARCHAR), ' names the order') END AS note_payment
FROM fact.open_invoice AS i
JOIN canonical.sales_order AS o ON o.order_no = i.order_no
WHERE i.channel = $channel AND o.is_test IS NOT TRUE AND NOT i.is_paid_out
  AND i.applied_invoices * 100 >= i.gateway_invoices * $applied_percent
  AND i.invoiced_at + $days * INTERVAL 1 DAY <= CAST($as_of AS TIMESTAMP)
  AND i.paid_at + $days * INTERVAL 1 DAY <= CAST($as_of AS TIMESTAMP)
  AND LEAST(i.open_balance, i.paid) > LEAST($tolerance_per_line * i.lines, $tolerance_cap)
ORDER BY i.paid_at, i.order_id
