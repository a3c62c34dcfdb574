-- Canonical records with the interval in which each version was known: known_from <= T < known_to.
-- The views canonical.* of a run show the version known at its moment, without the four last columns.
-- One table means one thing for every channel; what a platform cannot tell is NULL.
-- Money is DECIMAL(19,6) in the row's currency. Instants are UTC (_at), days are the company's (_on).
-- feed (system/stream) and record_key name the raw record that a row was shaped from.


-- What customers bought.
CREATE TABLE history.sales_order (
    channel VARCHAR,
    order_id VARCHAR,  -- the platform's own id; the key
    order_ref VARCHAR,  -- what people and B1 call it: Shopify name, Magento increment id
    alternate_ref VARCHAR,  -- a second reference people use (John Lewis consumer order number)
    placed_at TIMESTAMP,
    updated_at TIMESTAMP,
    status VARCHAR,  -- open | closed | cancelled | pending | unknown
    source_status VARCHAR,  -- the platform's own word, as it came
    is_test BOOLEAN,
    is_confirmed BOOLEAN,  -- FALSE while the platform has not accepted the order
    is_edited BOOLEAN,
    payment_status VARCHAR,  -- paid | partially_paid | authorized | pending | partially_refunded | refunded | voided | expired | unknown
    fulfilment_status VARCHAR,  -- unshipped | partial | shipped | not_needed | on_hold | unknown
    cancel_requested_at TIMESTAMP,
    cancelled_at TIMESTAMP,
    ship_by_at TIMESTAMP,
    country VARCHAR,  -- ISO code of the delivery address
    currency VARCHAR,
    total DECIMAL(19,6),  -- gross, after edits, before refunds
    subtotal DECIMAL(19,6),  -- items after discount, before shipping; with tax where is_tax_included
    tax DECIMAL(19,6),
    shipping DECIMAL(19,6),  -- after discount; with tax where is_tax_included
    discount DECIMAL(19,6),
    tip DECIMAL(19,6),
    duties DECIMAL(19,6),
    cash_rounding DECIMAL(19,6),
    is_tax_included BOOLEAN,
    tax_collected_by VARCHAR,  -- seller | channel | NULL when the platform does not tell
    presentment_currency VARCHAR,
    presentment_total DECIMAL(19,6),
    presentment_tax DECIMAL(19,6),
    received DECIMAL(19,6),  -- money captured
    refunded DECIMAL(19,6),  -- money given back
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.sales_order_line (
    channel VARCHAR,
    order_id VARCHAR,
    line_id VARCHAR,
    sku VARCHAR,
    title VARCHAR,
    kind VARCHAR,  -- product | tip | gift_card
    quantity DECIMAL(19,6),  -- ordered, with refunded and removed units
    current_quantity DECIMAL(19,6),  -- what is left after removals and refunds
    unit_price DECIMAL(19,6),  -- before discount
    discount DECIMAL(19,6),  -- all discount shares of the line
    net DECIMAL(19,6),  -- for `quantity` units, after discount, without tax
    tax DECIMAL(19,6),
    gross DECIMAL(19,6),
    tax_rate DECIMAL(19,6),  -- 0.2 for 20 %; several rates are added up
    is_shippable BOOLEAN,
    bundle_id VARCHAR,  -- the bundle this component line was sold in
    bundle_sku VARCHAR,
    bundle_quantity DECIMAL(19,6),
    currency VARCHAR,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.sales_order_shipping (
    channel VARCHAR,
    order_id VARCHAR,
    shipping_id VARCHAR,
    title VARCHAR,
    net DECIMAL(19,6),
    tax DECIMAL(19,6),
    gross DECIMAL(19,6),
    tax_rate DECIMAL(19,6),
    is_removed BOOLEAN,
    currency VARCHAR,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

-- Tax of an order per rate as the platform adds it up.
CREATE TABLE history.sales_order_tax (
    channel VARCHAR,
    order_id VARCHAR,
    tax_no BIGINT,  -- 1, 2 ... in the platform's order
    title VARCHAR,
    tax_rate DECIMAL(19,6),
    tax DECIMAL(19,6),
    is_channel_liable BOOLEAN,
    currency VARCHAR,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

-- Payment transactions of an order.
CREATE TABLE history.sales_payment (
    channel VARCHAR,
    order_id VARCHAR,
    transaction_id VARCHAR,
    parent_transaction_id VARCHAR,
    kind VARCHAR,  -- sale | capture | refund | authorization | void | change | unknown
    status VARCHAR,  -- success | pending | failed | unknown
    gateway VARCHAR,
    payment_id VARCHAR,
    amount DECIMAL(19,6),
    currency VARCHAR,
    fee DECIMAL(19,6),
    processed_at TIMESTAMP,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

-- Parcels the channel knows of; one row per tracking number, one with NULL where it has none.
CREATE TABLE history.shipment (
    channel VARCHAR,
    order_id VARCHAR,
    shipment_id VARCHAR,
    package_id VARCHAR,  -- the platform's package id; '1', '2' ... where it has none
    carrier VARCHAR,
    tracking_number VARCHAR,
    tracking_key VARCHAR,  -- tracking_number in capitals without blanks and punctuation
    tracking_url VARCHAR,
    status VARCHAR,  -- shipped | delivered | cancelled | failed | pending | unknown
    source_status VARCHAR,
    location VARCHAR,
    shipped_at TIMESTAMP,
    delivered_at TIMESTAMP,
    updated_at TIMESTAMP,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.shipment_line (
    channel VARCHAR,
    order_id VARCHAR,
    shipment_id VARCHAR,
    line_id VARCHAR,
    sku VARCHAR,
    quantity DECIMAL(19,6),
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

-- Work to ship, per location (Shopify).
CREATE TABLE history.fulfilment_order (
    channel VARCHAR,
    order_id VARCHAR,
    fulfilment_order_id VARCHAR,
    status VARCHAR,  -- open | in_progress | on_hold | scheduled | incomplete | cancelled | closed | unknown
    location VARCHAR,
    can_ship BOOLEAN,
    hold_reason VARCHAR,
    ship_by_at TIMESTAMP,
    updated_at TIMESTAMP,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.fulfilment_order_line (
    channel VARCHAR,
    order_id VARCHAR,
    fulfilment_order_id VARCHAR,
    fulfilment_order_line_id VARCHAR,
    line_id VARCHAR,
    sku VARCHAR,
    quantity DECIMAL(19,6),
    remaining_quantity DECIMAL(19,6),
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.refund (
    channel VARCHAR,
    order_id VARCHAR,
    refund_id VARCHAR,
    created_at TIMESTAMP,
    processed_at TIMESTAMP,  -- posting date; may be dated back
    updated_at TIMESTAMP,
    currency VARCHAR,
    total DECIMAL(19,6),  -- money that moved or is moving back to the customer
    item DECIMAL(19,6),  -- item part without tax
    shipping DECIMAL(19,6),  -- shipping part without tax
    tax DECIMAL(19,6),
    adjustment DECIMAL(19,6),  -- gross corrections that belong to no item
    reason VARCHAR,
    transaction_id VARCHAR,  -- of the first refund transaction
    gateway VARCHAR,
    transaction_status VARCHAR,  -- success | pending | failed | none
    is_restocked BOOLEAN,
    return_id VARCHAR,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.refund_line (
    channel VARCHAR,
    order_id VARCHAR,
    refund_id VARCHAR,
    refund_line_id VARCHAR,
    line_id VARCHAR,
    sku VARCHAR,
    quantity DECIMAL(19,6),
    net DECIMAL(19,6),
    tax DECIMAL(19,6),
    restock_type VARCHAR,  -- return | cancel | no_restock | unknown
    location VARCHAR,
    currency VARCHAR,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.return_case (
    channel VARCHAR,
    order_id VARCHAR,
    return_id VARCHAR,
    status VARCHAR,
    source_status VARCHAR,
    quantity DECIMAL(19,6),
    created_at TIMESTAMP,
    closed_at TIMESTAMP,
    has_exchange BOOLEAN,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.listing (
    channel VARCHAR,
    listing_id VARCHAR,
    product_id VARCHAR,
    sku VARCHAR,
    title VARCHAR,
    barcode VARCHAR,
    price DECIMAL(19,6),
    currency VARCHAR,
    is_active BOOLEAN,
    is_tracked BOOLEAN,  -- FALSE: the channel does not count its stock
    is_bundle BOOLEAN,
    oversell_allowed BOOLEAN,
    inventory_item_id VARCHAR,
    available DECIMAL(19,6),  -- over all locations, as the channel shows it
    updated_at TIMESTAMP,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.listing_component (
    channel VARCHAR,
    listing_id VARCHAR,
    component_sku VARCHAR,
    quantity DECIMAL(19,6),
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.channel_location (
    channel VARCHAR,
    location VARCHAR,
    name VARCHAR,
    is_active BOOLEAN,
    holds_stock BOOLEAN,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.channel_stock (
    channel VARCHAR,
    location VARCHAR,
    sku VARCHAR,
    inventory_item_id VARCHAR,
    available DECIMAL(19,6),  -- may be negative
    on_hand DECIMAL(19,6),
    committed DECIMAL(19,6),
    reserved DECIMAL(19,6),
    incoming DECIMAL(19,6),
    is_tracked BOOLEAN,
    is_active BOOLEAN,
    updated_at TIMESTAMP,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.payout (
    channel VARCHAR,
    payout_id VARCHAR,
    provider VARCHAR,
    issued_at TIMESTAMP,
    status VARCHAR,  -- paid | scheduled | in_transit | failed | cancelled | unknown
    source_status VARCHAR,
    kind VARCHAR,  -- deposit | withdrawal
    currency VARCHAR,
    net DECIMAL(19,6),
    trace_id VARCHAR,  -- the bank's reference
    charges_gross DECIMAL(19,6),
    charges_fee DECIMAL(19,6),
    refunds_gross DECIMAL(19,6),
    refunds_fee DECIMAL(19,6),
    adjustments_gross DECIMAL(19,6),
    adjustments_fee DECIMAL(19,6),
    reserved_gross DECIMAL(19,6),
    reserved_fee DECIMAL(19,6),
    other_gross DECIMAL(19,6),
    other_fee DECIMAL(19,6),
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.payout_line (
    channel VARCHAR,
    line_id VARCHAR,
    payout_id VARCHAR,  -- NULL until the row is paid out
    kind VARCHAR,  -- charge | refund | dispute | adjustment | reserve | fee | transfer | other
    source_type VARCHAR,  -- the platform's own word
    currency VARCHAR,
    gross DECIMAL(19,6),
    fee DECIMAL(19,6),
    tax DECIMAL(19,6),  -- tax on the fee where the platform tells
    net DECIMAL(19,6),
    processed_at TIMESTAMP,
    order_id VARCHAR,
    order_ref VARCHAR,
    refund_id VARCHAR,
    transaction_id VARCHAR,
    is_test BOOLEAN,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.dispute (
    channel VARCHAR,
    dispute_id VARCHAR,
    order_id VARCHAR,
    kind VARCHAR,  -- chargeback | inquiry
    status VARCHAR,
    source_status VARCHAR,
    reason VARCHAR,
    amount DECIMAL(19,6),
    currency VARCHAR,
    opened_at TIMESTAMP,
    evidence_due_at TIMESTAMP,
    closed_at TIMESTAMP,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.carrier (
    channel VARCHAR,
    carrier VARCHAR,
    name VARCHAR,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_order (
    doc_entry BIGINT,
    doc_num BIGINT,
    series BIGINT,
    card_code VARCHAR,
    num_at_card VARCHAR,
    reference VARCHAR,  -- the field that carries the channel's order reference (channel.reference.field); NumAtCard unless configured
    status VARCHAR,  -- open | closed
    is_cancelled BOOLEAN,  -- was cancelled
    is_cancellation BOOLEAN,  -- is the document that cancels another
    doc_on DATE,
    due_on DATE,
    tax_on DATE,
    created_on DATE,
    created_at TIMESTAMP,  -- CreationDate and DocTime, company time turned into UTC
    updated_at TIMESTAMP,  -- UpdateDate and UpdateTime, company time turned into UTC
    currency VARCHAR,
    total DECIMAL(19,6),  -- gross, document currency
    tax DECIMAL(19,6),
    discount DECIMAL(19,6),  -- of the document, beside the lines'
    rounding DECIMAL(19,6),
    paid_to_date DECIMAL(19,6),
    total_local DECIMAL(19,6),
    tax_local DECIMAL(19,6),
    branch BIGINT,
    is_service BOOLEAN,
    is_reserve BOOLEAN,  -- invoices: reserve invoice
    tracking_number VARCHAR,
    tracking_key VARCHAR,
    shipping_type BIGINT,
    authorization_status VARCHAR,
    refund_id VARCHAR,
    payment_id VARCHAR,
    return_reason VARCHAR,
    package_id VARCHAR,
    idempotency_key VARCHAR,
    data_version BIGINT,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_order_line (
    doc_entry BIGINT,
    line_num BIGINT,
    item_code VARCHAR,
    quantity DECIMAL(19,6),  -- sales unit
    inventory_quantity DECIMAL(19,6),  -- inventory unit
    open_quantity DECIMAL(19,6),
    warehouse VARCHAR,
    unit_price DECIMAL(19,6),  -- before discount, without tax
    price DECIMAL(19,6),  -- after discount, without tax
    discount_percent DECIMAL(19,6),
    net DECIMAL(19,6),
    tax DECIMAL(19,6),
    gross DECIMAL(19,6),
    tax_code VARCHAR,
    tax_rate DECIMAL(19,6),  -- 0.2 for 20 %
    currency VARCHAR,
    status VARCHAR,  -- open | closed
    base_type BIGINT,  -- -1 none, 13 invoice, 15 delivery, 16 return, 17 order
    base_entry BIGINT,
    base_line BIGINT,
    tree_type VARCHAR,  -- not_a_tree | sales_tree | ingredient | assembly_tree | production_tree | template_tree
    parent_line_num BIGINT,
    without_stock_movement BOOLEAN,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_order_expense (
    doc_entry BIGINT,
    line_num BIGINT,
    expense_code BIGINT,
    net DECIMAL(19,6),
    tax DECIMAL(19,6),
    gross DECIMAL(19,6),
    tax_code VARCHAR,
    currency VARCHAR,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_delivery (
    doc_entry BIGINT,
    doc_num BIGINT,
    series BIGINT,
    card_code VARCHAR,
    num_at_card VARCHAR,
    reference VARCHAR,  -- the field that carries the channel's order reference (channel.reference.field); NumAtCard unless configured
    status VARCHAR,  -- open | closed
    is_cancelled BOOLEAN,  -- was cancelled
    is_cancellation BOOLEAN,  -- is the document that cancels another
    doc_on DATE,
    due_on DATE,
    tax_on DATE,
    created_on DATE,
    created_at TIMESTAMP,  -- CreationDate and DocTime, company time turned into UTC
    updated_at TIMESTAMP,  -- UpdateDate and UpdateTime, company time turned into UTC
    currency VARCHAR,
    total DECIMAL(19,6),  -- gross, document currency
    tax DECIMAL(19,6),
    discount DECIMAL(19,6),  -- of the document, beside the lines'
    rounding DECIMAL(19,6),
    paid_to_date DECIMAL(19,6),
    total_local DECIMAL(19,6),
    tax_local DECIMAL(19,6),
    branch BIGINT,
    is_service BOOLEAN,
    is_reserve BOOLEAN,  -- invoices: reserve invoice
    tracking_number VARCHAR,
    tracking_key VARCHAR,
    shipping_type BIGINT,
    authorization_status VARCHAR,
    refund_id VARCHAR,
    payment_id VARCHAR,
    return_reason VARCHAR,
    package_id VARCHAR,
    idempotency_key VARCHAR,
    data_version BIGINT,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_delivery_line (
    doc_entry BIGINT,
    line_num BIGINT,
    item_code VARCHAR,
    quantity DECIMAL(19,6),  -- sales unit
    inventory_quantity DECIMAL(19,6),  -- inventory unit
    open_quantity DECIMAL(19,6),
    warehouse VARCHAR,
    unit_price DECIMAL(19,6),  -- before discount, without tax
    price DECIMAL(19,6),  -- after discount, without tax
    discount_percent DECIMAL(19,6),
    net DECIMAL(19,6),
    tax DECIMAL(19,6),
    gross DECIMAL(19,6),
    tax_code VARCHAR,
    tax_rate DECIMAL(19,6),  -- 0.2 for 20 %
    currency VARCHAR,
    status VARCHAR,  -- open | closed
    base_type BIGINT,  -- -1 none, 13 invoice, 15 delivery, 16 return, 17 order
    base_entry BIGINT,
    base_line BIGINT,
    tree_type VARCHAR,  -- not_a_tree | sales_tree | ingredient | assembly_tree | production_tree | template_tree
    parent_line_num BIGINT,
    without_stock_movement BOOLEAN,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_delivery_expense (
    doc_entry BIGINT,
    line_num BIGINT,
    expense_code BIGINT,
    net DECIMAL(19,6),
    tax DECIMAL(19,6),
    gross DECIMAL(19,6),
    tax_code VARCHAR,
    currency VARCHAR,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_invoice (
    doc_entry BIGINT,
    doc_num BIGINT,
    series BIGINT,
    card_code VARCHAR,
    num_at_card VARCHAR,
    reference VARCHAR,  -- the field that carries the channel's order reference (channel.reference.field); NumAtCard unless configured
    status VARCHAR,  -- open | closed
    is_cancelled BOOLEAN,  -- was cancelled
    is_cancellation BOOLEAN,  -- is the document that cancels another
    doc_on DATE,
    due_on DATE,
    tax_on DATE,
    created_on DATE,
    created_at TIMESTAMP,  -- CreationDate and DocTime, company time turned into UTC
    updated_at TIMESTAMP,  -- UpdateDate and UpdateTime, company time turned into UTC
    currency VARCHAR,
    total DECIMAL(19,6),  -- gross, document currency
    tax DECIMAL(19,6),
    discount DECIMAL(19,6),  -- of the document, beside the lines'
    rounding DECIMAL(19,6),
    paid_to_date DECIMAL(19,6),
    total_local DECIMAL(19,6),
    tax_local DECIMAL(19,6),
    branch BIGINT,
    is_service BOOLEAN,
    is_reserve BOOLEAN,  -- invoices: reserve invoice
    tracking_number VARCHAR,
    tracking_key VARCHAR,
    shipping_type BIGINT,
    authorization_status VARCHAR,
    refund_id VARCHAR,
    payment_id VARCHAR,
    return_reason VARCHAR,
    package_id VARCHAR,
    idempotency_key VARCHAR,
    data_version BIGINT,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_invoice_line (
    doc_entry BIGINT,
    line_num BIGINT,
    item_code VARCHAR,
    quantity DECIMAL(19,6),  -- sales unit
    inventory_quantity DECIMAL(19,6),  -- inventory unit
    open_quantity DECIMAL(19,6),
    warehouse VARCHAR,
    unit_price DECIMAL(19,6),  -- before discount, without tax
    price DECIMAL(19,6),  -- after discount, without tax
    discount_percent DECIMAL(19,6),
    net DECIMAL(19,6),
    tax DECIMAL(19,6),
    gross DECIMAL(19,6),
    tax_code VARCHAR,
    tax_rate DECIMAL(19,6),  -- 0.2 for 20 %
    currency VARCHAR,
    status VARCHAR,  -- open | closed
    base_type BIGINT,  -- -1 none, 13 invoice, 15 delivery, 16 return, 17 order
    base_entry BIGINT,
    base_line BIGINT,
    tree_type VARCHAR,  -- not_a_tree | sales_tree | ingredient | assembly_tree | production_tree | template_tree
    parent_line_num BIGINT,
    without_stock_movement BOOLEAN,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_invoice_expense (
    doc_entry BIGINT,
    line_num BIGINT,
    expense_code BIGINT,
    net DECIMAL(19,6),
    tax DECIMAL(19,6),
    gross DECIMAL(19,6),
    tax_code VARCHAR,
    currency VARCHAR,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_credit_memo (
    doc_entry BIGINT,
    doc_num BIGINT,
    series BIGINT,
    card_code VARCHAR,
    num_at_card VARCHAR,
    reference VARCHAR,  -- the field that carries the channel's order reference (channel.reference.field); NumAtCard unless configured
    status VARCHAR,  -- open | closed
    is_cancelled BOOLEAN,  -- was cancelled
    is_cancellation BOOLEAN,  -- is the document that cancels another
    doc_on DATE,
    due_on DATE,
    tax_on DATE,
    created_on DATE,
    created_at TIMESTAMP,  -- CreationDate and DocTime, company time turned into UTC
    updated_at TIMESTAMP,  -- UpdateDate and UpdateTime, company time turned into UTC
    currency VARCHAR,
    total DECIMAL(19,6),  -- gross, document currency
    tax DECIMAL(19,6),
    discount DECIMAL(19,6),  -- of the document, beside the lines'
    rounding DECIMAL(19,6),
    paid_to_date DECIMAL(19,6),
    total_local DECIMAL(19,6),
    tax_local DECIMAL(19,6),
    branch BIGINT,
    is_service BOOLEAN,
    is_reserve BOOLEAN,  -- invoices: reserve invoice
    tracking_number VARCHAR,
    tracking_key VARCHAR,
    shipping_type BIGINT,
    authorization_status VARCHAR,
    refund_id VARCHAR,
    payment_id VARCHAR,
    return_reason VARCHAR,
    package_id VARCHAR,
    idempotency_key VARCHAR,
    data_version BIGINT,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_credit_memo_line (
    doc_entry BIGINT,
    line_num BIGINT,
    item_code VARCHAR,
    quantity DECIMAL(19,6),  -- sales unit
    inventory_quantity DECIMAL(19,6),  -- inventory unit
    open_quantity DECIMAL(19,6),
    warehouse VARCHAR,
    unit_price DECIMAL(19,6),  -- before discount, without tax
    price DECIMAL(19,6),  -- after discount, without tax
    discount_percent DECIMAL(19,6),
    net DECIMAL(19,6),
    tax DECIMAL(19,6),
    gross DECIMAL(19,6),
    tax_code VARCHAR,
    tax_rate DECIMAL(19,6),  -- 0.2 for 20 %
    currency VARCHAR,
    status VARCHAR,  -- open | closed
    base_type BIGINT,  -- -1 none, 13 invoice, 15 delivery, 16 return, 17 order
    base_entry BIGINT,
    base_line BIGINT,
    tree_type VARCHAR,  -- not_a_tree | sales_tree | ingredient | assembly_tree | production_tree | template_tree
    parent_line_num BIGINT,
    without_stock_movement BOOLEAN,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_credit_memo_expense (
    doc_entry BIGINT,
    line_num BIGINT,
    expense_code BIGINT,
    net DECIMAL(19,6),
    tax DECIMAL(19,6),
    gross DECIMAL(19,6),
    tax_code VARCHAR,
    currency VARCHAR,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_return (
    doc_entry BIGINT,
    doc_num BIGINT,
    series BIGINT,
    card_code VARCHAR,
    num_at_card VARCHAR,
    reference VARCHAR,  -- the field that carries the channel's order reference (channel.reference.field); NumAtCard unless configured
    status VARCHAR,  -- open | closed
    is_cancelled BOOLEAN,  -- was cancelled
    is_cancellation BOOLEAN,  -- is the document that cancels another
    doc_on DATE,
    due_on DATE,
    tax_on DATE,
    created_on DATE,
    created_at TIMESTAMP,  -- CreationDate and DocTime, company time turned into UTC
    updated_at TIMESTAMP,  -- UpdateDate and UpdateTime, company time turned into UTC
    currency VARCHAR,
    total DECIMAL(19,6),  -- gross, document currency
    tax DECIMAL(19,6),
    discount DECIMAL(19,6),  -- of the document, beside the lines'
    rounding DECIMAL(19,6),
    paid_to_date DECIMAL(19,6),
    total_local DECIMAL(19,6),
    tax_local DECIMAL(19,6),
    branch BIGINT,
    is_service BOOLEAN,
    is_reserve BOOLEAN,  -- invoices: reserve invoice
    tracking_number VARCHAR,
    tracking_key VARCHAR,
    shipping_type BIGINT,
    authorization_status VARCHAR,
    refund_id VARCHAR,
    payment_id VARCHAR,
    return_reason VARCHAR,
    package_id VARCHAR,
    idempotency_key VARCHAR,
    data_version BIGINT,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_return_line (
    doc_entry BIGINT,
    line_num BIGINT,
    item_code VARCHAR,
    quantity DECIMAL(19,6),  -- sales unit
    inventory_quantity DECIMAL(19,6),  -- inventory unit
    open_quantity DECIMAL(19,6),
    warehouse VARCHAR,
    unit_price DECIMAL(19,6),  -- before discount, without tax
    price DECIMAL(19,6),  -- after discount, without tax
    discount_percent DECIMAL(19,6),
    net DECIMAL(19,6),
    tax DECIMAL(19,6),
    gross DECIMAL(19,6),
    tax_code VARCHAR,
    tax_rate DECIMAL(19,6),  -- 0.2 for 20 %
    currency VARCHAR,
    status VARCHAR,  -- open | closed
    base_type BIGINT,  -- -1 none, 13 invoice, 15 delivery, 16 return, 17 order
    base_entry BIGINT,
    base_line BIGINT,
    tree_type VARCHAR,  -- not_a_tree | sales_tree | ingredient | assembly_tree | production_tree | template_tree
    parent_line_num BIGINT,
    without_stock_movement BOOLEAN,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_draft (
    doc_entry BIGINT,
    doc_num BIGINT,
    series BIGINT,
    card_code VARCHAR,
    num_at_card VARCHAR,
    reference VARCHAR,  -- the field that carries the channel's order reference (channel.reference.field); NumAtCard unless configured
    status VARCHAR,  -- open | closed
    is_cancelled BOOLEAN,  -- was cancelled
    is_cancellation BOOLEAN,  -- is the document that cancels another
    doc_on DATE,
    due_on DATE,
    tax_on DATE,
    created_on DATE,
    created_at TIMESTAMP,  -- CreationDate and DocTime, company time turned into UTC
    updated_at TIMESTAMP,  -- UpdateDate and UpdateTime, company time turned into UTC
    currency VARCHAR,
    total DECIMAL(19,6),  -- gross, document currency
    tax DECIMAL(19,6),
    discount DECIMAL(19,6),  -- of the document, beside the lines'
    rounding DECIMAL(19,6),
    paid_to_date DECIMAL(19,6),
    total_local DECIMAL(19,6),
    tax_local DECIMAL(19,6),
    branch BIGINT,
    is_service BOOLEAN,
    is_reserve BOOLEAN,  -- invoices: reserve invoice
    tracking_number VARCHAR,
    tracking_key VARCHAR,
    shipping_type BIGINT,
    authorization_status VARCHAR,
    refund_id VARCHAR,
    payment_id VARCHAR,
    return_reason VARCHAR,
    package_id VARCHAR,
    idempotency_key VARCHAR,
    data_version BIGINT,
    object_code VARCHAR,  -- what it will become: 17 order, 13 invoice, 14 credit memo ...
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_draft_line (
    doc_entry BIGINT,
    line_num BIGINT,
    item_code VARCHAR,
    quantity DECIMAL(19,6),  -- sales unit
    inventory_quantity DECIMAL(19,6),  -- inventory unit
    open_quantity DECIMAL(19,6),
    warehouse VARCHAR,
    unit_price DECIMAL(19,6),  -- before discount, without tax
    price DECIMAL(19,6),  -- after discount, without tax
    discount_percent DECIMAL(19,6),
    net DECIMAL(19,6),
    tax DECIMAL(19,6),
    gross DECIMAL(19,6),
    tax_code VARCHAR,
    tax_rate DECIMAL(19,6),  -- 0.2 for 20 %
    currency VARCHAR,
    status VARCHAR,  -- open | closed
    base_type BIGINT,  -- -1 none, 13 invoice, 15 delivery, 16 return, 17 order
    base_entry BIGINT,
    base_line BIGINT,
    tree_type VARCHAR,  -- not_a_tree | sales_tree | ingredient | assembly_tree | production_tree | template_tree
    parent_line_num BIGINT,
    without_stock_movement BOOLEAN,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_item (
    item_code VARCHAR,
    name VARCHAR,
    barcode VARCHAR,
    is_inventory BOOLEAN,
    is_sales BOOLEAN,
    is_valid BOOLEAN,
    is_frozen BOOLEAN,
    manages_batches BOOLEAN,
    manages_serials BOOLEAN,
    tree_type VARCHAR,
    sales_unit VARCHAR,
    items_per_sales_unit DECIMAL(19,6),
    default_warehouse VARCHAR,
    sales_tax_code VARCHAR,
    stock_buffer DECIMAL(19,6),
    updated_at TIMESTAMP,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_item_price (
    item_code VARCHAR,
    price_list BIGINT,
    price DECIMAL(19,6),
    currency VARCHAR,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

-- Inventory units; read in full each time.
CREATE TABLE history.b1_item_warehouse (
    item_code VARCHAR,
    warehouse VARCHAR,
    on_hand DECIMAL(19,6),
    committed DECIMAL(19,6),
    ordered DECIMAL(19,6),
    is_locked BOOLEAN,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_warehouse (
    warehouse VARCHAR,
    name VARCHAR,
    is_inactive BOOLEAN,
    is_drop_ship BOOLEAN,
    is_nettable BOOLEAN,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_bom (
    item_code VARCHAR,
    tree_type VARCHAR,
    quantity DECIMAL(19,6),
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_bom_line (
    item_code VARCHAR,  -- the parent
    child_num BIGINT,
    component_code VARCHAR,
    quantity DECIMAL(19,6),
    warehouse VARCHAR,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_batch_stock (
    item_code VARCHAR,
    batch VARCHAR,
    warehouse VARCHAR,
    quantity DECIMAL(19,6),
    status VARCHAR,  -- released | not_accessible | locked
    expires_on DATE,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_serial_stock (
    item_code VARCHAR,
    serial VARCHAR,
    warehouse VARCHAR,
    quantity DECIMAL(19,6),
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_partner (
    card_code VARCHAR,
    card_type VARCHAR,  -- customer | supplier | lead
    group_code BIGINT,
    currency VARCHAR,
    is_valid BOOLEAN,
    is_frozen BOOLEAN,
    balance DECIMAL(19,6),
    updated_at TIMESTAMP,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_payment (
    doc_entry BIGINT,
    doc_num BIGINT,
    direction VARCHAR,  -- incoming | outgoing
    card_code VARCHAR,
    doc_on DATE,
    currency VARCHAR,
    total DECIMAL(19,6),  -- cash, transfer, cheques and cards together
    transfer_sum DECIMAL(19,6),
    transfer_account VARCHAR,
    transfer_reference VARCHAR,
    reference1 VARCHAR,
    reference2 VARCHAR,
    counter_reference VARCHAR,
    is_cancelled BOOLEAN,
    idempotency_key VARCHAR,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_payment_invoice (
    doc_entry BIGINT,
    direction VARCHAR,
    line_num BIGINT,
    invoice_type VARCHAR,  -- invoice | credit_memo | down_payment | journal | other
    invoice_entry BIGINT,
    applied DECIMAL(19,6),
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_journal (
    trans_id BIGINT,
    number BIGINT,
    reference_on DATE,
    tax_on DATE,
    due_on DATE,
    memo VARCHAR,
    reference VARCHAR,
    reference2 VARCHAR,
    reference3 VARCHAR,
    transaction_code VARCHAR,
    source_type VARCHAR,  -- OriginalJournal as B1 names it
    source_entry BIGINT,
    payout_id VARCHAR,  -- from the field named in [b1.fields]
    idempotency_key VARCHAR,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_journal_line (
    trans_id BIGINT,
    line_id BIGINT,
    account VARCHAR,
    short_name VARCHAR,
    debit DECIMAL(19,6),
    credit DECIMAL(19,6),
    fc_debit DECIMAL(19,6),
    fc_credit DECIMAL(19,6),
    fc_currency VARCHAR,
    reference1 VARCHAR,
    reference2 VARCHAR,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_period (
    period_code VARCHAR,
    name VARCHAR,
    from_on DATE,
    to_on DATE,
    status VARCHAR,  -- open | closing | locked | unknown
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_shipping_type (
    shipping_type BIGINT,
    name VARCHAR,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_tax_code (
    tax_code VARCHAR,
    name VARCHAR,
    category VARCHAR,
    tax_rate DECIMAL(19,6),
    effective_from DATE,
    is_inactive BOOLEAN,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_expense_type (
    expense_code BIGINT,
    name VARCHAR,
    tax_code VARCHAR,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);

CREATE TABLE history.b1_company (
    setting VARCHAR,  -- name of the AdminInfo or CompanyInfo field
    value VARCHAR,
    feed VARCHAR NOT NULL, record_key VARCHAR NOT NULL, known_from TIMESTAMP NOT NULL, known_to TIMESTAMP NOT NULL
);
