-- What was read (raw), what was concluded (audit). Append-only but for the columns that say how a thing stands now.
CREATE SCHEMA raw;
CREATE SCHEMA history;
CREATE SCHEMA audit;

CREATE SEQUENCE raw.extract_ids;
CREATE TABLE raw.extract (
    extract_id   BIGINT PRIMARY KEY,
    system       VARCHAR NOT NULL,           -- 'b1' or the channel's id
    stream       VARCHAR NOT NULL,
    window_from  TIMESTAMP,                  -- NULL: everything
    cut_off      TIMESTAMP NOT NULL,
    started_at   TIMESTAMP NOT NULL,
    finished_at  TIMESTAMP,
    status       VARCHAR NOT NULL,           -- running | complete | incomplete | failed
    watermark    TIMESTAMP,                  -- newest source time read completely; NULL unless complete
    rows_read    BIGINT NOT NULL DEFAULT 0,
    rows_new     BIGINT NOT NULL DEFAULT 0,  -- bodies not seen before, and keys that vanished
    calls        BIGINT NOT NULL DEFAULT 0,
    reason       VARCHAR,                    -- why it is not complete, one sentence
    shaped_at    TIMESTAMP                   -- canonical rows are there
);
-- One row for each version of each record; body NULL means the record was gone in a full read.
CREATE TABLE raw.record (
    system     VARCHAR NOT NULL,
    stream     VARCHAR NOT NULL,
    record_key VARCHAR NOT NULL,
    extract_id BIGINT NOT NULL,
    sha256     VARCHAR NOT NULL,
    body       VARCHAR USING COMPRESSION zstd  -- JSON repeats itself: a fifth of the default's size, and faster
);

CREATE SEQUENCE audit.run_ids;
CREATE TABLE audit.run (
    run_id      BIGINT PRIMARY KEY,
    started_at  TIMESTAMP NOT NULL,
    finished_at TIMESTAMP NOT NULL,
    known_at    TIMESTAMP NOT NULL,          -- everything committed up to here was looked at
    summary     VARCHAR NOT NULL             -- JSON
);
CREATE TABLE audit.check_run (
    run_id      BIGINT NOT NULL,
    check_id    VARCHAR NOT NULL,
    channel     VARCHAR NOT NULL,
    outcome     VARCHAR NOT NULL,            -- passed | failed | not_judged | broken
    as_of       TIMESTAMP,
    rows_found  BIGINT NOT NULL,
    reason      VARCHAR,
    duration_ms BIGINT NOT NULL,
    judged_at   TIMESTAMP NOT NULL           -- the run's known_at
);
CREATE TABLE audit.finding (
    finding_id      VARCHAR PRIMARY KEY,     -- hash of check, channel and business key
    check_id        VARCHAR NOT NULL,
    area            VARCHAR NOT NULL,
    channel         VARCHAR NOT NULL,
    subject         VARCHAR NOT NULL,        -- what kind of thing: order, refund, sku, payout, feed
    subject_id      VARCHAR NOT NULL,
    keys            VARCHAR NOT NULL,        -- JSON object, values are text
    state           VARCHAR NOT NULL,        -- pending | open | acknowledged | in_action | awaiting_verification | resolved | accepted | snoozed | inhibited
    severity        VARCHAR NOT NULL,        -- info | low | medium | high | critical
    owner           VARCHAR NOT NULL,
    currency        VARCHAR,
    expected        VARCHAR,
    actual          VARCHAR,
    difference      VARCHAR,
    money_at_risk   DECIMAL(19,6) NOT NULL,
    parent_id       VARCHAR,                 -- the finding that carries the money, or the common cause
    cause           VARCHAR,
    explanation     VARCHAR NOT NULL,
    evidence        VARCHAR NOT NULL,        -- JSON: the documents side by side, the watermarks, the arithmetic
    signature       VARCHAR NOT NULL,        -- hash of the differing values
    occurred_at     TIMESTAMP,
    first_seen_at   TIMESTAMP NOT NULL,
    last_seen_at    TIMESTAMP NOT NULL,
    seen_count      BIGINT NOT NULL,         -- consecutive complete runs
    is_regressed    BOOLEAN NOT NULL DEFAULT FALSE,
    until_at        TIMESTAMP,               -- accepted or snoozed until
    last_run_id     BIGINT NOT NULL,
    as_of           TIMESTAMP,               -- up to when the data was complete on which it was last seen
    source_updated_at TIMESTAMP,             -- newest change of the records behind it
    deadline_at     TIMESTAMP,               -- the SLA clock
    accepted_up_to  DECIMAL(19,6),           -- money a person accepted; above it the acceptance is void
    inhibited_by    VARCHAR,                 -- the finding that mutes this one
    action_sent_at  TIMESTAMP,               -- only data newer than this may judge the correction
    resolved_at     TIMESTAMP,
    resolution      VARCHAR                  -- silent | verified | manual | withdrawn
);
CREATE SEQUENCE audit.event_ids;
CREATE TABLE audit.finding_event (
    event_id   BIGINT PRIMARY KEY,
    finding_id VARCHAR NOT NULL,
    run_id     BIGINT,                       -- NULL when a person did it
    happened_at TIMESTAMP NOT NULL,
    kind       VARCHAR NOT NULL,
    actor      VARCHAR NOT NULL,
    reason     VARCHAR,
    after      VARCHAR NOT NULL              -- JSON: the finding as it stood afterwards
);
CREATE TABLE audit.action (
    action_id       VARCHAR PRIMARY KEY,
    kind            VARCHAR NOT NULL,
    finding_id      VARCHAR NOT NULL,
    channel         VARCHAR NOT NULL,
    state           VARCHAR NOT NULL,        -- proposed | approved | intent | sent | confirmed | rejected | unknown | refused | verified | failed_to_fix | needs_human
    idempotency_key VARCHAR NOT NULL,
    payload         VARCHAR NOT NULL,        -- JSON: what will be written
    before          VARCHAR NOT NULL,        -- JSON: what was read when it was proposed
    answer          VARCHAR,                 -- JSON: what the far end said
    money           DECIMAL(19,6) NOT NULL,
    currency        VARCHAR,
    proposed_by     VARCHAR NOT NULL,
    proposed_at     TIMESTAMP NOT NULL,
    approved_by     VARCHAR,
    approved_at     TIMESTAMP,
    sent_at         TIMESTAMP,
    finished_at     TIMESTAMP
);
CREATE TABLE audit.action_event (
    event_id  BIGINT PRIMARY KEY,
    action_id VARCHAR NOT NULL,
    happened_at TIMESTAMP NOT NULL,
    state     VARCHAR NOT NULL,
    actor     VARCHAR NOT NULL,
    reason    VARCHAR
);
CREATE TABLE audit.manual_link (
    channel   VARCHAR NOT NULL,
    order_id  VARCHAR NOT NULL,
    object    VARCHAR NOT NULL,              -- order | delivery | invoice | credit_memo | return
    doc_entry BIGINT NOT NULL,
    is_linked BOOLEAN NOT NULL,              -- FALSE: a person said that these two do not belong together
    actor     VARCHAR NOT NULL,
    happened_at TIMESTAMP NOT NULL,
    reason    VARCHAR NOT NULL
);
CREATE TABLE audit.access (
    name       VARCHAR PRIMARY KEY,
    role       VARCHAR NOT NULL,             -- viewer | operator | approver | admin
    token_hash VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    revoked_at TIMESTAMP
);
