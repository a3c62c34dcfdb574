-- What our own calls met, so that a system's health can be judged: one row per extract and quarter of an hour in which
-- it called, written in the transaction that ends the extract.
CREATE TABLE raw.call_quarter (
    extract_id       BIGINT NOT NULL,
    quarter_at       TIMESTAMP NOT NULL,      -- the quarter of an hour in which the calls began
    calls            BIGINT NOT NULL,         -- every attempt counts
    timeouts         BIGINT NOT NULL,         -- no answer in time
    connection_errors BIGINT NOT NULL,        -- not reached, broken off
    server_errors    BIGINT NOT NULL,         -- 5xx
    throttled        BIGINT NOT NULL,         -- 429
    refused          BIGINT NOT NULL,         -- 401 and 403
    rejected         BIGINT NOT NULL,         -- other 4xx
    unreadable       BIGINT NOT NULL,         -- 2xx and yet no use: cut off, not JSON, an error inside
    p50_ms           BIGINT NOT NULL,
    p95_ms           BIGINT NOT NULL,
    bytes            BIGINT NOT NULL,
    clock_difference_seconds BIGINT,          -- median; positive: their clock is ahead; NULL: no Date header
    ends_on          DATE                     -- the earliest Sunset header
);
