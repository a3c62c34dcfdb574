-- What the marketplaces and the other shops tell beyond what Shopify does, and what their payment providers and the bank do.

-- sale | exchange | replacement | sample. Only a sale is revenue; the others move stock.
ALTER TABLE history.sales_order ADD COLUMN order_kind VARCHAR;
-- Paid by the platform, not by the customer: part of `total`, because the seller is owed it.
ALTER TABLE history.sales_order ADD COLUMN platform_discount DECIMAL(19,6);
ALTER TABLE history.sales_order_line ADD COLUMN platform_discount DECIMAL(19,6);
-- shipping | handling | wrapping | fee
ALTER TABLE history.sales_order_shipping ADD COLUMN kind VARCHAR;
-- The code that all operators of a platform share.
ALTER TABLE history.carrier ADD COLUMN standard_code VARCHAR;

-- What the platform keeps of an order: commission and the like, as far as it tells per order. Positive is a cost.
CREATE TABLE history.sales_order_fee (
    channel VARCHAR,
    order_id VARCHAR,
    fee_id VARCHAR,
    line_id VARCHAR,
    refund_id VARCHAR,  -- the refund with which it was given back; then the amount is negative
    kind VARCHAR,  -- commission | payment | service | other
    net DECIMAL(19,6),
    tax DECIMAL(19,6),
    tax_rate DECIMAL(19,6),  -- 0.2 for 20 %
    currency VARCHAR,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

-- Requests to call an order off, and what became of them.
CREATE TABLE history.cancellation (
    channel VARCHAR,
    order_id VARCHAR,
    cancellation_id VARCHAR,
    status VARCHAR,  -- requested | accepted | rejected | unknown
    source_status VARCHAR,
    requested_by VARCHAR,  -- customer | seller | channel | unknown
    reason VARCHAR,
    quantity DECIMAL(19,6),
    requested_at TIMESTAMP,
    closed_at TIMESTAMP,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

-- Physical stock behind what may be sold, where the platform keeps both (Magento's sources).
CREATE TABLE history.channel_source_stock (
    channel VARCHAR,
    source VARCHAR,
    sku VARCHAR,
    quantity DECIMAL(19,6),
    is_in_stock BOOLEAN,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

-- How the platform is set up: tax and rounding methods, acceptance, units ... by its own names.
CREATE TABLE history.channel_setting (
    channel VARCHAR,
    setting VARCHAR,
    value VARCHAR,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

-- The bank's statements.
CREATE TABLE history.bank_line (
    account VARCHAR,
    line_id VARCHAR,
    booked_on DATE,
    value_on DATE,
    amount DECIMAL(19,6),  -- positive: money came in
    currency VARCHAR,
    bank_reference VARCHAR,
    end_to_end_id VARCHAR,
    reference VARCHAR,  -- what the payer wrote
    source_type VARCHAR,  -- the bank's own code
    is_reversal BOOLEAN,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.bank_balance (
    account VARCHAR,
    statement_id VARCHAR,
    opened_on DATE,
    closed_on DATE,
    opening DECIMAL(19,6),
    closing DECIMAL(19,6),
    currency VARCHAR,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);
