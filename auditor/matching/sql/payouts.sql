-- Which journal entries and payments carry a payout's id, and in which field. Documents' own journal entries cannot.
CREATE TABLE matching.payout_posting AS
WITH id AS (
    SELECT channel, payout_id, upper(matching.tail(payout_id)) AS id FROM canonical.payout
), journal AS (
    SELECT trans_id, payout_id, reference, reference2, reference3, memo FROM canonical.b1_journal
    WHERE source_type IS NULL OR source_type NOT IN ('ttARInvoice', 'ttARCredItnote', 'ttDelivery', 'ttReturn')
), payment AS (
    SELECT doc_entry, direction || '_payment' AS object, transfer_reference, counter_reference, reference1, reference2
    FROM canonical.b1_payment WHERE is_cancelled IS NOT TRUE
), mention AS (
    SELECT 'journal' AS object, trans_id AS doc_entry, 1 AS rank, 'payout_id' AS rule, payout_id AS text FROM journal
    UNION ALL SELECT 'journal', trans_id, 2, 'reference', reference FROM journal
    UNION ALL SELECT 'journal', trans_id, 3, 'reference2', reference2 FROM journal
    UNION ALL SELECT 'journal', trans_id, 4, 'reference3', reference3 FROM journal
    UNION ALL SELECT 'journal', trans_id, 5, 'memo', memo FROM journal
    UNION ALL SELECT object, doc_entry, 1, 'transfer_reference', transfer_reference FROM payment
    UNION ALL SELECT object, doc_entry, 2, 'counter_reference', counter_reference FROM payment
    UNION ALL SELECT object, doc_entry, 3, 'reference1', reference1 FROM payment
    UNION ALL SELECT object, doc_entry, 4, 'reference2', reference2 FROM payment
)
SELECT i.channel, i.payout_id, m.object, m.doc_entry, arg_min(m.rule, m.rank) AS rule
FROM mention AS m
JOIN id AS i ON i.id = upper(matching.tail(m.text))
WHERE m.text IS NOT NULL
GROUP BY i.channel, i.payout_id, m.object, m.doc_entry;
