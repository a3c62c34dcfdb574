-- What checks of item data read beyond stock and price: what a channel asks of an item before it may be sold.

ALTER TABLE history.b1_item ADD COLUMN weight DECIMAL(19,6);  -- of a sales unit; 0 and NULL: nobody weighed it
ALTER TABLE history.b1_item ADD COLUMN cost DECIMAL(19,6);  -- B1's average price of an inventory unit, company currency
ALTER TABLE history.b1_item ADD COLUMN hs_code VARCHAR;  -- from the field named in [b1.fields]
ALTER TABLE history.b1_item ADD COLUMN is_web BOOLEAN;  -- marked for the channels, in the field named in [b1.fields]
ALTER TABLE history.b1_item ADD COLUMN web_from DATE;  -- not to be sold on channels before this day
-- How the middleware believes the item to be tracked: batch | serial | none; from the field named in [b1.fields].
ALTER TABLE history.b1_item ADD COLUMN told_tracking VARCHAR;
