-- Wrong levels that are exactly what another policy than the agreed one would show, and how many of a location's
-- wrong levels that explains: the policy that explains most of them is the location's.
CREATE OR REPLACE TABLE fact.stock_other_policy AS
WITH suspect AS (
    SELECT j.channel, j.location, j.sku, j.item_code, j.available, j.share, j.buffer, j.stock_policy, j.base
    FROM judged_stock AS j
    WHERE j.is_plain AND j.is_judged AND abs(j.drift) > 1 AND abs(j.drift) * 50 > j.e_hi
), policy AS (
    SELECT 'available' AS policy UNION ALL SELECT 'on_hand' UNION ALL SELECT 'available_and_ordered'
), other AS (
    SELECT s.channel, s.location, s.sku, p.policy, s.base, s.available, s.share, s.buffer,
           CAST(sum(fact.figure(p.policy, i.on_hand, i.committed, i.ordered) - i.blocked) AS DECIMAL(19,6)) AS other_base
    FROM suspect AS s
    JOIN policy AS p ON p.policy <> s.stock_policy
    JOIN item_place AS i ON i.channel = s.channel AND i.location = s.location AND i.item_code = s.item_code
    GROUP BY s.channel, s.location, s.sku, p.policy, s.base, s.available, s.share, s.buffer
), fitting AS (
    SELECT channel, location, sku, policy, available FROM other
    WHERE other_base <> base AND greatest(0, floor(other_base * share - buffer)) = available
), counted AS (
    SELECT channel, location, policy, count(*) AS fitting FROM fitting GROUP BY channel, location, policy
), best AS (
    SELECT channel, location, max(fitting) AS fitting FROM counted GROUP BY channel, location
), chosen AS (
    SELECT c.channel, c.location, min(c.policy) AS policy, c.fitting
    FROM counted AS c JOIN best AS b ON b.channel = c.channel AND b.location = c.location AND b.fitting = c.fitting
    GROUP BY c.channel, c.location, c.fitting
), wrong AS (
    SELECT channel, location, count(*) AS drifting FROM suspect GROUP BY channel, location
)
SELECT f.channel, f.location, f.sku, f.available, f.policy, c.fitting, w.drifting
FROM fitting AS f
JOIN chosen AS c ON c.channel = f.channel AND c.location = f.location AND c.policy = f.policy
JOIN wrong AS w ON w.channel = f.channel AND w.location = f.location;
