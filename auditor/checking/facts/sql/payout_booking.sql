-- What each payout consists of beside what stands in the books under its id, by the part that an account plays.
-- expected_*: of the payout's lines. posted_*: of all journal entries and payments that carry its id.
-- net is on the bank or transit account, fee and tax on theirs, reserve on its own (withheld is positive); clearing is
-- the other side: sales, refunds and whatever the company has given an account of its own. elsewhere: any other account.
CREATE OR REPLACE TEMP TABLE payout_role AS
WITH named AS (
    SELECT channel, account, role FROM setting.account
    UNION ALL
    SELECT channel, card_code, 'clearing' FROM setting.channel
    UNION ALL
    SELECT channel, account, 'fees' FROM setting.fee_map WHERE account <> ''
    UNION ALL
    SELECT channel, account, CASE kind WHEN 'fee' THEN 'fees' WHEN 'reserve' THEN 'reserve' ELSE 'clearing' END
    FROM setting.payout_type_map
)
-- one account, one role: what auditor.toml says of the channel outranks the maps
SELECT channel, account,
       arg_min(role, CASE role WHEN 'bank' THEN 1 WHEN 'transit' THEN 2 WHEN 'fee_tax' THEN 3 WHEN 'reserve' THEN 4
                               WHEN 'fees' THEN 5 ELSE 6 END) AS role
FROM named GROUP BY channel, account;

-- The journal entry of a payment is the payment's own; where it is read, it says which accounts were used.
CREATE OR REPLACE TABLE fact.payout_entry AS
WITH payment AS (
    SELECT x.channel, x.payout_id, x.object, x.doc_entry, p.doc_on AS posted_on,
           CASE p.direction WHEN 'outgoing' THEN -p.total ELSE p.total END AS total, j.trans_id
    FROM matching.payout_posting AS x
    JOIN canonical.b1_payment AS p ON p.doc_entry = x.doc_entry AND x.object = p.direction || '_payment'
    LEFT JOIN canonical.b1_journal AS j
      ON j.source_entry = p.doc_entry
     AND j.source_type = CASE p.direction WHEN 'outgoing' THEN 'ttVendorPayment' ELSE 'ttReceipt' END
), entry AS (
    SELECT x.channel, x.payout_id, x.object, x.doc_entry, x.doc_entry AS trans_id, j.reference_on AS posted_on
    FROM matching.payout_posting AS x
    JOIN canonical.b1_journal AS j ON x.object = 'journal' AND j.trans_id = x.doc_entry
    UNION ALL
    SELECT channel, payout_id, object, doc_entry, trans_id, posted_on FROM payment WHERE trans_id IS NOT NULL
), has_bank AS (
    SELECT DISTINCT channel FROM setting.account WHERE role = 'bank'
), side AS (
    SELECT e.channel, e.payout_id, e.object, e.doc_entry, e.posted_on,
           coalesce(l.debit, 0) - coalesce(l.credit, 0) AS amount,
           -- without a known bank account, an account that nobody named is taken for it
           coalesce(r.role, s.role, CASE WHEN b.channel IS NULL THEN 'bank' ELSE 'elsewhere' END) AS role
    FROM entry AS e
    LEFT JOIN canonical.b1_journal_line AS l ON l.trans_id = e.trans_id
    LEFT JOIN payout_role AS r ON r.channel = e.channel AND r.account = l.account
    LEFT JOIN payout_role AS s ON s.channel = e.channel AND s.account = l.short_name
    LEFT JOIN has_bank AS b ON b.channel = e.channel
    UNION ALL
    SELECT channel, payout_id, object, doc_entry, posted_on, total, 'bank' FROM payment WHERE trans_id IS NULL
    UNION ALL
    SELECT channel, payout_id, object, doc_entry, posted_on, -total, 'clearing' FROM payment WHERE trans_id IS NULL
)
SELECT channel, payout_id, object, doc_entry, min(posted_on) AS posted_on,
       CAST(sum(CASE WHEN role IN ('bank', 'transit') THEN amount ELSE 0 END) AS DECIMAL(19,6)) AS net,
       CAST(sum(CASE WHEN role = 'fees' THEN amount ELSE 0 END) AS DECIMAL(19,6)) AS fee,
       CAST(sum(CASE WHEN role = 'fee_tax' THEN amount ELSE 0 END) AS DECIMAL(19,6)) AS tax,
       CAST(sum(CASE WHEN role = 'reserve' THEN amount ELSE 0 END) AS DECIMAL(19,6)) AS reserve,
       CAST(sum(CASE WHEN role = 'clearing' THEN -amount ELSE 0 END) AS DECIMAL(19,6)) AS clearing,
       CAST(sum(CASE WHEN role = 'elsewhere' THEN amount ELSE 0 END) AS DECIMAL(19,6)) AS elsewhere
FROM side
GROUP BY channel, payout_id, object, doc_entry;

CREATE OR REPLACE TABLE fact.payout_booking AS
WITH has AS (
    SELECT channel, bool_or(role = 'clearing') AS clearing, bool_or(role = 'fees') AS fees,
           bool_or(role = 'fee_tax') AS fee_tax, bool_or(role = 'reserve') AS reserve
    FROM setting.account GROUP BY channel
), line AS (
    SELECT l.channel, l.payout_id, l.kind, l.gross, coalesce(l.fee, 0) AS fee, coalesce(l.tax, 0) AS tax, t.kind AS mapped
    FROM canonical.payout_line AS l
    LEFT JOIN setting.payout_type_map AS t ON t.channel = l.channel AND upper(t.type) = upper(l.source_type)
    WHERE l.payout_id IS NOT NULL AND l.kind IS DISTINCT FROM 'transfer' AND l.is_test IS NOT TRUE
), expected AS (
    SELECT channel, payout_id,
           sum(fee) + sum(CASE WHEN kind <> 'reserve' AND mapped = 'fee' THEN -gross ELSE 0 END) AS fee, sum(tax) AS tax,
           sum(CASE WHEN kind = 'reserve' OR mapped = 'reserve' THEN -gross ELSE 0 END) AS reserve,
           sum(CASE WHEN kind = 'reserve' OR mapped IN ('fee', 'reserve') THEN 0 ELSE gross END) AS clearing
    FROM line GROUP BY channel, payout_id
), posted AS (
    SELECT channel, payout_id, count(*) AS entries, min(doc_entry) AS first_entry, max(doc_entry) AS last_entry,
           min(posted_on) AS first_on, max(posted_on) AS last_on,
           count(*) FILTER (WHERE net <> 0 OR fee <> 0 OR tax <> 0 OR reserve <> 0 OR clearing <> 0) AS filled,
           sum(net) AS net, sum(fee) AS fee, sum(tax) AS tax, sum(reserve) AS reserve, sum(clearing) AS clearing,
           sum(elsewhere) AS elsewhere, max(object) AS object
    FROM fact.payout_entry GROUP BY channel, payout_id
), twin AS (
    -- entries that each book the whole payout
    SELECT e.channel, e.payout_id, count(*) AS whole, max(e.doc_entry) AS extra_entry
    FROM fact.payout_entry AS e
    JOIN canonical.payout AS p ON p.channel = e.channel AND p.payout_id = e.payout_id
    LEFT JOIN expected AS x ON x.channel = e.channel AND x.payout_id = e.payout_id
    WHERE e.net = p.net AND (p.net <> 0 OR (e.clearing = x.clearing AND x.clearing <> 0))
    GROUP BY e.channel, e.payout_id
)
SELECT p.channel, p.payout_id, p.currency, p.status, p.issued_at, p.net AS expected_net,
       CAST(coalesce(x.fee, 0) + CASE WHEN h.fee_tax THEN 0 ELSE coalesce(x.tax, 0) END AS DECIMAL(19,6)) AS expected_fee,
       CAST(CASE WHEN h.fee_tax THEN coalesce(x.tax, 0) ELSE 0 END AS DECIMAL(19,6)) AS expected_tax,
       CAST(CASE WHEN h.reserve THEN coalesce(x.reserve, 0) ELSE 0 END AS DECIMAL(19,6)) AS expected_reserve,
       CAST(coalesce(x.clearing, 0) - CASE WHEN h.reserve THEN 0 ELSE coalesce(x.reserve, 0) END AS DECIMAL(19,6))
           AS expected_clearing,
       coalesce(h.clearing, FALSE) AND coalesce(h.fees, FALSE) AS has_split, coalesce(h.reserve, FALSE) AS has_reserve,
       q.entries, q.first_entry, q.last_entry, q.first_on, q.last_on, q.object,
       CAST(q.net AS DECIMAL(19,6)) AS posted_net, CAST(q.fee AS DECIMAL(19,6)) AS posted_fee,
       CAST(q.tax AS DECIMAL(19,6)) AS posted_tax, CAST(q.reserve AS DECIMAL(19,6)) AS posted_reserve,
       CAST(q.clearing AS DECIMAL(19,6)) AS posted_clearing, CAST(q.elsewhere AS DECIMAL(19,6)) AS posted_elsewhere,
       -- entered and taken back: nothing is left of it
       q.filled > 1 AND q.net = 0 AND q.fee = 0 AND q.tax = 0 AND q.reserve = 0 AND q.clearing = 0 AS is_reversed,
       coalesce(t.whole, 0) AS whole_entries, t.extra_entry
FROM canonical.payout AS p
JOIN posted AS q ON q.channel = p.channel AND q.payout_id = p.payout_id
LEFT JOIN expected AS x ON x.channel = p.channel AND x.payout_id = p.payout_id
LEFT JOIN twin AS t ON t.channel = p.channel AND t.payout_id = p.payout_id
LEFT JOIN has AS h ON h.channel = p.channel;
