-- What the source answered before something was said to be missing; and where the money goes, as the last run saw it.
CREATE TABLE audit.confirmation (
    run_id     BIGINT NOT NULL,
    finding_id VARCHAR NOT NULL,
    check_id   VARCHAR NOT NULL,
    channel    VARCHAR NOT NULL,
    subject_id VARCHAR NOT NULL,
    state      VARCHAR NOT NULL,             -- confirmed | unaskable | waiting
    asked_at   TIMESTAMP,
    told       VARCHAR NOT NULL              -- JSON: what was asked, what was answered, why not
);
-- Replaced by each run: how channel net sales become B1 revenue and payouts, in steps that add up.
CREATE TABLE audit.bridge (
    run_id        BIGINT NOT NULL,
    channel       VARCHAR NOT NULL,
    period        VARCHAR NOT NULL,          -- YYYY-MM in the company's time zone
    currency      VARCHAR NOT NULL,
    position      INTEGER NOT NULL,          -- order of the steps
    step          VARCHAR NOT NULL,          -- checking/bridge_steps.py says what each means
    kind          VARCHAR NOT NULL,          -- level | known | timing | finding | unexplained | beside
    check_id      VARCHAR,                   -- of kind finding and beside
    amount        DECIMAL(19,6) NOT NULL,    -- signed; of a level the height reached
    findings      BIGINT NOT NULL,
    money_at_risk DECIMAL(19,6) NOT NULL
);
