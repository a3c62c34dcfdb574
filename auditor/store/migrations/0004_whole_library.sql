-- What the whole library of checks reads beside the documents.

-- Run and error records of the middleware, as it pushes or drops them (POST /api/sync-events, JSON lines in a folder).
CREATE TABLE history.sync_event (
    event_id VARCHAR,  -- the middleware's own id; the key
    source VARCHAR,  -- which middleware: celigo, boomi, own ...
    flow VARCHAR,  -- orders | cancellations | stock | prices | items | tracking | refunds | payouts | other
    channel VARCHAR,  -- the channel's id in auditor.toml; NULL where the flow is the company's
    kind VARCHAR,  -- run | message | status_read | webhook | queue
    status VARCHAR,  -- ok | error | running | unknown
    source_status VARCHAR,
    occurred_at TIMESTAMP,  -- when it happened at its source (a webhook's event, a message's document)
    started_at TIMESTAMP,
    finished_at TIMESTAMP,
    received_at TIMESTAMP,  -- when the middleware received the event it worked on
    records_due BIGINT,  -- how many records the run was to move, as far as the middleware knows
    records_moved BIGINT,
    records_failed BIGINT,
    order_ref VARCHAR,
    sku VARCHAR,
    location VARCHAR,
    b1_object VARCHAR,  -- order | delivery | invoice | credit_memo | return | item | journal
    doc_entry BIGINT,
    error_code VARCHAR,
    error_class VARCHAR,  -- value | missing | connection | rate | lock | permission | other
    error VARCHAR,  -- one line, without secrets and personal data
    queued BIGINT,  -- messages that wait (kind queue)
    dead_letters BIGINT,
    oldest_at TIMESTAMP,  -- the oldest message that waits
    value DECIMAL(19,6),  -- worth of what waits or was moved, where the middleware knows
    currency VARCHAR,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);
