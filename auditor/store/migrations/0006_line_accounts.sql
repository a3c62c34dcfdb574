-- On which account of the books a document's line stands: revenue, or what is owed to the holders of gift cards.
ALTER TABLE history.b1_order_line ADD COLUMN account VARCHAR;
ALTER TABLE history.b1_delivery_line ADD COLUMN account VARCHAR;
ALTER TABLE history.b1_invoice_line ADD COLUMN account VARCHAR;
ALTER TABLE history.b1_credit_memo_line ADD COLUMN account VARCHAR;
ALTER TABLE history.b1_return_line ADD COLUMN account VARCHAR;
ALTER TABLE history.b1_draft_line ADD COLUMN account VARCHAR;
