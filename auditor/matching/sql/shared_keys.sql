-- Keys that two orders share decide nothing: of one channel, or of two channels that book on one business partner.
CREATE TEMP TABLE shared_key AS
WITH suspect AS (
    SELECT hash(reference_key) AS h FROM matching.channel_order
    WHERE reference_key IS NOT NULL GROUP BY h HAVING count(*) > 1
)
SELECT o.reference_key, c.card_code
FROM matching.channel_order AS o JOIN setting.channel AS c ON c.channel = o.channel
WHERE hash(o.reference_key) IN (SELECT h FROM suspect)
GROUP BY o.reference_key, c.card_code HAVING count(*) > 1;
