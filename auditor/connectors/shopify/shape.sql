-- Shopify's bodies into canonical rows.
--
-- Amounts are shop money, what the buyer saw stands in presentment_*. Ids are the API's (gid://shopify/Order/501).
-- Everything is parsed as text and cast once, so that a value that is no number or no time is an error, not a NULL.
-- Instants come in UTC. A word that is not known becomes 'unknown'; as it came it stands in source_status.
-- With prices that include tax (taxesIncluded) Shopify's line amounts include it; without, they do not.

-- table: channel_location
-- stream: locations
SELECT
    record_key,
    $channel AS channel,
    d.id AS location,
    d.name AS name,
    d.isActive AS is_active,
    d.hasActiveInventory AS holds_stock
FROM (
    SELECT record_key, from_json(body,
        '{"id":"VARCHAR","name":"VARCHAR","isActive":"BOOLEAN","hasActiveInventory":"BOOLEAN"}') AS d
    FROM incoming
);

-- prepare: parsed_listings
-- stream: listings
SELECT record_key, from_json(body, '{
    "id":"VARCHAR","sku":"VARCHAR","barcode":"VARCHAR","displayName":"VARCHAR","price":"VARCHAR",
    "currencyCode":"VARCHAR","inventoryPolicy":"VARCHAR","inventoryQuantity":"VARCHAR","updatedAt":"VARCHAR",
    "requiresComponents":"BOOLEAN",
    "product":{"id":"VARCHAR","status":"VARCHAR"},
    "inventoryItem":{"id":"VARCHAR","tracked":"BOOLEAN"},
    "productVariantComponents":[{"quantity":"VARCHAR","productVariant":{"sku":"VARCHAR"}}]}') AS d
FROM incoming;

-- table: listing
-- stream: listings
SELECT
    record_key,
    $channel AS channel,
    d.id AS listing_id,
    d.product.id AS product_id,
    nullif(trim(d.sku), '') AS sku,
    d.displayName AS title,
    nullif(trim(d.barcode), '') AS barcode,
    CAST(d.price AS DECIMAL(19,6)) AS price,
    d.currencyCode AS currency,
    -- An unlisted product is sold to those who have its address.
    d.product.status IN ('ACTIVE', 'UNLISTED') AS is_active,
    d.inventoryItem.tracked AS is_tracked,
    d.requiresComponents AS is_bundle,
    d.inventoryPolicy = 'CONTINUE' AS oversell_allowed,
    d.inventoryItem.id AS inventory_item_id,
    CAST(d.inventoryQuantity AS DECIMAL(19,6)) AS available,
    CAST(d.updatedAt AS TIMESTAMP) AS updated_at
FROM parsed_listings;

-- table: listing_component
-- stream: listings
SELECT
    record_key,
    $channel AS channel,
    d.id AS listing_id,
    nullif(trim(c.productVariant.sku), '') AS component_sku,
    CAST(c.quantity AS DECIMAL(19,6)) AS quantity
FROM parsed_listings, unnest(d.productVariantComponents) AS u(c);

-- prepare: parsed_levels
-- stream: stock
SELECT record_key, from_json(body, '{
    "isActive":"BOOLEAN","updatedAt":"VARCHAR","location":{"id":"VARCHAR"},
    "item":{"id":"VARCHAR","sku":"VARCHAR","tracked":"BOOLEAN"},
    "quantities":[{"name":"VARCHAR","quantity":"VARCHAR","updatedAt":"VARCHAR"}]}') AS d
FROM incoming;

-- table: channel_stock
-- stream: stock
SELECT
    record_key,
    $channel AS channel,
    d.location.id AS location,
    nullif(trim(d.item.sku), '') AS sku,
    d.item.id AS inventory_item_id,
    CAST(list_filter(d.quantities, lambda q: q.name = 'available')[1].quantity AS DECIMAL(19,6)) AS available,
    CAST(list_filter(d.quantities, lambda q: q.name = 'on_hand')[1].quantity AS DECIMAL(19,6)) AS on_hand,
    CAST(list_filter(d.quantities, lambda q: q.name = 'committed')[1].quantity AS DECIMAL(19,6)) AS committed,
    CAST(list_filter(d.quantities, lambda q: q.name = 'reserved')[1].quantity AS DECIMAL(19,6)) AS reserved,
    CAST(list_filter(d.quantities, lambda q: q.name = 'incoming')[1].quantity AS DECIMAL(19,6)) AS incoming,
    d.item.tracked AS is_tracked,
    d.isActive AS is_active,
    -- When what may be sold last changed; the level itself also changes with each unit that is committed.
    CAST(coalesce(list_filter(d.quantities, lambda q: q.name = 'available')[1].updatedAt, d.updatedAt) AS TIMESTAMP)
        AS updated_at
FROM parsed_levels;

-- prepare: parsed_orders
-- stream: orders
SELECT record_key, from_json(body, '{
    "id":"VARCHAR","name":"VARCHAR","test":"BOOLEAN","confirmed":"BOOLEAN","edited":"BOOLEAN",
    "createdAt":"VARCHAR","processedAt":"VARCHAR","updatedAt":"VARCHAR","closedAt":"VARCHAR","cancelledAt":"VARCHAR",
    "displayFinancialStatus":"VARCHAR","displayFulfillmentStatus":"VARCHAR",
    "taxesIncluded":"BOOLEAN","currencyCode":"VARCHAR","presentmentCurrencyCode":"VARCHAR",
    "totalPriceSet":{"shopMoney":{"amount":"VARCHAR"},"presentmentMoney":{"amount":"VARCHAR"}},
    "totalTaxSet":{"shopMoney":{"amount":"VARCHAR"},"presentmentMoney":{"amount":"VARCHAR"}},
    "subtotalPriceSet":{"shopMoney":{"amount":"VARCHAR"}},
    "totalDiscountsSet":{"shopMoney":{"amount":"VARCHAR"}},
    "originalTotalDutiesSet":{"shopMoney":{"amount":"VARCHAR"}},
    "totalTipReceivedSet":{"shopMoney":{"amount":"VARCHAR"}},
    "totalReceivedSet":{"shopMoney":{"amount":"VARCHAR"}},
    "totalRefundedSet":{"shopMoney":{"amount":"VARCHAR"}},
    "totalCashRoundingAdjustment":{"paymentSet":{"shopMoney":{"amount":"VARCHAR"}}},
    "taxLines":[{"title":"VARCHAR","rate":"VARCHAR","channelLiable":"BOOLEAN",
        "priceSet":{"shopMoney":{"amount":"VARCHAR"}}}],
    "lineItems":[{"id":"VARCHAR","title":"VARCHAR","sku":"VARCHAR","quantity":"VARCHAR","currentQuantity":"VARCHAR",
        "isGiftCard":"BOOLEAN","requiresShipping":"BOOLEAN",
        "lineItemGroup":{"id":"VARCHAR","quantity":"VARCHAR","variantSku":"VARCHAR"},
        "originalUnitPriceSet":{"shopMoney":{"amount":"VARCHAR"}},
        "originalTotalSet":{"shopMoney":{"amount":"VARCHAR"}},
        "discountAllocations":[{"allocatedAmountSet":{"shopMoney":{"amount":"VARCHAR"}}}],
        "taxLines":[{"rate":"VARCHAR","priceSet":{"shopMoney":{"amount":"VARCHAR"}}}]}],
    "shippingLines":[{"id":"VARCHAR","title":"VARCHAR","isRemoved":"BOOLEAN",
        "discountedPriceSet":{"shopMoney":{"amount":"VARCHAR"}},
        "taxLines":[{"rate":"VARCHAR","priceSet":{"shopMoney":{"amount":"VARCHAR"}}}]}],
    "transactions":[{"id":"VARCHAR","kind":"VARCHAR","status":"VARCHAR","gateway":"VARCHAR","paymentId":"VARCHAR",
        "processedAt":"VARCHAR","amountSet":{"shopMoney":{"amount":"VARCHAR","currencyCode":"VARCHAR"}},
        "parentTransaction":{"id":"VARCHAR"},
        "fees":[{"amount":{"amount":"VARCHAR","currencyCode":"VARCHAR"}}]}]}') AS d
FROM incoming;

-- prepare: order_lines
-- stream: orders
SELECT
    record_key,
    d.id AS order_id,
    d.currencyCode AS currency,
    d.taxesIncluded AS is_tax_included,
    CAST(d.totalTipReceivedSet.shopMoney.amount AS DECIMAL(19,6)) AS order_tip,
    l,
    CAST(l.originalTotalSet.shopMoney.amount AS DECIMAL(19,6)) AS full_price,
    -- Every share of every discount, of the order's too; other discount amounts leave some out.
    coalesce(list_sum(list_transform(l.discountAllocations,
        lambda a: CAST(a.allocatedAmountSet.shopMoney.amount AS DECIMAL(19,6)))), 0) AS discount,
    coalesce(list_sum(list_transform(l.taxLines,
        lambda t: CAST(t.priceSet.shopMoney.amount AS DECIMAL(19,6)))), 0) AS tax,
    CASE WHEN len(l.taxLines) = 0 THEN 0
         ELSE list_sum(list_transform(l.taxLines, lambda t: CAST(t.rate AS DECIMAL(19,6)))) END AS tax_rate,
    -- A tip is a line that has no SKU, is not shipped and is no gift card, in an order that received one.
    coalesce(trim(l.sku), '') = '' AND NOT l.requiresShipping AND NOT l.isGiftCard
        AND CAST(d.totalTipReceivedSet.shopMoney.amount AS DECIMAL(19,6)) > 0 AS may_be_tip
FROM parsed_orders, unnest(d.lineItems) AS u(l);

-- table: sales_order
-- stream: orders
SELECT
    record_key,
    $channel AS channel,
    d.id AS order_id,
    d.name AS order_ref,
    -- The date that Shopify reports by; an imported order may be dated back.
    CAST(d.processedAt AS TIMESTAMP) AS placed_at,
    CAST(d.updatedAt AS TIMESTAMP) AS updated_at,
    CASE WHEN d.cancelledAt IS NOT NULL THEN 'cancelled'
         WHEN d.closedAt IS NOT NULL THEN 'closed'
         WHEN NOT d.confirmed THEN 'pending'
         ELSE 'open' END AS status,
    concat_ws('/', d.displayFinancialStatus, d.displayFulfillmentStatus) AS source_status,
    d.test AS is_test,
    d.confirmed AS is_confirmed,
    d.edited AS is_edited,
    CASE WHEN d.displayFinancialStatus IN ('PAID', 'PARTIALLY_PAID', 'AUTHORIZED', 'PENDING', 'PARTIALLY_REFUNDED',
                                           'REFUNDED', 'VOIDED', 'EXPIRED')
         THEN lower(d.displayFinancialStatus) ELSE 'unknown' END AS payment_status,
    CASE WHEN d.displayFulfillmentStatus IN ('UNFULFILLED', 'OPEN', 'IN_PROGRESS', 'PENDING_FULFILLMENT', 'SCHEDULED',
                                             'REQUEST_DECLINED') THEN 'unshipped'
         WHEN d.displayFulfillmentStatus = 'PARTIALLY_FULFILLED' THEN 'partial'
         WHEN d.displayFulfillmentStatus = 'FULFILLED' THEN 'shipped'
         WHEN d.displayFulfillmentStatus IN ('FULFILLMENT_NOT_REQUIRED', 'RESTOCKED') THEN 'not_needed'
         WHEN d.displayFulfillmentStatus = 'ON_HOLD' THEN 'on_hold'
         ELSE 'unknown' END AS fulfilment_status,
    CAST(d.cancelledAt AS TIMESTAMP) AS cancelled_at,
    d.currencyCode AS currency,
    CAST(d.totalPriceSet.shopMoney.amount AS DECIMAL(19,6)) AS total,
    CAST(d.subtotalPriceSet.shopMoney.amount AS DECIMAL(19,6)) AS subtotal,
    CAST(d.totalTaxSet.shopMoney.amount AS DECIMAL(19,6)) AS tax,
    -- From the lines: what totalShippingPriceSet takes off is not documented.
    coalesce(list_sum(list_transform(list_filter(d.shippingLines, lambda s: NOT s.isRemoved),
        lambda s: CAST(s.discountedPriceSet.shopMoney.amount AS DECIMAL(19,6)))), 0) AS shipping,
    CAST(d.totalDiscountsSet.shopMoney.amount AS DECIMAL(19,6)) AS discount,
    CAST(d.totalTipReceivedSet.shopMoney.amount AS DECIMAL(19,6)) AS tip,
    coalesce(CAST(d.originalTotalDutiesSet.shopMoney.amount AS DECIMAL(19,6)), 0) AS duties,
    CAST(d.totalCashRoundingAdjustment.paymentSet.shopMoney.amount AS DECIMAL(19,6)) AS cash_rounding,
    d.taxesIncluded AS is_tax_included,
    -- Where only part of the tax is collected by a marketplace, no single word is true.
    CASE WHEN len(list_filter(d.taxLines, lambda t: t.channelLiable IS NOT NULL)) = 0 THEN NULL
         WHEN len(list_filter(d.taxLines, lambda t: t.channelLiable)) = 0 THEN 'seller'
         WHEN len(list_filter(d.taxLines, lambda t: t.channelLiable)) = len(d.taxLines) THEN 'channel'
    END AS tax_collected_by,
    d.presentmentCurrencyCode AS presentment_currency,
    CAST(d.totalPriceSet.presentmentMoney.amount AS DECIMAL(19,6)) AS presentment_total,
    CAST(d.totalTaxSet.presentmentMoney.amount AS DECIMAL(19,6)) AS presentment_tax,
    CAST(d.totalReceivedSet.shopMoney.amount AS DECIMAL(19,6)) AS received,
    CAST(d.totalRefundedSet.shopMoney.amount AS DECIMAL(19,6)) AS refunded
FROM parsed_orders;

-- table: sales_order_line
-- stream: orders
SELECT
    record_key,
    $channel AS channel,
    order_id,
    l.id AS line_id,
    nullif(trim(l.sku), '') AS sku,
    l.title AS title,
    CASE WHEN l.isGiftCard THEN 'gift_card'
         WHEN may_be_tip AND (full_price = order_tip
              OR order_tip = sum(CASE WHEN may_be_tip THEN full_price END) OVER (PARTITION BY record_key)) THEN 'tip'
         ELSE 'product' END AS kind,
    CAST(l.quantity AS DECIMAL(19,6)) AS quantity,
    CAST(l.currentQuantity AS DECIMAL(19,6)) AS current_quantity,
    CAST(l.originalUnitPriceSet.shopMoney.amount AS DECIMAL(19,6)) AS unit_price,
    discount,
    CASE WHEN is_tax_included THEN full_price - discount - tax ELSE full_price - discount END AS net,
    tax,
    CASE WHEN is_tax_included THEN full_price - discount ELSE full_price - discount + tax END AS gross,
    tax_rate,
    l.requiresShipping AS is_shippable,
    l.lineItemGroup.id AS bundle_id,
    nullif(trim(l.lineItemGroup.variantSku), '') AS bundle_sku,
    CAST(l.lineItemGroup.quantity AS DECIMAL(19,6)) AS bundle_quantity,
    currency
FROM order_lines;

-- table: sales_order_shipping
-- stream: orders
SELECT
    record_key,
    $channel AS channel,
    order_id,
    coalesce(s.id, CAST(position AS VARCHAR)) AS shipping_id,
    s.title AS title,
    CASE WHEN is_tax_included THEN price - tax ELSE price END AS net,
    tax,
    CASE WHEN is_tax_included THEN price ELSE price + tax END AS gross,
    tax_rate,
    s.isRemoved AS is_removed,
    currency
FROM (
    SELECT
        record_key, order_id, currency, is_tax_included, position, s,
        CAST(s.discountedPriceSet.shopMoney.amount AS DECIMAL(19,6)) AS price,
        coalesce(list_sum(list_transform(s.taxLines,
            lambda t: CAST(t.priceSet.shopMoney.amount AS DECIMAL(19,6)))), 0) AS tax,
        CASE WHEN len(s.taxLines) = 0 THEN 0
             ELSE list_sum(list_transform(s.taxLines, lambda t: CAST(t.rate AS DECIMAL(19,6)))) END AS tax_rate
    FROM (
        SELECT
            record_key, d.id AS order_id, d.currencyCode AS currency, d.taxesIncluded AS is_tax_included,
            position, d.shippingLines[position] AS s
        FROM parsed_orders, unnest(range(1, len(d.shippingLines) + 1)) AS u(position)
    )
);

-- table: sales_order_tax
-- stream: orders
SELECT
    record_key,
    $channel AS channel,
    d.id AS order_id,
    tax_no,
    d.taxLines[tax_no].title AS title,
    CAST(d.taxLines[tax_no].rate AS DECIMAL(19,6)) AS tax_rate,
    CAST(d.taxLines[tax_no].priceSet.shopMoney.amount AS DECIMAL(19,6)) AS tax,
    d.taxLines[tax_no].channelLiable AS is_channel_liable,
    d.currencyCode AS currency
FROM parsed_orders, unnest(range(1, len(d.taxLines) + 1)) AS u(tax_no);

-- table: sales_payment
-- stream: orders
SELECT
    record_key,
    $channel AS channel,
    d.id AS order_id,
    t.id AS transaction_id,
    t.parentTransaction.id AS parent_transaction_id,
    CASE WHEN t.kind IN ('SALE', 'CAPTURE', 'REFUND', 'AUTHORIZATION', 'VOID', 'CHANGE') THEN lower(t.kind)
         WHEN t.kind = 'EMV_AUTHORIZATION' THEN 'authorization'
         ELSE 'unknown' END AS kind,
    CASE WHEN t.status = 'SUCCESS' THEN 'success'
         WHEN t.status IN ('PENDING', 'AWAITING_RESPONSE') THEN 'pending'
         WHEN t.status IN ('FAILURE', 'ERROR') THEN 'failed'
         ELSE 'unknown' END AS status,
    t.gateway AS gateway,
    t.paymentId AS payment_id,
    CAST(t.amountSet.shopMoney.amount AS DECIMAL(19,6)) AS amount,
    t.amountSet.shopMoney.currencyCode AS currency,
    -- Fees come in the currency of the payout; in another currency than the row's they do not belong here.
    CASE WHEN len(t.fees) > 0
          AND len(list_filter(t.fees, lambda f: f.amount.currencyCode <> t.amountSet.shopMoney.currencyCode)) = 0
         THEN list_sum(list_transform(t.fees, lambda f: CAST(f.amount.amount AS DECIMAL(19,6)))) END AS fee,
    CAST(t.processedAt AS TIMESTAMP) AS processed_at
FROM parsed_orders, unnest(d.transactions) AS u(t);

-- prepare: parsed_refunds
-- stream: refunds
SELECT record_key, from_json(body, '{
    "id":"VARCHAR","taxesIncluded":"BOOLEAN","currencyCode":"VARCHAR",
    "refunds":[{"id":"VARCHAR","createdAt":"VARCHAR","processedAt":"VARCHAR","updatedAt":"VARCHAR",
        "return":{"id":"VARCHAR"},
        "duties":[{"amountSet":{"shopMoney":{"amount":"VARCHAR"}}}],
        "refundLineItems":[{"id":"VARCHAR","quantity":"VARCHAR","restockType":"VARCHAR","restocked":"BOOLEAN",
            "location":{"id":"VARCHAR"},"lineItem":{"id":"VARCHAR","sku":"VARCHAR"},
            "subtotalSet":{"shopMoney":{"amount":"VARCHAR"}},"totalTaxSet":{"shopMoney":{"amount":"VARCHAR"}}}],
        "refundShippingLines":[{"subtotalAmountSet":{"shopMoney":{"amount":"VARCHAR"}},
            "taxAmountSet":{"shopMoney":{"amount":"VARCHAR"}}}],
        "orderAdjustments":[{"reason":"VARCHAR","amountSet":{"shopMoney":{"amount":"VARCHAR"}},
            "taxAmountSet":{"shopMoney":{"amount":"VARCHAR"}}}],
        "transactions":[{"id":"VARCHAR","kind":"VARCHAR","status":"VARCHAR","gateway":"VARCHAR",
            "amountSet":{"shopMoney":{"amount":"VARCHAR"}}}]}],
    "returns":[{"id":"VARCHAR","status":"VARCHAR","createdAt":"VARCHAR","closedAt":"VARCHAR",
        "totalQuantity":"VARCHAR","hasExchange":"BOOLEAN"}]}') AS d
FROM incoming;

-- prepare: refund_parts
-- stream: refunds
SELECT
    record_key,
    d.id AS order_id,
    d.currencyCode AS currency,
    d.taxesIncluded AS is_tax_included,
    r,
    coalesce(list_sum(list_transform(r.refundLineItems,
        lambda i: CAST(i.subtotalSet.shopMoney.amount AS DECIMAL(19,6)))), 0) AS item_price,
    coalesce(list_sum(list_transform(r.refundLineItems,
        lambda i: CAST(i.totalTaxSet.shopMoney.amount AS DECIMAL(19,6)))), 0) AS item_tax,
    coalesce(list_sum(list_transform(r.refundShippingLines,
        lambda i: CAST(i.subtotalAmountSet.shopMoney.amount AS DECIMAL(19,6)))), 0) AS shipping_price,
    coalesce(list_sum(list_transform(r.refundShippingLines,
        lambda i: CAST(i.taxAmountSet.shopMoney.amount AS DECIMAL(19,6)))), 0) AS shipping_tax,
    coalesce(list_sum(list_transform(r.duties,
        lambda i: CAST(i.amountSet.shopMoney.amount AS DECIMAL(19,6)))), 0) AS duties,
    coalesce(list_sum(list_transform(r.orderAdjustments,
        lambda i: CAST(i.amountSet.shopMoney.amount AS DECIMAL(19,6))
                + CAST(i.taxAmountSet.shopMoney.amount AS DECIMAL(19,6)))), 0) AS adjustments,
    list_filter(r.transactions, lambda t: t.kind = 'REFUND') AS transactions,
    coalesce(list_sum(list_transform(
        list_filter(r.transactions, lambda t: t.kind = 'REFUND' AND t.status = 'SUCCESS'),
        lambda t: CAST(t.amountSet.shopMoney.amount AS DECIMAL(19,6)))), 0) AS moved,
    -- A word that is not known yet is no proof that money has moved: it counts as on its way.
    coalesce(list_sum(list_transform(
        list_filter(r.transactions, lambda t: t.kind = 'REFUND' AND t.status NOT IN ('SUCCESS', 'FAILURE', 'ERROR')),
        lambda t: CAST(t.amountSet.shopMoney.amount AS DECIMAL(19,6)))), 0) AS moving
FROM parsed_refunds, unnest(d.refunds) AS u(r);

-- table: refund
-- stream: refunds
SELECT
    record_key,
    $channel AS channel,
    order_id,
    r.id AS refund_id,
    CAST(r.createdAt AS TIMESTAMP) AS created_at,
    CAST(r.processedAt AS TIMESTAMP) AS processed_at,
    CAST(r.updatedAt AS TIMESTAMP) AS updated_at,
    currency,
    moved + moving AS total,
    CASE WHEN is_tax_included THEN item_price - item_tax ELSE item_price END AS item,
    CASE WHEN is_tax_included THEN shipping_price - shipping_tax ELSE shipping_price END AS shipping,
    item_tax + shipping_tax AS tax,
    -- Whether an adjustment adds to a refund or takes from it is not documented: the sign is the one with which the
    -- parts make up the money that moved. Where neither does, a negative one means that more was given back.
    duties + CASE
        WHEN moved + moving = duties + adjustments
             + CASE WHEN is_tax_included THEN item_price + shipping_price
                    ELSE item_price + shipping_price + item_tax + shipping_tax END THEN adjustments
        ELSE 0 - adjustments END AS adjustment,
    transactions[1].id AS transaction_id,
    transactions[1].gateway AS gateway,
    CASE WHEN len(list_filter(transactions, lambda t: t.status NOT IN ('SUCCESS', 'FAILURE', 'ERROR'))) > 0
         THEN 'pending'
         WHEN len(list_filter(transactions, lambda t: t.status = 'SUCCESS')) > 0 THEN 'success'
         WHEN len(transactions) > 0 THEN 'failed'
         ELSE 'none' END AS transaction_status,
    len(list_filter(r.refundLineItems, lambda i: i.restocked)) > 0 AS is_restocked,
    r."return".id AS return_id
FROM refund_parts;

-- table: refund_line
-- stream: refunds
SELECT
    record_key,
    $channel AS channel,
    order_id,
    r.id AS refund_id,
    coalesce(i.id, i.lineItem.id) AS refund_line_id,
    i.lineItem.id AS line_id,
    nullif(trim(i.lineItem.sku), '') AS sku,
    CAST(i.quantity AS DECIMAL(19,6)) AS quantity,
    CAST(i.subtotalSet.shopMoney.amount AS DECIMAL(19,6))
        - CASE WHEN is_tax_included THEN CAST(i.totalTaxSet.shopMoney.amount AS DECIMAL(19,6)) ELSE 0 END AS net,
    CAST(i.totalTaxSet.shopMoney.amount AS DECIMAL(19,6)) AS tax,
    CASE WHEN i.restockType IN ('RETURN', 'CANCEL', 'NO_RESTOCK') THEN lower(i.restockType)
         ELSE 'unknown' END AS restock_type,
    i.location.id AS location,
    currency
FROM refund_parts, unnest(r.refundLineItems) AS u(i);

-- table: return_case
-- stream: refunds
SELECT
    record_key,
    $channel AS channel,
    d.id AS order_id,
    c.id AS return_id,
    CASE WHEN c.status IN ('REQUESTED', 'OPEN', 'CLOSED', 'DECLINED') THEN lower(c.status)
         WHEN c.status = 'CANCELED' THEN 'cancelled'
         ELSE 'unknown' END AS status,
    c.status AS source_status,
    CAST(c.totalQuantity AS DECIMAL(19,6)) AS quantity,
    CAST(c.createdAt AS TIMESTAMP) AS created_at,
    CAST(c.closedAt AS TIMESTAMP) AS closed_at,
    c.hasExchange AS has_exchange
FROM parsed_refunds, unnest(d.returns) AS u(c);

-- prepare: parsed_fulfilments
-- stream: fulfilments
SELECT record_key, from_json(body, '{
    "id":"VARCHAR",
    "fulfillments":[{"id":"VARCHAR","status":"VARCHAR","displayStatus":"VARCHAR","createdAt":"VARCHAR",
        "updatedAt":"VARCHAR","deliveredAt":"VARCHAR","location":{"id":"VARCHAR"},
        "trackingInfo":[{"company":"VARCHAR","number":"VARCHAR","url":"VARCHAR"}],
        "fulfillmentLineItems":[{"id":"VARCHAR","quantity":"VARCHAR",
            "lineItem":{"id":"VARCHAR","sku":"VARCHAR"}}]}]}') AS d
FROM incoming;

-- table: shipment
-- stream: fulfilments
SELECT
    record_key,
    $channel AS channel,
    order_id,
    f.id AS shipment_id,
    CAST(package AS VARCHAR) AS package_id,
    nullif(trim(f.trackingInfo[package].company), '') AS carrier,
    nullif(trim(f.trackingInfo[package].number), '') AS tracking_number,
    nullif(regexp_replace(upper(f.trackingInfo[package].number), '[^A-Z0-9]', '', 'g'), '') AS tracking_key,
    f.trackingInfo[package].url AS tracking_url,
    CASE WHEN f.status = 'CANCELLED' THEN 'cancelled'
         WHEN f.status IN ('FAILURE', 'ERROR') THEN 'failed'
         WHEN f.status IN ('OPEN', 'PENDING') THEN 'pending'
         WHEN f.status <> 'SUCCESS' THEN 'unknown'
         WHEN f.deliveredAt IS NOT NULL OR f.displayStatus IN ('DELIVERED', 'PICKED_UP') THEN 'delivered'
         WHEN f.displayStatus = 'FAILURE' THEN 'failed'
         ELSE 'shipped' END AS status,
    concat_ws('/', f.status, f.displayStatus) AS source_status,
    f.location.id AS location,
    CAST(f.createdAt AS TIMESTAMP) AS shipped_at,
    CAST(f.deliveredAt AS TIMESTAMP) AS delivered_at,
    CAST(f.updatedAt AS TIMESTAMP) AS updated_at
FROM (SELECT record_key, d.id AS order_id, f FROM parsed_fulfilments, unnest(d.fulfillments) AS u(f)),
     -- One row without a number for a parcel that has none.
     unnest(range(1, greatest(len(f.trackingInfo), 1) + 1)) AS p(package);

-- table: shipment_line
-- stream: fulfilments
SELECT
    record_key,
    $channel AS channel,
    order_id,
    f.id AS shipment_id,
    i.lineItem.id AS line_id,
    nullif(trim(i.lineItem.sku), '') AS sku,
    CAST(i.quantity AS DECIMAL(19,6)) AS quantity
FROM (SELECT record_key, d.id AS order_id, f FROM parsed_fulfilments, unnest(d.fulfillments) AS u(f)),
     unnest(f.fulfillmentLineItems) AS l(i);

-- prepare: parsed_fulfilment_orders
-- stream: fulfilment_orders
SELECT record_key, from_json(body, '{
    "id":"VARCHAR","orderId":"VARCHAR","status":"VARCHAR","updatedAt":"VARCHAR","fulfillBy":"VARCHAR",
    "assignedLocation":{"location":{"id":"VARCHAR"}},
    "supportedActions":[{"action":"VARCHAR"}],"fulfillmentHolds":[{"reason":"VARCHAR"}],
    "lineItems":[{"id":"VARCHAR","sku":"VARCHAR","totalQuantity":"VARCHAR","remainingQuantity":"VARCHAR",
        "lineItem":{"id":"VARCHAR"}}]}') AS d
FROM incoming;

-- table: fulfilment_order
-- stream: fulfilment_orders
SELECT
    record_key,
    $channel AS channel,
    d.orderId AS order_id,
    d.id AS fulfilment_order_id,
    CASE WHEN d.status IN ('OPEN', 'IN_PROGRESS', 'ON_HOLD', 'SCHEDULED', 'INCOMPLETE', 'CANCELLED', 'CLOSED')
         THEN lower(d.status) ELSE 'unknown' END AS status,
    d.assignedLocation.location.id AS location,
    len(list_filter(d.supportedActions, lambda a: a.action = 'CREATE_FULFILLMENT')) > 0 AS can_ship,
    lower(d.fulfillmentHolds[1].reason) AS hold_reason,
    CAST(d.fulfillBy AS TIMESTAMP) AS ship_by_at,
    CAST(d.updatedAt AS TIMESTAMP) AS updated_at
FROM parsed_fulfilment_orders;

-- table: fulfilment_order_line
-- stream: fulfilment_orders
SELECT
    record_key,
    $channel AS channel,
    d.orderId AS order_id,
    d.id AS fulfilment_order_id,
    l.id AS fulfilment_order_line_id,
    l.lineItem.id AS line_id,
    nullif(trim(l.sku), '') AS sku,
    CAST(l.totalQuantity AS DECIMAL(19,6)) AS quantity,
    CAST(l.remainingQuantity AS DECIMAL(19,6)) AS remaining_quantity
FROM parsed_fulfilment_orders, unnest(d.lineItems) AS u(l);

-- prepare: parsed_payouts
-- stream: payouts
SELECT record_key, from_json(body, '{
    "id":"VARCHAR","issuedAt":"VARCHAR","status":"VARCHAR","transactionType":"VARCHAR","externalTraceId":"VARCHAR",
    "net":{"amount":"VARCHAR","currencyCode":"VARCHAR"},
    "summary":{
        "chargesGross":{"amount":"VARCHAR"},"chargesFee":{"amount":"VARCHAR"},
        "refundsFeeGross":{"amount":"VARCHAR"},"refundsFee":{"amount":"VARCHAR"},
        "adjustmentsGross":{"amount":"VARCHAR"},"adjustmentsFee":{"amount":"VARCHAR"},
        "reservedFundsGross":{"amount":"VARCHAR"},"reservedFundsFee":{"amount":"VARCHAR"},
        "retriedPayoutsGross":{"amount":"VARCHAR"},"retriedPayoutsFee":{"amount":"VARCHAR"},
        "advanceGross":{"amount":"VARCHAR"},"advanceFees":{"amount":"VARCHAR"},
        "usdcRebateCreditAmount":{"amount":"VARCHAR"}}}') AS d
FROM incoming;

-- table: payout
-- stream: payouts
SELECT
    record_key,
    $channel AS channel,
    d.id AS payout_id,
    'shopify_payments' AS provider,
    CAST(d.issuedAt AS TIMESTAMP) AS issued_at,
    CASE WHEN d.status IN ('PAID', 'SCHEDULED', 'IN_TRANSIT', 'FAILED') THEN lower(d.status)
         WHEN d.status = 'CANCELED' THEN 'cancelled'
         ELSE 'unknown' END AS status,
    d.status AS source_status,
    lower(d.transactionType) AS kind,
    d.net.currencyCode AS currency,
    -- A withdrawal is money taken from the merchant, whichever sign it comes with.
    CASE WHEN d.transactionType = 'WITHDRAWAL' THEN 0 - abs(CAST(d.net.amount AS DECIMAL(19,6)))
         ELSE CAST(d.net.amount AS DECIMAL(19,6)) END AS net,
    d.externalTraceId AS trace_id,
    CAST(d.summary.chargesGross.amount AS DECIMAL(19,6)) AS charges_gross,
    CAST(d.summary.chargesFee.amount AS DECIMAL(19,6)) AS charges_fee,
    CAST(d.summary.refundsFeeGross.amount AS DECIMAL(19,6)) AS refunds_gross,
    CAST(d.summary.refundsFee.amount AS DECIMAL(19,6)) AS refunds_fee,
    CAST(d.summary.adjustmentsGross.amount AS DECIMAL(19,6)) AS adjustments_gross,
    CAST(d.summary.adjustmentsFee.amount AS DECIMAL(19,6)) AS adjustments_fee,
    CAST(d.summary.reservedFundsGross.amount AS DECIMAL(19,6)) AS reserved_gross,
    CAST(d.summary.reservedFundsFee.amount AS DECIMAL(19,6)) AS reserved_fee,
    CAST(d.summary.retriedPayoutsGross.amount AS DECIMAL(19,6)) + CAST(d.summary.advanceGross.amount AS DECIMAL(19,6))
        + CAST(d.summary.usdcRebateCreditAmount.amount AS DECIMAL(19,6)) AS other_gross,
    CAST(d.summary.retriedPayoutsFee.amount AS DECIMAL(19,6)) + CAST(d.summary.advanceFees.amount AS DECIMAL(19,6))
        AS other_fee
FROM parsed_payouts;

-- table: payout_line
-- stream: balance_transactions
SELECT
    record_key,
    $channel AS channel,
    d.id AS line_id,
    d.associatedPayout.id AS payout_id,
    CASE WHEN d.type LIKE 'TRANSFER%' THEN 'transfer'
         WHEN d.type LIKE 'RESERVED_FUNDS%' THEN 'reserve'
         WHEN d.type LIKE '%_FEE' OR d.type LIKE '%_FEE_REFUND' OR d.type LIKE '%_FEE_TAX' THEN 'fee'
         WHEN d.type LIKE 'DISPUTE%' OR d.type LIKE 'CHARGEBACK%' THEN 'dispute'
         WHEN d.type = 'CHARGE' THEN 'charge'
         WHEN d.type IN ('REFUND', 'REFUND_FAILURE', 'REFUND_ADJUSTMENT') THEN 'refund'
         WHEN d.type LIKE '%ADJUSTMENT%' OR d.type LIKE 'ANOMALY%' THEN 'adjustment'
         ELSE 'other' END AS kind,
    d.type AS source_type,
    d.net.currencyCode AS currency,
    CAST(d.amount.amount AS DECIMAL(19,6)) AS gross,
    CAST(d.fee.amount AS DECIMAL(19,6)) AS fee,
    -- The fee is what was taken, tax and all: net = amount - fee.
    0 AS tax,
    CAST(d.net.amount AS DECIMAL(19,6)) AS net,
    CAST(d.transactionDate AS TIMESTAMP) AS processed_at,
    d.associatedOrder.id AS order_id,
    d.associatedOrder.name AS order_ref,
    'gid://shopify/OrderTransaction/' || d.sourceOrderTransactionId AS transaction_id,
    d.test AS is_test
FROM (
    SELECT record_key, from_json(body, '{
        "id":"VARCHAR","type":"VARCHAR","test":"BOOLEAN","transactionDate":"VARCHAR",
        "sourceOrderTransactionId":"VARCHAR",
        "amount":{"amount":"VARCHAR"},"fee":{"amount":"VARCHAR"},"net":{"amount":"VARCHAR","currencyCode":"VARCHAR"},
        "associatedOrder":{"id":"VARCHAR","name":"VARCHAR"},"associatedPayout":{"id":"VARCHAR"}}') AS d
    FROM incoming
);

-- table: dispute
-- stream: disputes
SELECT
    record_key,
    $channel AS channel,
    d.id AS dispute_id,
    d."order".id AS order_id,
    CASE WHEN d.type IN ('CHARGEBACK', 'INQUIRY') THEN lower(d.type) ELSE 'unknown' END AS kind,
    CASE WHEN d.status IN ('ACCEPTED', 'CHARGE_REFUNDED', 'LOST', 'NEEDS_RESPONSE', 'PREVENTED', 'UNDER_REVIEW', 'WON')
         THEN lower(d.status) ELSE 'unknown' END AS status,
    d.status AS source_status,
    lower(d.reasonDetails.reason) AS reason,
    CAST(d.amount.amount AS DECIMAL(19,6)) AS amount,
    d.amount.currencyCode AS currency,
    CAST(d.initiatedAt AS TIMESTAMP) AS opened_at,
    CAST(d.evidenceDueBy AS TIMESTAMP) AS evidence_due_at,
    CAST(d.finalizedOn AS TIMESTAMP) AS closed_at
FROM (
    SELECT record_key, from_json(body, '{
        "id":"VARCHAR","type":"VARCHAR","status":"VARCHAR","initiatedAt":"VARCHAR","evidenceDueBy":"VARCHAR",
        "finalizedOn":"VARCHAR","amount":{"amount":"VARCHAR","currencyCode":"VARCHAR"},
        "order":{"id":"VARCHAR"},"reasonDetails":{"reason":"VARCHAR"}}') AS d
    FROM incoming
);
