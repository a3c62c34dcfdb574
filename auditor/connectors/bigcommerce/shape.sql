-- BigCommerce's bodies into canonical rows.
--
-- Ids are the API's numbers as text. Amounts come as text or as numbers and are cast once, so that a value that is no
-- number or no time is an error, not a NULL. V2 writes times by RFC 2822, V3 by ISO 8601; both are turned into UTC.
-- is_tax_inclusive_pricing says which side of an order is exact: with it the *_inc_tax amounts are, without it the
-- *_ex_tax ones; the other side is worked out here from the exact one and the tax.
-- An order's own refund fields (refunded_amount, refund_amount) are always 0 and are not read.
-- Quotients are taken of whole ten-thousandths and rounded half up: (2 x a x b + c) // (2 x c).

-- table: channel_setting
-- stream: settings
SELECT record_key, $channel AS channel, s.name AS setting, s.value AS value
FROM (
    SELECT record_key, from_json(body, '{
        "store":{"status":"VARCHAR","plan_level":"VARCHAR","currency":"VARCHAR","decimal_places":"VARCHAR",
            "country_code":"VARCHAR","is_price_entered_with_tax":"VARCHAR","timezone":{"name":"VARCHAR"}},
        "tax":{"tax_entered_with_prices":"VARCHAR","fallback_strategy":"VARCHAR","rounding_strategy":"VARCHAR",
            "should_subtract_store_tax":"VARCHAR","document_submission_strategy":"VARCHAR"},
        "currencies":[{"currency_code":"VARCHAR","is_default":"VARCHAR","is_transactional":"VARCHAR",
            "decimal_places":"VARCHAR","currency_exchange_rate":"VARCHAR","enabled":"VARCHAR"}],
        "order_statuses":[{"id":"VARCHAR","name":"VARCHAR","custom_label":"VARCHAR"}]}') AS d
    FROM incoming
), unnest(list_concat(
    [{'name': 'store.status', 'value': d.store.status},
     {'name': 'store.plan_level', 'value': d.store.plan_level},
     {'name': 'store.currency', 'value': d.store.currency},
     {'name': 'store.decimal_places', 'value': d.store.decimal_places},
     {'name': 'store.country', 'value': d.store.country_code},
     {'name': 'store.timezone', 'value': d.store.timezone.name},
     {'name': 'store.is_price_entered_with_tax', 'value': d.store.is_price_entered_with_tax},
     {'name': 'tax.entered_with_prices', 'value': d.tax.tax_entered_with_prices},
     {'name': 'tax.rounding_strategy', 'value': d.tax.rounding_strategy},
     {'name': 'tax.fallback_strategy', 'value': d.tax.fallback_strategy},
     {'name': 'tax.should_subtract_store_tax', 'value': d.tax.should_subtract_store_tax},
     {'name': 'tax.document_submission_strategy', 'value': d.tax.document_submission_strategy}],
    coalesce(list_transform(d.currencies, lambda c: {'name': 'currency.' || c.currency_code,
        'value': concat_ws(' ', CASE WHEN c.is_default = 'true' THEN 'default' END,
            CASE WHEN c.is_transactional = 'true' THEN 'transactional' ELSE 'display' END,
            CASE WHEN c.enabled = 'false' THEN 'disabled' END, c.decimal_places || ' decimals',
            'rate ' || c.currency_exchange_rate)}), []),
    coalesce(list_transform(d.order_statuses, lambda o: {'name': 'order_status.' || o.id,
        'value': coalesce(nullif(o.custom_label, ''), o.name)}), [])
)) AS u(s)
WHERE s.value IS NOT NULL;

-- table: channel_location
-- stream: locations
SELECT
    record_key,
    $channel AS channel,
    d.id AS location,
    d.label AS name,
    d.enabled AS is_active
FROM (SELECT record_key, from_json(body, '{"id":"VARCHAR","label":"VARCHAR","enabled":"BOOLEAN"}') AS d FROM incoming);

-- table: listing
-- stream: listings
SELECT
    record_key,
    $channel AS channel,
    d.variant.id AS listing_id,
    d.variant.product_id AS product_id,
    nullif(trim(coalesce(nullif(d.variant.sku, ''), d.product.sku)), '') AS sku,
    concat_ws(' / ', d.product.name, nullif(list_aggregate(list_transform(d.variant.option_values,
        lambda o: o.label), 'string_agg', ', '), '')) AS title,
    coalesce(nullif(trim(d.variant.gtin), ''), nullif(trim(d.variant.upc), ''),
        nullif(trim(d.product.gtin), ''), nullif(trim(d.product.upc), '')) AS barcode,
    CAST(coalesce(d.variant.price, d.product.price) AS DECIMAL(19,6)) AS price,
    d.currency AS currency,
    d.product.is_visible AND d.product.availability IN ('available', 'preorder')
        AND NOT d.variant.purchasing_disabled AS is_active,
    d.product.inventory_tracking <> 'none' AS is_tracked,
    -- What is counted is not sold below zero; what is not counted is always sold.
    d.product.inventory_tracking = 'none' AS oversell_allowed,
    d.variant.id AS inventory_item_id,
    CASE WHEN d.product.inventory_tracking = 'product' THEN CAST(d.product.inventory_level AS DECIMAL(19,6))
         WHEN d.product.inventory_tracking = 'variant' THEN CAST(d.variant.inventory_level AS DECIMAL(19,6))
    END AS available,
    CAST(d.product.date_modified AS TIMESTAMP) AS updated_at
FROM (
    SELECT record_key, from_json(body, '{
        "currency":"VARCHAR",
        "variant":{"id":"VARCHAR","product_id":"VARCHAR","sku":"VARCHAR","gtin":"VARCHAR","upc":"VARCHAR",
            "price":"VARCHAR","purchasing_disabled":"BOOLEAN","inventory_level":"VARCHAR",
            "option_values":[{"label":"VARCHAR"}]},
        "product":{"name":"VARCHAR","sku":"VARCHAR","gtin":"VARCHAR","upc":"VARCHAR","price":"VARCHAR",
            "is_visible":"BOOLEAN","availability":"VARCHAR","inventory_tracking":"VARCHAR",
            "inventory_level":"VARCHAR","date_modified":"VARCHAR"}}') AS d
    FROM incoming
);

-- table: channel_stock
-- stream: stock
SELECT
    record_key,
    $channel AS channel,
    d.location_id AS location,
    nullif(trim(d.identity.sku), '') AS sku,
    d.identity.variant_id AS inventory_item_id,
    CAST(d.available_to_sell AS DECIMAL(19,6)) AS available,
    CAST(d.total_inventory_onhand AS DECIMAL(19,6)) AS on_hand,
    -- Without tracking the figures mean nothing.
    d.inventory_tracking <> 'none' AS is_tracked,
    d.location_enabled AS is_active
FROM (
    SELECT record_key, from_json(body, '{
        "location_id":"VARCHAR","available_to_sell":"VARCHAR","total_inventory_onhand":"VARCHAR",
        "location_enabled":"BOOLEAN","inventory_tracking":"VARCHAR",
        "identity":{"sku":"VARCHAR","variant_id":"VARCHAR"}}') AS d
    FROM incoming
);

-- prepare: parsed_orders
-- stream: orders
SELECT record_key, from_json(body, '{
    "id":"VARCHAR","status_id":"VARCHAR","status":"VARCHAR","payment_status":"VARCHAR","payment_method":"VARCHAR",
    "date_created":"VARCHAR","date_modified":"VARCHAR","order_source":"VARCHAR","order_is_digital":"BOOLEAN",
    "external_order_id":"VARCHAR","external_id":"VARCHAR","is_tax_inclusive_pricing":"BOOLEAN",
    "currency_code":"VARCHAR","default_currency_code":"VARCHAR",
    "total_inc_tax":"VARCHAR","total_tax":"VARCHAR","discount_amount":"VARCHAR","coupon_discount":"VARCHAR",
    "shipping_cost_ex_tax":"VARCHAR","shipping_cost_inc_tax":"VARCHAR","shipping_cost_tax":"VARCHAR",
    "handling_cost_ex_tax":"VARCHAR","handling_cost_inc_tax":"VARCHAR","handling_cost_tax":"VARCHAR",
    "wrapping_cost_ex_tax":"VARCHAR","wrapping_cost_inc_tax":"VARCHAR","wrapping_cost_tax":"VARCHAR",
    "billing_address":{"country_iso2":"VARCHAR"},
    "delivery":[{"kind":"VARCHAR","country_iso2":"VARCHAR","shipping_method":"VARCHAR",
        "pickup_method_display_name":"VARCHAR","location":{"country_alpha2":"VARCHAR"}}],
    "lines":[{"id":"VARCHAR","sku":"VARCHAR","name":"VARCHAR","type":"VARCHAR","quantity":"VARCHAR",
        "quantity_shipped":"VARCHAR","quantity_refunded":"VARCHAR","price_ex_tax":"VARCHAR","price_inc_tax":"VARCHAR",
        "total_ex_tax":"VARCHAR","total_inc_tax":"VARCHAR","discounted_total_inc_tax":"VARCHAR",
        "parent_order_product_id":"VARCHAR","applied_discounts":[{"amount":"VARCHAR"}]}],
    "taxes":[{"name":"VARCHAR","rate":"VARCHAR","line_amount":"VARCHAR","line_item_type":"VARCHAR",
        "order_product_id":"VARCHAR"}],
    "fees":[{"id":"VARCHAR","display_name_customer":"VARCHAR","type":"VARCHAR","cost_ex_tax":"VARCHAR",
        "cost_exc_tax":"VARCHAR","cost_inc_tax":"VARCHAR","cost_tax":"VARCHAR"}]}') AS d
FROM incoming;

-- prepare: parsed_refunds
-- stream: refunds
SELECT record_key, from_json(body, '{
    "id":"VARCHAR","order_id":"VARCHAR","created":"VARCHAR","reason":"VARCHAR",
    "total_amount":"VARCHAR","total_tax":"VARCHAR",
    "items":[{"item_type":"VARCHAR","item_id":"VARCHAR","quantity":"VARCHAR","requested_amount":"VARCHAR"}],
    "payments":[{"provider_id":"VARCHAR","amount":"VARCHAR","offline":"BOOLEAN","is_declined":"BOOLEAN",
        "transaction_id":"VARCHAR"}],
    "order":{"id":"VARCHAR","default_currency_code":"VARCHAR","is_tax_inclusive_pricing":"BOOLEAN",
        "shipping_cost_inc_tax":"VARCHAR","shipping_cost_tax":"VARCHAR",
        "handling_cost_inc_tax":"VARCHAR","handling_cost_tax":"VARCHAR",
        "wrapping_cost_inc_tax":"VARCHAR","wrapping_cost_tax":"VARCHAR",
        "lines":[{"id":"VARCHAR","sku":"VARCHAR","quantity":"VARCHAR","total_ex_tax":"VARCHAR",
            "total_inc_tax":"VARCHAR","discounted_total_inc_tax":"VARCHAR",
            "applied_discounts":[{"amount":"VARCHAR"}]}],
        "taxes":[{"name":"VARCHAR","rate":"VARCHAR","line_amount":"VARCHAR","line_item_type":"VARCHAR",
            "order_product_id":"VARCHAR"}],
        "fees":[{"id":"VARCHAR","cost_inc_tax":"VARCHAR","cost_tax":"VARCHAR"}]}}') AS d
FROM incoming;

-- view: parsed_orders (the order that a refund belongs to)
-- stream: refunds
SELECT record_key, d."order" AS d FROM parsed_refunds;

-- view: line_figures (what a line's own fields say)
-- stream: orders
-- stream: refunds
SELECT
    record_key,
    d.id AS order_id,
    d.default_currency_code AS currency,
    d.is_tax_inclusive_pricing AS is_inclusive,
    l,
    CAST(l.total_inc_tax AS DECIMAL(19,6)) AS full_inc,
    CAST(l.total_ex_tax AS DECIMAL(19,6)) AS full_ex,
    -- After all discounts, those of the order too; the documentation calls it fit for accounting.
    CAST(l.discounted_total_inc_tax AS DECIMAL(19,6)) AS after_inc,
    coalesce(list_sum(list_transform(l.applied_discounts, lambda a: CAST(a.amount AS DECIMAL(19,6)))), 0) AS applied,
    list_filter(d.taxes, lambda t: coalesce(t.line_item_type, 'item') = 'item' AND t.order_product_id = l.id)
        AS tax_rows
FROM parsed_orders, unnest(d.lines) AS u(l);

-- view: line_taxes (tax of a line after its discounts: from the tax rows, or else by its share of the price)
-- stream: orders
-- stream: refunds
SELECT
    * EXCLUDE (after_inc),
    CASE WHEN after_inc IS NOT NULL THEN after_inc WHEN is_inclusive THEN full_inc - applied END AS after_inc,
    CAST(CASE
        WHEN len(tax_rows) > 0 THEN list_sum(list_transform(tax_rows,
            lambda t: CAST(t.line_amount AS DECIMAL(19,6))))
        WHEN full_inc = full_ex THEN 0
        WHEN applied = 0 AND coalesce(after_inc, full_inc) = full_inc THEN full_inc - full_ex
        WHEN after_inc IS NOT NULL OR is_inclusive THEN
            ((CAST(coalesce(after_inc, full_inc - applied) * 10000 AS HUGEINT)
                  * CAST((full_inc - full_ex) * 10000 AS HUGEINT) * 2 + CAST(full_inc * 10000 AS HUGEINT))
             // (CAST(full_inc * 10000 AS HUGEINT) * 2)) * 0.0001
        ELSE
            ((CAST((full_ex - applied) * 10000 AS HUGEINT)
                  * CAST((full_inc - full_ex) * 10000 AS HUGEINT) * 2 + CAST(full_ex * 10000 AS HUGEINT))
             // (CAST(full_ex * 10000 AS HUGEINT) * 2)) * 0.0001
    END AS DECIMAL(19,6)) AS tax
FROM line_figures;

-- view: line_money (the exact side of a line, and the other one by its tax)
-- stream: orders
-- stream: refunds
SELECT
    *,
    CASE WHEN is_inclusive THEN after_inc - tax
         -- What a discount is taken from is not documented where prices are without tax: where taking it from the
         -- exact price fits what the customer pays, that is exact; else what the customer pays decides.
         WHEN after_inc IS NULL OR abs(full_ex - applied + tax - after_inc) <= 0.01 THEN full_ex - applied
         ELSE after_inc - tax END AS net
FROM line_taxes;

-- table: sales_order
-- stream: orders
SELECT
    o.record_key,
    $channel AS channel,
    d.id AS order_id,
    d.id AS order_ref,
    coalesce(nullif(trim(d.external_order_id), ''), nullif(trim(d.external_id), '')) AS alternate_ref,
    strptime(d.date_created, '%a, %d %b %Y %H:%M:%S %z') AT TIME ZONE 'UTC' AS placed_at,
    strptime(d.date_modified, '%a, %d %b %Y %H:%M:%S %z') AT TIME ZONE 'UTC' AS updated_at,
    -- By id, because the labels can be renamed.
    CASE WHEN d.status_id IN ('5', '6') THEN 'cancelled'
         WHEN d.status_id IN ('2', '4', '10') THEN 'closed'
         WHEN d.status_id IN ('1', '7', '12') THEN 'pending'
         WHEN d.status_id IN ('3', '8', '9', '11') THEN 'open'
         -- Disputed and partially refunded orders do not say how far they were sent.
         WHEN d.status_id IN ('13', '14') THEN CASE WHEN s.shipped >= s.units THEN 'closed' ELSE 'open' END
         ELSE 'unknown' END AS status,
    concat_ws('/', concat_ws(' ', d.status_id, d.status), nullif(d.payment_status, '')) AS source_status,
    lower(d.payment_method) = 'test payment gateway' AS is_test,
    d.status_id NOT IN ('1', '7', '12') AS is_confirmed,
    CASE WHEN d.payment_status IN ('captured', 'paid') THEN 'paid'
         WHEN d.payment_status IN ('authorized', 'capture pending') THEN 'authorized'
         WHEN d.payment_status IN ('pending', 'held for review') THEN 'pending'
         WHEN d.payment_status = 'partially refunded' THEN 'partially_refunded'
         WHEN d.payment_status = 'refunded' THEN 'refunded'
         WHEN d.payment_status IN ('void', 'void pending', 'declined') THEN 'voided'
         -- Paid outside: the order's status alone says whether the payment was confirmed.
         WHEN coalesce(d.payment_status, '') <> '' THEN 'unknown'
         WHEN d.status_id IN ('1', '7', '12') THEN 'pending'
         WHEN d.status_id IN ('2', '3', '8', '9', '10', '11') THEN 'paid'
         WHEN d.status_id = '14' THEN 'partially_refunded'
         WHEN d.status_id = '6' THEN 'voided'
         -- 'Refunded' may be set by hand and is then neither paid nor unpaid.
         ELSE 'unknown' END AS payment_status,
    CASE WHEN d.order_is_digital THEN 'not_needed'
         WHEN d.status_id = '12' THEN 'on_hold'
         WHEN d.status_id IN ('2', '10') OR (s.units > 0 AND s.shipped >= s.units) THEN 'shipped'
         WHEN d.status_id = '3' OR s.shipped > 0 THEN 'partial'
         WHEN d.status_id IN ('1', '4', '5', '6', '7', '8', '9', '11', '13', '14') THEN 'unshipped'
         ELSE 'unknown' END AS fulfilment_status,
    -- The moment itself is not told. The order was cancelled when it last changed, or before.
    CASE WHEN d.status_id IN ('5', '6')
         THEN strptime(d.date_modified, '%a, %d %b %Y %H:%M:%S %z') AT TIME ZONE 'UTC' END AS cancelled_at,
    -- What is not delivered is taxed where the bill goes.
    upper(coalesce(nullif(d.delivery[1].country_iso2, ''), nullif(d.delivery[1].location.country_alpha2, ''),
        nullif(d.billing_address.country_iso2, ''))) AS country,
    -- The names mislead: currency_code is what the customer looked at, default_currency_code what he paid in.
    d.default_currency_code AS currency,
    -- Before store credit and gift certificates, which are payments.
    CAST(d.total_inc_tax AS DECIMAL(19,6)) AS total,
    CASE WHEN d.is_tax_inclusive_pricing THEN s.gross ELSE s.net END AS subtotal,
    CAST(d.total_tax AS DECIMAL(19,6)) AS tax,
    CAST(CASE WHEN d.is_tax_inclusive_pricing THEN d.shipping_cost_inc_tax ELSE d.shipping_cost_ex_tax END
        AS DECIMAL(19,6)) AS shipping,
    CAST(d.discount_amount AS DECIMAL(19,6)) + CAST(d.coupon_discount AS DECIMAL(19,6)) AS discount,
    -- There are neither tips nor duties nor cash.
    0 AS tip,
    0 AS duties,
    0 AS cash_rounding,
    d.is_tax_inclusive_pricing AS is_tax_included,
    -- An order that came from another marketplace does not say who owes its tax.
    CASE WHEN coalesce(nullif(d.order_source, ''), 'www') IN ('www', 'iphone', 'ipad', 'android', 'mobile', 'manual',
        'checkout_api', 'buybutton', 'pos') THEN 'seller' END AS tax_collected_by,
    d.currency_code AS presentment_currency,
    CASE WHEN d.currency_code = d.default_currency_code THEN CAST(d.total_inc_tax AS DECIMAL(19,6))
    END AS presentment_total,
    'sale' AS order_kind
FROM parsed_orders AS o
LEFT JOIN (
    SELECT
        record_key,
        CAST(sum(net) AS DECIMAL(19,6)) AS net,
        CAST(sum(net + tax) AS DECIMAL(19,6)) AS gross,
        sum(CASE WHEN l.type = 'physical' THEN CAST(l.quantity AS DECIMAL(19,6)) ELSE 0 END) AS units,
        sum(CASE WHEN l.type = 'physical' THEN CAST(l.quantity_shipped AS DECIMAL(19,6)) ELSE 0 END) AS shipped
    FROM line_money GROUP BY record_key
) AS s ON s.record_key = o.record_key;

-- table: sales_order_line
-- stream: orders
SELECT
    m.record_key,
    $channel AS channel,
    order_id,
    l.id AS line_id,
    nullif(trim(l.sku), '') AS sku,
    l.name AS title,
    CASE WHEN l.type = 'giftcertificate' THEN 'gift_card' ELSE 'product' END AS kind,
    CAST(l.quantity AS DECIMAL(19,6)) AS quantity,
    CAST(l.quantity AS DECIMAL(19,6)) - CAST(l.quantity_refunded AS DECIMAL(19,6)) AS current_quantity,
    CAST(CASE WHEN is_inclusive THEN l.price_inc_tax ELSE l.price_ex_tax END AS DECIMAL(19,6)) AS unit_price,
    CASE WHEN is_inclusive THEN full_inc - after_inc ELSE full_ex - net END AS discount,
    net,
    tax,
    net + tax AS gross,
    CASE WHEN len(tax_rows) > 0
         THEN CAST(list_sum(list_transform(tax_rows, lambda t: CAST(t.rate AS DECIMAL(19,6)))) * 0.01 AS DECIMAL(19,6))
         WHEN tax = 0 THEN 0 END AS tax_rate,
    l.type = 'physical' AS is_shippable,
    -- A part of a set is sold under the line of the whole, which stays a line of its own.
    nullif(nullif(l.parent_order_product_id, '0'), '') AS bundle_id,
    nullif(trim(p.sku), '') AS bundle_sku,
    CAST(p.quantity AS DECIMAL(19,6)) AS bundle_quantity,
    currency
FROM line_money AS m
LEFT JOIN (
    SELECT record_key, w.id AS id, w.sku AS sku, w.quantity AS quantity FROM parsed_orders, unnest(d.lines) AS u(w)
) AS p ON p.record_key = m.record_key AND p.id = m.l.parent_order_product_id;

-- table: sales_order_shipping
-- stream: orders
SELECT
    record_key,
    $channel AS channel,
    order_id,
    c.id AS shipping_id,
    c.kind AS kind,
    c.title AS title,
    CASE WHEN is_inclusive THEN inc - tax ELSE ex END AS net,
    tax,
    CASE WHEN is_inclusive THEN inc ELSE ex + tax END AS gross,
    -- Several addresses have a row of the same rate each; several rates are added up.
    CASE WHEN len(rates) > 0 THEN CAST(list_sum(list_transform(rates, lambda r: CAST(r.rate AS DECIMAL(19,6)))) * 0.01
                                       AS DECIMAL(19,6))
         WHEN tax = 0 THEN 0 END AS tax_rate,
    FALSE AS is_removed,
    currency
FROM (
    SELECT
        record_key, order_id, currency, is_inclusive, c,
        CAST(c.ex AS DECIMAL(19,6)) AS ex,
        CAST(c.inc AS DECIMAL(19,6)) AS inc,
        coalesce(CAST(c.tax AS DECIMAL(19,6)), CAST(c.inc AS DECIMAL(19,6)) - CAST(c.ex AS DECIMAL(19,6))) AS tax,
        list_distinct(list_transform(list_filter(taxes, lambda t: t.line_item_type = c.taxed_as),
            lambda t: {'name': t.name, 'rate': t.rate})) AS rates
    FROM (
        SELECT
            record_key, d.id AS order_id, d.default_currency_code AS currency,
            d.is_tax_inclusive_pricing AS is_inclusive, d.taxes AS taxes, c
        FROM parsed_orders, unnest(list_concat(
            [{'id': 'shipping', 'kind': 'shipping', 'taxed_as': 'shipping',
              'title': coalesce(d.delivery[1].shipping_method, d.delivery[1].pickup_method_display_name),
              'ex': d.shipping_cost_ex_tax, 'inc': d.shipping_cost_inc_tax, 'tax': d.shipping_cost_tax},
             {'id': 'handling', 'kind': 'handling', 'taxed_as': 'handling', 'title': 'Handling',
              'ex': d.handling_cost_ex_tax, 'inc': d.handling_cost_inc_tax, 'tax': d.handling_cost_tax},
             {'id': 'wrapping', 'kind': 'wrapping', 'taxed_as': 'gift-wrapping', 'title': 'Gift wrapping',
              'ex': d.wrapping_cost_ex_tax, 'inc': d.wrapping_cost_inc_tax, 'tax': d.wrapping_cost_tax}],
            list_transform(d.fees, lambda f: {'id': f.id, 'kind': 'fee', 'taxed_as': 'fee',
                'title': coalesce(f.display_name_customer, f.type),
                'ex': coalesce(f.cost_ex_tax, f.cost_exc_tax), 'inc': f.cost_inc_tax, 'tax': f.cost_tax})
        )) AS u(c)
    )
)
WHERE inc <> 0 OR ex <> 0;

-- table: sales_order_tax
-- stream: orders
SELECT
    record_key,
    $channel AS channel,
    order_id,
    row_number() OVER (PARTITION BY record_key ORDER BY title, rate) AS tax_no,
    title,
    CAST(rate * 0.01 AS DECIMAL(19,6)) AS tax_rate,
    tax,
    currency
FROM (
    SELECT
        record_key,
        any_value(d.id) AS order_id,
        any_value(d.default_currency_code) AS currency,
        t.name AS title,
        CAST(t.rate AS DECIMAL(19,6)) AS rate,
        CAST(sum(CAST(t.line_amount AS DECIMAL(19,6))) AS DECIMAL(19,6)) AS tax
    FROM parsed_orders, unnest(d.taxes) AS u(t)
    GROUP BY record_key, t.name, CAST(t.rate AS DECIMAL(19,6))
);

-- prepare: parsed_transactions
-- stream: transactions
SELECT record_key, from_json(body, '{
    "id":"VARCHAR","currency":"VARCHAR","date_created":"VARCHAR","store_credit_amount":"VARCHAR",
    "gift_certificate_amount":"VARCHAR",
    "transactions":[{"id":"VARCHAR","event":"VARCHAR","status":"VARCHAR","gateway":"VARCHAR","method":"VARCHAR",
        "gateway_transaction_id":"VARCHAR","amount":"VARCHAR","currency":"VARCHAR","date_created":"VARCHAR",
        "reference_transaction_id":"VARCHAR"}]}') AS d
FROM incoming;

-- table: sales_payment
-- stream: transactions
SELECT
    record_key,
    $channel AS channel,
    d.id AS order_id,
    t.id AS transaction_id,
    nullif(t.reference_transaction_id, '') AS parent_transaction_id,
    CASE WHEN t.event IN ('purchase', 'pending') THEN 'sale'
         WHEN t.event IN ('authorization', 'capture', 'refund', 'void') THEN t.event
         -- 'settled' says that a payment that stands here already has reached the bank.
         ELSE 'unknown' END AS kind,
    CASE WHEN t.status = 'error' THEN 'failed'
         WHEN t.event = 'pending' THEN 'pending'
         WHEN t.status = 'ok' THEN 'success'
         ELSE 'unknown' END AS status,
    CASE WHEN t.gateway = 'giftcertificate' OR t.method = 'gift_certificate' THEN 'gift_card'
         WHEN t.gateway = 'storecredit' OR t.method = 'store_credit' THEN 'store_credit'
         ELSE lower(t.gateway) END AS gateway,
    nullif(trim(t.gateway_transaction_id), '') AS payment_id,
    CAST(t.amount AS DECIMAL(19,6)) AS amount,
    t.currency AS currency,
    CAST(t.date_created AS TIMESTAMP) AS processed_at
FROM parsed_transactions, unnest(d.transactions) AS u(t)
UNION ALL
-- Whether store credit and gift certificates always have a transaction is not documented; the order has their sums.
SELECT
    record_key, $channel, d.id, d.id || '/' || c.gateway, NULL, 'sale', 'success', c.gateway, NULL,
    CAST(c.amount AS DECIMAL(19,6)), d.currency,
    strptime(d.date_created, '%a, %d %b %Y %H:%M:%S %z') AT TIME ZONE 'UTC'
FROM parsed_transactions, unnest([
    {'gateway': 'gift_card', 'amount': d.gift_certificate_amount,
     'is_told': len(list_filter(d.transactions, lambda t: t.event <> 'refund'
                    AND (t.gateway = 'giftcertificate' OR t.method = 'gift_certificate'))) > 0},
    {'gateway': 'store_credit', 'amount': d.store_credit_amount,
     'is_told': len(list_filter(d.transactions, lambda t: t.event <> 'refund'
                    AND (t.gateway = 'storecredit' OR t.method = 'store_credit'))) > 0}
]) AS u(c)
WHERE CAST(c.amount AS DECIMAL(19,6)) > 0 AND NOT c.is_told;

-- view: refund_items (what was asked for each item, and which amount and tax of the order it is a share of)
-- stream: refunds
SELECT
    i.record_key, i.place, i.kind, i.item_id, i.units, m.l.sku AS sku,
    coalesce(i.requested,
        CAST(((CAST((m.net + m.tax) * 10000 AS HUGEINT) * CAST(i.units AS HUGEINT) * 2
               + CAST(CAST(m.l.quantity AS DECIMAL(19,6)) AS HUGEINT) * 100)
              // (CAST(CAST(m.l.quantity AS DECIMAL(19,6)) AS HUGEINT) * 200)) * 0.01 AS DECIMAL(19,6)), 0) AS asked,
    CASE i.kind WHEN 'PRODUCT' THEN m.net + m.tax ELSE i.charge END AS base,
    CASE i.kind WHEN 'PRODUCT' THEN m.tax ELSE i.charge_tax END AS base_tax,
    CASE i.kind WHEN 'PRODUCT' THEN CAST(m.l.quantity AS DECIMAL(19,6)) END AS base_units
FROM (
    SELECT
        record_key, place, x.item_type AS kind, x.item_id AS item_id,
        CAST(x.quantity AS DECIMAL(19,6)) AS units,
        CAST(x.requested_amount AS DECIMAL(19,6)) AS requested,
        CAST(CASE x.item_type WHEN 'SHIPPING' THEN d."order".shipping_cost_inc_tax
                              WHEN 'HANDLING' THEN d."order".handling_cost_inc_tax
                              WHEN 'GIFT_WRAPPING' THEN d."order".wrapping_cost_inc_tax
                              WHEN 'FEE' THEN fee.cost_inc_tax END AS DECIMAL(19,6)) AS charge,
        CAST(CASE x.item_type WHEN 'SHIPPING' THEN d."order".shipping_cost_tax
                              WHEN 'HANDLING' THEN d."order".handling_cost_tax
                              WHEN 'GIFT_WRAPPING' THEN d."order".wrapping_cost_tax
                              WHEN 'FEE' THEN fee.cost_tax END AS DECIMAL(19,6)) AS charge_tax
    FROM (
        SELECT record_key, d, place, d.items[place] AS x,
            -- The two descriptions differ on whether a fee is named by its own id or by the order's.
            coalesce(list_filter(d."order".fees, lambda f: f.id = d.items[place].item_id)[1], d."order".fees[1]) AS fee
        FROM parsed_refunds, unnest(range(1, len(d.items) + 1)) AS u(place)
    )
) AS i
LEFT JOIN line_money AS m ON i.kind = 'PRODUCT' AND m.record_key = i.record_key AND m.l.id = i.item_id;

-- view: refund_shares (the share of tax in each item)
-- stream: refunds
-- What is asked for includes tax, unless prices are without it and only so the sum fits.
SELECT
    *,
    CAST(CASE
        WHEN coalesce(base_tax, 0) = 0 OR coalesce(base, 0) = 0 THEN 0
        -- So many of so many units, when the amount says the same.
        WHEN base_units > 0 AND abs(side * units - asked * base_units) <= 0.01 * base_units THEN
            ((CAST(base_tax * 10000 AS HUGEINT) * CAST(units AS HUGEINT) * 2 + CAST(base_units AS HUGEINT) * 100)
             // (CAST(base_units AS HUGEINT) * 200)) * 0.01
        ELSE
            ((CAST(asked * 10000 AS HUGEINT) * CAST(base_tax * 10000 AS HUGEINT) * 2 + CAST(side * 1000000 AS HUGEINT))
             // (CAST(side * 2000000 AS HUGEINT))) * 0.01
    END AS DECIMAL(19,6)) AS share
FROM (
    SELECT
        i.record_key, i.place, i.kind, i.item_id, i.units, i.sku, i.asked, i.base, i.base_tax, i.base_units,
        h.total_tax, h.is_net,
        CASE WHEN h.is_net THEN i.base - i.base_tax ELSE i.base END AS side
    FROM refund_items AS i
    JOIN (
        SELECT
            s.record_key,
            CAST(p.d.total_tax AS DECIMAL(19,6)) AS total_tax,
            NOT p.d."order".is_tax_inclusive_pricing AND CAST(p.d.total_tax AS DECIMAL(19,6)) <> 0
                AND abs(s.asked + CAST(p.d.total_tax AS DECIMAL(19,6)) - CAST(p.d.total_amount AS DECIMAL(19,6)))
                    < abs(s.asked - CAST(p.d.total_amount AS DECIMAL(19,6))) AS is_net
        FROM (SELECT record_key, CAST(sum(asked) AS DECIMAL(19,6)) AS asked FROM refund_items GROUP BY record_key) AS s
        JOIN parsed_refunds AS p ON p.record_key = s.record_key
    ) AS h ON h.record_key = i.record_key
);

-- prepare: refund_parts
-- stream: refunds
-- The refund's tax is told as one figure: charges take their share of it, what is left belongs to the goods.
SELECT
    p.record_key,
    p.d,
    CAST(coalesce(s.goods, 0) AS DECIMAL(19,6)) AS goods,
    CAST(coalesce(s.charges, 0) AS DECIMAL(19,6)) AS charges,
    coalesce(s.is_net, FALSE) AS is_net,
    CAST(p.d.total_tax AS DECIMAL(19,6)) AS tax,
    CAST(CASE WHEN coalesce(s.goods, 0) = 0 AND coalesce(s.charges, 0) = 0 THEN 0
              WHEN coalesce(s.goods, 0) = 0 THEN CAST(p.d.total_tax AS DECIMAL(19,6))
              ELSE s.charge_share END AS DECIMAL(19,6)) AS charge_tax,
    CAST(CASE WHEN coalesce(s.goods, 0) = 0 THEN 0
              ELSE CAST(p.d.total_tax AS DECIMAL(19,6)) - s.charge_share END AS DECIMAL(19,6)) AS goods_tax,
    CAST(coalesce(s.goods_share, 0) AS DECIMAL(19,6)) AS goods_share,
    -- A declined payment moved nothing. Where no payment is listed, the refund's own amount stands.
    CASE WHEN len(p.d.payments) = 0 THEN CAST(p.d.total_amount AS DECIMAL(19,6))
         ELSE coalesce(list_sum(list_transform(list_filter(p.d.payments, lambda x: NOT x.is_declined),
             lambda x: CAST(x.amount AS DECIMAL(19,6)))), 0) END AS moved,
    CASE WHEN len(p.d.payments) = 0 THEN 'none'
         WHEN len(list_filter(p.d.payments, lambda x: NOT x.is_declined)) > 0 THEN 'success'
         ELSE 'failed' END AS transaction_status,
    coalesce(list_filter(p.d.payments, lambda x: NOT x.is_declined)[1], p.d.payments[1]) AS payment
FROM parsed_refunds AS p
LEFT JOIN (
    SELECT
        record_key,
        any_value(is_net) AS is_net,
        sum(CASE WHEN kind = 'PRODUCT' THEN asked ELSE 0 END) AS goods,
        sum(CASE WHEN kind = 'PRODUCT' THEN share ELSE 0 END) AS goods_share,
        sum(CASE WHEN kind IN ('SHIPPING', 'HANDLING', 'GIFT_WRAPPING', 'FEE') THEN asked ELSE 0 END) AS charges,
        sum(CASE WHEN kind IN ('SHIPPING', 'HANDLING', 'GIFT_WRAPPING', 'FEE') THEN share ELSE 0 END) AS charge_share
    FROM refund_shares GROUP BY record_key
) AS s ON s.record_key = p.record_key;

-- table: refund
-- stream: refunds
SELECT
    record_key,
    $channel AS channel,
    d.order_id AS order_id,
    d.id AS refund_id,
    CAST(d.created AS TIMESTAMP) AS created_at,
    CAST(d.created AS TIMESTAMP) AS processed_at,
    d."order".default_currency_code AS currency,
    moved AS total,
    CASE WHEN is_net THEN goods ELSE goods - goods_tax END AS item,
    -- Handling, wrapping and fees too: what stands in sales_order_shipping.
    CASE WHEN is_net THEN charges ELSE charges - charge_tax END AS shipping,
    tax,
    -- Refunds of the order as a whole, deductions from items, declined parts, and rounding to two decimals.
    CASE WHEN transaction_status = 'failed' THEN CAST(d.total_amount AS DECIMAL(19,6)) ELSE moved END
        - CASE WHEN is_net THEN goods + charges ELSE goods + charges - goods_tax - charge_tax END
        - tax AS adjustment,
    nullif(trim(d.reason), '') AS reason,
    nullif(payment.transaction_id, '') AS transaction_id,
    CASE WHEN payment.provider_id = 'giftcertificate' THEN 'gift_card'
         WHEN payment.provider_id = 'storecredit' THEN 'store_credit'
         -- Given back by hand: nothing went through the provider.
         WHEN payment.offline THEN 'manual'
         ELSE lower(payment.provider_id) END AS gateway,
    transaction_status,
    -- Refunds never restock.
    FALSE AS is_restocked
FROM refund_parts;

-- table: refund_line
-- stream: refunds
SELECT
    record_key,
    $channel AS channel,
    order_id,
    refund_id,
    refund_id || '/' || place AS refund_line_id,
    item_id AS line_id,
    nullif(trim(sku), '') AS sku,
    units AS quantity,
    CASE WHEN is_net THEN asked ELSE asked - line_tax END AS net,
    line_tax AS tax,
    'no_restock' AS restock_type,
    currency
FROM (
    SELECT
        *,
        -- The largest item takes what rounding left over, so that the lines add up to the refund's tax.
        CAST(scaled + CASE WHEN row_number() OVER (PARTITION BY record_key ORDER BY asked DESC, place) = 1
             THEN goods_tax - sum(scaled) OVER (PARTITION BY record_key) ELSE 0 END AS DECIMAL(19,6)) AS line_tax
    FROM (
        SELECT
            s.record_key, s.place, s.item_id, s.sku, s.units, s.asked, p.is_net, p.goods_tax,
            p.d.id AS refund_id, p.d.order_id AS order_id, p.d."order".default_currency_code AS currency,
            -- Where the tax was given by hand, each line has its part of it.
            CAST(CASE WHEN p.goods_share = p.goods_tax THEN s.share
                 WHEN p.goods_share = 0 THEN 0
                 ELSE sign(p.goods_tax)
                      * ((CAST(abs(p.goods_tax) * 10000 AS HUGEINT) * CAST(s.share * 10000 AS HUGEINT) * 2
                          + CAST(p.goods_share * 1000000 AS HUGEINT))
                         // CAST(p.goods_share * 2000000 AS HUGEINT)) * 0.01 END AS DECIMAL(19,6)) AS scaled
        FROM refund_shares AS s
        JOIN refund_parts AS p ON p.record_key = s.record_key
        WHERE s.kind = 'PRODUCT'
    )
);

-- prepare: parsed_shipments
-- stream: shipments
SELECT record_key, from_json(body, '{
    "id":"VARCHAR","lines":[{"id":"VARCHAR","sku":"VARCHAR"}],
    "shipments":[{"id":"VARCHAR","date_created":"VARCHAR","tracking_number":"VARCHAR","tracking_carrier":"VARCHAR",
        "tracking_link":"VARCHAR","generated_tracking_link":"VARCHAR","shipping_provider":"VARCHAR",
        "shipping_provider_display_name":"VARCHAR","shipping_method":"VARCHAR",
        "items":[{"order_product_id":"VARCHAR","quantity":"VARCHAR"}]}]}') AS d
FROM incoming;

-- table: shipment
-- stream: shipments
SELECT
    record_key,
    $channel AS channel,
    d.id AS order_id,
    s.id AS shipment_id,
    '1' AS package_id,
    coalesce(nullif(trim(s.tracking_carrier), ''), nullif(trim(s.shipping_provider), ''),
        nullif(trim(s.shipping_provider_display_name), ''), nullif(trim(s.shipping_method), '')) AS carrier,
    nullif(trim(s.tracking_number), '') AS tracking_number,
    nullif(regexp_replace(upper(s.tracking_number), '[^A-Z0-9]', '', 'g'), '') AS tracking_key,
    coalesce(nullif(trim(s.tracking_link), ''), nullif(trim(s.generated_tracking_link), '')) AS tracking_url,
    'shipped' AS status,
    strptime(s.date_created, '%a, %d %b %Y %H:%M:%S %z') AT TIME ZONE 'UTC' AS shipped_at
FROM parsed_shipments, unnest(d.shipments) AS u(s);

-- table: shipment_line
-- stream: shipments
SELECT
    record_key,
    $channel AS channel,
    d.id AS order_id,
    s.id AS shipment_id,
    i.order_product_id AS line_id,
    nullif(trim(list_filter(d.lines, lambda l: l.id = i.order_product_id)[1].sku), '') AS sku,
    CAST(i.quantity AS DECIMAL(19,6)) AS quantity
FROM (SELECT record_key, d, s FROM parsed_shipments, unnest(d.shipments) AS u(s)), unnest(s.items) AS x(i);
