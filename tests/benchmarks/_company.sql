-- A company with {orders} orders of three lines on five channels in ninety days, and B1 with its whole chain of documents.
-- A few per thousand are wrong in each of the ways that the checks look for. Amounts and errors follow from the number.
CREATE TEMP TABLE c AS
SELECT * FROM (VALUES
    (0, 'shopify-uk', 'C-SHOPIFY', 'gid://shopify/Order/', '#'), (1, 'shopify-uk', 'C-SHOPIFY', 'gid://shopify/Order/', '#'),
    (2, 'bigcommerce-uk', 'C-BIGCOMMERCE', '', ''), (3, 'magento-uk', 'C-MAGENTO', '', ''),
    (4, 'john-lewis', 'C-JOHNLEWIS', '', ''), (5, 'tiktok-uk', 'C-TIKTOK', '', '')
) AS t(place, channel, card_code, id_prefix, ref_prefix);

-- A thousand orders of one channel, then a thousand of the next, so that each channel has some of every kind.
CREATE TEMP TABLE o AS
SELECT c.channel, c.card_code, i, TIMESTAMP '{now}' - INTERVAL 2 HOUR - to_seconds(CAST((({orders} - 1 - i) * 7776000.0 / {orders}) AS BIGINT)) AS placed_at,
       c.id_prefix || (5000000000000 + i) AS order_id, history.order_no(c.channel, c.id_prefix || (5000000000000 + i)) AS order_no, c.ref_prefix || (100001 + i) AS order_ref, i % 1000 AS kind
FROM range({orders}) AS t(i) JOIN c ON c.place = (i // 1000) % 6;

CREATE TEMP TABLE l AS
SELECT channel, i, j, kind, order_id, order_no, placed_at, lpad(CAST(item AS VARCHAR), 5, '0') AS code, quantity, gross,
       CAST(round(gross * CAST(0.1666667 AS DECIMAL(9,7)), 2) AS DECIMAL(19,6)) AS tax
FROM (
    SELECT channel, i, j, kind, order_id, order_no, placed_at, (i * 7 + j * 1663) % 5000 AS item,
           CAST(1 + (i + j) % 3 AS DECIMAL(19,6)) AS quantity,
           CAST((1 + (i + j) % 3) * (499 + ((i * 7 + j * 1663) % 5000) * 37 % 4000) * 0.01 AS DECIMAL(19,6)) AS gross
    FROM o CROSS JOIN range(3) AS t(j)
);

CREATE TEMP TABLE s AS
SELECT i, CAST(sum(gross) + 4.95 AS DECIMAL(19,6)) AS total, CAST(sum(tax) + 0.83 AS DECIMAL(19,6)) AS tax FROM l GROUP BY i;

INSERT INTO history.sales_order BY NAME
SELECT channel, order_id, order_no, order_ref, placed_at, placed_at AS updated_at, 'open' AS status, FALSE AS is_test,
       TRUE AS is_confirmed, 'paid' AS payment_status, 'shipped' AS fulfilment_status,
       CASE WHEN kind = 6 THEN placed_at + INTERVAL 10 MINUTE END AS cancelled_at, 'GBP' AS currency, s.total, s.tax,
       4.95 AS shipping, 0 AS discount, 0 AS tip, 0 AS duties, TRUE AS is_tax_included, 'seller' AS tax_collected_by,
       channel || '/orders' AS feed, order_id AS record_key, placed_at AS known_from, TIMESTAMP '9999-12-31' AS known_to
FROM o JOIN s USING (i) ORDER BY i;

INSERT INTO history.sales_order_line BY NAME
SELECT channel, order_id, order_no, 'gid://shopify/LineItem/' || (i * 3 + j) AS line_id, 'SKU-' || code AS sku,
       'Item ' || code AS title, 'product' AS kind, quantity, quantity AS current_quantity, gross - tax AS net, tax, gross,
       0.2 AS tax_rate, TRUE AS is_shippable, 'GBP' AS currency,
       channel || '/orders' AS feed, order_id AS record_key, placed_at AS known_from, TIMESTAMP '9999-12-31' AS known_to
FROM l ORDER BY i, j;

INSERT INTO history.sales_order_shipping BY NAME
SELECT channel, order_id, order_no, 'S' || i AS shipping_id, 4.12 AS net, 0.83 AS tax, 4.95 AS gross, 0.2 AS tax_rate,
       FALSE AS is_removed, 'GBP' AS currency,
       channel || '/orders' AS feed, order_id AS record_key, placed_at AS known_from, TIMESTAMP '9999-12-31' AS known_to
FROM o ORDER BY i;

CREATE TEMP TABLE d AS
SELECT i AS doc_entry, 1000000 + i AS doc_num, 12 AS series, card_code,
       CASE WHEN kind = 5 THEN '' ELSE CAST(100001 + i AS VARCHAR) END AS reference, FALSE AS is_cancelled,
       FALSE AS is_cancellation, CAST(placed_at AS DATE) AS doc_on, placed_at + INTERVAL 15 MINUTE AS created_at,
       placed_at + INTERVAL 15 MINUTE AS updated_at, 'GBP' AS currency, s.total - CASE WHEN kind = 3 THEN 4.95 ELSE 0 END AS total,
       s.tax - CASE WHEN kind = 3 THEN 0.83 ELSE 0 END AS tax, 0 AS discount, 0 AS rounding, i, kind,
       'b1/documents' AS feed, CAST(i AS VARCHAR) AS record_key, placed_at AS known_from, TIMESTAMP '9999-12-31' AS known_to
FROM o JOIN s USING (i) WHERE kind <> 1 ORDER BY i;

INSERT INTO history.b1_order BY NAME
SELECT * EXCLUDE (i, kind), CASE WHEN kind = 6 OR i > {orders} - 2000 THEN 'open' ELSE 'closed' END AS status FROM d
UNION ALL BY NAME
SELECT * EXCLUDE (i, kind) REPLACE (doc_entry + {orders} AS doc_entry), 'closed' AS status FROM d WHERE kind = 2;

CREATE TEMP TABLE dl AS
SELECT i AS doc_entry, j AS line_num, 'SKU-' || code AS item_code, CASE WHEN kind = 4 AND j = 0 THEN quantity + 1 ELSE quantity END AS quantity,
       CASE WHEN kind = 4 AND j = 0 THEN quantity + 1 ELSE quantity END AS inventory_quantity, quantity AS open_quantity, '01' AS warehouse,
       gross - tax AS net, tax, gross, 'S1' AS tax_code, 0.2 AS tax_rate, 'GBP' AS currency, 'closed' AS status,
       'not_a_tree' AS tree_type, i, kind,
       'b1/documents' AS feed, CAST(i AS VARCHAR) AS record_key, placed_at AS known_from, TIMESTAMP '9999-12-31' AS known_to
FROM l WHERE kind <> 1 ORDER BY i, j;

INSERT INTO history.b1_order_line BY NAME SELECT * EXCLUDE (i, kind), -1 AS base_type FROM dl
UNION ALL BY NAME SELECT * EXCLUDE (i, kind) REPLACE (doc_entry + {orders} AS doc_entry), -1 AS base_type FROM dl WHERE kind = 2;
INSERT INTO history.b1_order_expense BY NAME
SELECT doc_entry, 0 AS line_num, 1 AS expense_code, 4.12 AS net, 0.83 AS tax, 4.95 AS gross, 'S1' AS tax_code, 'GBP' AS currency,
       feed, record_key, known_from, known_to FROM d;

INSERT INTO history.b1_delivery BY NAME
SELECT * EXCLUDE (i, kind), 'closed' AS status, '1Z' || lpad(CAST(i AS VARCHAR), 12, '0') AS tracking_number,
       '1Z' || lpad(CAST(i AS VARCHAR), 12, '0') AS tracking_key, 3 AS shipping_type,
       CASE WHEN card_code = 'C-TIKTOK' AND kind <> 60 THEN CAST(900000000 + i AS VARCHAR) END AS package_id
FROM d WHERE kind <> 6;
INSERT INTO history.b1_delivery_line BY NAME
SELECT * EXCLUDE (i, kind), 17 AS base_type, i AS base_entry, line_num AS base_line FROM dl WHERE kind <> 6;
INSERT INTO history.b1_invoice BY NAME
SELECT * EXCLUDE (i, kind) REPLACE (tax + CASE WHEN i % 100 = 7 THEN 0.01 WHEN kind = 9 THEN 1 ELSE 0 END AS tax), 'closed' AS status
FROM d WHERE kind <> 6;
INSERT INTO history.b1_invoice_line BY NAME
SELECT * EXCLUDE (i, kind), 15 AS base_type, i AS base_entry, line_num AS base_line FROM dl WHERE kind <> 6;

INSERT INTO history.shipment BY NAME
SELECT channel, order_id, order_no, 'gid://shopify/Fulfillment/' || i AS shipment_id, CAST(900000000 + i AS VARCHAR) AS package_id,
       '1Z' || lpad(CAST(i AS VARCHAR), 12, '0') AS tracking_number, '1Z' || lpad(CAST(i AS VARCHAR), 12, '0') AS tracking_key,
       'shipped' AS status, placed_at + INTERVAL 1 HOUR AS shipped_at,
       channel || '/fulfilments' AS feed, order_id AS record_key, placed_at AS known_from, TIMESTAMP '9999-12-31' AS known_to
FROM o WHERE kind NOT IN (1, 6, 8) ORDER BY i;

INSERT INTO history.refund BY NAME
SELECT channel, order_id, order_no, 'gid://shopify/Refund/' || i AS refund_id, placed_at AS created_at, placed_at AS processed_at,
       placed_at AS updated_at, 'GBP' AS currency, gross AS total, gross - tax AS item, 0 AS shipping, tax, 0 AS adjustment,
       'success' AS transaction_status, 'shopify_payments' AS gateway,
       channel || '/refunds' AS feed, order_id AS record_key, placed_at AS known_from, TIMESTAMP '9999-12-31' AS known_to
FROM l WHERE j = 0 AND i % 20 = 10 ORDER BY i;
INSERT INTO history.refund_line BY NAME
SELECT channel, order_id, order_no, 'gid://shopify/Refund/' || i AS refund_id, 'R' || i AS refund_line_id,
       'gid://shopify/LineItem/' || (i * 3) AS line_id, 'SKU-' || code AS sku, quantity, gross - tax AS net, tax, 'return' AS restock_type,
       'GBP' AS currency,
       channel || '/refunds' AS feed, order_id AS record_key, placed_at AS known_from, TIMESTAMP '9999-12-31' AS known_to
FROM l WHERE j = 0 AND i % 20 = 10 ORDER BY i;
INSERT INTO history.b1_credit_memo BY NAME
SELECT d.* EXCLUDE (i, kind) REPLACE (l.gross AS total, l.tax AS tax), 'closed' AS status, CAST(d.i AS VARCHAR) AS refund_id,
       'T' || d.i AS payment_id, 'too small' AS return_reason
FROM d JOIN l ON l.i = d.i AND l.j = 0 WHERE d.i % 20 = 10 AND d.kind <> 50;
INSERT INTO history.b1_credit_memo_line BY NAME
SELECT * EXCLUDE (i, kind), 13 AS base_type, i AS base_entry, line_num AS base_line FROM dl
WHERE i % 20 = 10 AND kind <> 50 AND line_num = 0;

INSERT INTO history.payout_line BY NAME
SELECT channel, 'gid://shopify/ShopifyPaymentsBalanceTransaction/' || i AS line_id,
       channel || ' ' || CAST(placed_at AS DATE) AS payout_id, 'charge' AS kind, 'GBP' AS currency, total AS gross, 0.50 AS fee, 0 AS tax,
       total - 0.50 AS net, placed_at AS processed_at, order_id, order_no,
       channel || '/balance_transactions' AS feed, order_id AS record_key, placed_at AS known_from, TIMESTAMP '9999-12-31' AS known_to
FROM o JOIN s USING (i) ORDER BY i;
INSERT INTO history.payout BY NAME
SELECT channel, payout_id, CAST(right(payout_id, 10) AS TIMESTAMP) + INTERVAL 3 DAY AS issued_at, 'paid' AS status, 'deposit' AS kind, currency,
       sum(net) AS net, channel || '/payouts' AS feed, payout_id AS record_key, min(known_from) AS known_from,
       TIMESTAMP '9999-12-31' AS known_to
FROM history.payout_line GROUP BY channel, payout_id, currency;
INSERT INTO history.b1_journal BY NAME
SELECT row_number() OVER (ORDER BY payout_id) AS trans_id, CAST(issued_at AS DATE) AS reference_on, payout_id AS reference,
       'ttJournalEntry' AS source_type, 'b1/journals' AS feed, payout_id AS record_key, known_from, known_to
FROM history.payout WHERE day(issued_at) <> 13;
INSERT INTO history.b1_journal BY NAME
SELECT 1000000 + doc_entry AS trans_id, doc_on AS reference_on, reference, 'ttARInvoice' AS source_type, doc_entry AS source_entry,
       'b1/journals' AS feed, record_key, known_from, known_to
FROM history.b1_invoice;
INSERT INTO history.b1_journal_line BY NAME
SELECT 1000000 + doc_entry AS trans_id, side AS line_id, '1200' AS account, CASE WHEN side = 0 THEN total ELSE 0 END AS debit,
       CASE WHEN side = 1 THEN total ELSE 0 END AS credit, 'b1/journals' AS feed, record_key, known_from, known_to
FROM history.b1_invoice CROSS JOIN range(2) AS t(side);

INSERT INTO history.b1_item BY NAME
SELECT 'SKU-' || lpad(CAST(i AS VARCHAR), 5, '0') AS item_code, TRUE AS is_inventory, TRUE AS is_sales, TRUE AS is_valid,
       FALSE AS is_frozen, 1 AS items_per_sales_unit, 'not_a_tree' AS tree_type, 'piece' AS sales_unit, 'S1' AS sales_tax_code,
       '01' AS default_warehouse, CAST(5000000000000 + i AS VARCHAR) AS barcode, 0.25 AS weight,
       'b1/items' AS feed, CAST(i AS VARCHAR) AS record_key, TIMESTAMP '2000-01-01' AS known_from, TIMESTAMP '9999-12-31' AS known_to
FROM range(5000) AS t(i);
INSERT INTO history.b1_item_price BY NAME
SELECT item_code, 1 AS price_list, 12 AS price, 'GBP' AS currency, feed, record_key, known_from, known_to FROM history.b1_item;
INSERT INTO history.b1_warehouse BY NAME
SELECT w AS warehouse, FALSE AS is_inactive, 'b1/warehouses' AS feed, w AS record_key, TIMESTAMP '2000-01-01' AS known_from,
       TIMESTAMP '9999-12-31' AS known_to FROM (VALUES ('01'), ('02')) AS t(w);
INSERT INTO history.b1_item_warehouse BY NAME
SELECT i.item_code, w.warehouse, 50 AS on_hand, 0 AS committed, 0 AS ordered, FALSE AS is_locked, 'b1/stock' AS feed,
       i.item_code || w.warehouse AS record_key, TIMESTAMP '2000-01-01' AS known_from, TIMESTAMP '9999-12-31' AS known_to
FROM history.b1_item AS i CROSS JOIN history.b1_warehouse AS w;
INSERT INTO history.listing BY NAME
SELECT c.channel, item_code AS listing_id, item_code AS sku, 12 AS price, 'GBP' AS currency, TRUE AS is_active,
       TRUE AS is_tracked, FALSE AS is_bundle, FALSE AS oversell_allowed, channel || '/listings' AS feed, item_code AS record_key,
       known_from, known_to FROM history.b1_item CROSS JOIN (SELECT DISTINCT channel FROM c) AS c;
INSERT INTO history.channel_stock BY NAME
SELECT c.channel, 'L1' AS location, item_code AS sku, CASE WHEN item_code LIKE '%77' THEN 90 ELSE 100 END AS available,
       TRUE AS is_tracked, TRUE AS is_active, TIMESTAMP '{now}' - INTERVAL 1 DAY AS updated_at, channel || '/stock' AS feed,
       item_code AS record_key, known_from, known_to FROM history.b1_item CROSS JOIN (SELECT DISTINCT channel FROM c) AS c;
INSERT INTO history.sales_payment BY NAME
SELECT o.channel, o.order_id, o.order_no, 'gid://shopify/OrderTransaction/' || i AS transaction_id, 'sale' AS kind, 'success' AS status,
       'shopify_payments' AS gateway, 'P' || i AS payment_id, s.total AS amount, 'GBP' AS currency, placed_at AS processed_at,
       o.channel || '/transactions' AS feed, order_id AS record_key, placed_at AS known_from, TIMESTAMP '9999-12-31' AS known_to
FROM o JOIN s USING (i) ORDER BY i;
INSERT INTO history.shipment_line BY NAME
SELECT channel, order_id, order_no, 'gid://shopify/Fulfillment/' || i AS shipment_id, 'gid://shopify/LineItem/' || (i * 3 + j) AS line_id,
       'SKU-' || code AS sku, quantity,
       channel || '/fulfilments' AS feed, order_id AS record_key, placed_at AS known_from, TIMESTAMP '9999-12-31' AS known_to
FROM l WHERE kind NOT IN (1, 6, 8) ORDER BY i, j;
INSERT INTO history.cancellation BY NAME
SELECT channel, order_id, order_no, 'C' || i AS cancellation_id, 'done' AS status, 'customer' AS requested_by, placed_at AS requested_at,
       placed_at + INTERVAL 10 MINUTE AS closed_at,
       channel || '/cancellations' AS feed, order_id AS record_key, placed_at AS known_from, TIMESTAMP '9999-12-31' AS known_to
FROM o WHERE kind = 6;
INSERT INTO history.return_case BY NAME
SELECT channel, order_id, order_no, 'R' || i AS return_id, 'closed' AS status, 1 AS quantity, placed_at AS created_at, placed_at AS closed_at,
       FALSE AS has_exchange,
       channel || '/returns' AS feed, order_id AS record_key, placed_at AS known_from, TIMESTAMP '9999-12-31' AS known_to
FROM o WHERE i % 20 = 10;
INSERT INTO history.b1_return BY NAME
SELECT * EXCLUDE (i, kind), 'closed' AS status FROM d WHERE i % 20 = 10;
INSERT INTO history.b1_return_line BY NAME
SELECT * EXCLUDE (i, kind), 15 AS base_type, i AS base_entry, line_num AS base_line FROM dl WHERE i % 20 = 10 AND line_num = 0;
-- what an approver has not let through yet
INSERT INTO history.b1_draft BY NAME
SELECT doc_entry + {orders} * 2 AS doc_entry, * EXCLUDE (doc_entry, i, kind), 'open' AS status, '17' AS object_code FROM d WHERE kind = 70;
INSERT INTO history.b1_draft_line BY NAME
SELECT doc_entry + {orders} * 2 AS doc_entry, * EXCLUDE (doc_entry, i, kind), -1 AS base_type FROM dl WHERE kind = 70;
INSERT INTO history.b1_payment BY NAME
SELECT row_number() OVER (ORDER BY payout_id) AS doc_entry, row_number() OVER (ORDER BY payout_id) AS doc_num,
       'incoming' AS direction, 'C-NOBODY' AS card_code, CAST(issued_at AS DATE) AS doc_on, 'GBP' AS currency, net AS total,
       'b1/payments' AS feed, payout_id AS record_key, known_from, known_to
FROM history.payout;
-- a notice of every order, and a run of each channel's orders every quarter of an hour
INSERT INTO history.sync_event BY NAME
SELECT 'N' || i AS event_id, 'middleware' AS source, 'orders' AS flow, channel, 'webhook' AS kind, 'ok' AS status,
       placed_at AS occurred_at, placed_at AS received_at, order_ref, 'middleware/sync_events' AS feed, 'N' || i AS record_key,
       placed_at AS known_from, TIMESTAMP '9999-12-31' AS known_to
FROM o ORDER BY i;
INSERT INTO history.sync_event BY NAME
SELECT 'R' || channel || began_at AS event_id, 'middleware' AS source, 'orders' AS flow, channel, 'run' AS kind, 'ok' AS status,
       began_at AS occurred_at, began_at AS started_at, began_at + INTERVAL 1 MINUTE AS finished_at,
       began_at + INTERVAL 1 MINUTE AS received_at,
       1000000 AS records_moved, 0 AS records_failed, 'middleware/sync_events' AS feed, 'R' || channel || began_at AS record_key,
       began_at AS known_from, TIMESTAMP '9999-12-31' AS known_to
FROM (SELECT DISTINCT channel FROM c) AS c
CROSS JOIN range(TIMESTAMP '{now}' - INTERVAL 90 DAY, TIMESTAMP '{now}', INTERVAL 15 MINUTE) AS t(began_at);
DROP TABLE c; DROP TABLE o; DROP TABLE l; DROP TABLE s; DROP TABLE d; DROP TABLE dl;
