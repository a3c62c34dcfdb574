/*---
title    = "The channel refused a stock update, and nobody sent it again"
severity = "medium"
owner    = "INT"
subject  = "sku"
reads    = ["canonical.sync_event", "canonical.channel_stock", "canonical.listing", "canonical.sales_order", "canonical.sales_order_line",
            "canonical.b1_item", "canonical.b1_item_warehouse", "canonical.b1_order", "fact.stock_interval", "setting.channel"]
needs    = ["canonical.sync_event.sku", "canonical.channel_stock.available"]
measure  = "text"
means    = "For every SKU the middleware tells how the channel answered its pushes. If the last answer was an error, and no success has followed for more than one push, the update is refused for good. A level that the channel wrote later by itself, and that is right, counts as a success. More than fifty SKUs at once are high."
story    = "{channel} refused the stock of {sku}{occurred_on} ({actual}), and no later push went through; {note_effect}."
why      = "The level stays as it was: it is right until the next movement, and wrong from then on."
look     = "The middleware's error log for the SKU. Channel: the product, whether it still exists and what it accepts."
fix      = "Mend what the error names: the value or the product for MASTER, the connection or the limit for INT; then queue the SKU again."
prevent  = "Let the middleware repeat what failed for want of a connection, and show what failed for its contents to the people who keep the item data."

[causes]
value_refused = "the channel does not accept the value that was sent"
record_missing = "the channel does not know the product, or B1 the item"
no_connection = "the channel could not be reached"
too_many_calls = "more calls were made than the channel allows"
record_locked = "somebody else was changing the same record"
not_permitted = "the integration's user may not do this"
other_error = "the middleware names no class for the error"

[params]
quiet_cadences = {type = "int", default = 1, why = "what failed is commonly sent again with the next push"}
many_skus      = {type = "int", default = 50, why = "so many refusals have one cause that hits the whole catalogue"}
---*/
WITH told AS (
    SELECT e.sku, COALESCE(e.location, '') AS location, e.status, COALESCE(e.error_code, 'unknown') AS error_code,
           e.error_class, e.error,
           COALESCE(e.finished_at, e.occurred_at, e.started_at, e.received_at) AS answered_at,
           ROW_NUMBER() OVER (
               PARTITION BY e.sku, COALESCE(e.location, '')
               ORDER BY COALESCE(e.finished_at, e.occurred_at, e.started_at, e.received_at) DESC, e.event_id DESC
           ) AS place
    FROM canonical.sync_event AS e
    WHERE e.channel = $channel AND e.flow = 'stock' AND e.kind = 'message' AND e.sku IS NOT NULL
      AND e.status IN ('ok', 'error')
),
refused AS (
    SELECT t.sku, t.error_code, MIN(t.error_class) AS error_class, MIN(t.error) AS error, MAX(t.answered_at) AS answered_at,
           -- the only location that is meant; none where several are, or the middleware does not say
           CASE WHEN MIN(t.location) = MAX(t.location) AND MIN(t.location) <> '' THEN MIN(t.location) END AS location
    FROM told AS t
    JOIN setting.channel AS c ON c.channel = $channel
    WHERE t.place = 1 AND t.status = 'error'
      AND t.answered_at < CAST($as_of AS TIMESTAMP) - $quiet_cadences * c.stock_minutes * INTERVAL 1 MINUTE
      AND NOT EXISTS (
          -- only a time that the channel tells: when we first saw the figure is no success
          SELECT 1 FROM canonical.channel_stock AS l
          JOIN fact.stock_interval AS s ON s.channel = l.channel AND s.sku = l.sku AND s.location = l.location
          WHERE l.channel = $channel AND l.sku = t.sku AND (t.location = '' OR l.location = t.location)
            AND s.drift = 0 AND l.updated_at > t.answered_at
      )
    GROUP BY t.sku, t.error_code
),
wrong AS (
    -- each wrong level once, with the first of the errors that may have kept it wrong
    SELECT s.sku, s.location, s.drift_money, MIN(r.error_code) AS error_code
    FROM fact.stock_interval AS s
    JOIN refused AS r ON r.sku = s.sku AND COALESCE(r.location, s.location) = s.location
    WHERE s.channel = $channel AND s.drift <> 0
      AND s.is_tracked AND s.is_active AND NOT s.is_bundle AND NOT s.oversell_allowed AND s.is_source_complete
      -- what cannot be filled stays with stock_oversell_exposure
      AND NOT (s.available > 0 AND s.e_hi <= 0) AND NOT s.is_sold_without_stock
    GROUP BY s.sku, s.location, s.drift_money
),
lost AS (
    SELECT sku, error_code, SUM(drift_money) AS drift_money FROM wrong GROUP BY sku, error_code
),
counted AS (
    SELECT COUNT(DISTINCT sku) AS skus FROM refused
)
SELECT
    CONCAT(r.sku, ':', r.error_code)    AS subject_id,
    c.currency                          AS currency,
    'the level taken over'              AS expected,
    CONCAT(r.error_code, CASE WHEN r.error IS NULL THEN '' ELSE CONCAT(': ', r.error) END) AS actual,
    COALESCE(w.drift_money, 0)          AS money_at_risk,
    r.answered_at                       AS occurred_at,
    r.answered_at                       AS source_updated_at,
    CASE WHEN n.skus > $many_skus THEN 'high' ELSE 'medium' END AS severity,
    CASE WHEN r.error_class IN ('value', 'missing') THEN 'MASTER' ELSE 'INT' END AS owner,
    CASE r.error_class WHEN 'value' THEN 'value_refused' WHEN 'missing' THEN 'record_missing'
                       WHEN 'connection' THEN 'no_connection' WHEN 'rate' THEN 'too_many_calls'
                       WHEN 'lock' THEN 'record_locked' WHEN 'permission' THEN 'not_permitted'
                       ELSE 'other_error' END AS cause,
    r.sku                               AS sku,
    r.location                          AS location,
    CASE WHEN w.sku IS NULL THEN 'what the channel shows is still right' ELSE 'what it shows is wrong' END AS note_effect
FROM refused AS r
JOIN setting.channel AS c ON c.channel = $channel
CROSS JOIN counted AS n
LEFT JOIN lost AS w ON w.sku = r.sku AND w.error_code = r.error_code
ORDER BY r.sku, r.error_code
