-- Documents whose reference is that of an order; one SELECT for each kind of document goes in here.
CREATE TEMP TABLE counting_document AS
WITH own_channel AS (
    SELECT CAST(channel AS matching.channel) AS link_channel, card_code, reference_prefix FROM setting.channel
)
SELECT d.link_channel AS channel, d.object, d.doc_entry, o.order_no,
       CASE WHEN o.figures = d.figures THEN coalesce(d.month, 0) ELSE 0 END AS agreed_in
FROM (
{documents}
) AS d
-- The channel only confirms: one key is compared faster than two, and few channels use the same numbers.
LEFT JOIN matching.channel_order AS o ON o.reference_key = d.reference_key AND (o.link_channel = d.link_channel) IS TRUE;

INSERT INTO matching.link
SELECT order_no, channel, object, doc_entry, 'reference', 'certain', agreed_in FROM counting_document WHERE order_no IS NOT NULL;

-- Of channels that share a business partner one may know the order and the other not.
CREATE TEMP TABLE open_entry AS
SELECT object, doc_entry FROM counting_document WHERE order_no IS NULL GROUP BY object, doc_entry;
DELETE FROM open_entry AS e USING (
    SELECT d.object, d.doc_entry FROM counting_document AS d
    WHERE d.order_no IS NOT NULL AND (SELECT count(*) > count(DISTINCT card_code) FROM setting.channel)
) AS x WHERE x.object = e.object AND x.doc_entry = e.doc_entry;
DROP TABLE counting_document;
