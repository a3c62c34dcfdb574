-- Bank statements into canonical rows.
--
-- The files were brought into one form when they were read: amounts with our sign (positive: money came in), days as
-- the bank writes them. Everything is parsed as text and cast once.

-- prepare: parsed_statements
-- stream: statements
SELECT record_key, from_json(body, '{
    "account":"VARCHAR",
    "balances":[{"id":"VARCHAR","opened_on":"VARCHAR","closed_on":"VARCHAR","opening":"VARCHAR","closing":"VARCHAR",
        "currency":"VARCHAR"}],
    "lines":[{"id":"VARCHAR","booked_on":"VARCHAR","value_on":"VARCHAR","amount":"VARCHAR","currency":"VARCHAR",
        "bank_reference":"VARCHAR","end_to_end_id":"VARCHAR","reference":"VARCHAR","source_type":"VARCHAR",
        "is_reversal":"BOOLEAN"}]}') AS d
FROM incoming;

-- table: bank_line
-- stream: statements
SELECT
    record_key,
    d.account AS account,
    l.id AS line_id,
    CAST(l.booked_on AS DATE) AS booked_on,
    CAST(l.value_on AS DATE) AS value_on,
    CAST(l.amount AS DECIMAL(19,6)) AS amount,
    l.currency AS currency,
    l.bank_reference AS bank_reference,
    l.end_to_end_id AS end_to_end_id,
    l.reference AS reference,
    l.source_type AS source_type,
    l.is_reversal AS is_reversal
FROM parsed_statements, unnest(d.lines) AS u(l);

-- table: bank_balance
-- stream: statements
SELECT
    record_key,
    d.account AS account,
    b.id AS statement_id,
    CAST(b.opened_on AS DATE) AS opened_on,
    CAST(b.closed_on AS DATE) AS closed_on,
    CAST(b.opening AS DECIMAL(19,6)) AS opening,
    CAST(b.closing AS DECIMAL(19,6)) AS closing,
    b.currency AS currency
FROM parsed_statements, unnest(d.balances) AS u(b);
