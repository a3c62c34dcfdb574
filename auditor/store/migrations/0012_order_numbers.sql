-- The number of the order that a row belongs to: joining on one number costs a fraction of joining on two texts, and an
-- order's number need not be made anew in every run. Written with each row (see canonical/plan.py), NULL where the row
-- names no order. MD5, because it means the same in every release of the engine.
CREATE MACRO history.order_no(channel, order_id) AS md5_number_lower(channel || chr(31) || order_id);

ALTER TABLE history.sales_order ADD COLUMN order_no UBIGINT;
UPDATE history.sales_order SET order_no = history.order_no(channel, order_id);
ALTER TABLE history.sales_order_line ADD COLUMN order_no UBIGINT;
UPDATE history.sales_order_line SET order_no = history.order_no(channel, order_id);
ALTER TABLE history.sales_order_shipping ADD COLUMN order_no UBIGINT;
UPDATE history.sales_order_shipping SET order_no = history.order_no(channel, order_id);
ALTER TABLE history.sales_order_tax ADD COLUMN order_no UBIGINT;
UPDATE history.sales_order_tax SET order_no = history.order_no(channel, order_id);
ALTER TABLE history.sales_order_fee ADD COLUMN order_no UBIGINT;
UPDATE history.sales_order_fee SET order_no = history.order_no(channel, order_id);
ALTER TABLE history.sales_payment ADD COLUMN order_no UBIGINT;
UPDATE history.sales_payment SET order_no = history.order_no(channel, order_id);
ALTER TABLE history.shipment ADD COLUMN order_no UBIGINT;
UPDATE history.shipment SET order_no = history.order_no(channel, order_id);
ALTER TABLE history.shipment_line ADD COLUMN order_no UBIGINT;
UPDATE history.shipment_line SET order_no = history.order_no(channel, order_id);
ALTER TABLE history.fulfilment_order ADD COLUMN order_no UBIGINT;
UPDATE history.fulfilment_order SET order_no = history.order_no(channel, order_id);
ALTER TABLE history.fulfilment_order_line ADD COLUMN order_no UBIGINT;
UPDATE history.fulfilment_order_line SET order_no = history.order_no(channel, order_id);
ALTER TABLE history.refund ADD COLUMN order_no UBIGINT;
UPDATE history.refund SET order_no = history.order_no(channel, order_id);
ALTER TABLE history.refund_line ADD COLUMN order_no UBIGINT;
UPDATE history.refund_line SET order_no = history.order_no(channel, order_id);
ALTER TABLE history.return_case ADD COLUMN order_no UBIGINT;
UPDATE history.return_case SET order_no = history.order_no(channel, order_id);
ALTER TABLE history.cancellation ADD COLUMN order_no UBIGINT;
UPDATE history.cancellation SET order_no = history.order_no(channel, order_id);
ALTER TABLE history.payout_line ADD COLUMN order_no UBIGINT;
UPDATE history.payout_line SET order_no = history.order_no(channel, order_id);
ALTER TABLE history.dispute ADD COLUMN order_no UBIGINT;
UPDATE history.dispute SET order_no = history.order_no(channel, order_id);
