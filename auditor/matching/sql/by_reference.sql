-- Documents whose reference is that of an order. The keys are made first: joined in one go, the database might begin
-- with the business partner, which all documents share.
CREATE TEMP TABLE counting_document AS
WITH keyed AS MATERIALIZED (
{documents}
)
SELECT d.object, d.doc_entry, o.order_no
FROM keyed AS d
LEFT JOIN matching.channel_order AS o ON o.channel = d.channel AND o.reference_key = d.reference_key;

INSERT INTO matching.link
SELECT order_no, object, doc_entry, 'reference', 'certain' FROM counting_document WHERE order_no IS NOT NULL;

CREATE TEMP TABLE open_entry AS
SELECT DISTINCT d.object, d.doc_entry FROM counting_document AS d
ANTI JOIN (SELECT object, doc_entry FROM counting_document WHERE order_no IS NOT NULL) AS x
  ON x.object = d.object AND x.doc_entry = d.doc_entry
WHERE d.order_no IS NULL;
DROP TABLE counting_document;
