-- Settlement files into canonical rows.
--
-- The files were brought into one form when they were read: amounts in major units of the settlement currency, signs
-- as we use them (to the seller positive, a fee positive), instants in UTC, our word for the kind beside the provider's.
-- Everything is parsed as text and cast once.

-- table: payout
-- stream: payouts
SELECT
    record_key,
    $channel AS channel,
    d.id AS payout_id,
    d.provider AS provider,
    CAST(d.issued_at AS TIMESTAMP) AS issued_at,
    d.status AS status,
    d.source_status AS source_status,
    CASE WHEN CAST(d.net AS DECIMAL(19,6)) < 0 THEN 'withdrawal' ELSE 'deposit' END AS kind,
    d.currency AS currency,
    CAST(d.net AS DECIMAL(19,6)) AS net,
    d.trace_id AS trace_id
FROM (
    SELECT record_key, from_json(body, '{
        "id":"VARCHAR","provider":"VARCHAR","issued_at":"VARCHAR","status":"VARCHAR","source_status":"VARCHAR",
        "currency":"VARCHAR","net":"VARCHAR","trace_id":"VARCHAR"}') AS d
    FROM incoming
);

-- table: payout_line
-- stream: payout_lines
SELECT
    record_key,
    $channel AS channel,
    l.id AS line_id,
    l.payout_id AS payout_id,
    l.kind AS kind,
    l.source_type AS source_type,
    l.currency AS currency,
    CAST(l.gross AS DECIMAL(19,6)) AS gross,
    CAST(l.fee AS DECIMAL(19,6)) AS fee,
    -- The fee is what was taken, tax and all: net = gross - fee.
    0 AS tax,
    CAST(l.net AS DECIMAL(19,6)) AS net,
    CAST(l.processed_at AS TIMESTAMP) AS processed_at,
    l.order_ref AS order_ref,
    l.transaction_id AS transaction_id,
    -- Test money is on another account and in no settlement.
    FALSE AS is_test
FROM (
    SELECT record_key, from_json(body, '{"lines":[{
        "id":"VARCHAR","payout_id":"VARCHAR","kind":"VARCHAR","source_type":"VARCHAR","currency":"VARCHAR",
        "gross":"VARCHAR","fee":"VARCHAR","net":"VARCHAR","processed_at":"VARCHAR","order_ref":"VARCHAR",
        "transaction_id":"VARCHAR"}]}') AS d
    FROM incoming
), unnest(d.lines) AS u(l);
