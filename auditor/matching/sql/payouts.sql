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

-- A payment's own journal entry repeats what the payment says: it is read with the payment, not beside it.
DELETE FROM matching.payout_posting AS x USING (
    SELECT m.channel, m.payout_id, j.trans_id
    FROM matching.payout_posting AS m
    JOIN canonical.b1_journal AS j
      ON j.source_entry = m.doc_entry
     AND j.source_type = CASE m.object WHEN 'incoming_payment' THEN 'ttReceipt' WHEN 'outgoing_payment' THEN 'ttVendorPayment' END
) AS d
WHERE x.object = 'journal' AND d.channel = x.channel AND d.payout_id = x.payout_id AND d.trans_id = x.doc_entry;

-- Providers number their payouts 1, 2, 3, so that two channels have the same number. Then the posting is that of the
-- channel whose amount it bears, or whose clearing account or business partner; where nothing tells, that of each.
DELETE FROM matching.payout_posting AS x USING (
    WITH contested AS (
        SELECT object, doc_entry FROM matching.payout_posting
        GROUP BY object, doc_entry HAVING count(DISTINCT channel) > 1
    ), figure AS (
        SELECT 'journal' AS object, l.trans_id AS doc_entry, l.debit + l.credit AS amount, l.account, l.short_name AS partner
        FROM canonical.b1_journal_line AS l
        WHERE l.trans_id IN (SELECT doc_entry FROM contested WHERE object = 'journal')
        UNION ALL
        SELECT p.direction || '_payment', p.doc_entry, p.total, p.transfer_account, p.card_code FROM canonical.b1_payment AS p
        WHERE p.doc_entry IN (SELECT doc_entry FROM contested WHERE object <> 'journal')
    ), judged AS (
        SELECT m.channel, m.payout_id, m.object, m.doc_entry,
               max(CASE WHEN f.amount = abs(p.net) THEN 2 ELSE 0 END)
               + max(CASE WHEN f.account = c.clearing_account OR f.partner = c.card_code THEN 1 ELSE 0 END) AS evidence
        FROM matching.payout_posting AS m
        SEMI JOIN contested AS k ON k.object = m.object AND k.doc_entry = m.doc_entry
        JOIN canonical.payout AS p ON p.channel = m.channel AND p.payout_id = m.payout_id
        JOIN setting.channel AS c ON c.channel = m.channel
        LEFT JOIN figure AS f ON f.object = m.object AND f.doc_entry = m.doc_entry
        GROUP BY m.channel, m.payout_id, m.object, m.doc_entry
    )
    SELECT channel, payout_id, object, doc_entry FROM judged
    QUALIFY evidence < max(evidence) OVER (PARTITION BY object, doc_entry)
) AS d
WHERE d.channel = x.channel AND d.payout_id = x.payout_id AND d.object = x.object AND d.doc_entry = x.doc_entry;
