-- Findings that are not resolved, as the run leaves them: filled when all other checks have spoken (rounds.py).
CREATE OR REPLACE TABLE fact.standing (
    finding_id VARCHAR, check_id VARCHAR, area VARCHAR, channel VARCHAR, state VARCHAR, currency VARCHAR,
    money_at_risk DECIMAL(19,6),
    period VARCHAR,       -- YYYY-MM of the company in which it happened, as on the bridge
    order_id VARCHAR, refund_id VARCHAR, payout_id VARCHAR,
    until_at TIMESTAMP,   -- end of an acceptance or of a rest
    is_judged BOOLEAN     -- FALSE: not of this run, planted by a proof
);
