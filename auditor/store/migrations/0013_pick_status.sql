-- How far the warehouse is with a line: not_picked | released | partially_picked | picked. NULL: B1 does not tell.
ALTER TABLE history.b1_order_line ADD COLUMN pick_status VARCHAR;
ALTER TABLE history.b1_delivery_line ADD COLUMN pick_status VARCHAR;
ALTER TABLE history.b1_invoice_line ADD COLUMN pick_status VARCHAR;
ALTER TABLE history.b1_credit_memo_line ADD COLUMN pick_status VARCHAR;
ALTER TABLE history.b1_return_line ADD COLUMN pick_status VARCHAR;
ALTER TABLE history.b1_draft_line ADD COLUMN pick_status VARCHAR;
