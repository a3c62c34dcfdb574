-- prepare: parsed_orders
-- stream: orders
SELECT record_key, d.*
FROM (
    SELECT record_key, from_json(body, '{"DocEntry":"BIGINT","DocNum":"BIGINT","Series":"BIGINT","CardCode":"VARCHAR","NumAtCard":"VARCHAR",
        "DocumentStatus":"VARCHAR","Cancelled":"VARCHAR","DocDate":"TIMESTAMP","DocDueDate":"TIMESTAMP","TaxDate":"TIMESTAMP",
        "CreationDate":"TIMESTAMP","UpdateDate":"TIMESTAMP","DocCurrency":"VARCHAR","DocTotal":"DECIMAL(19,6)",
        "VatSum":"DECIMAL(19,6)","TotalDiscount":"DECIMAL(19,6)","RoundingDiffAmount":"DECIMAL(19,6)",
        "TrackingNumber":"VARCHAR","TransportationCode":"BIGINT",
        "DocumentLines":[{"LineNum":"BIGINT","ItemCode":"VARCHAR","Quantity":"DECIMAL(19,6)","WarehouseCode":"VARCHAR",
            "UnitPrice":"DECIMAL(19,6)","Price":"DECIMAL(19,6)","DiscountPercent":"DECIMAL(19,6)",
            "LineTotal":"DECIMAL(19,6)","TaxTotal":"DECIMAL(19,6)","GrossTotal":"DECIMAL(19,6)","VatGroup":"VARCHAR",
            "LineStatus":"VARCHAR","BaseType":"BIGINT","BaseEntry":"BIGINT","BaseLine":"BIGINT",
            "RemainingOpenQuantity":"DECIMAL(19,6)","TreeType":"VARCHAR"}],
        "DocumentAdditionalExpenses":[{"LineNum":"BIGINT","ExpenseCode":"BIGINT","LineTotal":"DECIMAL(19,6)",
            "TaxSum":"DECIMAL(19,6)","LineGross":"DECIMAL(19,6)","VatGroup":"VARCHAR"}]}') AS d
    FROM incoming
) AS parsed;

-- table: b1_order
-- stream: orders
SELECT
    record_key, DocEntry AS doc_entry, DocNum AS doc_num, Series AS series, CardCode AS card_code,
    NumAtCard AS num_at_card, NumAtCard AS reference,
    CASE DocumentStatus WHEN 'bost_Open' THEN 'open' ELSE 'closed' END AS status,
    Cancelled = 'tYES' AS is_cancelled, FALSE AS is_cancellation,
    CAST(DocDate AS DATE) AS doc_on, CAST(DocDueDate AS DATE) AS due_on, CAST(TaxDate AS DATE) AS tax_on,
    CAST(CreationDate AS DATE) AS created_on, CreationDate AS created_at, UpdateDate AS updated_at,
    DocCurrency AS currency, DocTotal AS total, VatSum AS tax, TotalDiscount AS discount,
    RoundingDiffAmount AS rounding, TrackingNumber AS tracking_number, TransportationCode AS shipping_type
FROM parsed_orders;

-- table: b1_order_line
-- stream: orders
SELECT
    record_key, doc_entry, l.LineNum AS line_num, l.ItemCode AS item_code, l.Quantity AS quantity,
    l.RemainingOpenQuantity AS open_quantity, l.WarehouseCode AS warehouse, l.UnitPrice AS unit_price, l.Price AS price,
    l.DiscountPercent AS discount_percent, l.LineTotal AS net, l.TaxTotal AS tax, l.GrossTotal AS gross,
    l.VatGroup AS tax_code, l.LineStatus AS status, l.BaseType AS base_type, l.BaseEntry AS base_entry,
    l.BaseLine AS base_line, l.TreeType AS tree_type
FROM (SELECT record_key, DocEntry AS doc_entry, UNNEST(DocumentLines) AS l FROM parsed_orders);

-- table: b1_order_expense
-- stream: orders
SELECT
    record_key, doc_entry, e.LineNum AS line_num, e.ExpenseCode AS expense_code, e.LineTotal AS net, e.TaxSum AS tax,
    e.LineGross AS gross, e.VatGroup AS tax_code
FROM (SELECT record_key, DocEntry AS doc_entry, UNNEST(DocumentAdditionalExpenses) AS e FROM parsed_orders);
