-- What belongs to what, for one run. Made empty here, filled by the files beside this one.

-- Each document of B1 that counts and belongs to a channel's order; n:m (split orders, collective invoices).
CREATE OR REPLACE TABLE matching.order_document (
    channel VARCHAR, order_id VARCHAR,
    order_no BIGINT,          -- of matching.channel_order; only within this run
    object VARCHAR,           -- order | draft | delivery | invoice | credit_memo | return
    doc_entry BIGINT,
    rule VARCHAR,             -- reference | alternate_reference | order_id | base_document | amount_and_lines | manual
    confidence VARCHAR        -- certain | likely
);

-- Documents on a channel's business partner whose reference names no order of the channel.
CREATE OR REPLACE TABLE matching.open_document (
    channel VARCHAR, object VARCHAR, doc_entry BIGINT, doc_num BIGINT, series BIGINT,
    reference VARCHAR, reference_key VARCHAR,
    is_reference_valid BOOLEAN,   -- well formed, though of no order that is known
    is_manual_series BOOLEAN,     -- typed by people on purpose
    is_reported BOOLEAN,          -- FALSE on all but one row when channels share a business partner
    base_object VARCHAR, base_entry BIGINT,
    is_origin BOOLEAN,            -- FALSE when its base document has no valid reference either
    currency VARCHAR, total DECIMAL(19,6), doc_on DATE, created_at TIMESTAMP, updated_at TIMESTAMP
);

-- Candidates that were equally good; none of them was taken.
CREATE OR REPLACE TABLE matching.ambiguous (
    channel VARCHAR, subject VARCHAR,      -- order | refund
    subject_id VARCHAR, object VARCHAR, doc_entry BIGINT, rule VARCHAR
);

CREATE OR REPLACE TABLE matching.manual_link (
    channel VARCHAR, order_id VARCHAR, object VARCHAR, doc_entry BIGINT, is_linked BOOLEAN
);

CREATE OR REPLACE VIEW matching.order_delivery AS
SELECT channel, order_id, doc_entry, rule FROM matching.order_document WHERE object = 'delivery';
