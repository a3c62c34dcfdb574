-- The shape file of the fake system.

-- prepare: parsed_orders
-- stream: orders
SELECT record_key, from_json(body, '{"n": "BIGINT", "status": "VARCHAR", "total": "VARCHAR", "lines": [{"sku": "VARCHAR", "q": "VARCHAR"}]}') AS d
FROM incoming;

-- table: b1_order
-- stream: orders
SELECT record_key, d.n AS doc_entry, COALESCE(d.status, $missing) AS status, CAST(d.total AS DECIMAL(19,6)) AS total
FROM parsed_orders;

-- table: b1_order_line
-- stream: orders
SELECT record_key, doc_entry, l.sku AS item_code, CAST(l.q AS DECIMAL(19,6)) AS quantity
FROM (SELECT record_key, d.n AS doc_entry, UNNEST(d.lines) AS l FROM parsed_orders);

-- table: b1_warehouse   (keys that are not read any more are gone)
-- stream: warehouses
SELECT record_key, record_key AS warehouse, json_extract_string(body, '$.name') AS name FROM incoming;

-- table: b1_payment
-- stream: incoming_payments
SELECT record_key, CAST(record_key AS BIGINT) AS doc_entry, 'incoming' AS direction FROM incoming;

-- table: b1_payment
-- stream: outgoing_payments
SELECT record_key, CAST(record_key AS BIGINT) AS doc_entry, 'outgoing' AS direction FROM incoming;
