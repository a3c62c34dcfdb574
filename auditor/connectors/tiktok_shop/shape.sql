-- TikTok Shop's bodies into canonical rows.
--
-- Amounts are decimal text, ids are text, times are Unix seconds in UTC (0: never). Everything is cast once, so that a
-- value that is no number is an error, not a NULL; an empty text is an amount that was not told. A word that is not
-- known becomes 'unknown'; as it came it stands in source_status. Prices contain tax and none is told (see streams.py).

-- table: channel_location
-- stream: warehouses
SELECT
    record_key,
    $channel AS channel,
    d.id AS location,
    d.name AS name,
    -- RESTRICTED: on holiday or at its limit of orders; nothing is sold from it now, but it is there.
    d.effect_status IN ('ENABLED', 'RESTRICTED') AS is_active,
    d.type = 'SALES_WAREHOUSE' AS holds_stock
FROM (
    SELECT record_key, from_json(body,
        '{"id":"VARCHAR","name":"VARCHAR","type":"VARCHAR","effect_status":"VARCHAR"}') AS d
    FROM incoming
);

-- table: carrier
-- stream: carriers
SELECT record_key, $channel AS channel, d.id AS carrier, d.name AS name
FROM (SELECT record_key, from_json(body, '{"id":"VARCHAR","name":"VARCHAR"}') AS d FROM incoming);

-- table: listing
-- stream: listings
SELECT
    record_key,
    $channel AS channel,
    d.id AS listing_id,
    d.product.id AS product_id,
    nullif(trim(d.seller_sku), '') AS sku,
    d.product.title AS title,
    -- What customers see: sellers from abroad have it in sale_price, local ones in tax_exclusive_price.
    CAST(coalesce(nullif(d.price.sale_price, ''), nullif(d.price.tax_exclusive_price, '')) AS DECIMAL(19,6)) AS price,
    d.price.currency AS currency,
    d.product.status = 'ACTIVATE' AND coalesce(d.status_info.status, 'NORMAL') = 'NORMAL'
        AND NOT coalesce(d.product.is_not_for_sale, FALSE) AS is_active,
    TRUE AS is_tracked,
    FALSE AS is_bundle,
    -- What may be sold before it is there is counted apart.
    len(list_filter(d.inventory, lambda i: i.backorder_quantity > 0)) > 0 AS oversell_allowed,
    d.id AS inventory_item_id,
    CAST(list_sum(list_transform(d.inventory, lambda i: i.quantity)) AS DECIMAL(19,6)) AS available,
    make_timestamp(d.product.update_time * 1000000) AS updated_at
FROM (
    SELECT record_key, from_json(body, '{
        "id":"VARCHAR","seller_sku":"VARCHAR","price":{"currency":"VARCHAR","sale_price":"VARCHAR",
        "tax_exclusive_price":"VARCHAR"},"status_info":{"status":"VARCHAR"},
        "inventory":[{"quantity":"BIGINT","backorder_quantity":"BIGINT"}],
        "product":{"id":"VARCHAR","title":"VARCHAR","status":"VARCHAR","is_not_for_sale":"BOOLEAN",
            "update_time":"BIGINT"}}') AS d
    FROM incoming
);

-- table: channel_stock
-- stream: stock
SELECT
    record_key,
    $channel AS channel,
    w.warehouse_id AS location,
    nullif(trim(d.seller_sku), '') AS sku,
    d.id AS inventory_item_id,
    CAST(w.available_quantity AS DECIMAL(19,6)) AS available,
    -- Available is without what paid orders wait for.
    CAST(w.available_quantity + w.committed_quantity AS DECIMAL(19,6)) AS on_hand,
    CAST(w.committed_quantity AS DECIMAL(19,6)) AS committed,
    -- Locked for campaigns and creators: contained in available, and told for all warehouses together only.
    CASE WHEN len(d.warehouse_inventory) = 1 THEN CAST(
        coalesce(list_sum(list_transform(d.total_available_inventory_distribution.campaign_inventory,
            lambda c: c.quantity)), 0)
        + coalesce(list_sum(list_transform(d.total_available_inventory_distribution.creator_inventory,
            lambda c: c.quantity)), 0) AS DECIMAL(19,6)) END AS reserved,
    TRUE AS is_tracked,
    TRUE AS is_active
FROM (
    SELECT record_key, from_json(body, '{
        "id":"VARCHAR","seller_sku":"VARCHAR",
        "total_available_inventory_distribution":{"campaign_inventory":[{"quantity":"BIGINT"}],
            "creator_inventory":[{"quantity":"BIGINT"}]},
        "warehouse_inventory":[{"warehouse_id":"VARCHAR","available_quantity":"BIGINT",
            "committed_quantity":"BIGINT"}]}') AS d
    FROM incoming
), unnest(d.warehouse_inventory) AS u(w);

-- prepare: parsed_orders
-- stream: orders
SELECT record_key, from_json(body, '{
    "id":"VARCHAR","status":"VARCHAR","create_time":"BIGINT","update_time":"BIGINT","paid_time":"BIGINT",
    "cancel_time":"BIGINT","request_cancel_time":"BIGINT","is_buyer_request_cancel":"BOOLEAN",
    "rts_sla_time":"BIGINT","tts_sla_time":"BIGINT","shipping_due_time":"BIGINT","delivery_time":"BIGINT",
    "is_sample_order":"BOOLEAN","is_exchange_order":"BOOLEAN","is_replacement_order":"BOOLEAN",
    "warehouse_id":"VARCHAR","delivery_option_name":"VARCHAR","recipient_address":{"region_code":"VARCHAR"},
    "payment":{"currency":"VARCHAR","original_shipping_fee":"VARCHAR","shipping_fee_seller_discount":"VARCHAR",
        "shipping_fee_platform_discount":"VARCHAR","shipping_fee_cofunded_discount":"VARCHAR"},
    "line_items":[{"id":"VARCHAR","sku_id":"VARCHAR","seller_sku":"VARCHAR","product_name":"VARCHAR",
        "original_price":"VARCHAR","sale_price":"VARCHAR","seller_discount":"VARCHAR","platform_discount":"VARCHAR",
        "display_status":"VARCHAR","package_id":"VARCHAR","package_status":"VARCHAR","tracking_number":"VARCHAR",
        "shipping_provider_name":"VARCHAR","rts_time":"BIGINT",
        "item_tax":[{"tax_type":"VARCHAR","tax_amount":"VARCHAR","tax_rate":"VARCHAR"}]}],
    "returns":[{"return_status":"VARCHAR","next_return_id":"VARCHAR","is_partial":"BOOLEAN",
        "order_line_item_ids":["VARCHAR"]}]}') AS d
FROM incoming;

-- prepare: order_units (one row for each unit, with the line that it belongs to)
-- stream: orders
SELECT
    record_key,
    d.id AS order_id,
    d.payment.currency AS currency,
    l,
    -- The oldest of the units that are alike gives the line its id: it is there from the beginning and never leaves.
    arg_min(l.id, lpad(l.id, 24, '0')) OVER (PARTITION BY record_key, l.sku_id, l.original_price, l.sale_price) AS line_id,
    CAST(l.original_price AS DECIMAL(19,6)) AS original_price,
    CAST(l.seller_discount AS DECIMAL(19,6)) AS seller_discount,
    CAST(l.platform_discount AS DECIMAL(19,6)) AS platform_discount,
    l.display_status = 'CANCELLED' AS is_cancelled,
    -- Called off before dispatch while the order goes on: nobody owes anything for it.
    l.display_status = 'CANCELLED' AND d.status <> 'CANCELLED' AND coalesce(l.rts_time, 0) = 0 AS is_removed,
    list_contains(flatten(list_transform(
        list_filter(d.returns, lambda r: coalesce(r.next_return_id, '') = '' AND NOT r.is_partial
            AND r.return_status IN ('RETURN_OR_REFUND_REQUEST_COMPLETE', 'REPLACEMENT_REQUEST_REFUND_SUCCESS')),
        lambda r: r.order_line_item_ids)), l.id) AS is_returned
FROM parsed_orders, unnest(d.line_items) AS u(l);

-- view: order_shipping
-- stream: orders
SELECT
    record_key,
    CAST(d.payment.original_shipping_fee AS DECIMAL(19,6)) AS original_fee,
    coalesce(CAST(nullif(d.payment.shipping_fee_seller_discount, '') AS DECIMAL(19,6)), 0)
        + coalesce(CAST(nullif(d.payment.shipping_fee_cofunded_discount, '') AS DECIMAL(19,6)), 0) AS seller_discount,
    coalesce(CAST(nullif(d.payment.shipping_fee_platform_discount, '') AS DECIMAL(19,6)), 0) AS platform_discount
FROM parsed_orders;

-- table: sales_order
-- stream: orders
SELECT
    o.record_key,
    $channel AS channel,
    d.id AS order_id,
    d.id AS order_ref,
    make_timestamp(d.create_time * 1000000) AS placed_at,
    make_timestamp(d.update_time * 1000000) AS updated_at,
    CASE WHEN d.status = 'CANCELLED' THEN 'cancelled'
         WHEN d.status = 'COMPLETED' THEN 'closed'
         WHEN d.status IN ('UNPAID', 'ON_HOLD') THEN 'pending'
         WHEN d.status IN ('AWAITING_SHIPMENT', 'PARTIALLY_SHIPPING', 'AWAITING_COLLECTION', 'IN_TRANSIT', 'DELIVERED')
         THEN 'open' ELSE 'unknown' END AS status,
    d.status AS source_status,
    -- Shops for trying out are shops of their own.
    FALSE AS is_test,
    d.status NOT IN ('UNPAID', 'ON_HOLD') AS is_confirmed,
    s.removed > 0 AS is_edited,
    CASE WHEN coalesce(d.paid_time, 0) > 0 THEN 'paid'
         WHEN d.status = 'UNPAID' THEN 'pending'
         -- Held without being paid: the platform takes the money when it lets the order go.
         WHEN d.status = 'ON_HOLD' THEN 'authorized'
         WHEN d.status = 'CANCELLED' THEN 'voided'
         -- What the seller may ship is paid to TikTok, or costs nothing.
         WHEN d.status IN ('AWAITING_SHIPMENT', 'PARTIALLY_SHIPPING', 'AWAITING_COLLECTION', 'IN_TRANSIT', 'DELIVERED',
                           'COMPLETED') THEN 'paid'
         ELSE 'unknown' END AS payment_status,
    CASE WHEN d.status IN ('UNPAID', 'AWAITING_SHIPMENT') THEN 'unshipped'
         WHEN d.status = 'ON_HOLD' THEN 'on_hold'
         WHEN d.status = 'PARTIALLY_SHIPPING' THEN 'partial'
         -- AWAITING_COLLECTION: the number is known, the carrier has not scanned it yet.
         WHEN d.status IN ('AWAITING_COLLECTION', 'IN_TRANSIT', 'DELIVERED', 'COMPLETED') THEN 'shipped'
         WHEN d.status = 'CANCELLED' THEN CASE WHEN s.was_sent THEN 'shipped' ELSE 'not_needed' END
         ELSE 'unknown' END AS fulfilment_status,
    make_timestamp(nullif(d.request_cancel_time, 0) * 1000000) AS cancel_requested_at,
    CASE WHEN d.status = 'CANCELLED'
         THEN make_timestamp(coalesce(nullif(d.cancel_time, 0), d.update_time) * 1000000) END AS cancelled_at,
    make_timestamp(coalesce(nullif(d.rts_sla_time, 0), nullif(d.shipping_due_time, 0), nullif(d.tts_sla_time, 0))
        * 1000000) AS ship_by_at,
    nullif(d.recipient_address.region_code, '') AS country,
    d.payment.currency AS currency,
    s.items + p.original_fee - p.seller_discount AS total,
    s.items AS subtotal,
    p.original_fee - p.seller_discount AS shipping,
    s.discount + p.seller_discount AS discount,
    s.platform_discount + p.platform_discount AS platform_discount,
    0 AS tip,
    0 AS cash_rounding,
    d.payment.currency <> 'USD' AS is_tax_included,
    -- In the US the platform collects sales tax; elsewhere who does is not told.
    CASE WHEN s.has_sales_tax THEN 'channel' END AS tax_collected_by,
    CASE WHEN d.is_sample_order THEN 'sample'
         WHEN d.is_exchange_order THEN 'exchange'
         WHEN d.is_replacement_order THEN 'replacement'
         ELSE 'sale' END AS order_kind
FROM parsed_orders AS o
JOIN order_shipping AS p ON p.record_key = o.record_key
JOIN (
    SELECT
        record_key,
        CAST(sum(CASE WHEN is_removed THEN 0 ELSE original_price - seller_discount END) AS DECIMAL(19,6)) AS items,
        CAST(sum(CASE WHEN is_removed THEN 0 ELSE seller_discount END) AS DECIMAL(19,6)) AS discount,
        CAST(sum(CASE WHEN is_removed THEN 0 ELSE platform_discount END) AS DECIMAL(19,6)) AS platform_discount,
        count(*) FILTER (WHERE is_removed) AS removed,
        bool_or(coalesce(l.rts_time, 0) > 0) AS was_sent,
        bool_or(len(coalesce(l.item_tax, [])) > 0) AS has_sales_tax
    FROM order_units GROUP BY record_key
) AS s ON s.record_key = o.record_key;

-- table: sales_order_line
-- stream: orders
SELECT
    record_key,
    $channel AS channel,
    order_id,
    line_id,
    nullif(trim(min(l.seller_sku)), '') AS sku,
    min(l.product_name) AS title,
    'product' AS kind,
    CAST(count(*) AS DECIMAL(19,6)) AS quantity,
    CAST(count(*) FILTER (WHERE NOT is_cancelled AND NOT coalesce(is_returned, FALSE)) AS DECIMAL(19,6))
        AS current_quantity,
    min(original_price) AS unit_price,
    CAST(sum(seller_discount) AS DECIMAL(19,6)) AS discount,
    CAST(sum(platform_discount) AS DECIMAL(19,6)) AS platform_discount,
    CAST(sum(original_price - seller_discount) AS DECIMAL(19,6)) AS gross,
    TRUE AS is_shippable,
    currency
FROM order_units
GROUP BY record_key, order_id, line_id, currency;

-- table: sales_order_shipping
-- stream: orders
SELECT
    o.record_key,
    $channel AS channel,
    d.id AS order_id,
    'shipping' AS shipping_id,
    'shipping' AS kind,
    d.delivery_option_name AS title,
    p.original_fee - p.seller_discount AS gross,
    FALSE AS is_removed,
    d.payment.currency AS currency
FROM parsed_orders AS o
JOIN order_shipping AS p ON p.record_key = o.record_key
WHERE p.original_fee <> 0;

-- table: sales_order_tax (US sales tax; there is none elsewhere)
-- stream: orders
SELECT
    record_key,
    $channel AS channel,
    order_id,
    row_number() OVER (PARTITION BY record_key ORDER BY title, tax_rate) AS tax_no,
    title,
    tax_rate,
    tax,
    TRUE AS is_channel_liable,
    currency
FROM (
    SELECT record_key, order_id, currency, t.tax_type AS title,
           CAST(nullif(t.tax_rate, '') AS DECIMAL(19,6)) AS tax_rate,
           CAST(sum(CAST(t.tax_amount AS DECIMAL(19,6))) AS DECIMAL(19,6)) AS tax
    FROM order_units, unnest(l.item_tax) AS u(t)
    WHERE NOT is_removed
    GROUP BY ALL
);

-- view: order_parcels (units that are in a package, or have a number without one)
-- stream: orders
SELECT
    record_key, order_id, line_id, l,
    nullif(l.package_id, '') AS package_id,
    nullif(trim(l.tracking_number), '') AS tracking_number,
    coalesce(nullif(l.package_id, ''), order_id || '/' || trim(l.tracking_number)) AS shipment_id
FROM order_units
WHERE coalesce(l.package_id, '') <> '' OR coalesce(trim(l.tracking_number), '') <> '';

-- table: shipment
-- stream: orders
SELECT
    u.record_key,
    $channel AS channel,
    u.order_id,
    u.shipment_id,
    u.package_id,
    nullif(trim(u.carrier), '') AS carrier,
    u.tracking_number,
    nullif(regexp_replace(upper(u.tracking_number), '[^A-Z0-9]', '', 'g'), '') AS tracking_key,
    CASE WHEN u.source_status = 'COMPLETED' THEN 'delivered'
         WHEN u.source_status = 'FULFILLING' THEN 'shipped'
         WHEN u.source_status IN ('TO_FULFILL', 'PROCESSING') THEN 'pending'
         -- Not called off: lost or damaged on its way.
         WHEN u.source_status = 'CANCELLED' THEN 'failed'
         ELSE 'unknown' END AS status,
    u.source_status,
    nullif(o.d.warehouse_id, '') AS location,
    make_timestamp(nullif(u.rts_time, 0) * 1000000) AS shipped_at,
    CASE WHEN u.source_status = 'COMPLETED' THEN make_timestamp(nullif(o.d.delivery_time, 0) * 1000000) END
        AS delivered_at
FROM (
    SELECT record_key, order_id, shipment_id, package_id, tracking_number, min(l.shipping_provider_name) AS carrier,
           min(l.package_status) AS source_status, min(l.rts_time) AS rts_time
    FROM order_parcels GROUP BY ALL
) AS u
JOIN parsed_orders AS o ON o.record_key = u.record_key;

-- table: shipment_line
-- stream: orders
SELECT record_key, $channel AS channel, order_id, shipment_id, line_id,
       nullif(trim(min(l.seller_sku)), '') AS sku, CAST(count(*) AS DECIMAL(19,6)) AS quantity
FROM order_parcels
GROUP BY record_key, order_id, shipment_id, line_id;

-- prepare: parsed_cancellations
-- stream: cancellations
SELECT record_key, from_json(body, '{
    "cancel_id":"VARCHAR","order_id":"VARCHAR","cancel_status":"VARCHAR","role":"VARCHAR","cancel_reason":"VARCHAR",
    "cancel_reason_text":"VARCHAR","create_time":"BIGINT","update_time":"BIGINT",
    "refund_amount":{"currency":"VARCHAR","refund_total":"VARCHAR","refund_subtotal":"VARCHAR",
        "refund_shipping_fee":"VARCHAR","refund_tax":"VARCHAR"},
    "cancel_line_items":[{"order_line_item_id":"VARCHAR","seller_sku":"VARCHAR",
        "refund_amount":{"refund_subtotal":"VARCHAR"}}],
    "order":{"status":"VARCHAR","line_items":[{"id":"VARCHAR","sku_id":"VARCHAR","original_price":"VARCHAR",
        "sale_price":"VARCHAR","platform_discount":"VARCHAR","rts_time":"BIGINT"}]}}') AS d
FROM incoming;

-- table: cancellation
-- stream: cancellations
SELECT
    record_key,
    $channel AS channel,
    d.order_id AS order_id,
    d.cancel_id AS cancellation_id,
    CASE WHEN d.cancel_status = 'CANCELLATION_REQUEST_PENDING' THEN 'requested'
         WHEN d.cancel_status IN ('CANCELLATION_REQUEST_SUCCESS', 'CANCELLATION_REQUEST_COMPLETE') THEN 'accepted'
         -- Requests and answers spell it differently.
         WHEN d.cancel_status IN ('CANCELLATION_REQUEST_CANCELLED', 'CANCELLATION_REQUEST_CANCEL') THEN 'rejected'
         ELSE 'unknown' END AS status,
    d.cancel_status AS source_status,
    CASE d.role WHEN 'BUYER' THEN 'customer' WHEN 'SELLER' THEN 'seller' WHEN 'SYSTEM' THEN 'channel'
         ELSE 'unknown' END AS requested_by,
    coalesce(nullif(d.cancel_reason_text, ''), nullif(d.cancel_reason, '')) AS reason,
    CAST(len(d.cancel_line_items) AS DECIMAL(19,6)) AS quantity,
    make_timestamp(d.create_time * 1000000) AS requested_at,
    CASE WHEN d.cancel_status <> 'CANCELLATION_REQUEST_PENDING'
         THEN make_timestamp(d.update_time * 1000000) END AS closed_at
FROM parsed_cancellations;

-- prepare: cancelled_units
-- stream: cancellations
SELECT
    record_key, c,
    arg_min(p.id, lpad(p.id, 24, '0')) AS line_id,
    min(CAST(o.platform_discount AS DECIMAL(19,6))) AS platform_discount,
    bool_or(coalesce(o.rts_time, 0) > 0) AS was_sent
FROM (
    SELECT record_key, d, c, list_filter(d."order".line_items, lambda l: l.id = c.order_line_item_id)[1] AS o
    FROM parsed_cancellations, unnest(d.cancel_line_items) AS u(c)
), unnest(d."order".line_items) AS w(p)
WHERE p.sku_id = o.sku_id AND p.original_price = o.original_price AND p.sale_price = o.sale_price
GROUP BY record_key, c;

-- view: cancellation_refunds
-- stream: cancellations
-- Money went back, and the order was booked or is off as a whole: units called off before dispatch are no refund, they
-- only make the order smaller.
SELECT p.record_key, p.d, u.platform_discount
FROM parsed_cancellations AS p
JOIN (
    SELECT record_key, sum(platform_discount) AS platform_discount, bool_or(was_sent) AS was_sent
    FROM cancelled_units GROUP BY record_key
) AS u ON u.record_key = p.record_key
WHERE p.d.cancel_status IN ('CANCELLATION_REQUEST_SUCCESS', 'CANCELLATION_REQUEST_COMPLETE')
  AND CAST(nullif(p.d.refund_amount.refund_total, '') AS DECIMAL(19,6)) > 0
  AND (p.d."order".status = 'CANCELLED' OR u.was_sent);

-- table: refund
-- stream: cancellations
SELECT
    record_key,
    $channel AS channel,
    d.order_id AS order_id,
    d.cancel_id AS refund_id,
    make_timestamp(d.create_time * 1000000) AS created_at,
    make_timestamp(d.update_time * 1000000) AS processed_at,
    make_timestamp(d.update_time * 1000000) AS updated_at,
    d.refund_amount.currency AS currency,
    refund_total - refund_tax + platform_discount AS total,
    refund_subtotal + platform_discount AS item,
    refund_shipping AS shipping,
    refund_total - refund_tax - refund_subtotal - refund_shipping AS adjustment,
    coalesce(nullif(d.cancel_reason_text, ''), nullif(d.cancel_reason, '')) AS reason,
    CASE WHEN d.cancel_status = 'CANCELLATION_REQUEST_COMPLETE' THEN 'success' ELSE 'pending' END AS transaction_status
FROM (
    SELECT record_key, d, platform_discount,
        CAST(d.refund_amount.refund_total AS DECIMAL(19,6)) AS refund_total,
        CAST(d.refund_amount.refund_subtotal AS DECIMAL(19,6)) AS refund_subtotal,
        CAST(d.refund_amount.refund_shipping_fee AS DECIMAL(19,6)) AS refund_shipping,
        coalesce(CAST(nullif(d.refund_amount.refund_tax, '') AS DECIMAL(19,6)), 0) AS refund_tax
    FROM cancellation_refunds
);

-- table: refund_line
-- stream: cancellations
SELECT
    u.record_key,
    $channel AS channel,
    r.d.order_id AS order_id,
    r.d.cancel_id AS refund_id,
    u.line_id AS refund_line_id,
    u.line_id AS line_id,
    nullif(trim(min(u.c.seller_sku)), '') AS sku,
    CAST(count(*) AS DECIMAL(19,6)) AS quantity,
    CAST(sum(CAST(u.c.refund_amount.refund_subtotal AS DECIMAL(19,6)) + u.platform_discount) AS DECIMAL(19,6)) AS net,
    'cancel' AS restock_type,
    r.d.refund_amount.currency AS currency
FROM cancelled_units AS u
JOIN cancellation_refunds AS r ON r.record_key = u.record_key
GROUP BY u.record_key, r.d.order_id, r.d.cancel_id, u.line_id, r.d.refund_amount.currency;

-- prepare: parsed_returns
-- stream: returns
SELECT record_key, from_json(body, '{
    "return_id":"VARCHAR","order_id":"VARCHAR","return_type":"VARCHAR","return_status":"VARCHAR",
    "next_return_id":"VARCHAR","return_reason":"VARCHAR","return_reason_text":"VARCHAR",
    "create_time":"BIGINT","update_time":"BIGINT","partial_refund":{"amount":"VARCHAR"},
    "refund_amount":{"currency":"VARCHAR","refund_total":"VARCHAR","refund_subtotal":"VARCHAR",
        "refund_shipping_fee":"VARCHAR","refund_tax":"VARCHAR"},
    "discount_amount":[{"product_platform_discount":"VARCHAR","shipping_fee_platform_discount":"VARCHAR"}],
    "return_line_items":[{"return_line_item_id":"VARCHAR","order_line_item_id":"VARCHAR","seller_sku":"VARCHAR",
        "refund_amount":{"refund_subtotal":"VARCHAR"}}],
    "order":{"line_items":[{"id":"VARCHAR","sku_id":"VARCHAR","original_price":"VARCHAR","sale_price":"VARCHAR",
        "platform_discount":"VARCHAR"}]}}') AS d
FROM incoming;

-- table: return_case (a refund without goods is none)
-- stream: returns
SELECT
    record_key,
    $channel AS channel,
    d.order_id AS order_id,
    d.return_id AS return_id,
    -- An edited request lives on under another id.
    CASE WHEN coalesce(d.next_return_id, '') <> '' THEN 'cancelled'
         WHEN d.return_status IN ('RETURN_OR_REFUND_REQUEST_PENDING', 'AWAITING_BUYER_RESPONSE',
                                  'REPLACEMENT_REQUEST_PENDING') THEN 'requested'
         -- A refused parcel may still go to arbitration; an approved request is not yet paid.
         WHEN d.return_status IN ('AWAITING_BUYER_SHIP', 'BUYER_SHIPPED_ITEM', 'REJECT_RECEIVE_PACKAGE',
                                  'RETURN_OR_REFUND_REQUEST_SUCCESS') THEN 'open'
         WHEN d.return_status IN ('RETURN_OR_REFUND_REQUEST_COMPLETE', 'REPLACEMENT_REQUEST_REFUND_SUCCESS',
                                  'REPLACEMENT_REQUEST_COMPLETE') THEN 'closed'
         WHEN d.return_status IN ('REFUND_OR_RETURN_REQUEST_REJECT', 'REPLACEMENT_REQUEST_REJECT') THEN 'declined'
         WHEN d.return_status IN ('RETURN_OR_REFUND_REQUEST_CANCEL', 'REPLACEMENT_REQUEST_CANCEL') THEN 'cancelled'
         ELSE 'unknown' END AS status,
    d.return_status AS source_status,
    CAST(len(d.return_line_items) AS DECIMAL(19,6)) AS quantity,
    make_timestamp(d.create_time * 1000000) AS created_at,
    CASE WHEN coalesce(d.next_return_id, '') <> '' OR d.return_status IN (
            'RETURN_OR_REFUND_REQUEST_COMPLETE', 'REPLACEMENT_REQUEST_REFUND_SUCCESS', 'REPLACEMENT_REQUEST_COMPLETE',
            'REFUND_OR_RETURN_REQUEST_REJECT', 'REPLACEMENT_REQUEST_REJECT', 'RETURN_OR_REFUND_REQUEST_CANCEL',
            'REPLACEMENT_REQUEST_CANCEL')
         THEN make_timestamp(d.update_time * 1000000) END AS closed_at,
    d.return_type = 'REPLACEMENT' AS has_exchange
FROM parsed_returns
WHERE d.return_type <> 'REFUND';

-- view: return_refunds (approved or paid, and not replaced by an edited request)
-- stream: returns
SELECT
    record_key, d,
    CAST(d.refund_amount.refund_total AS DECIMAL(19,6)) AS refund_total,
    CAST(d.refund_amount.refund_subtotal AS DECIMAL(19,6)) AS refund_subtotal,
    CAST(d.refund_amount.refund_shipping_fee AS DECIMAL(19,6)) AS refund_shipping,
    coalesce(CAST(nullif(d.refund_amount.refund_tax, '') AS DECIMAL(19,6)), 0) AS refund_tax,
    coalesce(list_sum(list_transform(d.discount_amount,
        lambda a: CAST(nullif(a.product_platform_discount, '') AS DECIMAL(19,6)))), 0) AS platform_discount,
    coalesce(list_sum(list_transform(d.discount_amount,
        lambda a: CAST(nullif(a.shipping_fee_platform_discount, '') AS DECIMAL(19,6)))), 0) AS shipping_discount,
    coalesce(CAST(nullif(d.partial_refund.amount, '') AS DECIMAL(19,6)), 0) <> 0 AS is_partial
FROM parsed_returns
WHERE coalesce(d.next_return_id, '') = ''
  AND d.return_status IN ('RETURN_OR_REFUND_REQUEST_SUCCESS', 'RETURN_OR_REFUND_REQUEST_COMPLETE',
                          'REPLACEMENT_REQUEST_REFUND_SUCCESS');

-- table: refund
-- stream: returns
SELECT
    record_key,
    $channel AS channel,
    d.order_id AS order_id,
    d.return_id AS refund_id,
    make_timestamp(d.create_time * 1000000) AS created_at,
    make_timestamp(d.update_time * 1000000) AS processed_at,
    make_timestamp(d.update_time * 1000000) AS updated_at,
    d.refund_amount.currency AS currency,
    refund_total - refund_tax + platform_discount + shipping_discount AS total,
    refund_subtotal + platform_discount AS item,
    refund_shipping + shipping_discount AS shipping,
    refund_total - refund_tax - refund_subtotal - refund_shipping AS adjustment,
    coalesce(nullif(d.return_reason_text, ''), nullif(d.return_reason, '')) AS reason,
    CASE WHEN d.return_status = 'RETURN_OR_REFUND_REQUEST_SUCCESS' THEN 'pending' ELSE 'success' END
        AS transaction_status,
    CASE WHEN d.return_type <> 'REFUND' THEN d.return_id END AS return_id
FROM return_refunds;

-- prepare: returned_units
-- stream: returns
SELECT
    r.record_key,
    r.d.order_id AS order_id,
    r.d.return_id AS refund_id,
    r.d.return_type AS return_type,
    r.d.refund_amount.currency AS currency,
    r.is_partial,
    r.platform_discount AS discount_taken_back,
    i.seller_sku AS seller_sku,
    CAST(i.refund_amount.refund_subtotal AS DECIMAL(19,6)) AS amount,
    r.d."order".line_items AS units,
    list_filter(r.d."order".line_items, lambda l: l.id = i.order_line_item_id)[1] AS o
FROM return_refunds AS r, unnest(r.d.return_line_items) AS u(i);

-- table: refund_line
-- stream: returns
SELECT
    record_key,
    $channel AS channel,
    order_id,
    refund_id,
    line_id AS refund_line_id,
    line_id,
    nullif(trim(min(seller_sku)), '') AS sku,
    -- Money off for goods that the customer keeps takes no units back.
    CAST(CASE WHEN is_partial THEN 0 ELSE count(*) END AS DECIMAL(19,6)) AS quantity,
    -- The platform tells for the whole return what it takes back of its discount. The units say how it was given; what
    -- rounding leaves between the two stands on the first line.
    CAST(sum(amount + discount + CASE WHEN place = 1 THEN discount_taken_back - all_discount ELSE 0 END)
        AS DECIMAL(19,6)) AS net,
    CASE return_type WHEN 'RETURN_AND_REFUND' THEN 'return' WHEN 'REFUND' THEN 'no_restock' ELSE 'unknown' END
        AS restock_type,
    currency
FROM (
    SELECT
        record_key, order_id, refund_id, return_type, currency, is_partial, discount_taken_back, seller_sku, amount,
        CASE WHEN discount_taken_back = 0 THEN 0 ELSE CAST(o.platform_discount AS DECIMAL(19,6)) END AS discount,
        sum(CASE WHEN discount_taken_back = 0 THEN 0 ELSE CAST(o.platform_discount AS DECIMAL(19,6)) END)
            OVER (PARTITION BY record_key) AS all_discount,
        row_number() OVER (PARTITION BY record_key ORDER BY lpad(o.id, 24, '0')) AS place,
        ltrim(list_min(list_transform(
            list_filter(units, lambda l: l.sku_id = o.sku_id AND l.original_price = o.original_price
                AND l.sale_price = o.sale_price),
            lambda l: lpad(l.id, 24, '0'))), '0') AS line_id
    FROM returned_units
)
GROUP BY record_key, order_id, refund_id, line_id, is_partial, return_type, currency;

-- table: payout
-- stream: payouts
SELECT
    record_key,
    $channel AS channel,
    d.id AS payout_id,
    'tiktok' AS provider,
    make_timestamp(d.create_time * 1000000) AS issued_at,
    CASE d.status WHEN 'PAID' THEN 'paid' WHEN 'PROCESSING' THEN 'in_transit' WHEN 'FAILED' THEN 'failed'
         ELSE 'unknown' END AS status,
    d.status AS source_status,
    CASE WHEN net < 0 THEN 'withdrawal' ELSE 'deposit' END AS kind,
    currency,
    net
FROM (
    SELECT record_key, d,
        -- In another currency than the statements' it cannot be held against them: then what it was before counts.
        d.amount.currency = d.settlement_amount.currency OR d.payment_amount_before_exchange.value IS NULL AS is_same,
        CASE WHEN is_same THEN d.amount.currency ELSE d.payment_amount_before_exchange.currency END AS currency,
        CAST(CASE WHEN is_same THEN d.amount.value ELSE d.payment_amount_before_exchange.value END AS DECIMAL(19,6))
            AS net
    FROM (
        SELECT record_key, from_json(body, '{
            "id":"VARCHAR","create_time":"BIGINT","status":"VARCHAR",
            "amount":{"value":"VARCHAR","currency":"VARCHAR"},
            "settlement_amount":{"value":"VARCHAR","currency":"VARCHAR"},
            "payment_amount_before_exchange":{"value":"VARCHAR","currency":"VARCHAR"}}') AS d
        FROM incoming
    )
);

-- prepare: parsed_rows
-- stream: statements
SELECT record_key, from_json(body, '{
    "id":"VARCHAR","type":"VARCHAR","order_id":"VARCHAR","adjustment_order_id":"VARCHAR",
    "associated_order_id":"VARCHAR","settlement_amount":"VARCHAR","revenue_amount":"VARCHAR","fee_tax_amount":"VARCHAR",
    "shipping_cost_amount":"VARCHAR","adjustment_amount":"VARCHAR","reserve_amount":"VARCHAR",
    "revenue_breakdown":{"subtotal_before_discount_amount":"VARCHAR","seller_discount_amount":"VARCHAR",
        "refund_subtotal_before_discount_amount":"VARCHAR","seller_discount_refund_amount":"VARCHAR"},
    "fee_tax_breakdown":{"fee":"MAP(VARCHAR,VARCHAR)","tax":"MAP(VARCHAR,VARCHAR)"},
    "shipping_cost_breakdown":"MAP(VARCHAR,VARCHAR)",
    "statement":{"id":"VARCHAR","statement_time":"BIGINT","currency":"VARCHAR","payment_id":"VARCHAR",
        "total_settlement_amount":"VARCHAR","total_settlement_breakdown":{"total_revenue_amount":"VARCHAR",
            "total_fee_tax_amount":"VARCHAR","total_shipping_cost_amount":"VARCHAR",
            "total_adjustment_amount":"VARCHAR"}}}') AS d
FROM incoming;

-- view: told_rows (the amounts as numbers; the maps without what only explains)
-- stream: statements
SELECT
    record_key, d,
    CAST(nullif(d.settlement_amount, '') AS DECIMAL(19,6)) AS settlement,
    coalesce(CAST(nullif(d.revenue_amount, '') AS DECIMAL(19,6)), 0) AS revenue,
    coalesce(CAST(nullif(d.fee_tax_amount, '') AS DECIMAL(19,6)), 0) AS fee_tax,
    coalesce(CAST(nullif(d.shipping_cost_amount, '') AS DECIMAL(19,6)), 0) AS shipping_cost,
    coalesce(CAST(nullif(d.adjustment_amount, '') AS DECIMAL(19,6)), 0) AS adjustment,
    coalesce(CAST(nullif(d.reserve_amount, '') AS DECIMAL(19,6)), 0) AS reserve,
    list_transform(list_filter(map_entries(d.fee_tax_breakdown.fee), lambda e: coalesce(e.value, '') <> ''),
        lambda e: {'name': e.key, 'amount': CAST(e.value AS DECIMAL(19,6))}) AS fees,
    list_transform(list_filter(map_entries(d.fee_tax_breakdown.tax), lambda e: coalesce(e.value, '') <> ''),
        lambda e: {'name': e.key, 'amount': CAST(e.value AS DECIMAL(19,6))}) AS taxes,
    list_transform(list_filter(map_entries(d.shipping_cost_breakdown),
            lambda e: e.key <> 'supplementary_component' AND coalesce(e.value, '') <> ''),
        lambda e: {'name': e.key, 'amount': CAST(e.value AS DECIMAL(19,6))}) AS costs,
    CAST(nullif(d.statement.total_settlement_amount, '') AS DECIMAL(19,6)) AS all_settlement,
    coalesce(CAST(nullif(d.statement.total_settlement_breakdown.total_revenue_amount, '') AS DECIMAL(19,6)), 0)
        AS all_revenue,
    coalesce(CAST(nullif(d.statement.total_settlement_breakdown.total_fee_tax_amount, '') AS DECIMAL(19,6)), 0)
        + coalesce(CAST(nullif(d.statement.total_settlement_breakdown.total_shipping_cost_amount, '')
            AS DECIMAL(19,6)), 0)
        + coalesce(CAST(nullif(d.statement.total_settlement_breakdown.total_adjustment_amount, '')
            AS DECIMAL(19,6)), 0) AS all_costs
FROM parsed_rows;

-- view: signed_rows
-- stream: statements
-- The text says that costs are subtracted, live figures add them: the sign is the one with which they make up the
-- settlement of the row; where both or neither do, that of the whole statement; else they are added. The parts of a sum
-- have a sign of their own, with which they make up the sum; where they do not, they are left out (0).
SELECT
    *,
    CASE WHEN (revenue + fee_tax + shipping_cost + adjustment = settlement)
          AND NOT (revenue - fee_tax - shipping_cost - adjustment = settlement) THEN 1
         WHEN (revenue - fee_tax - shipping_cost - adjustment = settlement)
          AND NOT (revenue + fee_tax + shipping_cost + adjustment = settlement) THEN -1
         WHEN all_revenue - all_costs = all_settlement AND NOT (all_revenue + all_costs = all_settlement) THEN -1
         ELSE 1 END AS sign,
    coalesce(list_sum(list_transform(fees, lambda e: e.amount)), 0)
        + coalesce(list_sum(list_transform(taxes, lambda e: e.amount)), 0) AS fee_parts,
    coalesce(list_sum(list_transform(costs, lambda e: e.amount)), 0) AS cost_parts,
    CASE WHEN fee_parts = fee_tax THEN sign WHEN fee_parts = 0 - fee_tax THEN 0 - sign ELSE 0 END AS fee_sign,
    CASE WHEN cost_parts = shipping_cost THEN sign WHEN cost_parts = 0 - shipping_cost THEN 0 - sign ELSE 0 END
        AS cost_sign
FROM told_rows;

-- prepare: settled_rows (everything as it counts for the seller: money in is positive, a cost is positive in fee and tax)
-- stream: statements
SELECT
    record_key, d, fees, fee_sign, reserve,
    coalesce(nullif(d.order_id, ''), nullif(d.adjustment_order_id, ''), nullif(d.associated_order_id, '')) AS order_id,
    d.type = 'RESERVE' AS is_reserve,
    sale, given_back,
    -- What customer and platform pay for shipping is money for the order; what shipping costs the seller is not.
    coalesce(list_sum(list_transform(list_filter(costs, lambda e: e.name IN (
        'customer_paid_shipping_fee_amount', 'shipping_fee_discount_amount')), lambda e: e.amount)), 0) * cost_sign
        AS paid_shipping,
    revenue + sign * adjustment + paid_shipping AS gross,
    0 - fee_sign * coalesce(list_sum(list_transform(taxes, lambda e: e.amount)), 0) AS tax,
    paid_shipping - sign * (fee_tax + shipping_cost) - tax AS fee,
    coalesce(settlement, gross - fee - tax) AS net,
    sale <> 0 AND given_back <> 0 AND sale + given_back = revenue AS is_both
FROM (
    SELECT *,
        coalesce(CAST(nullif(d.revenue_breakdown.subtotal_before_discount_amount, '') AS DECIMAL(19,6)), 0)
            + coalesce(CAST(nullif(d.revenue_breakdown.seller_discount_amount, '') AS DECIMAL(19,6)), 0) AS sale,
        coalesce(CAST(nullif(d.revenue_breakdown.refund_subtotal_before_discount_amount, '') AS DECIMAL(19,6)), 0)
            + coalesce(CAST(nullif(d.revenue_breakdown.seller_discount_refund_amount, '') AS DECIMAL(19,6)), 0)
            AS given_back
    FROM signed_rows
);

-- table: payout_line
-- stream: statements
SELECT
    record_key,
    $channel AS channel,
    line_id,
    nullif(d.statement.payment_id, '') AS payout_id,
    kind,
    d.type AS source_type,
    d.statement.currency AS currency,
    CAST(gross AS DECIMAL(19,6)) AS gross,
    CAST(fee AS DECIMAL(19,6)) AS fee,
    CAST(tax AS DECIMAL(19,6)) AS tax,
    CAST(net AS DECIMAL(19,6)) AS net,
    make_timestamp(d.statement.statement_time * 1000000) AS processed_at,
    order_id,
    order_id AS order_ref,
    FALSE AS is_test
FROM (
    SELECT
        record_key, d, order_id, d.id AS line_id,
        CASE WHEN d.type = 'ORDER' THEN CASE
                WHEN is_both THEN 'charge'
                WHEN gross < 0 OR (given_back <> 0 AND sale = 0) THEN 'refund'
                ELSE 'charge' END
             WHEN d.type = 'CHARGE_BACK' THEN 'dispute'
             WHEN d.type IN ('SAMPLE_SHIPPING_FEE', 'FBT_WAREHOUSE_SERVICE_FEE', 'GMV_PAYMENT_FOR_ADS', 'STAMP_DUTY',
                             'PLATFORM_PENALTY') THEN 'fee'
             WHEN d.type IN ('SHIPPING_FEE_ADJUSTMENT', 'SHIPPING_FEE_COMPENSATION', 'SHIPPING_FEE_REBATE',
                             'CUSTOMER_SERVICE_COMPENSATION', 'PROMOTION_ADJUSTMENT', 'PLATFORM_COMPENSATION',
                             'PLATFORM_REIMBURSEMENT', 'PLATFORM_COMMISSION_ADJUSTMENT',
                             'PLATFORM_COMMISSION_COMPENSATION', 'DEDUCTIONS_INCURRED_BY_SELLER',
                             'LOGISTICS_REIMBURSEMENT', 'REBATE', 'COFUNDED_CREATOR_REWARDS', 'SELLER_MISSION_REWARD',
                             'OTHER_ADJUSTMENT') THEN 'adjustment'
             ELSE 'other' END AS kind,
        CASE WHEN is_both THEN gross - given_back - least(paid_shipping, 0) ELSE gross END AS gross,
        fee, tax,
        CASE WHEN is_both THEN net - given_back - least(paid_shipping, 0) ELSE net END AS net
    FROM settled_rows WHERE NOT is_reserve
    UNION ALL
    -- The refund of an order that was sold in the same row.
    SELECT record_key, d, order_id, d.id || '/refund', 'refund', given_back + least(paid_shipping, 0), 0, 0,
           given_back + least(paid_shipping, 0)
    FROM settled_rows WHERE is_both AND NOT is_reserve
    UNION ALL
    -- Withheld is negative, released is positive.
    SELECT record_key, d, order_id, CASE WHEN is_reserve THEN d.id ELSE d.id || '/reserve' END, 'reserve', reserve, 0, 0,
           reserve
    FROM settled_rows WHERE is_reserve OR reserve <> 0
);

-- table: sales_order_fee
-- stream: statements
SELECT
    record_key,
    $channel AS channel,
    d.order_id AS order_id,
    d.id || '/' || f.name AS fee_id,
    CASE WHEN f.name LIKE '%commission%' OR f.name LIKE 'referral_fee%' THEN 'commission'
         WHEN f.name LIKE 'transaction_fee%' OR f.name LIKE '%handling_fee%' THEN 'payment'
         WHEN f.name LIKE '%service_fee%' THEN 'service'
         ELSE 'other' END AS kind,
    CAST(0 - fee_sign * f.amount AS DECIMAL(19,6)) AS net,
    CAST(NULL AS DECIMAL(19,6)) AS tax,
    d.statement.currency AS currency
FROM settled_rows, unnest(fees) AS u(f)
WHERE coalesce(d.order_id, '') <> '' AND f.amount <> 0 AND fee_sign <> 0
UNION ALL
-- VAT and other taxes are told for the fees together.
SELECT record_key, $channel, d.order_id, d.id || '/tax', 'other', 0, CAST(tax AS DECIMAL(19,6)), d.statement.currency
FROM settled_rows WHERE coalesce(d.order_id, '') <> '' AND tax <> 0;
