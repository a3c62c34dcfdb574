-- Disputes and what of them is in the books: an entry or a payment that carries the dispute's id, or the order's
-- reference together with the amount. Documents' own journal entries cannot be it, nor can the customer's payment.
CREATE OR REPLACE TABLE fact.dispute_posting AS
WITH wanted AS (
    SELECT d.channel, d.dispute_id, d.amount, upper(matching.tail(d.dispute_id)) AS id,
           upper(matching.reference_key(o.order_ref, c.reference_prefix)) AS order_key
    FROM canonical.dispute AS d
    JOIN setting.channel AS c ON c.channel = d.channel
    LEFT JOIN canonical.sales_order AS o ON o.order_no = d.order_no
    WHERE d.kind IS DISTINCT FROM 'inquiry'
), journal AS (
    SELECT trans_id, payout_id, reference, reference2, reference3, memo FROM canonical.b1_journal
    WHERE (source_type IS NULL OR source_type NOT IN ('ttARInvoice', 'ttARCredItnote', 'ttDelivery', 'ttReturn', 'ttReceipt'))
      AND EXISTS (SELECT 1 FROM wanted)
), word AS (
    SELECT 'journal' AS object, trans_id AS doc_entry,
           upper(matching.tail(unnest(string_split(
               concat_ws(' ', payout_id, reference, reference2, reference3, memo), ' ')))) AS word
    FROM journal
    UNION ALL
    SELECT direction || '_payment', doc_entry,
           upper(matching.tail(unnest(string_split(
               concat_ws(' ', transfer_reference, counter_reference, reference1, reference2), ' '))))
    FROM canonical.b1_payment WHERE is_cancelled IS NOT TRUE AND EXISTS (SELECT 1 FROM wanted)
), figure AS (
    SELECT 'journal' AS object, trans_id AS doc_entry, debit + credit AS amount FROM canonical.b1_journal_line
    WHERE debit + credit IN (SELECT amount FROM wanted)
    UNION ALL
    SELECT direction || '_payment', doc_entry, total FROM canonical.b1_payment
    WHERE direction = 'outgoing' AND is_cancelled IS NOT TRUE AND total IN (SELECT amount FROM wanted)
)
SELECT w.channel, w.dispute_id, x.object, x.doc_entry
FROM wanted AS w JOIN word AS x ON x.word = w.id
UNION
SELECT w.channel, w.dispute_id, x.object, x.doc_entry
FROM wanted AS w
JOIN word AS x ON ltrim(x.word, '#') = w.order_key
JOIN figure AS f ON f.object = x.object AND f.doc_entry = x.doc_entry AND f.amount = w.amount;
