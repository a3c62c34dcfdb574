-- Mirakl's bodies into canonical rows.
--
-- Amounts are JSON numbers, taken as text and cast once. With TAX_INCLUDED a price holds its tax, with TAX_EXCLUDED
-- not; each order says which. The seller is owed what is payable to the shop: the operator's own parts of a price and tax
-- that the operator remits itself (payable_to_shop false) are no part of totals, and such a tax is not the seller's.
-- Where no tax at all stands on an order, the platform does not tell it: then tax and net are NULL.
--
-- Cancelations. Price and quantity of a line are what is left of it; what was called off stands in its cancelations.
-- Whether the quantity goes down as well is not documented: it did not where it still covers the price of all units.
-- A cancelled line that still shows its price has not been reduced. Refused lines keep their price; it is not owed.
-- An order that was called off as a whole shows what it came to, and its state says that none of it is owed.
--
-- Instants come in ISO 8601 with any offset; a plain cast to TIMESTAMP would ignore it.
-- Words that are not known become 'unknown'; as they came they stand in source_status and source_type.

-- table: channel_setting
-- stream: settings
SELECT record_key, $channel AS channel, setting, value
FROM (
    SELECT record_key, substr(t.fullkey, 3) AS setting, json_extract_string(body, t.fullkey) AS value
    FROM incoming, json_tree(body) AS t
    WHERE record_key = 'platform' AND t.type NOT IN ('OBJECT', 'ARRAY')
    UNION ALL
    SELECT record_key, 'order_tax.' || x.code AS setting, x.tax_calculation_rule AS value
    FROM incoming, unnest(from_json(body,
        '{"taxes":[{"code":"VARCHAR","tax_calculation_rule":"VARCHAR"}]}').taxes) AS u(x)
    WHERE record_key = 'order_taxes'
    UNION ALL
    SELECT record_key, concat_ws('.', 'additional_field', lower(x.entity), x.code) AS setting, x.label AS value
    FROM incoming, unnest(from_json(body,
        '{"additional_fields":[{"code":"VARCHAR","label":"VARCHAR","entity":"VARCHAR"}]}').additional_fields) AS u(x)
    WHERE record_key = 'additional_fields'
);

-- table: carrier
-- stream: carriers
SELECT record_key, $channel AS channel, d.code AS carrier, d.label AS name, d.standard_code AS standard_code
FROM (
    SELECT record_key, from_json(body, '{"code":"VARCHAR","label":"VARCHAR","standard_code":"VARCHAR"}') AS d
    FROM incoming
);

-- table: listing
-- stream: listings
SELECT
    record_key,
    $channel AS channel,
    d.offer_id AS listing_id,
    d.product_sku AS product_id,
    nullif(trim(d.shop_sku), '') AS sku,
    d.product_title AS title,
    list_filter(d.product_references, lambda r: upper(r.reference_type) IN ('EAN', 'EAN13', 'GTIN', 'UPC'))[1].reference
        AS barcode,
    -- In a drop-ship shop the offer's price is what the operator pays; the customer's price stands apart.
    CAST(coalesce(list_filter(d.retail_prices, lambda p: p.context IS NULL)[1].price, d.price) AS DECIMAL(19,6))
        AS price,
    d.currency_iso_code AS currency,
    -- An offer with stock may be unsellable all the same.
    d.active AND coalesce(len(d.inactivity_reasons), 0) = 0 AS is_active,
    TRUE AS is_tracked,
    FALSE AS is_bundle,
    FALSE AS oversell_allowed,
    CAST(d.quantity AS DECIMAL(19,6)) AS available
FROM (
    SELECT record_key, from_json(body, '{
        "offer_id":"VARCHAR","shop_sku":"VARCHAR","product_sku":"VARCHAR","product_title":"VARCHAR","price":"VARCHAR",
        "currency_iso_code":"VARCHAR","active":"BOOLEAN","inactivity_reasons":["VARCHAR"],"quantity":"VARCHAR",
        "product_references":[{"reference":"VARCHAR","reference_type":"VARCHAR"}],
        "retail_prices":[{"price":"VARCHAR","context":"VARCHAR"}]}') AS d
    FROM incoming
);

-- table: channel_stock
-- stream: stock
SELECT
    record_key,
    $channel AS channel,
    coalesce(w.code, 'default') AS location,
    nullif(trim(d.shop_sku), '') AS sku,
    CAST(coalesce(w.quantity, d.quantity) AS DECIMAL(19,6)) AS available,
    TRUE AS is_tracked,
    d.active AS is_active,
    (CAST(d.last_updated AS TIMESTAMPTZ) AT TIME ZONE 'UTC') AS updated_at
FROM (
    SELECT record_key, from_json(body, '{
        "shop_sku":"VARCHAR","quantity":"VARCHAR","active":"BOOLEAN","deleted":"BOOLEAN","last_updated":"VARCHAR",
        "warehouses":[{"code":"VARCHAR","quantity":"VARCHAR"}]}') AS d
    FROM incoming
), unnest(CASE WHEN len(d.warehouses) > 0 THEN d.warehouses ELSE [NULL] END) AS u(w)
-- A deleted offer is told once more, by an export.
WHERE d.deleted IS NOT TRUE;

-- prepare: parsed_orders
-- stream: orders
SELECT record_key, from_json(body, '{
    "order_id":"VARCHAR","commercial_id":"VARCHAR","order_state":"VARCHAR","acceptance_decision_date":"VARCHAR",
    "created_date":"VARCHAR","last_updated_date":"VARCHAR","currency_iso_code":"VARCHAR","order_tax_mode":"VARCHAR",
    "shipping_deadline":"VARCHAR","shipping_carrier_code":"VARCHAR","shipping_company":"VARCHAR",
    "shipping_tracking":"VARCHAR","shipping_tracking_url":"VARCHAR","shipping_type_label":"VARCHAR",
    "_multi_shipment":"BOOLEAN",
    "customer":{"shipping_address":{"country_iso_code":"VARCHAR"}},
    "order_additional_fields":[{"code":"VARCHAR","value":"VARCHAR"}],
    "order_taxes":[{"code":"VARCHAR","rate":"VARCHAR","total_amount":"VARCHAR"}],
    "order_lines":[{
        "order_line_id":"VARCHAR","order_line_state":"VARCHAR","order_line_state_reason_code":"VARCHAR",
        "offer_sku":"VARCHAR","product_title":"VARCHAR","quantity":"VARCHAR","price_unit":"VARCHAR","price":"VARCHAR",
        "shipping_price":"VARCHAR","commission_fee":"VARCHAR","shipped_date":"VARCHAR","received_date":"VARCHAR",
        "commission_taxes":[{"rate":"VARCHAR","amount":"VARCHAR"}],
        "fees":[{"amount":"VARCHAR"}],
        "price_amount_breakdown":{"parts":[{"amount":"VARCHAR","debitable_from_customer":"BOOLEAN",
            "payable_to_shop":"BOOLEAN"}]},
        "shipping_price_amount_breakdown":{"parts":[{"amount":"VARCHAR","payable_to_shop":"BOOLEAN"}]},
        "taxes":[{"code":"VARCHAR","rate":"VARCHAR","amount":"VARCHAR",
            "amount_breakdown":{"parts":[{"amount":"VARCHAR","payable_to_shop":"BOOLEAN"}]}}],
        "shipping_taxes":[{"code":"VARCHAR","rate":"VARCHAR","amount":"VARCHAR",
            "amount_breakdown":{"parts":[{"amount":"VARCHAR","payable_to_shop":"BOOLEAN"}]}}],
        "cancelations":[{"id":"VARCHAR","amount":"VARCHAR","shipping_amount":"VARCHAR","quantity":"VARCHAR",
            "reason_code":"VARCHAR","created_date":"VARCHAR","fees":[{"amount":"VARCHAR"}],
            "amount_breakdown":{"parts":[{"amount":"VARCHAR","payable_to_shop":"BOOLEAN"}]},
            "shipping_amount_breakdown":{"parts":[{"amount":"VARCHAR","payable_to_shop":"BOOLEAN"}]},
            "taxes":[{"amount":"VARCHAR",
                "amount_breakdown":{"parts":[{"amount":"VARCHAR","payable_to_shop":"BOOLEAN"}]}}],
            "shipping_taxes":[{"amount":"VARCHAR",
                "amount_breakdown":{"parts":[{"amount":"VARCHAR","payable_to_shop":"BOOLEAN"}]}}]}],
        "refunds":[{"id":"VARCHAR","order_refund_id":"VARCHAR","amount":"VARCHAR","shipping_amount":"VARCHAR",
            "quantity":"VARCHAR","reason_code":"VARCHAR","refund_state":"VARCHAR","created_date":"VARCHAR",
            "transaction_date":"VARCHAR","transaction_number":"VARCHAR","commission_amount":"VARCHAR",
            "commission_taxes":[{"amount":"VARCHAR"}],"fees":[{"amount":"VARCHAR"}],
            "amount_breakdown":{"parts":[{"amount":"VARCHAR","payable_to_shop":"BOOLEAN"}]},
            "shipping_amount_breakdown":{"parts":[{"amount":"VARCHAR","payable_to_shop":"BOOLEAN"}]},
            "taxes":[{"amount":"VARCHAR",
                "amount_breakdown":{"parts":[{"amount":"VARCHAR","payable_to_shop":"BOOLEAN"}]}}],
            "shipping_taxes":[{"amount":"VARCHAR",
                "amount_breakdown":{"parts":[{"amount":"VARCHAR","payable_to_shop":"BOOLEAN"}]}}]}]}]}') AS d
FROM incoming;

-- prepare: entries (what a line says of itself, of each of its cancelations and of each of its refunds, in equal terms)
-- stream: orders
WITH lines AS MATERIALIZED (
    SELECT
        record_key,
        d.order_id AS order_id,
        d.currency_iso_code AS currency,
        d.order_tax_mode IS DISTINCT FROM 'TAX_EXCLUDED' AS is_included,
        coalesce(len(d.order_taxes), 0) > 0 AS has_order_taxes,
        -- A zero rate is told as well, so that without any tax nothing is known of it.
        coalesce(len(d.order_taxes), 0) > 0 OR len(list_filter(d.order_lines,
            lambda x: coalesce(len(x.taxes), 0) + coalesce(len(x.shipping_taxes), 0) > 0)) > 0 AS tells_tax,
        generate_subscripts(d.order_lines, 1) AS line_no,
        unnest(d.order_lines) AS l
    FROM parsed_orders
), cancelations AS (
    SELECT *, generate_subscripts(l.cancelations, 1) AS entry_no, unnest(l.cancelations) AS c
    FROM lines WHERE len(l.cancelations) > 0
), refunds AS (
    SELECT *, generate_subscripts(l.refunds, 1) AS entry_no, unnest(l.refunds) AS c
    FROM lines WHERE len(l.refunds) > 0
), told AS (
    SELECT record_key, order_id, currency, is_included, has_order_taxes, tells_tax, line_no, l,
        'line' AS entry, NULL AS entry_no,
        l.price AS price, l.shipping_price AS shipping, l.quantity AS quantity, l.fees AS fees,
        l.price_amount_breakdown.parts AS price_parts, l.shipping_price_amount_breakdown.parts AS shipping_parts,
        list_transform(l.taxes, lambda t: {'amount': t.amount, 'parts': t.amount_breakdown.parts}) AS taxes,
        list_transform(l.shipping_taxes, lambda t: {'amount': t.amount, 'parts': t.amount_breakdown.parts})
            AS shipping_taxes
    FROM lines
    UNION ALL
    SELECT record_key, order_id, currency, is_included, has_order_taxes, tells_tax, line_no, l, 'cancelation', entry_no,
        c.amount, c.shipping_amount, c.quantity,
        c.fees,
        list_transform(c.amount_breakdown.parts, lambda p: {'amount': p.amount,
            'debitable_from_customer': NULL::BOOLEAN, 'payable_to_shop': p.payable_to_shop}),
        c.shipping_amount_breakdown.parts,
        list_transform(c.taxes,
            lambda t: {'amount': t.amount, 'parts': t.amount_breakdown.parts}),
        list_transform(c.shipping_taxes,
            lambda t: {'amount': t.amount, 'parts': t.amount_breakdown.parts})
    FROM cancelations
    UNION ALL
    SELECT record_key, order_id, currency, is_included, has_order_taxes, tells_tax, line_no, l, 'refund', entry_no,
        c.amount, c.shipping_amount, c.quantity,
        c.fees,
        list_transform(c.amount_breakdown.parts, lambda p: {'amount': p.amount,
            'debitable_from_customer': NULL::BOOLEAN, 'payable_to_shop': p.payable_to_shop}),
        c.shipping_amount_breakdown.parts,
        list_transform(c.taxes,
            lambda t: {'amount': t.amount, 'parts': t.amount_breakdown.parts}),
        list_transform(c.shipping_taxes,
            lambda t: {'amount': t.amount, 'parts': t.amount_breakdown.parts})
    FROM refunds
), summed AS (
    SELECT
        * EXCLUDE (price, shipping, quantity, fees, price_parts, shipping_parts, taxes, shipping_taxes),
        coalesce(CAST(quantity AS DECIMAL(19,6)), 0) AS quantity,
        coalesce(CAST(price AS DECIMAL(19,6)), 0) AS full_price,
        coalesce(CAST(price AS DECIMAL(19,6)), 0) - coalesce(list_sum(list_transform(
            list_filter(price_parts, lambda p: NOT p.payable_to_shop), lambda p: CAST(p.amount AS DECIMAL(19,6)))), 0)
            AS price,
        coalesce(CAST(shipping AS DECIMAL(19,6)), 0) - coalesce(list_sum(list_transform(
            list_filter(shipping_parts, lambda p: NOT p.payable_to_shop),
                lambda p: CAST(p.amount AS DECIMAL(19,6)))), 0)
            AS shipping,
        -- Paid to the shop and not taken from the customer: the operator's own discount.
        CASE WHEN price_parts IS NOT NULL THEN coalesce(list_sum(list_transform(
            list_filter(price_parts, lambda p: NOT p.debitable_from_customer AND p.payable_to_shop IS NOT FALSE),
            lambda p: CAST(p.amount AS DECIMAL(19,6)))), 0) END AS platform_discount,
        coalesce(list_sum(list_transform(fees, lambda f: CAST(f.amount AS DECIMAL(19,6)))), 0) AS fee,
        coalesce(list_sum(list_transform(taxes, lambda t: CAST(t.amount AS DECIMAL(19,6)))), 0) AS all_tax,
        coalesce(list_sum(list_transform(shipping_taxes, lambda t: CAST(t.amount AS DECIMAL(19,6)))), 0)
            AS all_shipping_tax,
        coalesce(list_sum(list_transform(taxes, lambda t: coalesce(list_sum(list_transform(
            list_filter(t.parts, lambda p: NOT p.payable_to_shop), lambda p: CAST(p.amount AS DECIMAL(19,6)))), 0))), 0)
            AS remitted_tax,
        coalesce(list_sum(list_transform(shipping_taxes, lambda t: coalesce(list_sum(list_transform(
            list_filter(t.parts, lambda p: NOT p.payable_to_shop), lambda p: CAST(p.amount AS DECIMAL(19,6)))), 0))), 0)
            AS remitted_shipping_tax
    FROM told
)
SELECT
    record_key, order_id, currency, is_included, has_order_taxes, tells_tax, line_no, l, entry, entry_no, quantity,
    full_price,
    platform_discount, fee,
    CAST(CASE WHEN is_included THEN price - all_tax ELSE price END AS DECIMAL(19,6)) AS net,
    CAST(all_tax - remitted_tax AS DECIMAL(19,6)) AS tax,
    CAST(remitted_tax + remitted_shipping_tax AS DECIMAL(19,6)) AS remitted,
    CAST(CASE WHEN is_included THEN shipping - all_shipping_tax ELSE shipping END AS DECIMAL(19,6)) AS shipping_net,
    CAST(all_shipping_tax - remitted_shipping_tax AS DECIMAL(19,6)) AS shipping_tax
FROM summed;

-- prepare: lines (what is left of each line, and what it was before anything was called off)
-- stream: orders
WITH called_off AS (
    SELECT record_key, line_no, sum(quantity) AS quantity, sum(full_price) AS full_price, sum(fee) AS fee,
        sum(net) AS net, sum(tax) AS tax, sum(shipping_net) AS shipping_net, sum(shipping_tax) AS shipping_tax
    FROM entries WHERE entry = 'cancelation' GROUP BY record_key, line_no
), given_back AS (
    SELECT record_key, line_no, sum(quantity) AS quantity
    FROM entries WHERE entry = 'refund' GROUP BY record_key, line_no
), joined AS (
    SELECT
        e.*,
        e.l.order_line_state = 'REFUSED' AS is_refused,
        -- 0: the line is told as it is left. 1: as it was, although it is called off.
        CASE WHEN e.l.order_line_state = 'CANCELED' AND e.full_price > 0 THEN 1 ELSE 0 END AS untouched,
        coalesce(c.quantity, 0) AS off_quantity, coalesce(c.full_price, 0) AS off_price, coalesce(c.fee, 0) AS off_fee,
        coalesce(c.net, 0) AS off_net, coalesce(c.tax, 0) AS off_tax,
        coalesce(c.shipping_net, 0) AS off_shipping_net, coalesce(c.shipping_tax, 0) AS off_shipping_tax,
        coalesce(r.quantity, 0) AS back_quantity,
        CAST(e.l.price_unit AS DECIMAL(19,6)) AS unit_price
    FROM entries AS e
    LEFT JOIN called_off AS c ON c.record_key = e.record_key AND c.line_no = e.line_no
    LEFT JOIN given_back AS r ON r.record_key = e.record_key AND r.line_no = e.line_no
    WHERE e.entry = 'line'
)
SELECT
    record_key, order_id, currency, is_included, has_order_taxes, tells_tax, line_no, l, is_refused, unit_price,
    platform_discount, remitted, off_quantity, back_quantity,
    CAST(full_price + CASE untouched WHEN 0 THEN off_price ELSE 0 END AS DECIMAL(19,6)) AS first_price,
    CAST(CASE WHEN untouched = 1 OR unit_price * quantity >= full_price + off_price
              AND unit_price * (quantity + off_quantity) > full_price + off_price THEN quantity
         ELSE quantity + off_quantity END AS DECIMAL(19,6)) AS first_quantity,
    -- first_: before anything was called off; left_: what the seller is still owed.
    CAST(net + CASE untouched WHEN 0 THEN off_net ELSE 0 END AS DECIMAL(19,6)) AS first_net,
    CAST(tax + CASE untouched WHEN 0 THEN off_tax ELSE 0 END AS DECIMAL(19,6)) AS first_tax,
    CAST(shipping_net + CASE untouched WHEN 0 THEN off_shipping_net ELSE 0 END AS DECIMAL(19,6)) AS first_shipping_net,
    CAST(shipping_tax + CASE untouched WHEN 0 THEN off_shipping_tax ELSE 0 END AS DECIMAL(19,6)) AS first_shipping_tax,
    CAST(fee + CASE untouched WHEN 0 THEN off_fee ELSE 0 END AS DECIMAL(19,6)) AS first_fee,
    CAST(net - CASE untouched WHEN 1 THEN off_net ELSE 0 END AS DECIMAL(19,6)) AS left_net,
    CAST(tax - CASE untouched WHEN 1 THEN off_tax ELSE 0 END AS DECIMAL(19,6)) AS left_tax,
    CAST(shipping_net - CASE untouched WHEN 1 THEN off_shipping_net ELSE 0 END AS DECIMAL(19,6)) AS left_shipping_net,
    CAST(shipping_tax - CASE untouched WHEN 1 THEN off_shipping_tax ELSE 0 END AS DECIMAL(19,6)) AS left_shipping_tax,
    CAST(fee - CASE untouched WHEN 1 THEN off_fee ELSE 0 END AS DECIMAL(19,6)) AS left_fee
FROM joined;

-- prepare: refund_groups (what was given back at once, over the lines)
-- stream: orders
SELECT
    record_key, order_id, currency, l.refunds[entry_no].order_refund_id AS refund_id, bool_and(tells_tax) AS tells_tax,
    min((CAST(l.refunds[entry_no].created_date AS TIMESTAMPTZ) AT TIME ZONE 'UTC')) AS created_at,
    min((CAST(l.refunds[entry_no].transaction_date AS TIMESTAMPTZ) AT TIME ZONE 'UTC')) AS paid_at,
    min(l.refunds[entry_no].transaction_number) AS transaction_number,
    min(l.refunds[entry_no].reason_code) AS reason,
    count(*) FILTER (WHERE l.refunds[entry_no].refund_state = 'REFUNDED') AS done,
    count(*) FILTER (WHERE l.refunds[entry_no].refund_state LIKE 'WAITING_REFUND%') AS waiting,
    count(*) AS entries,
    CAST(sum(net) AS DECIMAL(19,6)) AS item, CAST(sum(shipping_net) AS DECIMAL(19,6)) AS shipping,
    CAST(sum(tax + shipping_tax) AS DECIMAL(19,6)) AS tax, CAST(sum(fee) AS DECIMAL(19,6)) AS fee
FROM entries WHERE entry = 'refund'
GROUP BY record_key, order_id, currency, l.refunds[entry_no].order_refund_id;

-- table: sales_order
-- stream: orders
WITH whole AS (
    SELECT
        record_key,
        d,
        d.order_state IN ('CANCELED', 'REFUSED') AS is_called_off,
        coalesce(len(d.order_taxes), 0) > 0 AS has_order_taxes,
        coalesce(list_sum(list_transform(d.order_taxes, lambda t: CAST(t.total_amount AS DECIMAL(19,6)))), 0)
            AS order_taxes,
        list_max(list_transform(flatten(list_transform(d.order_lines, lambda l: l.cancelations)),
            lambda c: (CAST(c.created_date AS TIMESTAMPTZ) AT TIME ZONE 'UTC'))) AS last_cancelation_at
    FROM parsed_orders
), summed AS (
    SELECT
        w.record_key, bool_and(l.is_included) AS is_included, bool_and(l.tells_tax) AS tells_tax,
        sum(CASE WHEN w.is_called_off THEN l.first_net ELSE l.left_net END) AS net,
        sum(CASE WHEN w.is_called_off THEN l.first_tax ELSE l.left_tax END) AS tax,
        sum(CASE WHEN w.is_called_off THEN l.first_shipping_net ELSE l.left_shipping_net END) AS shipping_net,
        sum(CASE WHEN w.is_called_off THEN l.first_shipping_tax ELSE l.left_shipping_tax END) AS shipping_tax,
        sum(CASE WHEN w.is_called_off THEN l.first_fee ELSE l.left_fee END) AS fee,
        sum(greatest(l.unit_price * l.first_quantity - l.first_price, 0)) AS discount,
        sum(l.platform_discount) AS platform_discount,
        sum(l.remitted) AS remitted,
        count(*) FILTER (WHERE l.first_quantity > l.off_quantity) AS kept,
        count(*) FILTER (WHERE l.first_quantity > l.off_quantity
            AND (l.l.shipped_date IS NOT NULL
                 OR l.l.order_line_state IN ('SHIPPED', 'TO_COLLECT', 'RECEIVED', 'CLOSED'))) AS shipped,
        count(*) FILTER (WHERE l.first_quantity > l.off_quantity AND l.l.shipped_date IS NULL
            AND l.l.order_line_state NOT IN ('STAGING', 'WAITING_ACCEPTANCE', 'WAITING_DEBIT', 'WAITING_DEBIT_PAYMENT',
                'SHIPPING', 'SHIPPED', 'TO_COLLECT', 'RECEIVED', 'CLOSED', 'CANCELED', 'INCIDENT_OPEN', 'REFUNDED',
                'WAITING_REFUND', 'WAITING_REFUND_PAYMENT')) AS unknown
    FROM whole AS w JOIN lines AS l ON l.record_key = w.record_key AND (w.d.order_state = 'REFUSED' OR NOT l.is_refused)
    GROUP BY w.record_key
), refunded AS (
    SELECT record_key, sum(item + shipping + tax + fee) FILTER (WHERE done = entries) AS amount
    FROM refund_groups GROUP BY record_key
), figures AS (
    SELECT
        w.record_key, w.d, w.is_called_off, w.last_cancelation_at, s.* EXCLUDE (record_key, tax),
        -- Rounded by the platform for the document; it does not say which part of it the operator remits.
        CASE WHEN w.has_order_taxes AND NOT w.is_called_off AND s.remitted = 0 THEN w.order_taxes
             ELSE s.tax + s.shipping_tax END AS tax,
        CASE WHEN w.has_order_taxes AND NOT w.is_called_off AND s.remitted = 0 AND NOT s.is_included
             THEN s.net + s.shipping_net + s.fee + w.order_taxes
             ELSE s.net + s.shipping_net + s.fee + s.tax + s.shipping_tax END AS total,
        s.net + CASE WHEN s.is_included THEN s.tax ELSE 0 END AS subtotal,
        s.shipping_net + CASE WHEN s.is_included THEN s.shipping_tax ELSE 0 END AS shipping,
        coalesce(r.amount, 0) AS refunded
    FROM whole AS w
    LEFT JOIN summed AS s ON s.record_key = w.record_key
    LEFT JOIN refunded AS r ON r.record_key = w.record_key
)
SELECT
    record_key,
    $channel AS channel,
    d.order_id AS order_id,
    d.order_id AS order_ref,
    -- The consumer's own number, where the operator has a field for it; else the basket, which several orders share.
    coalesce(nullif(trim(list_filter(d.order_additional_fields, lambda f: f.code = $order_number_field)[1].value), ''),
        d.commercial_id) AS alternate_ref,
    (CAST(d.created_date AS TIMESTAMPTZ) AT TIME ZONE 'UTC') AS placed_at,
    (CAST(d.last_updated_date AS TIMESTAMPTZ) AT TIME ZONE 'UTC') AS updated_at,
    CASE WHEN is_called_off THEN 'cancelled'
         WHEN d.order_state IN ('STAGING', 'WAITING_ACCEPTANCE', 'WAITING_DEBIT',
             'WAITING_DEBIT_PAYMENT') THEN 'pending'
         WHEN d.order_state IN ('SHIPPING', 'SHIPPED', 'TO_COLLECT', 'WAITING_REFUND',
             'WAITING_REFUND_PAYMENT') THEN 'open'
         WHEN d.order_state IN ('RECEIVED', 'CLOSED') THEN 'closed'
         ELSE 'unknown' END AS status,
    d.order_state AS source_status,
    CASE WHEN d.order_state IN ('STAGING', 'WAITING_ACCEPTANCE', 'WAITING_DEBIT', 'WAITING_DEBIT_PAYMENT', 'REFUSED')
         THEN FALSE
         WHEN d.order_state IN ('SHIPPING', 'SHIPPED', 'TO_COLLECT', 'RECEIVED', 'CLOSED', 'CANCELED', 'WAITING_REFUND',
                                'WAITING_REFUND_PAYMENT') THEN TRUE END AS is_confirmed,
    FALSE AS is_edited,
    'sale' AS order_kind,
    CASE WHEN is_called_off THEN 'voided'
         WHEN d.order_state IN ('STAGING', 'WAITING_ACCEPTANCE', 'WAITING_DEBIT',
             'WAITING_DEBIT_PAYMENT') THEN 'pending'
         WHEN d.order_state NOT IN ('SHIPPING', 'SHIPPED', 'TO_COLLECT', 'RECEIVED', 'CLOSED', 'WAITING_REFUND',
                                    'WAITING_REFUND_PAYMENT') THEN 'unknown'
         WHEN refunded > 0 AND refunded >= total THEN 'refunded'
         WHEN refunded > 0 THEN 'partially_refunded'
         ELSE 'paid' END AS payment_status,
    CASE WHEN is_called_off OR coalesce(kept, 0) = 0 THEN 'not_needed'
         WHEN unknown > 0 THEN 'unknown'
         WHEN shipped = kept THEN 'shipped'
         WHEN shipped > 0 THEN 'partial'
         ELSE 'unshipped' END AS fulfilment_status,
    CASE d.order_state WHEN 'CANCELED' THEN coalesce(last_cancelation_at,
        (CAST(d.last_updated_date AS TIMESTAMPTZ) AT TIME ZONE 'UTC'))
         WHEN 'REFUSED' THEN (CAST(coalesce(d.acceptance_decision_date,
             d.last_updated_date) AS TIMESTAMPTZ) AT TIME ZONE 'UTC')
    END AS cancelled_at,
    (CAST(d.shipping_deadline AS TIMESTAMPTZ) AT TIME ZONE 'UTC') AS ship_by_at,
    -- ISO 3166 alpha-3 as it comes; the usual ones become alpha-2, as everywhere else.
    coalesce(map {'GBR': 'GB', 'GGY': 'GG', 'JEY': 'JE', 'IMN': 'IM', 'GIB': 'GI', 'IRL': 'IE', 'FRA': 'FR',
        'DEU': 'DE',
        'ESP': 'ES', 'ITA': 'IT', 'NLD': 'NL', 'BEL': 'BE', 'LUX': 'LU', 'PRT': 'PT', 'AUT': 'AT', 'CHE': 'CH',
        'DNK': 'DK', 'SWE': 'SE', 'NOR': 'NO', 'FIN': 'FI', 'POL': 'PL', 'USA': 'US', 'CAN': 'CA', 'AUS': 'AU'
        }[d.customer.shipping_address.country_iso_code], d.customer.shipping_address.country_iso_code) AS country,
    d.currency_iso_code AS currency,
    CAST(total AS DECIMAL(19,6)) AS total,
    CAST(subtotal AS DECIMAL(19,6)) AS subtotal,
    CASE WHEN tells_tax THEN CAST(tax AS DECIMAL(19,6)) END AS tax,
    CAST(shipping AS DECIMAL(19,6)) AS shipping,
    CAST(discount AS DECIMAL(19,6)) AS discount,
    CAST(platform_discount AS DECIMAL(19,6)) AS platform_discount,
    CAST(0 AS DECIMAL(19,6)) AS tip,
    CAST(0 AS DECIMAL(19,6)) AS duties,
    CAST(0 AS DECIMAL(19,6)) AS cash_rounding,
    is_included OR NOT tells_tax AS is_tax_included,
    -- Where the operator remits only a part of the tax, no single word is true.
    CASE WHEN NOT tells_tax THEN NULL WHEN remitted = 0 THEN 'seller' WHEN tax = 0 THEN 'channel' END
        AS tax_collected_by,
    CAST(refunded AS DECIMAL(19,6)) AS refunded
FROM figures;

-- table: sales_order_line
-- stream: orders
SELECT
    record_key,
    $channel AS channel,
    order_id,
    l.order_line_id AS line_id,
    nullif(trim(l.offer_sku), '') AS sku,
    l.product_title AS title,
    'product' AS kind,
    first_quantity AS quantity,
    CAST(CASE WHEN is_refused THEN 0
              ELSE greatest(first_quantity - off_quantity - back_quantity, 0) END AS DECIMAL(19,6))
        AS current_quantity,
    unit_price,
    CAST(greatest(unit_price * first_quantity - first_price, 0) AS DECIMAL(19,6)) AS discount,
    platform_discount,
    CASE WHEN tells_tax THEN first_net END AS net,
    CASE WHEN tells_tax THEN first_tax END AS tax,
    CAST(first_net + first_tax AS DECIMAL(19,6)) AS gross,
    -- Of the seller's tax only; one that the operator remits is none.
    CASE WHEN NOT tells_tax THEN NULL
         ELSE CAST(coalesce(list_sum(list_transform(list_filter(l.taxes, lambda t:
             coalesce(len(list_filter(t.amount_breakdown.parts, lambda p: NOT p.payable_to_shop)), 0) = 0),
             lambda t: CAST(t.rate AS DECIMAL(19,6)) * CAST(0.01 AS DECIMAL(3,2)))), 0) AS DECIMAL(19,6)) END
                 AS tax_rate,
    TRUE AS is_shippable,
    currency
FROM lines;

-- table: sales_order_shipping
-- stream: orders
WITH charge AS (
    SELECT l.*, p.d.shipping_type_label AS title,
        CASE WHEN p.d.order_state IN ('CANCELED', 'REFUSED') THEN l.first_shipping_net ELSE l.left_shipping_net END
            AS net,
        CASE WHEN p.d.order_state IN ('CANCELED', 'REFUSED') THEN l.first_shipping_tax ELSE l.left_shipping_tax END
            AS tax,
        CASE WHEN p.d.order_state IN ('CANCELED', 'REFUSED') THEN l.first_fee ELSE l.left_fee END AS fee,
        l.is_refused AND p.d.order_state <> 'REFUSED' AS is_removed
    FROM lines AS l JOIN parsed_orders AS p ON p.record_key = l.record_key
)
SELECT
    record_key, $channel AS channel, order_id, l.order_line_id AS shipping_id, title, 'shipping' AS kind,
    CASE WHEN tells_tax THEN net END AS net,
    CASE WHEN tells_tax THEN tax END AS tax,
    CAST(net + tax AS DECIMAL(19,6)) AS gross,
    CASE WHEN NOT tells_tax THEN NULL
         ELSE CAST(coalesce(list_sum(list_transform(list_filter(l.shipping_taxes, lambda t:
             coalesce(len(list_filter(t.amount_breakdown.parts, lambda p: NOT p.payable_to_shop)), 0) = 0),
             lambda t: CAST(t.rate AS DECIMAL(19,6)) * CAST(0.01 AS DECIMAL(3,2)))), 0) AS DECIMAL(19,6)) END
                 AS tax_rate,
    is_removed, currency
FROM charge WHERE net <> 0 OR tax <> 0
UNION ALL
SELECT
    record_key, $channel, order_id, l.order_line_id || ':fee', 'Fees', 'fee',
    CASE WHEN tells_tax THEN fee END, CASE WHEN tells_tax THEN CAST(0 AS DECIMAL(19,6)) END, fee,
    CASE WHEN tells_tax THEN CAST(0 AS DECIMAL(19,6)) END, is_removed, currency
FROM charge WHERE fee <> 0;

-- table: sales_order_tax
-- stream: orders
WITH told AS (
    SELECT record_key, d.order_id AS order_id, d.currency_iso_code AS currency, t.code AS code, t.rate AS rate,
        CAST(t.total_amount AS DECIMAL(19,6)) AS tax, NULL AS is_remitted
    FROM parsed_orders, unnest(d.order_taxes) AS u(t)
    UNION ALL
    SELECT record_key, order_id, currency, t.code, t.rate, CAST(t.amount AS DECIMAL(19,6)),
        coalesce(len(list_filter(t.amount_breakdown.parts, lambda p: NOT p.payable_to_shop)), 0) > 0
    FROM (
        SELECT record_key, order_id, currency, unnest(coalesce(l.taxes, []) || coalesce(l.shipping_taxes, [])) AS t
        FROM lines WHERE NOT is_refused AND NOT has_order_taxes
    )
)
SELECT
    record_key,
    $channel AS channel,
    order_id,
    row_number() OVER (PARTITION BY record_key ORDER BY code, rate, is_remitted) AS tax_no,
    code AS title,
    CAST(CAST(rate AS DECIMAL(19,6)) * CAST(0.01 AS DECIMAL(3,2)) AS DECIMAL(19,6)) AS tax_rate,
    CAST(sum(tax) AS DECIMAL(19,6)) AS tax,
    is_remitted AS is_channel_liable,
    currency
FROM told
GROUP BY record_key, order_id, code, rate, is_remitted, currency;

-- table: sales_order_fee
-- stream: orders
SELECT
    record_key, $channel AS channel, order_id, l.order_line_id || ':commission' AS fee_id, l.order_line_id AS line_id,
    NULL AS refund_id, 'commission' AS kind,
    CAST(l.commission_fee AS DECIMAL(19,6)) AS net,
    CAST(coalesce(list_sum(list_transform(l.commission_taxes, lambda t: CAST(t.amount AS DECIMAL(19,6)))), 0)
        AS DECIMAL(19,6)) AS tax,
    CAST(list_sum(list_transform(l.commission_taxes,
        lambda t: CAST(t.rate AS DECIMAL(19,6)) * CAST(0.01 AS DECIMAL(3,2)))) AS DECIMAL(19,6)) AS tax_rate,
    currency
FROM lines WHERE NOT is_refused
UNION ALL
SELECT
    record_key, $channel, order_id, l.refunds[entry_no].id || ':commission', l.order_line_id,
    l.refunds[entry_no].order_refund_id, 'commission',
    CAST(0 - coalesce(CAST(l.refunds[entry_no].commission_amount AS DECIMAL(19,6)), 0) AS DECIMAL(19,6)),
    CAST(0 - coalesce(list_sum(list_transform(l.refunds[entry_no].commission_taxes,
        lambda t: CAST(t.amount AS DECIMAL(19,6)))), 0) AS DECIMAL(19,6)),
    NULL, currency
FROM entries WHERE entry = 'refund' AND l.refunds[entry_no].commission_amount IS NOT NULL;

-- table: cancellation
-- stream: orders
SELECT
    record_key, $channel AS channel, order_id, c.id AS cancellation_id, 'accepted' AS status,
    NULL AS source_status, c.reason_code AS reason, CAST(c.quantity AS DECIMAL(19,6)) AS quantity,
    (CAST(c.created_date AS TIMESTAMPTZ) AT TIME ZONE 'UTC') AS requested_at,
    (CAST(c.created_date AS TIMESTAMPTZ) AT TIME ZONE 'UTC') AS closed_at
FROM (SELECT record_key, order_id, unnest(l.cancelations) AS c FROM lines);

-- table: refund
-- stream: orders
SELECT
    record_key,
    $channel AS channel,
    order_id,
    refund_id,
    created_at,
    coalesce(paid_at, created_at) AS processed_at,
    currency,
    CAST(item + shipping + tax + fee AS DECIMAL(19,6)) AS total,
    item,
    shipping,
    CASE WHEN tells_tax THEN tax END AS tax,
    -- The operator's own charges that were given back.
    fee AS adjustment,
    reason,
    transaction_number AS transaction_id,
    CASE WHEN done = entries THEN 'success' WHEN done + waiting = entries THEN 'pending' ELSE 'unknown' END
        AS transaction_status
FROM refund_groups;

-- table: refund_line
-- stream: orders
SELECT
    record_key,
    $channel AS channel,
    order_id,
    l.refunds[entry_no].order_refund_id AS refund_id,
    l.refunds[entry_no].id AS refund_line_id,
    l.order_line_id AS line_id,
    nullif(trim(l.offer_sku), '') AS sku,
    quantity,
    net,
    CASE WHEN tells_tax THEN tax END AS tax,
    currency
FROM entries
-- An entry that gives back shipping only is no line.
WHERE entry = 'refund' AND (net <> 0 OR tax <> 0 OR quantity <> 0);

-- table: dispute
-- stream: orders
SELECT
    record_key,
    $channel AS channel,
    l.order_line_id AS dispute_id,
    order_id,
    'inquiry' AS kind,
    'needs_response' AS status,
    l.order_line_state AS source_status,
    l.order_line_state_reason_code AS reason,
    currency
FROM lines WHERE l.order_line_state = 'INCIDENT_OPEN';

-- prepare: parcels (an order that can only be one parcel is one as soon as it has tracking or is shipped)
-- stream: orders
SELECT
    record_key,
    d,
    d.order_state IN ('SHIPPED', 'TO_COLLECT', 'RECEIVED', 'CLOSED')
        OR len(list_filter(d.order_lines, lambda l: l.shipped_date IS NOT NULL)) > 0 AS is_shipped
FROM parsed_orders
WHERE d._multi_shipment IS FALSE AND (
    nullif(trim(d.shipping_tracking), '') IS NOT NULL
    OR d.order_state IN ('SHIPPED', 'TO_COLLECT', 'RECEIVED', 'CLOSED')
    OR len(list_filter(d.order_lines, lambda l: l.shipped_date IS NOT NULL)) > 0);

-- table: shipment
-- stream: orders
SELECT
    record_key,
    $channel AS channel,
    d.order_id AS order_id,
    d.order_id AS shipment_id,
    '1' AS package_id,
    coalesce(nullif(trim(d.shipping_carrier_code), ''), nullif(trim(d.shipping_company), '')) AS carrier,
    nullif(trim(d.shipping_tracking), '') AS tracking_number,
    nullif(regexp_replace(upper(d.shipping_tracking), '[^A-Z0-9]', '', 'g'), '') AS tracking_key,
    d.shipping_tracking_url AS tracking_url,
    CASE WHEN d.order_state = 'CANCELED' THEN 'cancelled'
         WHEN NOT is_shipped THEN 'pending'
         WHEN d.order_state IN ('RECEIVED', 'CLOSED') THEN 'delivered'
         ELSE 'shipped' END AS status,
    d.order_state AS source_status,
    list_max(list_transform(d.order_lines, lambda l: (CAST(l.shipped_date AS TIMESTAMPTZ) AT TIME ZONE 'UTC')))
        AS shipped_at,
    list_max(list_transform(d.order_lines, lambda l: (CAST(l.received_date AS TIMESTAMPTZ) AT TIME ZONE 'UTC')))
        AS delivered_at,
    (CAST(d.last_updated_date AS TIMESTAMPTZ) AT TIME ZONE 'UTC') AS updated_at
FROM parcels;

-- table: shipment_line
-- stream: orders
SELECT
    l.record_key, $channel AS channel, l.order_id, l.order_id AS shipment_id, l.l.order_line_id AS line_id,
    nullif(trim(l.l.offer_sku), '') AS sku, CAST(l.first_quantity - l.off_quantity AS DECIMAL(19,6)) AS quantity
FROM lines AS l JOIN parcels AS p ON p.record_key = l.record_key
WHERE NOT l.is_refused AND l.first_quantity > l.off_quantity
  AND (l.l.shipped_date IS NOT NULL OR (p.is_shipped AND l.l.order_line_state <> 'SHIPPING'));

-- prepare: parsed_shipments
-- stream: shipments
SELECT record_key, from_json(body, '{
    "id":"VARCHAR","order_id":"VARCHAR","status":"VARCHAR","created_date":"VARCHAR","last_updated_date":"VARCHAR",
    "shipped_date":"VARCHAR","shipping_from":{"warehouse":{"code":"VARCHAR"}},
    "tracking":{"carrier_code":"VARCHAR","carrier_name":"VARCHAR","tracking_number":"VARCHAR","tracking_url":"VARCHAR",
        "validity_status":"VARCHAR","milestones":[{"type":"VARCHAR",
            "occurrence_date":{"date":"VARCHAR","time":"VARCHAR","offset":"VARCHAR"}}]},
    "shipment_lines":[{"order_line_id":"VARCHAR","offer_sku":"VARCHAR","package_reference":"VARCHAR",
        "quantity":"VARCHAR"}]}') AS d
FROM incoming;

-- table: shipment
-- stream: shipments
SELECT
    record_key,
    $channel AS channel,
    d.order_id AS order_id,
    d.id AS shipment_id,
    coalesce(list_filter(d.shipment_lines, lambda l: l.package_reference <> '')[1].package_reference, '1')
        AS package_id,
    coalesce(nullif(trim(d.tracking.carrier_code), ''), nullif(trim(d.tracking.carrier_name), '')) AS carrier,
    nullif(trim(d.tracking.tracking_number), '') AS tracking_number,
    nullif(regexp_replace(upper(d.tracking.tracking_number), '[^A-Z0-9]', '', 'g'), '') AS tracking_key,
    d.tracking.tracking_url AS tracking_url,
    CASE WHEN d.status = 'CANCELED' THEN 'cancelled'
         WHEN d.status IN ('RECEIVED', 'CLOSED') THEN 'delivered'
         WHEN d.status IN ('SHIPPED', 'TO_COLLECT') THEN 'shipped'
         WHEN d.status IN ('SHIPPING', 'READY_FOR_PICK_UP', 'SHIPMENT_PREPARED') THEN 'pending'
         ELSE 'unknown' END AS status,
    -- INVALID or UNCOVERED days after the dispatch: the platform cannot follow the parcel.
    concat_ws('/', d.status, d.tracking.validity_status) AS source_status,
    d.shipping_from.warehouse.code AS location,
    (CAST(d.shipped_date AS TIMESTAMPTZ) AT TIME ZONE 'UTC') AS shipped_at,
    -- A moment is one only with its offset.
    list_max(list_transform(
        list_filter(d.tracking.milestones, lambda m: m.type = 'DELIVERED' AND m.occurrence_date.time IS NOT NULL
            AND m.occurrence_date.offset IS NOT NULL),
        lambda m: (CAST(concat(m.occurrence_date.date, 'T', m.occurrence_date.time, m.occurrence_date.offset)
            AS TIMESTAMPTZ) AT TIME ZONE 'UTC')))
        AS delivered_at,
    (CAST(d.last_updated_date AS TIMESTAMPTZ) AT TIME ZONE 'UTC') AS updated_at
FROM parsed_shipments;

-- table: shipment_line
-- stream: shipments
SELECT
    record_key, $channel AS channel, d.order_id AS order_id, d.id AS shipment_id, l.order_line_id AS line_id,
    nullif(trim(l.offer_sku), '') AS sku, CAST(l.quantity AS DECIMAL(19,6)) AS quantity
FROM parsed_shipments, unnest(d.shipment_lines) AS u(l);

-- table: return_case
-- stream: returns
SELECT
    record_key,
    $channel AS channel,
    d.order_id AS order_id,
    d.id AS return_id,
    CASE WHEN d.state = 'WAITING_ACCEPTANCE' THEN 'requested'
         WHEN d.state = 'IN_PROGRESS' THEN 'open'
         WHEN d.state = 'RECEIVED' THEN 'received'
         WHEN d.state IN ('CLOSED', 'NO_RECEPTION') THEN 'closed'
         WHEN d.state = 'REFUSED' THEN 'declined'
         WHEN d.state = 'CANCELED' THEN 'cancelled'
         ELSE 'unknown' END AS status,
    d.state AS source_status,
    CAST(coalesce(list_sum(list_transform(d.return_lines, lambda l: CAST(l.quantity AS DECIMAL(19,6)))), 0)
        AS DECIMAL(19,6)) AS quantity,
    (CAST(d.date_created AS TIMESTAMPTZ) AT TIME ZONE 'UTC') AS created_at
FROM (
    SELECT record_key, from_json(body, '{
        "id":"VARCHAR","order_id":"VARCHAR","state":"VARCHAR","date_created":"VARCHAR",
        "return_lines":[{"order_line_id":"VARCHAR","quantity":"VARCHAR"}]}') AS d
    FROM incoming
);

-- table: payout
-- stream: payouts
SELECT
    record_key,
    $channel AS channel,
    d.id AS payout_id,
    'mirakl' AS provider,
    (CAST(d.date_created AS TIMESTAMPTZ) AT TIME ZONE 'UTC') AS issued_at,
    CASE WHEN d.pay_out.state = 'PAID' THEN 'paid'
         WHEN d.pay_out.state = 'TO_PAY' THEN 'scheduled'
         WHEN d.pay_out.state = 'FAILED' THEN 'failed'
         ELSE 'unknown' END AS status,
    d.pay_out.state AS source_status,
    CASE WHEN CAST(d.amount_transferred_to_seller AS DECIMAL(19,6)) < 0 THEN 'withdrawal' ELSE 'deposit' END AS kind,
    d.currency_iso_code AS currency,
    CAST(d.amount_transferred_to_seller AS DECIMAL(19,6)) AS net,
    -- One cycle is one line of the bank's statement, under this reference.
    d.pay_out.reference AS trace_id,
    CAST(d.summary.total_payable_orders_incl_tax AS DECIMAL(19,6)) AS charges_gross,
    CAST(0 - CAST(d.summary.total_commissions_incl_tax AS DECIMAL(19,6)) AS DECIMAL(19,6)) AS charges_fee,
    CAST(d.summary.total_refund_payable_orders_incl_tax AS DECIMAL(19,6)) AS refunds_gross,
    CAST(0 - CAST(d.summary.total_refund_commissions_incl_tax AS DECIMAL(19,6)) AS DECIMAL(19,6)) AS refunds_fee,
    CAST(CAST(d.summary.total_other_credits_incl_tax AS DECIMAL(19,6))
        + CAST(d.summary.total_other_invoices_incl_tax AS DECIMAL(19,6)) AS DECIMAL(19,6)) AS adjustments_gross,
    CAST(0 - CAST(d.summary.total_subscription_incl_tax AS DECIMAL(19,6))
        - coalesce(CAST(d.summary.total_seller_fees_on_orders_incl_tax AS DECIMAL(19,6)), 0)
        - coalesce(CAST(d.summary.total_seller_penalty_fees_incl_tax AS DECIMAL(19,6)), 0) AS DECIMAL(19,6))
        AS adjustments_fee
FROM (
    SELECT record_key, from_json(body, '{
        "id":"VARCHAR","date_created":"VARCHAR","currency_iso_code":"VARCHAR","amount_transferred_to_seller":"VARCHAR",
        "pay_out":{"state":"VARCHAR","reference":"VARCHAR"},
        "summary":{"total_payable_orders_incl_tax":"VARCHAR","total_commissions_incl_tax":"VARCHAR",
            "total_refund_payable_orders_incl_tax":"VARCHAR","total_refund_commissions_incl_tax":"VARCHAR",
            "total_other_credits_incl_tax":"VARCHAR","total_other_invoices_incl_tax":"VARCHAR",
            "total_subscription_incl_tax":"VARCHAR","total_seller_fees_on_orders_incl_tax":"VARCHAR",
            "total_seller_penalty_fees_incl_tax":"VARCHAR"}}') AS d
    FROM incoming
);

-- table: payout_line
-- stream: transactions
WITH told AS (
    SELECT record_key, d, CAST(d.amount AS DECIMAL(19,6)) AS amount,
        d.type IN ('COMMISSION_FEE', 'REFUND_COMMISSION_FEE', 'SUBSCRIPTION_FEE', 'SELLER_FEE_ON_ORDER',
                   'SELLER_PENALTY_FEE', 'PURCHASE_COMMISSION_FEE', 'PURCHASE_SHIPPING_COMMISSION_FEE',
                   'PURCHASE_FEE_COMMISSION_FEE', 'REFUND_PURCHASE_COMMISSION_FEE',
                   'REFUND_PURCHASE_SHIPPING_COMMISSION_FEE', 'REFUND_PURCHASE_FEE_COMMISSION_FEE') AS is_fee,
        d.type IN ('COMMISSION_VAT', 'REFUND_COMMISSION_VAT', 'SUBSCRIPTION_VAT', 'SELLER_FEE_ON_ORDER_TAX',
                   'SELLER_PENALTY_FEE_TAX') AS is_fee_tax
    FROM (
        SELECT record_key, from_json(body, '{
            "id":"VARCHAR","type":"VARCHAR","amount":"VARCHAR","currency_iso_code":"VARCHAR","date_created":"VARCHAR",
            "payment_state":"VARCHAR","seller_billing_cycle_id":"VARCHAR",
            "entities":{"order":{"id":"VARCHAR"},"refund":{"id":"VARCHAR"}}}') AS d
        FROM incoming
    )
)
SELECT
    record_key,
    $channel AS channel,
    d.id AS line_id,
    -- Only what is payable or paid is part of what a cycle pays out.
    CASE WHEN d.payment_state NOT IN ('PENDING', 'NOT_APPLICABLE', 'RESERVE') THEN d.seller_billing_cycle_id END
        AS payout_id,
    CASE WHEN d.type = 'PAYMENT' THEN 'transfer'
         WHEN is_fee OR is_fee_tax THEN 'fee'
         WHEN d.type IN ('RESERVE_FUNDING', 'RESERVE_SETTLEMENT') THEN 'reserve'
         WHEN d.type LIKE 'MANUAL_%' OR d.type LIKE 'INVOICEABLE_ONE_OFF_%' THEN 'adjustment'
         WHEN d.type IN ('REFUND_ORDER_AMOUNT', 'REFUND_ORDER_AMOUNT_TAX', 'REFUND_ORDER_SHIPPING_AMOUNT',
                         'REFUND_ORDER_SHIPPING_AMOUNT_TAX', 'REFUND_ORDER_FEE_AMOUNT',
                             'REFUND_PURCHASE_ORDER_AMOUNT_TAX',
                         'REFUND_PURCHASE_ORDER_SHIPPING_AMOUNT_TAX', 'OPERATOR_REMITTED_REFUND_ORDER_AMOUNT_TAX',
                         'OPERATOR_REMITTED_REFUND_ORDER_SHIPPING_AMOUNT_TAX',
                         'OPERATOR_REMITTED_REFUND_ORDER_FEE_AMOUNT', 'OPERATOR_PAID_REFUND_ORDER_SHIPPING_AMOUNT',
                         'OPERATOR_PAID_REFUND_ORDER_SHIPPING_AMOUNT_TAX') THEN 'refund'
         WHEN d.type IN ('ORDER_AMOUNT', 'ORDER_AMOUNT_TAX', 'ORDER_SHIPPING_AMOUNT', 'ORDER_SHIPPING_AMOUNT_TAX',
                         'ORDER_FEE_AMOUNT', 'PURCHASE_ORDER_AMOUNT_TAX', 'PURCHASE_ORDER_SHIPPING_AMOUNT_TAX',
                         'OPERATOR_REMITTED_ORDER_AMOUNT_TAX', 'OPERATOR_REMITTED_ORDER_SHIPPING_AMOUNT_TAX',
                         'OPERATOR_REMITTED_ORDER_FEE_AMOUNT', 'OPERATOR_PAID_ORDER_SHIPPING_AMOUNT',
                         'OPERATOR_PAID_ORDER_SHIPPING_AMOUNT_TAX') THEN 'charge'
         ELSE 'other' END AS kind,
    d.type AS source_type,
    d.currency_iso_code AS currency,
    -- Each line is one amount, credited less debited; a fee and the tax on it are lines of their own.
    CAST(CASE WHEN is_fee OR is_fee_tax THEN 0 ELSE amount END AS DECIMAL(19,6)) AS gross,
    CAST(CASE WHEN is_fee THEN 0 - amount ELSE 0 END AS DECIMAL(19,6)) AS fee,
    CAST(CASE WHEN is_fee_tax THEN 0 - amount ELSE 0 END AS DECIMAL(19,6)) AS tax,
    amount AS net,
    (CAST(d.date_created AS TIMESTAMPTZ) AT TIME ZONE 'UTC') AS processed_at,
    d.entities."order".id AS order_id,
    d.entities."order".id AS order_ref,
    d.entities.refund.id AS transaction_id
FROM told;
