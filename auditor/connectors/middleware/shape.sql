-- Sync events into canonical rows. They were brought into one form when they were taken; nothing is worked out here.

-- table: sync_event
-- stream: sync_events
SELECT
    record_key,
    d.event_id AS event_id,
    d.source AS source,
    d.flow AS flow,
    d.channel AS channel,
    d.kind AS kind,
    d.status AS status,
    d.source_status AS source_status,
    CAST(d.occurred_at AS TIMESTAMP) AS occurred_at,
    CAST(d.started_at AS TIMESTAMP) AS started_at,
    CAST(d.finished_at AS TIMESTAMP) AS finished_at,
    CAST(d.received_at AS TIMESTAMP) AS received_at,
    d.records_due AS records_due,
    d.records_moved AS records_moved,
    d.records_failed AS records_failed,
    d.order_ref AS order_ref,
    d.sku AS sku,
    d.location AS location,
    d.b1_object AS b1_object,
    d.doc_entry AS doc_entry,
    d.error_code AS error_code,
    d.error_class AS error_class,
    d.error AS error,
    d.queued AS queued,
    d.dead_letters AS dead_letters,
    CAST(d.oldest_at AS TIMESTAMP) AS oldest_at,
    CAST(d.value AS DECIMAL(19,6)) AS value,
    d.currency AS currency
FROM (
    SELECT record_key, from_json(body, '{
        "event_id":"VARCHAR","source":"VARCHAR","flow":"VARCHAR","channel":"VARCHAR","kind":"VARCHAR",
        "status":"VARCHAR","source_status":"VARCHAR","occurred_at":"VARCHAR","started_at":"VARCHAR",
        "finished_at":"VARCHAR","received_at":"VARCHAR","records_due":"BIGINT","records_moved":"BIGINT",
        "records_failed":"BIGINT","order_ref":"VARCHAR","sku":"VARCHAR","location":"VARCHAR","b1_object":"VARCHAR",
        "doc_entry":"BIGINT","error_code":"VARCHAR","error_class":"VARCHAR","error":"VARCHAR","queued":"BIGINT",
        "dead_letters":"BIGINT","oldest_at":"VARCHAR","value":"VARCHAR","currency":"VARCHAR"}') AS d
    FROM incoming
);
