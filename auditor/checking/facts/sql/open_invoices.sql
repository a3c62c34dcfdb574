-- Invoices of paid orders with what is open on them, and how the way of paying is usually settled in B1.
-- The habit is told by the books: how many of the invoices paid in that way have a payment on them at all.
CREATE OR REPLACE TABLE fact.open_invoice AS
WITH payment AS NOT MATERIALIZED (
    SELECT channel, order_id, order_no, gateway, amount, processed_at, payment_id, transaction_id
    FROM canonical.sales_payment
    WHERE status = 'success' AND kind IN ('sale', 'capture') AND gateway NOT IN ('gift_card', 'store_credit')
), paid_by AS MATERIALIZED (
    -- in numbers, because all orders are in here; one that was paid in two ways tells nothing of either
    SELECT order_no, min(hash(channel, gateway)) AS way FROM payment GROUP BY order_no
    HAVING min(hash(channel, gateway)) = max(hash(channel, gateway))
), habit AS (
    -- in one stroke over the invoices, before anything is looked at one by one
    SELECT k.way, count(*) AS gateway_invoices, count(CASE WHEN d.paid_to_date > 0 THEN 1 END) AS applied_invoices
    FROM paid_by AS k
    JOIN matching.document_count AS c ON c.order_no = k.order_no AND c.invoices = 1
    JOIN canonical.b1_invoice AS d ON d.doc_entry = c.invoice_entry
    GROUP BY k.way HAVING count(CASE WHEN d.paid_to_date > 0 THEN 1 END) > 0
), unpaid AS MATERIALIZED (
    SELECT k.order_no, h.gateway_invoices, h.applied_invoices, d.doc_entry, d.doc_num, d.card_code, d.currency,
           coalesce(d.paid_to_date, 0) AS paid_to_date, d.total, d.created_at, d.updated_at
    FROM habit AS h
    JOIN paid_by AS k ON k.way = h.way
    JOIN matching.document_count AS c ON c.order_no = k.order_no AND c.invoices = 1
    JOIN canonical.b1_invoice AS d ON d.doc_entry = c.invoice_entry
    WHERE d.total > coalesce(d.paid_to_date, 0)
), captured AS (
    SELECT p.order_no, min(p.channel) AS channel, min(p.order_id) AS order_id, min(p.gateway) AS gateway,
           sum(p.amount) AS amount, max(p.processed_at) AS paid_at, min(p.payment_id) AS payment_id,
           min(p.transaction_id) AS transaction_id
    FROM payment AS p SEMI JOIN unpaid AS u ON u.order_no = p.order_no
    GROUP BY p.order_no
), single AS (
    SELECT k.*, u.* EXCLUDE (order_no)
    FROM captured AS k JOIN unpaid AS u ON u.order_no = k.order_no
), paid_out AS (
    SELECT DISTINCT s.order_no FROM single AS s
    JOIN canonical.payout_line AS y ON y.order_no = s.order_no
), given_back AS (
    SELECT r.order_no, sum(r.total) AS amount FROM canonical.refund AS r
    SEMI JOIN single AS s ON s.order_no = r.order_no
    WHERE r.transaction_status = 'success' GROUP BY r.order_no
), line AS (
    SELECT l.doc_entry, count(*) AS lines FROM canonical.b1_invoice_line AS l
    SEMI JOIN single AS s ON s.doc_entry = l.doc_entry
    WHERE l.net <> 0 GROUP BY l.doc_entry
), received AS (
    SELECT p.card_code, p.doc_entry, p.doc_num, matching.plain_reference(r.reference) AS reference
    FROM canonical.b1_payment AS p
    CROSS JOIN LATERAL (VALUES (p.transfer_reference), (p.counter_reference), (p.reference1), (p.reference2)) AS r(reference)
    WHERE p.direction = 'incoming' AND p.is_cancelled IS NOT TRUE AND p.card_code IS NOT NULL AND r.reference IS NOT NULL
), name AS (
    -- under which a payment may be received; one row each, because a list would compare each invoice with each payment
    SELECT s.doc_entry, s.card_code, o.reference_key AS reference
    FROM single AS s JOIN matching.channel_order AS o ON o.order_no = s.order_no
    UNION ALL
    SELECT doc_entry, card_code, matching.plain_reference(payment_id) FROM single
    UNION ALL
    SELECT doc_entry, card_code, matching.plain_reference(matching.tail(transaction_id)) FROM single
), named AS (
    SELECT s.doc_entry, min(r.doc_entry) AS payment_entry, min(r.doc_num) AS payment_num
    FROM name AS s JOIN received AS r ON r.card_code = s.card_code AND r.reference = s.reference
    GROUP BY s.doc_entry
)
SELECT s.channel, s.order_id, s.order_no, s.gateway, s.gateway_invoices, s.applied_invoices, s.doc_entry, s.doc_num, s.currency,
       CAST(s.amount - coalesce(g.amount, 0) AS DECIMAL(19,6)) AS paid, s.paid_at,
       s.paid_to_date, CAST(s.total - s.paid_to_date AS DECIMAL(19,6)) AS open_balance,
       s.created_at AS invoiced_at, s.updated_at, coalesce(l.lines, 1) AS lines, n.payment_entry, n.payment_num,
       y.order_no IS NOT NULL AS is_paid_out
FROM single AS s
LEFT JOIN paid_out AS y ON y.order_no = s.order_no
LEFT JOIN given_back AS g ON g.order_no = s.order_no
LEFT JOIN line AS l ON l.doc_entry = s.doc_entry
LEFT JOIN named AS n ON n.doc_entry = s.doc_entry;
