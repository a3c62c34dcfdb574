-- Magento's bodies into canonical rows.
--
-- Amounts are in the shop's own (base) currency, what the customer saw stands in presentment_*. Everything is parsed as
-- text and cast once, so that a value that is no number or no time is an error, not a NULL. Instants come in UTC
-- without a zone. Magento leaves out what is not set: an amount that is absent is 0.
--
-- A line: row_total is without tax and before discount, tax_amount is after it. Where the discount was taken off a
-- price with tax, the tax inside the discount stands in discount_tax_compensation. So
--     net = row_total + discount_tax_compensation + weee - discount_amount, gross = net + tax_amount.
-- Discounts are negative on documents and positive on items.
--
-- One sale may be several items: a configurable product (priced) with the variant chosen (0); a bundle with its parts,
-- priced either as a whole or by the parts. The line is where the price is. An item is a line when it has no parent and
-- is not a bundle priced by its parts, or when its parent is such a bundle.

-- table: channel_setting
-- stream: settings
SELECT record_key, $channel AS channel, setting, value
FROM (
    SELECT record_key, unnest([
        {'setting': record_key || '/base_currency_code', 'value': d.base_currency_code},
        {'setting': record_key || '/timezone', 'value': d.timezone},
        {'setting': record_key || '/website_id', 'value': d.website_id},
        {'setting': 'tax/calculation/algorithm', 'value': d."tax/calculation/algorithm"},
        {'setting': 'tax/calculation/price_includes_tax', 'value': d."tax/calculation/price_includes_tax"}
    ], recursive := true)
    FROM (
        SELECT record_key, from_json(body, '{
            "base_currency_code":"VARCHAR","timezone":"VARCHAR","website_id":"VARCHAR",
            "tax/calculation/algorithm":"VARCHAR","tax/calculation/price_includes_tax":"VARCHAR"}') AS d
        FROM incoming
    )
)
WHERE value IS NOT NULL;

-- view: parsed_stocks
-- stream: stocks
SELECT record_key, from_json(body, '{
    "stock_id":"VARCHAR","name":"VARCHAR","websites":["VARCHAR"],
    "sources":[{"source_code":"VARCHAR","enabled":"BOOLEAN"}]}') AS d
FROM incoming;

-- table: channel_location
-- stream: stocks
SELECT
    record_key,
    $channel AS channel,
    d.stock_id AS location,
    d.name AS name,
    -- What no website sells from is not for sale.
    len(d.websites) > 0 AS is_active,
    len(list_filter(d.sources, lambda s: s.enabled)) > 0 AS holds_stock
FROM parsed_stocks;

-- table: channel_setting (which sources make up a stock)
-- stream: stocks
SELECT
    record_key,
    $channel AS channel,
    'stock/' || d.stock_id || '/source/' || s.source_code AS setting,
    CASE WHEN s.enabled THEN '1' ELSE '0' END AS value
FROM parsed_stocks, unnest(d.sources) AS u(s);

-- prepare: parsed_products
-- stream: listings
SELECT record_key, from_json(body, '{
    "currency_code":"VARCHAR",
    "product":{"id":"VARCHAR","sku":"VARCHAR","name":"VARCHAR","price":"VARCHAR","status":"VARCHAR",
        "type_id":"VARCHAR","updated_at":"VARCHAR",
        "extension_attributes":{"website_ids":["VARCHAR"],
            "bundle_product_options":[{"option_id":"VARCHAR","product_links":[{"sku":"VARCHAR","qty":"VARCHAR"}]}]}}}'
    ) AS d
FROM incoming;

-- table: listing
-- stream: listings
SELECT
    record_key,
    $channel AS channel,
    d.product.id AS listing_id,
    d.product.id AS product_id,
    d.product.sku AS sku,
    d.product.name AS title,
    CAST(d.product.price AS DECIMAL(19,6)) AS price,
    d.currency_code AS currency,
    -- Not visible by itself may still be sold: as a variant or a part.
    d.product.status = '1' AND coalesce(len(d.product.extension_attributes.website_ids), 1) > 0 AS is_active,
    d.product.type_id = 'bundle' AS is_bundle,
    CAST(d.product.updated_at AS TIMESTAMP) AS updated_at
FROM parsed_products
-- These are never sold themselves, only what belongs to them.
WHERE d.product.type_id NOT IN ('configurable', 'grouped');

-- table: listing_component
-- stream: listings
SELECT
    record_key,
    $channel AS channel,
    d.product.id AS listing_id,
    o.product_links[1].sku AS component_sku,
    CAST(o.product_links[1].qty AS DECIMAL(19,6)) AS quantity
FROM parsed_products, unnest(d.product.extension_attributes.bundle_product_options) AS u(o)
-- Where the customer chooses among parts, what the bundle consists of is only known from the order.
WHERE d.product.type_id = 'bundle'
  AND len(list_filter(d.product.extension_attributes.bundle_product_options, lambda b: len(b.product_links) <> 1)) = 0;

-- view: parsed_levels
-- stream: stock
SELECT record_key, from_json(body, '{
    "stock_id":"VARCHAR","source_code":"VARCHAR","sku":"VARCHAR","qty":"VARCHAR","is_salable":"BOOLEAN",
    "quantity":"VARCHAR","status":"VARCHAR",
    "sources":[{"quantity":"VARCHAR","status":"VARCHAR","enabled":"BOOLEAN"}]}') AS d
FROM incoming;

-- table: channel_stock
-- stream: stock
SELECT
    record_key,
    $channel AS channel,
    d.stock_id AS location,
    d.sku AS sku,
    -- What the shop refuses to sell is not for sale, however much of it there is.
    CASE WHEN NOT d.is_salable AND CAST(d.qty AS DECIMAL(19,6)) > 0 THEN 0
         ELSE CAST(d.qty AS DECIMAL(19,6)) END AS available,
    coalesce(list_sum(list_transform(list_filter(d.sources, lambda s: s.enabled AND s.status = '1'),
        lambda s: CAST(s.quantity AS DECIMAL(19,6)))), 0) AS on_hand
FROM parsed_levels
WHERE d.stock_id IS NOT NULL;

-- table: channel_source_stock
-- stream: stock
SELECT
    record_key,
    $channel AS channel,
    d.source_code AS source,
    d.sku AS sku,
    CAST(d.quantity AS DECIMAL(19,6)) AS quantity,
    d.status = '1' AS is_in_stock
FROM parsed_levels
WHERE d.source_code IS NOT NULL;

-- prepare: parsed_orders
-- stream: orders
SELECT record_key, from_json(body, '{
    "entity_id":"VARCHAR","increment_id":"VARCHAR","state":"VARCHAR","status":"VARCHAR","created_at":"VARCHAR",
    "updated_at":"VARCHAR","base_currency_code":"VARCHAR","order_currency_code":"VARCHAR","is_virtual":"VARCHAR",
    "original_increment_id":"VARCHAR","shipping_description":"VARCHAR",
    "base_grand_total":"VARCHAR","grand_total":"VARCHAR","base_subtotal":"VARCHAR","base_tax_amount":"VARCHAR",
    "tax_amount":"VARCHAR","base_discount_amount":"VARCHAR","base_shipping_amount":"VARCHAR",
    "base_shipping_tax_amount":"VARCHAR","base_shipping_discount_amount":"VARCHAR",
    "base_shipping_discount_tax_compensation_amnt":"VARCHAR","base_total_paid":"VARCHAR",
    "base_total_refunded":"VARCHAR","base_total_canceled":"VARCHAR","base_tax_canceled":"VARCHAR",
    "billing_address":{"country_id":"VARCHAR"},
    "payment":{"method":"VARCHAR","last_trans_id":"VARCHAR","base_amount_authorized":"VARCHAR"},
    "status_histories":[{"created_at":"VARCHAR","status":"VARCHAR"}],
    "items":[{"item_id":"VARCHAR","parent_item_id":"VARCHAR","sku":"VARCHAR","name":"VARCHAR","product_type":"VARCHAR",
        "is_virtual":"VARCHAR","qty_ordered":"VARCHAR","qty_canceled":"VARCHAR","qty_refunded":"VARCHAR",
        "qty_shipped":"VARCHAR","base_price":"VARCHAR","base_price_incl_tax":"VARCHAR","base_original_price":"VARCHAR",
        "base_row_total":"VARCHAR","base_tax_amount":"VARCHAR","tax_percent":"VARCHAR",
        "base_discount_amount":"VARCHAR","base_discount_tax_compensation_amount":"VARCHAR",
        "base_weee_tax_applied_row_amnt":"VARCHAR"}],
    "extension_attributes":{
        "base_gift_cards_amount":"VARCHAR","base_gift_cards_refunded":"VARCHAR",
        "base_customer_balance_amount":"VARCHAR","base_customer_balance_refunded":"VARCHAR",
        "base_reward_currency_amount":"VARCHAR","gw_base_price":"VARCHAR","gw_items_base_price":"VARCHAR",
        "gw_card_base_price":"VARCHAR","gw_base_tax_amount":"VARCHAR","gw_items_base_tax_amount":"VARCHAR",
        "gw_card_base_tax_amount":"VARCHAR",
        "shipping_assignments":[{"shipping":{"method":"VARCHAR","address":{"country_id":"VARCHAR"}}}],
        "applied_taxes":[{"code":"VARCHAR","title":"VARCHAR","percent":"VARCHAR","base_amount":"VARCHAR"}],
        "item_applied_taxes":[{"type":"VARCHAR","applied_taxes":[{"percent":"VARCHAR"}]}],
        "custom_fees":[{"id":"VARCHAR","custom_fee_code":"VARCHAR","custom_fee_label":"VARCHAR",
            "base_custom_fee_amount":"VARCHAR"}]}}') AS d
FROM incoming;

-- view: order_items
-- stream: orders
SELECT
    record_key, order_id, currency, place, i, parent,
    parent IS NULL AND NOT (i.product_type = 'bundle' AND is_priced_by_parts)
        OR parent.product_type = 'bundle' AND is_priced_by_parts AS is_line,
    CAST(i.qty_ordered AS DECIMAL(19,6)) AS quantity,
    CAST(i.qty_canceled AS DECIMAL(19,6)) AS canceled,
    CAST(i.qty_refunded AS DECIMAL(19,6)) AS refunded,
    -- A bundle that is shipped as a whole is counted on itself, not on its parts.
    greatest(CAST(i.qty_shipped AS DECIMAL(19,6)), coalesce(CAST(round(CAST(parent.qty_shipped AS DOUBLE)
        * CAST(i.qty_ordered AS DOUBLE) / nullif(CAST(parent.qty_ordered AS DOUBLE), 0), 4) AS DECIMAL(19,6)), 0))
        AS shipped,
    coalesce(CAST(i.is_virtual AS DECIMAL(19,6)), 0) = 0 AND i.product_type NOT IN ('virtual', 'downloadable')
        AS is_shippable,
    CAST(i.base_row_total AS DECIMAL(19,6))
        + coalesce(CAST(i.base_discount_tax_compensation_amount AS DECIMAL(19,6)), 0)
        + coalesce(CAST(i.base_weee_tax_applied_row_amnt AS DECIMAL(19,6)), 0)
        - CAST(i.base_discount_amount AS DECIMAL(19,6)) AS net,
    CAST(i.base_tax_amount AS DECIMAL(19,6)) AS tax,
    CAST(i.base_discount_amount AS DECIMAL(19,6)) AS discount,
    -- The price in the catalogue is what was typed there: with tax or without. A special price shows neither.
    CASE WHEN CAST(i.base_price AS DECIMAL(19,6)) = CAST(i.base_price_incl_tax AS DECIMAL(19,6)) THEN NULL
         WHEN CAST(i.base_original_price AS DECIMAL(19,6)) = CAST(i.base_price_incl_tax AS DECIMAL(19,6)) THEN TRUE
         WHEN CAST(i.base_original_price AS DECIMAL(19,6)) = CAST(i.base_price AS DECIMAL(19,6)) THEN FALSE
    END AS is_tax_included
FROM (
    SELECT
        record_key, order_id, currency, place, i,
        list_filter(items, lambda p: p.item_id = i.parent_item_id)[1] AS parent,
        len(list_filter(items, lambda c: c.parent_item_id = coalesce(i.parent_item_id, i.item_id)
            AND (CAST(c.base_price AS DECIMAL(19,6)) <> 0 OR CAST(c.base_row_total AS DECIMAL(19,6)) <> 0))) > 0
            AS is_priced_by_parts
    FROM (
        SELECT
            record_key, d.entity_id AS order_id, d.base_currency_code AS currency, d.items AS items,
            place, d.items[place] AS i
        FROM parsed_orders, unnest(range(1, len(d.items) + 1)) AS u(place)
    )
);

-- prepare: order_lines
-- stream: orders
SELECT * FROM order_items WHERE is_line;

-- view: order_sums
-- stream: orders
SELECT
    record_key,
    sum(net) AS net,
    sum(tax) AS tax,
    CASE WHEN min(is_tax_included) = max(is_tax_included) THEN min(is_tax_included) END AS is_tax_included,
    -- What still has to leave, and what has left.
    sum(CASE WHEN is_shippable THEN greatest(quantity - canceled - refunded - shipped, 0) ELSE 0 END) AS waiting,
    sum(CASE WHEN is_shippable THEN shipped ELSE 0 END) AS shipped,
    sum(CASE WHEN is_shippable THEN quantity ELSE 0 END) AS shippable,
    sum(greatest(quantity - canceled - refunded, 0)) AS kept,
    sum(refunded) AS refunded
FROM order_lines
GROUP BY record_key;

-- view: order_money
-- stream: orders
SELECT
    o.record_key, o.d, s,
    coalesce(CAST(d.extension_attributes.base_gift_cards_amount AS DECIMAL(19,6)), 0)
        + coalesce(CAST(d.extension_attributes.base_customer_balance_amount AS DECIMAL(19,6)), 0)
        + coalesce(CAST(d.extension_attributes.base_reward_currency_amount AS DECIMAL(19,6)), 0) AS credit,
    coalesce(CAST(d.base_total_paid AS DECIMAL(19,6)), 0) AS paid,
    coalesce(CAST(d.base_total_refunded AS DECIMAL(19,6)), 0)
        + coalesce(CAST(d.extension_attributes.base_gift_cards_refunded AS DECIMAL(19,6)), 0)
        + coalesce(CAST(d.extension_attributes.base_customer_balance_refunded AS DECIMAL(19,6)), 0) AS given_back,
    -- Of an order that is cancelled as a whole the total stays; what was called off of a living one is taken off.
    CASE WHEN d.state = 'canceled' THEN 0 ELSE coalesce(CAST(d.base_total_canceled AS DECIMAL(19,6)), 0) END
        AS called_off,
    CASE WHEN d.state = 'canceled' THEN 0 ELSE coalesce(CAST(d.base_tax_canceled AS DECIMAL(19,6)), 0) END
        AS called_off_tax,
    CAST(d.base_shipping_amount AS DECIMAL(19,6)) - coalesce(CAST(d.base_shipping_discount_amount AS DECIMAL(19,6)), 0)
        + coalesce(CAST(d.base_shipping_discount_tax_compensation_amnt AS DECIMAL(19,6)), 0) AS shipping_net,
    coalesce(CAST(d.base_shipping_tax_amount AS DECIMAL(19,6)), 0) AS shipping_tax,
    -- Paid back before anything left: called off, although Magento calls an order that was invoiced 'closed'.
    d.state = 'canceled' OR d.state = 'closed' AND s.shippable > 0 AND s.shipped = 0 AND s.kept = 0 AND s.refunded > 0
        AS is_cancelled
FROM parsed_orders AS o LEFT JOIN order_sums AS s ON s.record_key = o.record_key;

-- table: sales_order
-- stream: orders
SELECT
    record_key,
    $channel AS channel,
    d.entity_id AS order_id,
    d.increment_id AS order_ref,
    -- An edited order is a new one that goes by the number of the first with a suffix.
    nullif(d.original_increment_id, d.increment_id) AS alternate_ref,
    CAST(d.created_at AS TIMESTAMP) AS placed_at,
    CAST(d.updated_at AS TIMESTAMP) AS updated_at,
    CASE WHEN is_cancelled THEN 'cancelled'
         WHEN d.state IN ('pending_payment', 'payment_review') THEN 'pending'
         WHEN d.state IN ('new', 'processing', 'holded') THEN 'open'
         WHEN d.state IN ('complete', 'closed') THEN 'closed'
         ELSE 'unknown' END AS status,
    concat_ws('/', d.state, d.status) AS source_status,
    CASE WHEN d.state IN ('pending_payment', 'payment_review') THEN FALSE
         WHEN d.state IN ('new', 'processing', 'holded', 'complete', 'closed', 'canceled') THEN TRUE END
        AS is_confirmed,
    nullif(d.original_increment_id, d.increment_id) IS NOT NULL AS is_edited,
    CASE WHEN d.state = 'canceled' AND paid = 0 THEN 'voided'
         WHEN given_back > 0 AND given_back >= paid + credit THEN 'refunded'
         WHEN given_back > 0 THEN 'partially_refunded'
         WHEN paid + credit >= total THEN 'paid'
         WHEN paid > 0 THEN 'partially_paid'
         WHEN coalesce(CAST(d.payment.base_amount_authorized AS DECIMAL(19,6)), 0) > 0 THEN 'authorized'
         ELSE 'pending' END AS payment_status,
    CASE WHEN d.state = 'holded' THEN 'on_hold'
         WHEN s.shippable = 0 THEN 'not_needed'
         WHEN s.waiting = 0 AND s.shipped = 0 THEN 'not_needed'
         WHEN s.waiting = 0 THEN 'shipped'
         WHEN s.shipped > 0 THEN 'partial'
         WHEN s.waiting > 0 THEN 'unshipped'
         ELSE 'unknown' END AS fulfilment_status,
    -- The order's own note of it; where it made none, it was at the latest when it was last changed.
    CASE WHEN is_cancelled THEN coalesce(
        list_min(list_transform(list_filter(d.status_histories, lambda h: h.status = d.status),
            lambda h: CAST(h.created_at AS TIMESTAMP))),
        CAST(d.updated_at AS TIMESTAMP)) END AS cancelled_at,
    coalesce(d.extension_attributes.shipping_assignments[1].shipping.address.country_id, d.billing_address.country_id)
        AS country,
    d.base_currency_code AS currency,
    total,
    CASE WHEN s.is_tax_included THEN s.net + s.tax ELSE s.net END AS subtotal,
    CAST(d.base_tax_amount AS DECIMAL(19,6)) - called_off_tax AS tax,
    CASE WHEN s.is_tax_included THEN shipping_net + shipping_tax ELSE shipping_net END AS shipping,
    0 - CAST(d.base_discount_amount AS DECIMAL(19,6)) AS discount,
    s.is_tax_included AS is_tax_included,
    'seller' AS tax_collected_by,
    d.order_currency_code AS presentment_currency,
    CAST(d.grand_total AS DECIMAL(19,6)) AS presentment_total,
    CAST(d.tax_amount AS DECIMAL(19,6)) AS presentment_tax,
    CASE WHEN d.state = 'canceled' THEN paid ELSE paid + credit END AS received,
    given_back AS refunded
FROM (SELECT *, CAST(d.base_grand_total AS DECIMAL(19,6)) + credit - called_off AS total FROM order_money);

-- table: sales_order_line
-- stream: orders
SELECT
    record_key,
    $channel AS channel,
    order_id,
    i.item_id AS line_id,
    nullif(trim(i.sku), '') AS sku,
    i.name AS title,
    CASE WHEN i.product_type = 'giftcard' THEN 'gift_card' ELSE 'product' END AS kind,
    quantity,
    quantity - canceled - refunded AS current_quantity,
    CASE WHEN is_tax_included THEN CAST(i.base_price_incl_tax AS DECIMAL(19,6))
         ELSE CAST(i.base_price AS DECIMAL(19,6)) END AS unit_price,
    discount,
    net,
    tax,
    net + tax AS gross,
    CAST(CASE WHEN i.tax_percent IS NULL AND tax = 0 THEN 0 ELSE CAST(i.tax_percent AS DECIMAL(19,6)) * 0.01 END
        AS DECIMAL(19,6)) AS tax_rate,
    is_shippable,
    parent.item_id AS bundle_id,
    nullif(trim(parent.sku), '') AS bundle_sku,
    CAST(parent.qty_ordered AS DECIMAL(19,6)) AS bundle_quantity,
    currency
FROM order_lines;

-- table: sales_order_shipping
-- stream: orders
SELECT
    record_key, $channel AS channel, d.entity_id AS order_id, charge.shipping_id AS shipping_id,
    charge.title AS title, charge.kind AS kind, charge.net AS net, charge.tax AS tax, charge.net + charge.tax AS gross,
    charge.tax_rate AS tax_rate, FALSE AS is_removed, d.base_currency_code AS currency
FROM (
    SELECT record_key, d, unnest(list_concat([
        {'shipping_id': 'shipping', 'title': d.shipping_description, 'kind': 'shipping',
         'net': CAST(shipping_net AS DECIMAL(19,6)), 'tax': CAST(shipping_tax AS DECIMAL(19,6)),
         'tax_rate': CAST(CASE WHEN shipping_tax = 0 THEN 0 ELSE list_sum(list_transform(
             list_filter(d.extension_attributes.item_applied_taxes, lambda t: t.type = 'shipping')[1].applied_taxes,
             lambda t: CAST(t.percent AS DECIMAL(19,6)))) * 0.01 END AS DECIMAL(19,6))},
        {'shipping_id': 'wrapping', 'title': 'Gift wrapping', 'kind': 'wrapping',
         'net': CAST(coalesce(CAST(d.extension_attributes.gw_base_price AS DECIMAL(19,6)), 0)
             + coalesce(CAST(d.extension_attributes.gw_items_base_price AS DECIMAL(19,6)), 0)
             + coalesce(CAST(d.extension_attributes.gw_card_base_price AS DECIMAL(19,6)), 0) AS DECIMAL(19,6)),
         'tax': CAST(coalesce(CAST(d.extension_attributes.gw_base_tax_amount AS DECIMAL(19,6)), 0)
             + coalesce(CAST(d.extension_attributes.gw_items_base_tax_amount AS DECIMAL(19,6)), 0)
             + coalesce(CAST(d.extension_attributes.gw_card_base_tax_amount AS DECIMAL(19,6)), 0) AS DECIMAL(19,6)),
         'tax_rate': CAST(NULL AS DECIMAL(19,6))}],
        -- Whether a fee of an extension holds tax is not told.
        coalesce(list_transform(d.extension_attributes.custom_fees, lambda f: {
            'shipping_id': 'fee/' || coalesce(f.id, f.custom_fee_code), 'title': f.custom_fee_label, 'kind': 'fee',
            'net': CAST(f.base_custom_fee_amount AS DECIMAL(19,6)), 'tax': CAST(0 AS DECIMAL(19,6)),
            'tax_rate': CAST(NULL AS DECIMAL(19,6))}), []))) AS charge
    FROM order_money
)
WHERE charge.net <> 0 OR charge.tax <> 0;

-- table: sales_order_tax
-- stream: orders
SELECT
    record_key,
    $channel AS channel,
    d.entity_id AS order_id,
    tax_no,
    coalesce(d.extension_attributes.applied_taxes[tax_no].title, d.extension_attributes.applied_taxes[tax_no].code)
        AS title,
    CAST(CAST(d.extension_attributes.applied_taxes[tax_no].percent AS DECIMAL(19,6)) * 0.01 AS DECIMAL(19,6))
        AS tax_rate,
    CAST(d.extension_attributes.applied_taxes[tax_no].base_amount AS DECIMAL(19,6)) AS tax,
    FALSE AS is_channel_liable,
    d.base_currency_code AS currency
FROM parsed_orders, unnest(range(1, len(d.extension_attributes.applied_taxes) + 1)) AS u(tax_no);

-- table: sales_payment (what was paid without money, and what was only authorized; captures come with invoices)
-- stream: orders
SELECT
    record_key, $channel AS channel, d.entity_id AS order_id, payment.transaction_id AS transaction_id,
    payment.kind AS kind, 'success' AS status, payment.gateway AS gateway, payment.amount AS amount,
    d.base_currency_code AS currency, CAST(d.created_at AS TIMESTAMP) AS processed_at
FROM (
    SELECT record_key, d, unnest([
        {'transaction_id': 'gift_card/' || d.entity_id, 'kind': 'sale', 'gateway': 'gift_card',
         'amount': CAST(d.extension_attributes.base_gift_cards_amount AS DECIMAL(19,6))},
        {'transaction_id': 'store_credit/' || d.entity_id, 'kind': 'sale', 'gateway': 'store_credit',
         'amount': CAST(d.extension_attributes.base_customer_balance_amount AS DECIMAL(19,6))},
        {'transaction_id': 'reward_points/' || d.entity_id, 'kind': 'sale', 'gateway': 'reward_points',
         'amount': CAST(d.extension_attributes.base_reward_currency_amount AS DECIMAL(19,6))},
        {'transaction_id': d.payment.last_trans_id, 'kind': 'authorization', 'gateway': d.payment.method,
         'amount': CASE WHEN coalesce(CAST(d.base_total_paid AS DECIMAL(19,6)), 0) = 0
                        THEN CAST(d.payment.base_amount_authorized AS DECIMAL(19,6)) END}]) AS payment
    FROM parsed_orders
)
WHERE payment.amount <> 0;

-- table: sales_payment (an invoice is where Magento keeps that money was taken)
-- stream: invoices
SELECT
    record_key,
    $channel AS channel,
    d.document.order_id AS order_id,
    coalesce(d.document.transaction_id, 'invoice/' || d.document.entity_id) AS transaction_id,
    'capture' AS kind,
    CASE d.document.state WHEN '1' THEN 'pending' WHEN '2' THEN 'success' WHEN '3' THEN 'failed' ELSE 'unknown' END
        AS status,
    d."order".payment.method AS gateway,
    d.document.transaction_id AS payment_id,
    CAST(d.document.base_grand_total AS DECIMAL(19,6)) AS amount,
    d.document.base_currency_code AS currency,
    CAST(d.document.created_at AS TIMESTAMP) AS processed_at
FROM (
    SELECT record_key, from_json(body, '{
        "order":{"payment":{"method":"VARCHAR"}},
        "document":{"entity_id":"VARCHAR","order_id":"VARCHAR","state":"VARCHAR","created_at":"VARCHAR",
            "base_currency_code":"VARCHAR","base_grand_total":"VARCHAR","transaction_id":"VARCHAR"}}') AS d
    FROM incoming
)
WHERE CAST(d.document.base_grand_total AS DECIMAL(19,6)) <> 0;

-- prepare: parsed_memos
-- stream: refunds
SELECT record_key, from_json(body, '{
    "order":{"payment":{"method":"VARCHAR"},
        "items":[{"item_id":"VARCHAR","parent_item_id":"VARCHAR","sku":"VARCHAR","product_type":"VARCHAR",
            "base_price":"VARCHAR","base_row_total":"VARCHAR"}]},
    "document":{"entity_id":"VARCHAR","increment_id":"VARCHAR","order_id":"VARCHAR","state":"VARCHAR",
        "created_at":"VARCHAR","updated_at":"VARCHAR","invoice_id":"VARCHAR","transaction_id":"VARCHAR",
        "base_currency_code":"VARCHAR","base_grand_total":"VARCHAR","base_tax_amount":"VARCHAR",
        "base_shipping_amount":"VARCHAR","base_discount_amount":"VARCHAR","base_adjustment":"VARCHAR",
        "base_adjustment_positive":"VARCHAR","base_adjustment_negative":"VARCHAR",
        "base_shipping_discount_tax_compensation_amnt":"VARCHAR",
        "extension_attributes":{"base_gift_cards_amount":"VARCHAR","base_customer_balance_amount":"VARCHAR",
            "gw_base_price":"VARCHAR","gw_items_base_price":"VARCHAR","gw_card_base_price":"VARCHAR"},
        "items":[{"entity_id":"VARCHAR","order_item_id":"VARCHAR","qty":"VARCHAR","sku":"VARCHAR",
            "base_row_total":"VARCHAR","base_tax_amount":"VARCHAR","base_discount_amount":"VARCHAR",
            "base_discount_tax_compensation_amount":"VARCHAR","base_weee_tax_applied_row_amnt":"VARCHAR"}]}}') AS d
FROM incoming;

-- prepare: memo_lines
-- stream: refunds
SELECT * FROM (
    SELECT
        record_key, memo, i, item,
        coalesce(parent IS NULL AND NOT (item.product_type = 'bundle' AND is_priced_by_parts)
            OR parent.product_type = 'bundle' AND is_priced_by_parts, TRUE) AS is_line,
        CAST(i.qty AS DECIMAL(19,6)) AS quantity,
        coalesce(CAST(i.base_discount_amount AS DECIMAL(19,6)), 0) AS discount,
        coalesce(CAST(i.base_row_total AS DECIMAL(19,6)), 0)
            + coalesce(CAST(i.base_discount_tax_compensation_amount AS DECIMAL(19,6)), 0)
            + coalesce(CAST(i.base_weee_tax_applied_row_amnt AS DECIMAL(19,6)), 0)
            - coalesce(CAST(i.base_discount_amount AS DECIMAL(19,6)), 0) AS net,
        coalesce(CAST(i.base_tax_amount AS DECIMAL(19,6)), 0) AS tax
    FROM (
        SELECT
            record_key, memo, i, item,
            list_filter(items, lambda p: p.item_id = item.parent_item_id)[1] AS parent,
            len(list_filter(items, lambda c: c.parent_item_id = coalesce(item.parent_item_id, item.item_id)
                AND (CAST(c.base_price AS DECIMAL(19,6)) <> 0 OR CAST(c.base_row_total AS DECIMAL(19,6)) <> 0))) > 0
                AS is_priced_by_parts
        FROM (
            SELECT record_key, d.document AS memo, d."order".items AS items, i,
                   list_filter(d."order".items, lambda o: o.item_id = i.order_item_id)[1] AS item
            FROM parsed_memos, unnest(d.document.items) AS u(i)
        )
    )
) WHERE is_line AND (quantity <> 0 OR net <> 0 OR tax <> 0);

-- view: memo_money
-- stream: refunds
SELECT
    p.record_key, d.document AS memo, d."order".payment.method AS method,
    coalesce(s.net, 0) AS item,
    coalesce(CAST(d.document.extension_attributes.base_gift_cards_amount AS DECIMAL(19,6)), 0) AS to_gift_card,
    coalesce(CAST(d.document.extension_attributes.base_customer_balance_amount AS DECIMAL(19,6)), 0) AS to_store_credit,
    CAST(d.document.base_grand_total AS DECIMAL(19,6)) AS money,
    -- What the document takes off beyond its lines is the discount on shipping.
    CAST(d.document.base_shipping_amount AS DECIMAL(19,6))
        + coalesce(CAST(d.document.base_discount_amount AS DECIMAL(19,6)), 0 - coalesce(s.discount, 0))
        + coalesce(s.discount, 0)
        + coalesce(CAST(d.document.base_shipping_discount_tax_compensation_amnt AS DECIMAL(19,6)), 0) AS shipping,
    coalesce(CAST(d.document.base_adjustment AS DECIMAL(19,6)),
             coalesce(CAST(d.document.base_adjustment_positive AS DECIMAL(19,6)), 0)
             - coalesce(CAST(d.document.base_adjustment_negative AS DECIMAL(19,6)), 0))
        + coalesce(CAST(d.document.extension_attributes.gw_base_price AS DECIMAL(19,6)), 0)
        + coalesce(CAST(d.document.extension_attributes.gw_items_base_price AS DECIMAL(19,6)), 0)
        + coalesce(CAST(d.document.extension_attributes.gw_card_base_price AS DECIMAL(19,6)), 0) AS adjustment
FROM parsed_memos AS p
LEFT JOIN (SELECT record_key, sum(net) AS net, sum(discount) AS discount FROM memo_lines GROUP BY record_key) AS s
  ON s.record_key = p.record_key;

-- table: refund
-- stream: refunds
SELECT
    record_key,
    $channel AS channel,
    memo.order_id AS order_id,
    memo.entity_id AS refund_id,
    CAST(memo.created_at AS TIMESTAMP) AS created_at,
    CAST(memo.created_at AS TIMESTAMP) AS processed_at,
    CAST(memo.updated_at AS TIMESTAMP) AS updated_at,
    memo.base_currency_code AS currency,
    CASE WHEN memo.state = '3' THEN 0 ELSE money + to_gift_card + to_store_credit END AS total,
    item,
    shipping,
    CAST(memo.base_tax_amount AS DECIMAL(19,6)) AS tax,
    adjustment,
    memo.transaction_id AS transaction_id,
    -- Without a transaction Magento has moved no money itself: it was given back by other means.
    CASE WHEN money = 0 AND to_gift_card > 0 THEN 'gift_card'
         WHEN money = 0 AND to_store_credit > 0 THEN 'store_credit'
         WHEN memo.transaction_id IS NULL THEN 'offline'
         ELSE method END AS gateway,
    -- A word that is not known is no proof that money has moved: it counts as on its way.
    CASE memo.state WHEN '2' THEN 'success' WHEN '3' THEN 'failed' ELSE 'pending' END AS transaction_status
FROM memo_money;

-- table: refund_line
-- stream: refunds
SELECT
    record_key,
    $channel AS channel,
    memo.order_id AS order_id,
    memo.entity_id AS refund_id,
    i.entity_id AS refund_line_id,
    i.order_item_id AS line_id,
    nullif(trim(coalesce(item.sku, i.sku)), '') AS sku,
    quantity,
    net,
    tax,
    memo.base_currency_code AS currency
FROM memo_lines;

-- table: sales_payment
-- stream: refunds
SELECT
    record_key, $channel AS channel, memo.order_id AS order_id, payment.transaction_id AS transaction_id,
    'refund' AS kind,
    CASE memo.state WHEN '1' THEN 'pending' WHEN '2' THEN 'success' WHEN '3' THEN 'failed' ELSE 'unknown' END AS status,
    payment.gateway AS gateway, payment.payment_id AS payment_id, payment.amount AS amount,
    memo.base_currency_code AS currency, CAST(memo.created_at AS TIMESTAMP) AS processed_at
FROM (
    SELECT record_key, memo, unnest([
        {'transaction_id': coalesce(memo.transaction_id, 'creditmemo/' || memo.entity_id),
         'gateway': CASE WHEN memo.transaction_id IS NULL THEN 'offline' ELSE method END,
         'payment_id': memo.transaction_id, 'amount': money},
        {'transaction_id': 'gift_card/creditmemo/' || memo.entity_id, 'gateway': 'gift_card',
         'payment_id': CAST(NULL AS VARCHAR), 'amount': to_gift_card},
        {'transaction_id': 'store_credit/creditmemo/' || memo.entity_id, 'gateway': 'store_credit',
         'payment_id': CAST(NULL AS VARCHAR), 'amount': to_store_credit}]) AS payment
    FROM memo_money
)
WHERE payment.amount <> 0;

-- prepare: parsed_shipments
-- stream: shipments
SELECT record_key, from_json(body, '{
    "order":{"items":[{"item_id":"VARCHAR","parent_item_id":"VARCHAR","sku":"VARCHAR","product_type":"VARCHAR",
        "qty_ordered":"VARCHAR","base_price":"VARCHAR","base_row_total":"VARCHAR"}]},
    "document":{"entity_id":"VARCHAR","order_id":"VARCHAR","created_at":"VARCHAR","updated_at":"VARCHAR",
        "shipment_status":"VARCHAR","extension_attributes":{"source_code":"VARCHAR"},
        "items":[{"order_item_id":"VARCHAR","qty":"VARCHAR"}],
        "tracks":[{"entity_id":"VARCHAR","track_number":"VARCHAR","carrier_code":"VARCHAR","title":"VARCHAR"}]}}') AS d
FROM incoming;

-- table: shipment
-- stream: shipments
SELECT
    record_key,
    $channel AS channel,
    order_id,
    shipment_id,
    coalesce(t.entity_id, '1') AS package_id,
    -- A carrier that Magento has no module for goes by its title.
    nullif(trim(CASE WHEN coalesce(t.carrier_code, 'custom') IN ('custom', '') THEN t.title
                     ELSE t.carrier_code END), '') AS carrier,
    nullif(trim(t.track_number), '') AS tracking_number,
    nullif(regexp_replace(upper(t.track_number), '[^A-Z0-9]', '', 'g'), '') AS tracking_key,
    'shipped' AS status,
    d.shipment_status AS source_status,
    CAST(d.created_at AS TIMESTAMP) AS shipped_at,
    CAST(d.updated_at AS TIMESTAMP) AS updated_at
FROM (
    SELECT record_key, d.document.order_id AS order_id, d.document.entity_id AS shipment_id, d.document AS d,
           d.document.tracks[package] AS t
    -- One row without a number for a shipment that has none.
    FROM parsed_shipments, unnest(range(1, greatest(len(d.document.tracks), 1) + 1)) AS p(package)
);

-- table: shipment_line
-- stream: shipments
SELECT record_key, $channel AS channel, order_id, shipment_id, i.item_id AS line_id, nullif(trim(i.sku), '') AS sku,
       quantity
FROM (
    SELECT
        record_key, order_id, shipment_id, i,
        -- Magento may name the line, the variant or the parts, or the bundle that was shipped as a whole.
        CAST(coalesce(
            list_filter(sent, lambda s: s.order_item_id = i.item_id)[1].qty,
            CASE WHEN i.product_type = 'configurable'
                 THEN list_filter(sent, lambda s: list_contains(inside, s.order_item_id))[1].qty END,
            CASE WHEN parent IS NOT NULL THEN CAST(round(
                CAST(list_filter(sent, lambda s: s.order_item_id = parent.item_id)[1].qty AS DOUBLE)
                * CAST(i.qty_ordered AS DOUBLE) / nullif(CAST(parent.qty_ordered AS DOUBLE), 0), 4) AS VARCHAR) END)
            AS DECIMAL(19,6)) AS quantity
    FROM (
        SELECT
            record_key, order_id, shipment_id, sent, i,
            list_filter(items, lambda p: p.item_id = i.parent_item_id)[1] AS parent,
            list_transform(list_filter(items, lambda c: c.parent_item_id = i.item_id), lambda c: c.item_id) AS inside,
            len(list_filter(items, lambda c: c.parent_item_id = coalesce(i.parent_item_id, i.item_id)
                AND (CAST(c.base_price AS DECIMAL(19,6)) <> 0 OR CAST(c.base_row_total AS DECIMAL(19,6)) <> 0))) > 0
                AS is_priced_by_parts
        FROM (
            SELECT record_key, d.document.order_id AS order_id, d.document.entity_id AS shipment_id,
                   d.document.items AS sent, d."order".items AS items, i
            FROM parsed_shipments, unnest(d."order".items) AS u(i)
        )
    )
    WHERE parent IS NULL AND NOT (i.product_type = 'bundle' AND is_priced_by_parts)
       OR parent.product_type = 'bundle' AND is_priced_by_parts
)
WHERE quantity > 0;
