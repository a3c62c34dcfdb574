-- What belongs to what, for one run. Made empty here, filled by the files beside this one.

-- 202603 for March 2026: numbers are compared faster than text.
CREATE OR REPLACE MACRO matching.month(day) AS CAST(year(day) * 100 + month(day) AS INTEGER);

CREATE TYPE matching.kind AS ENUM ('order', 'draft', 'delivery', 'invoice', 'return', 'credit_memo');
CREATE TYPE matching.rule AS ENUM (
    'reference', 'alternate_reference', 'leading_zeros', 'order_id', 'base_document', 'amount_and_lines',
    'similar_reference', 'manual'
);
CREATE TYPE matching.confidence AS ENUM ('certain', 'likely');
CREATE TYPE matching.channel AS ENUM (SELECT channel FROM setting.channel ORDER BY channel);

-- Each document of B1 that counts and belongs to a channel's order; n:m (split orders, collective invoices).
CREATE TABLE matching.link (
    order_no UBIGINT,         -- of matching.channel_order
    channel matching.channel, -- the order's, so that millions of links need not be joined to learn it
    object matching.kind, doc_entry BIGINT, rule matching.rule, confidence matching.confidence,
    -- The month of a sales order or invoice that agrees with its order: found by reference, in the order's currency,
    -- with its total and its tax, nothing discounted or rounded on the whole of it. 0 where somebody has to look.
    agreed_in INTEGER
);

-- Documents on a channel's business partner whose reference names no order of the channel.
CREATE TABLE matching.open_document (
    channel VARCHAR, object matching.kind, doc_entry BIGINT, doc_num BIGINT, series BIGINT,
    reference VARCHAR, reference_key VARCHAR,
    is_reference_valid BOOLEAN,   -- well formed, though of no order that is known
    is_manual_series BOOLEAN,     -- typed by people on purpose
    is_reported BOOLEAN,          -- FALSE on all but one row when channels share a business partner
    base_object matching.kind, base_entry BIGINT,
    is_origin BOOLEAN,            -- FALSE when its base document has no valid reference either
    currency VARCHAR, total DECIMAL(19,6), doc_on DATE, created_at TIMESTAMP, updated_at TIMESTAMP
);

-- Candidates that were equally good; none of them was taken.
CREATE TABLE matching.ambiguous (
    channel VARCHAR, subject VARCHAR,      -- order | refund
    subject_id VARCHAR, object matching.kind, doc_entry BIGINT, rule VARCHAR
);

-- Documents of a well-formed reference that no order has, and orders of the same amount that differ in one character.
CREATE TABLE matching.nearest_order (
    channel VARCHAR, object matching.kind, doc_entry BIGINT, order_id VARCHAR, order_no UBIGINT,
    is_booked BOOLEAN,            -- the order had its document before
    orders BIGINT,                -- how many orders are as near
    days BIGINT                   -- between the document's day and the order's
);

CREATE TABLE matching.manual_link (
    order_no UBIGINT, object matching.kind, doc_entry BIGINT, is_linked BOOLEAN
);
