-- What the checks of dispatch and delivery read beside the documents' amounts.

-- FALSE: "Approved" is not ticked, so that nothing may be picked or delivered from it yet.
ALTER TABLE history.b1_order ADD COLUMN is_approved BOOLEAN;
ALTER TABLE history.b1_delivery ADD COLUMN is_approved BOOLEAN;
ALTER TABLE history.b1_invoice ADD COLUMN is_approved BOOLEAN;
ALTER TABLE history.b1_credit_memo ADD COLUMN is_approved BOOLEAN;
ALTER TABLE history.b1_return ADD COLUMN is_approved BOOLEAN;
ALTER TABLE history.b1_draft ADD COLUMN is_approved BOOLEAN;
