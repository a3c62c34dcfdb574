-- Raw bodies of SAP Business One into canonical rows.
--
-- Dates come as '2026-03-01T00:00:00Z' or '2026-03-01': a calendar day of the company, its Z is decoration. Times are
-- the company's wall clock. Enums come under their names; database values ('C', 'tYES' as 'Y') are understood too.
-- Amounts of a document in another currency than the company's stand in the properties that end in Fc or FC.
-- Some companies call their currency by its sign.
-- Numbers are taken as text and cast, so that one that does not fit is an error and not an absent value.

-- prepare: parsed_document (a column for each field, so that a table reads only what it needs; with $own_fields)
-- stream: orders
-- stream: deliveries
-- stream: invoices
-- stream: credit_memos
-- stream: returns
-- stream: drafts
SELECT
    record_key,
    d.*,
    struct_extract(d, $refund_id_field) AS own_refund_id,
    struct_extract(d, $payment_id_field) AS own_payment_id,
    struct_extract(d, $return_reason_field) AS own_return_reason,
    struct_extract(d, $package_id_field) AS own_package_id,
    struct_extract(d, $idempotency_key_field) AS own_idempotency_key,
    -- Which field carries the reference depends on the business partner; most often it is the same for all.
    CASE coalesce(from_json($reference_fields, '"MAP(VARCHAR, VARCHAR)"')[d.CardCode], $reference_field)
        WHEN $reference_field THEN CAST(struct_extract(d, $reference_field) AS VARCHAR)
        ELSE json_extract_string(
            body, '$."' || from_json($reference_fields, '"MAP(VARCHAR, VARCHAR)"')[d.CardCode] || '"'
        )
    END AS order_reference,
    CASE nullif(trim(d.DocCurrency), '')
        WHEN '£' THEN 'GBP' WHEN '€' THEN 'EUR' WHEN '$' THEN 'USD'
        ELSE coalesce(nullif(trim(d.DocCurrency), ''), $currency)
    END AS document_currency,
    CAST(left(d.CreationDate, 10) AS DATE) + coalesce(TRY_CAST(d.DocTime AS TIME), TIME '00:00:00') AS local_created,
    CAST(left(d.UpdateDate, 10) AS DATE) + coalesce(TRY_CAST(d.UpdateTime AS TIME), TIME '00:00:00') AS local_updated
FROM (
    SELECT
        record_key,
        body,
        from_json(body, json_merge_patch($own_fields, '{
            "DocEntry": "BIGINT", "DocNum": "BIGINT", "Series": "BIGINT", "CardCode": "VARCHAR", "NumAtCard": "VARCHAR",
            "DocumentStatus": "VARCHAR", "Cancelled": "VARCHAR", "CancelStatus": "VARCHAR",
            "DocDate": "VARCHAR", "DocDueDate": "VARCHAR", "TaxDate": "VARCHAR", "CreationDate": "VARCHAR",
            "DocTime": "VARCHAR", "UpdateDate": "VARCHAR", "UpdateTime": "VARCHAR", "DocCurrency": "VARCHAR",
            "DocTotal": "VARCHAR", "DocTotalFc": "VARCHAR", "VatSum": "VARCHAR",
            "VatSumFc": "VARCHAR", "TotalDiscount": "VARCHAR", "TotalDiscountFC": "VARCHAR",
            "RoundingDiffAmount": "VARCHAR", "RoundingDiffAmountFC": "VARCHAR",
            "PaidToDate": "VARCHAR", "PaidToDateFC": "VARCHAR", "BPL_IDAssignedToInvoice": "BIGINT",
            "DocType": "VARCHAR", "ReserveInvoice": "VARCHAR", "TrackingNumber": "VARCHAR",
            "TransportationCode": "BIGINT", "AuthorizationStatus": "VARCHAR", "Confirmed": "VARCHAR", "DataVersion": "BIGINT",
            "DocObjectCode": "VARCHAR",
            "DocumentLines": [{
                "LineNum": "BIGINT", "ItemCode": "VARCHAR", "Quantity": "VARCHAR",
                "InventoryQuantity": "VARCHAR", "RemainingOpenQuantity": "VARCHAR",
                "UnitsOfMeasurment": "VARCHAR", "WarehouseCode": "VARCHAR",
                "UnitPrice": "VARCHAR", "Price": "VARCHAR", "DiscountPercent": "VARCHAR",
                "LineTotal": "VARCHAR", "RowTotalFC": "VARCHAR", "TaxTotal": "VARCHAR",
                "NetTaxAmountFC": "VARCHAR", "VatGroup": "VARCHAR", "TaxCode": "VARCHAR",
                "TaxPercentagePerRow": "VARCHAR", "LineStatus": "VARCHAR", "BaseType": "BIGINT",
                "BaseEntry": "BIGINT", "BaseLine": "BIGINT", "TreeType": "VARCHAR", "ParentLineNum": "BIGINT",
                "WithoutInventoryMovement": "VARCHAR", "AccountCode": "VARCHAR", "PickStatusEx": "VARCHAR"
            }],
            "DocumentAdditionalExpenses": [{
                "LineNum": "BIGINT", "ExpenseCode": "BIGINT", "LineTotal": "VARCHAR",
                "LineTotalFC": "VARCHAR", "TaxSum": "VARCHAR", "TaxSumFC": "VARCHAR",
                "VatGroup": "VARCHAR", "TaxCode": "VARCHAR"
            }]
        }')) AS d
    FROM incoming
) AS parsed;

-- view: document (the header; of an hour that occurs twice when clocks go back the first is meant)
-- stream: orders
-- stream: deliveries
-- stream: invoices
-- stream: credit_memos
-- stream: returns
-- stream: drafts
SELECT
    record_key,
    DocEntry AS doc_entry,
    DocNum AS doc_num,
    Series AS series,
    CardCode AS card_code,
    nullif(trim(NumAtCard), '') AS num_at_card,
    nullif(trim(order_reference), '') AS reference,
    CASE
        WHEN DocumentStatus IN ('bost_Open', 'O') THEN 'open'
        WHEN DocumentStatus IN ('bost_Close', 'C', 'bost_Paid', 'P', 'bost_Delivered', 'D') THEN 'closed'
        ELSE DocumentStatus
    END AS status,
    coalesce(CancelStatus, 'csNo') NOT IN ('csCancellation', 'C')
        AND (coalesce(CancelStatus, 'csNo') IN ('csYes', 'Y') OR coalesce(Cancelled, 'tNO') IN ('tYES', 'Y'))
        AS is_cancelled,
    coalesce(CancelStatus, 'csNo') IN ('csCancellation', 'C') AS is_cancellation,
    CAST(left(DocDate, 10) AS DATE) AS doc_on,
    CAST(left(DocDueDate, 10) AS DATE) AS due_on,
    CAST(left(TaxDate, 10) AS DATE) AS tax_on,
    CAST(left(CreationDate, 10) AS DATE) AS created_on,
    least(
        (local_created AT TIME ZONE $timezone) AT TIME ZONE 'UTC',
        ((local_created - INTERVAL 1 HOUR) AT TIME ZONE $timezone) AT TIME ZONE 'UTC' + INTERVAL 1 HOUR
    ) AS created_at,
    least(
        (local_updated AT TIME ZONE $timezone) AT TIME ZONE 'UTC',
        ((local_updated - INTERVAL 1 HOUR) AT TIME ZONE $timezone) AT TIME ZONE 'UTC' + INTERVAL 1 HOUR
    ) AS updated_at,
    document_currency AS currency,
    CAST(CASE WHEN document_currency = $currency THEN DocTotal ELSE DocTotalFc END AS DECIMAL(19,6)) AS total,
    CAST(CASE WHEN document_currency = $currency THEN VatSum ELSE VatSumFc END AS DECIMAL(19,6)) AS tax,
    CAST(
        CASE WHEN document_currency = $currency THEN TotalDiscount ELSE TotalDiscountFC END AS DECIMAL(19,6)
    ) AS discount,
    CAST(
        CASE WHEN document_currency = $currency THEN RoundingDiffAmount ELSE RoundingDiffAmountFC END AS DECIMAL(19,6)
    ) AS rounding,
    CAST(CASE WHEN document_currency = $currency THEN PaidToDate ELSE PaidToDateFC END AS DECIMAL(19,6)) AS paid_to_date,
    CAST(DocTotal AS DECIMAL(19,6)) AS total_local,
    CAST(VatSum AS DECIMAL(19,6)) AS tax_local,
    BPL_IDAssignedToInvoice AS branch,
    DocType IN ('dDocument_Service', 'S') AS is_service,
    coalesce(ReserveInvoice, 'tNO') IN ('tYES', 'Y') AS is_reserve,
    nullif(trim(TrackingNumber), '') AS tracking_number,
    nullif(upper(regexp_replace(TrackingNumber, '[^A-Za-z0-9]', '', 'g')), '') AS tracking_key,
    TransportationCode AS shipping_type,
    CASE
        WHEN AuthorizationStatus IN ('dasWithout', '-') THEN 'without'
        WHEN AuthorizationStatus IN ('dasPending', 'W') THEN 'pending'
        WHEN AuthorizationStatus IN ('dasApproved', 'Y') THEN 'approved'
        WHEN AuthorizationStatus IN ('dasRejected', 'N') THEN 'rejected'
        WHEN AuthorizationStatus IN ('dasGenerated', 'P', 'dasGeneratedbyAuthorizer', 'A') THEN 'generated'
        WHEN AuthorizationStatus IN ('dasCancelled', 'C') THEN 'cancelled'
        ELSE AuthorizationStatus
    END AS authorization_status,
    CASE WHEN Confirmed IN ('tYES', 'Y') THEN TRUE WHEN Confirmed IN ('tNO', 'N') THEN FALSE END AS is_approved,
    nullif(trim(CAST(own_refund_id AS VARCHAR)), '') AS refund_id,
    nullif(trim(CAST(own_payment_id AS VARCHAR)), '') AS payment_id,
    nullif(trim(CAST(own_return_reason AS VARCHAR)), '') AS return_reason,
    nullif(trim(CAST(own_package_id AS VARCHAR)), '') AS package_id,
    nullif(trim(CAST(own_idempotency_key AS VARCHAR)), '') AS idempotency_key,
    DataVersion AS data_version
FROM parsed_document;

-- view: document_line
-- stream: orders
-- stream: deliveries
-- stream: invoices
-- stream: credit_memos
-- stream: returns
-- stream: drafts
SELECT
    record_key,
    doc_entry,
    l.LineNum AS line_num,
    nullif(l.ItemCode, '') AS item_code,
    CAST(l.Quantity AS DECIMAL(19,6)) AS quantity,
    coalesce(
        CAST(l.InventoryQuantity AS DECIMAL(19,6)),
        CAST(
            CAST(l.Quantity AS DECIMAL(19,6)) * CAST(coalesce(l.UnitsOfMeasurment, '1') AS DECIMAL(13,6))
            AS DECIMAL(19,6)
        )
    ) AS inventory_quantity,
    CAST(l.RemainingOpenQuantity AS DECIMAL(19,6)) AS open_quantity,
    nullif(l.WarehouseCode, '') AS warehouse,
    CAST(l.UnitPrice AS DECIMAL(19,6)) AS unit_price,
    CAST(l.Price AS DECIMAL(19,6)) AS price,
    CAST(l.DiscountPercent AS DECIMAL(19,6)) AS discount_percent,
    CAST(CASE WHEN document_currency = $currency THEN l.LineTotal ELSE l.RowTotalFC END AS DECIMAL(19,6)) AS net,
    CAST(CASE WHEN document_currency = $currency THEN l.TaxTotal ELSE l.NetTaxAmountFC END AS DECIMAL(19,6)) AS tax,
    CAST(
        CAST(CASE WHEN document_currency = $currency THEN l.LineTotal ELSE l.RowTotalFC END AS DECIMAL(19,6))
        + CAST(CASE WHEN document_currency = $currency THEN l.TaxTotal ELSE l.NetTaxAmountFC END AS DECIMAL(19,6))
        AS DECIMAL(19,6)
    ) AS gross,
    coalesce(nullif(l.VatGroup, ''), nullif(l.TaxCode, '')) AS tax_code,
    CAST(CAST(l.TaxPercentagePerRow AS DECIMAL(19,6)) * 0.01 AS DECIMAL(19,6)) AS tax_rate,
    document_currency AS currency,
    CASE
        WHEN l.LineStatus IN ('bost_Open', 'O') THEN 'open'
        WHEN l.LineStatus IN ('bost_Close', 'C', 'bost_Paid', 'P', 'bost_Delivered', 'D') THEN 'closed'
        ELSE l.LineStatus
    END AS status,
    coalesce(l.BaseType, -1) AS base_type,
    l.BaseEntry AS base_entry,
    l.BaseLine AS base_line,
    CASE
        WHEN l.TreeType IN ('iNotATree', 'N') THEN 'not_a_tree'
        WHEN l.TreeType IN ('iSalesTree', 'S') THEN 'sales_tree'
        WHEN l.TreeType IN ('iIngredient', 'I') THEN 'ingredient'
        WHEN l.TreeType IN ('iAssemblyTree', 'A') THEN 'assembly_tree'
        WHEN l.TreeType IN ('iProductionTree', 'P') THEN 'production_tree'
        WHEN l.TreeType IN ('iTemplateTree', 'T') THEN 'template_tree'
        ELSE l.TreeType
    END AS tree_type,
    nullif(l.ParentLineNum, -1) AS parent_line_num,
    coalesce(l.WithoutInventoryMovement, 'tNO') IN ('tYES', 'Y') AS without_stock_movement,
    nullif(trim(l.AccountCode), '') AS account,
    CASE l.PickStatusEx
        WHEN 'dlps_NotPicked' THEN 'not_picked'
        WHEN 'dlps_ReleasedForPicking' THEN 'released'
        WHEN 'dlps_PartiallyPicked' THEN 'partially_picked'
        WHEN 'dlps_Picked' THEN 'picked'
        ELSE l.PickStatusEx
    END AS pick_status
FROM (
    SELECT record_key, DocEntry AS doc_entry, document_currency, unnest(DocumentLines) AS l FROM parsed_document
) AS lines;

-- view: document_expense
-- stream: orders
-- stream: deliveries
-- stream: invoices
-- stream: credit_memos
SELECT
    record_key,
    doc_entry,
    e.LineNum AS line_num,
    e.ExpenseCode AS expense_code,
    CAST(CASE WHEN document_currency = $currency THEN e.LineTotal ELSE e.LineTotalFC END AS DECIMAL(19,6)) AS net,
    CAST(CASE WHEN document_currency = $currency THEN e.TaxSum ELSE e.TaxSumFC END AS DECIMAL(19,6)) AS tax,
    CAST(
        CAST(CASE WHEN document_currency = $currency THEN e.LineTotal ELSE e.LineTotalFC END AS DECIMAL(19,6))
        + CAST(CASE WHEN document_currency = $currency THEN e.TaxSum ELSE e.TaxSumFC END AS DECIMAL(19,6))
        AS DECIMAL(19,6)
    ) AS gross,
    coalesce(nullif(e.VatGroup, ''), nullif(e.TaxCode, '')) AS tax_code,
    document_currency AS currency
FROM (
    SELECT record_key, DocEntry AS doc_entry, document_currency, unnest(DocumentAdditionalExpenses) AS e
    FROM parsed_document
) AS expenses;

-- table: b1_order
-- stream: orders
SELECT * FROM document;

-- table: b1_order_line
-- stream: orders
SELECT * FROM document_line;

-- table: b1_order_expense
-- stream: orders
SELECT * FROM document_expense;

-- table: b1_delivery
-- stream: deliveries
SELECT * FROM document;

-- table: b1_delivery_line
-- stream: deliveries
SELECT * FROM document_line;

-- table: b1_delivery_expense
-- stream: deliveries
SELECT * FROM document_expense;

-- table: b1_invoice
-- stream: invoices
SELECT * FROM document;

-- table: b1_invoice_line
-- stream: invoices
SELECT * FROM document_line;

-- table: b1_invoice_expense
-- stream: invoices
SELECT * FROM document_expense;

-- table: b1_credit_memo
-- stream: credit_memos
SELECT * FROM document;

-- table: b1_credit_memo_line
-- stream: credit_memos
SELECT * FROM document_line;

-- table: b1_credit_memo_expense
-- stream: credit_memos
SELECT * FROM document_expense;

-- table: b1_return
-- stream: returns
SELECT * FROM document;

-- table: b1_return_line
-- stream: returns
SELECT * FROM document_line;

-- table: b1_draft (with the number of the object that it will become)
-- stream: drafts
SELECT
    document.*,
    CASE parsed_document.DocObjectCode
        WHEN 'oOrders' THEN '17' WHEN 'oInvoices' THEN '13' WHEN 'oCreditNotes' THEN '14'
        WHEN 'oDeliveryNotes' THEN '15' WHEN 'oReturns' THEN '16' WHEN 'oQuotations' THEN '23'
        WHEN 'oDownPayments' THEN '203' ELSE parsed_document.DocObjectCode
    END AS object_code
FROM document
JOIN parsed_document ON parsed_document.record_key = document.record_key;

-- table: b1_draft_line
-- stream: drafts
SELECT * FROM document_line;

-- prepare: parsed_item
-- stream: items
SELECT
    record_key,
    body,
    d,
    CAST(left(d.UpdateDate, 10) AS DATE) + coalesce(TRY_CAST(d.UpdateTime AS TIME), TIME '00:00:00') AS local_updated
FROM (
    SELECT
        record_key,
        body,
        from_json(body, '{
            "ItemCode": "VARCHAR", "ItemName": "VARCHAR", "BarCode": "VARCHAR", "InventoryItem": "VARCHAR",
            "SalesItem": "VARCHAR", "Valid": "VARCHAR", "Frozen": "VARCHAR", "ManageBatchNumbers": "VARCHAR",
            "ManageSerialNumbers": "VARCHAR", "TreeType": "VARCHAR", "SalesUnit": "VARCHAR",
            "SalesItemsPerUnit": "VARCHAR", "DefaultWarehouse": "VARCHAR", "SalesVATGroup": "VARCHAR",
            "ArTaxCode": "VARCHAR", "SalesUnitWeight": "VARCHAR", "MovingAveragePrice": "VARCHAR",
            "UpdateDate": "VARCHAR", "UpdateTime": "VARCHAR",
            "ItemPrices": [{"PriceList": "BIGINT", "Price": "VARCHAR", "Currency": "VARCHAR"}]
        }') AS d
    FROM incoming
) AS parsed;

-- table: b1_item
-- stream: items
SELECT
    record_key,
    d.ItemCode AS item_code,
    d.ItemName AS name,
    nullif(trim(d.BarCode), '') AS barcode,
    d.InventoryItem IN ('tYES', 'Y') AS is_inventory,
    d.SalesItem IN ('tYES', 'Y') AS is_sales,
    d.Valid IN ('tYES', 'Y') AS is_valid,
    d.Frozen IN ('tYES', 'Y') AS is_frozen,
    d.ManageBatchNumbers IN ('tYES', 'Y') AS manages_batches,
    d.ManageSerialNumbers IN ('tYES', 'Y') AS manages_serials,
    CASE
        WHEN d.TreeType IN ('iNotATree', 'N') THEN 'not_a_tree'
        WHEN d.TreeType IN ('iSalesTree', 'S') THEN 'sales_tree'
        WHEN d.TreeType IN ('iAssemblyTree', 'A') THEN 'assembly_tree'
        WHEN d.TreeType IN ('iProductionTree', 'P') THEN 'production_tree'
        WHEN d.TreeType IN ('iTemplateTree', 'T') THEN 'template_tree'
        ELSE d.TreeType
    END AS tree_type,
    nullif(d.SalesUnit, '') AS sales_unit,
    CAST(d.SalesItemsPerUnit AS DECIMAL(19,6)) AS items_per_sales_unit,
    nullif(d.DefaultWarehouse, '') AS default_warehouse,
    coalesce(nullif(d.SalesVATGroup, ''), nullif(d.ArTaxCode, '')) AS sales_tax_code,
    CAST(json_extract_string(body, $stock_buffer_path) AS DECIMAL(19,6)) AS stock_buffer,
    CAST(d.SalesUnitWeight AS DECIMAL(19,6)) AS weight,
    CAST(d.MovingAveragePrice AS DECIMAL(19,6)) AS cost,
    nullif(trim(json_extract_string(body, $hs_code_path)), '') AS hs_code,
    -- a field of one letter, a valid value or a check box: whatever says yes
    upper(json_extract_string(body, $web_item_path)) IN ('Y', 'YES', 'TYES', '1', 'TRUE') AS is_web,
    TRY_CAST(left(json_extract_string(body, $web_from_path), 10) AS DATE) AS web_from,
    CASE upper(left(trim(json_extract_string(body, $item_tracking_path)), 1))
        WHEN 'B' THEN 'batch' WHEN 'S' THEN 'serial' WHEN 'N' THEN 'none'
    END AS told_tracking,
    least(
        (local_updated AT TIME ZONE $timezone) AT TIME ZONE 'UTC',
        ((local_updated - INTERVAL 1 HOUR) AT TIME ZONE $timezone) AT TIME ZONE 'UTC' + INTERVAL 1 HOUR
    ) AS updated_at
FROM parsed_item;

-- table: b1_item_price
-- stream: items
SELECT
    record_key,
    item_code,
    p.PriceList AS price_list,
    CAST(p.Price AS DECIMAL(19,6)) AS price,
    coalesce(nullif(trim(p.Currency), ''), $currency) AS currency
FROM (SELECT record_key, d.ItemCode AS item_code, unnest(d.ItemPrices) AS p FROM parsed_item) AS prices
WHERE CAST(p.Price AS DECIMAL(19,6)) IS NOT NULL;

-- table: b1_item_warehouse
-- stream: stock
SELECT
    record_key,
    d.ItemCode AS item_code,
    d.WhsCode AS warehouse,
    CAST(d.OnHand AS DECIMAL(19,6)) AS on_hand,
    CAST(d.IsCommited AS DECIMAL(19,6)) AS committed,
    CAST(d.OnOrder AS DECIMAL(19,6)) AS ordered,
    coalesce(d.Locked, 'N') IN ('tYES', 'Y') AS is_locked
FROM (
    SELECT
        record_key,
        from_json(body, '{
            "ItemCode": "VARCHAR", "WhsCode": "VARCHAR", "OnHand": "VARCHAR", "IsCommited": "VARCHAR",
            "OnOrder": "VARCHAR", "Locked": "VARCHAR"
        }') AS d
    FROM incoming
) AS parsed;

-- table: b1_warehouse
-- stream: warehouses
SELECT
    record_key,
    d.WarehouseCode AS warehouse,
    d.WarehouseName AS name,
    d.Inactive IN ('tYES', 'Y') AS is_inactive,
    coalesce(d.DropShip, 'tNO') IN ('tYES', 'Y') AS is_drop_ship,
    coalesce(d.Nettable, 'tYES') IN ('tYES', 'Y') AS is_nettable
FROM (
    SELECT
        record_key,
        from_json(body, '{
            "WarehouseCode": "VARCHAR", "WarehouseName": "VARCHAR", "Inactive": "VARCHAR", "DropShip": "VARCHAR",
            "Nettable": "VARCHAR"
        }') AS d
    FROM incoming
) AS parsed;

-- prepare: parsed_bom
-- stream: boms
SELECT
    record_key,
    from_json(body, '{
        "TreeCode": "VARCHAR", "TreeType": "VARCHAR", "Quantity": "VARCHAR",
        "ProductTreeLines": [{
            "ChildNum": "BIGINT", "VisualOrder": "BIGINT", "ItemCode": "VARCHAR", "Quantity": "VARCHAR",
            "Warehouse": "VARCHAR", "ItemType": "VARCHAR"
        }]
    }') AS d
FROM incoming;

-- table: b1_bom
-- stream: boms
SELECT
    record_key,
    d.TreeCode AS item_code,
    CASE
        WHEN d.TreeType IN ('iSalesTree', 'S') THEN 'sales_tree'
        WHEN d.TreeType IN ('iAssemblyTree', 'A') THEN 'assembly_tree'
        WHEN d.TreeType IN ('iProductionTree', 'P') THEN 'production_tree'
        WHEN d.TreeType IN ('iTemplateTree', 'T') THEN 'template_tree'
        WHEN d.TreeType IN ('iNotATree', 'N') THEN 'not_a_tree'
        ELSE d.TreeType
    END AS tree_type,
    CAST(d.Quantity AS DECIMAL(19,6)) AS quantity
FROM parsed_bom;

-- table: b1_bom_line (items only: a resource or a line of text is nothing that is sold)
-- stream: boms
SELECT
    record_key,
    item_code,
    coalesce(l.ChildNum, l.VisualOrder) AS child_num,
    l.ItemCode AS component_code,
    CAST(l.Quantity AS DECIMAL(19,6)) AS quantity,
    nullif(l.Warehouse, '') AS warehouse
FROM (SELECT record_key, d.TreeCode AS item_code, unnest(d.ProductTreeLines) AS l FROM parsed_bom) AS lines
WHERE coalesce(l.ItemType, 'pit_Item') IN ('pit_Item', '4');

-- table: b1_batch_stock
-- stream: batch_stock
SELECT
    record_key,
    d.ItemCode AS item_code,
    d.DistNumber AS batch,
    d.WhsCode AS warehouse,
    CAST(d.Quantity AS DECIMAL(19,6)) AS quantity,
    CASE
        WHEN d.Status IN ('0', 'bdsStatus_Released') THEN 'released'
        WHEN d.Status IN ('1', 'bdsStatus_NotAccessible') THEN 'not_accessible'
        WHEN d.Status IN ('2', 'bdsStatus_Locked') THEN 'locked'
        ELSE d.Status
    END AS status,
    CASE
        WHEN length(d.ExpDate) = 8 THEN CAST(strptime(d.ExpDate, '%Y%m%d') AS DATE)
        ELSE CAST(nullif(left(d.ExpDate, 10), '') AS DATE)
    END AS expires_on
FROM (
    SELECT
        record_key,
        from_json(body, '{
            "ItemCode": "VARCHAR", "DistNumber": "VARCHAR", "WhsCode": "VARCHAR", "Quantity": "VARCHAR",
            "Status": "VARCHAR", "ExpDate": "VARCHAR"
        }') AS d
    FROM incoming
) AS parsed;

-- table: b1_serial_stock
-- stream: serial_stock
SELECT
    record_key,
    d.ItemCode AS item_code,
    d.DistNumber AS serial,
    d.WhsCode AS warehouse,
    CAST(d.Quantity AS DECIMAL(19,6)) AS quantity
FROM (
    SELECT
        record_key,
        from_json(body, '{
            "ItemCode": "VARCHAR", "DistNumber": "VARCHAR", "WhsCode": "VARCHAR", "Quantity": "VARCHAR"
        }') AS d
    FROM incoming
) AS parsed;

-- table: b1_partner
-- stream: partners
SELECT
    record_key,
    d.CardCode AS card_code,
    CASE
        WHEN d.CardType IN ('cCustomer', 'C') THEN 'customer'
        WHEN d.CardType IN ('cSupplier', 'S') THEN 'supplier'
        WHEN d.CardType IN ('cLid', 'L') THEN 'lead'
        ELSE d.CardType
    END AS card_type,
    d.GroupCode AS group_code,
    nullif(trim(d.Currency), '') AS currency,
    coalesce(d.Valid, 'tYES') IN ('tYES', 'Y') AS is_valid,
    coalesce(d.Frozen, 'tNO') IN ('tYES', 'Y') AS is_frozen,
    CAST(d.CurrentAccountBalance AS DECIMAL(19,6)) AS balance,
    least(
        (local_updated AT TIME ZONE $timezone) AT TIME ZONE 'UTC',
        ((local_updated - INTERVAL 1 HOUR) AT TIME ZONE $timezone) AT TIME ZONE 'UTC' + INTERVAL 1 HOUR
    ) AS updated_at
FROM (
    SELECT
        record_key,
        d,
        CAST(left(d.UpdateDate, 10) AS DATE)
            + coalesce(TRY_CAST(d.UpdateTime AS TIME), TIME '00:00:00') AS local_updated
    FROM (
        SELECT
            record_key,
            from_json(body, '{
                "CardCode": "VARCHAR", "CardType": "VARCHAR", "GroupCode": "BIGINT", "Currency": "VARCHAR",
                "Valid": "VARCHAR", "Frozen": "VARCHAR", "CurrentAccountBalance": "VARCHAR",
                "UpdateDate": "VARCHAR", "UpdateTime": "VARCHAR"
            }') AS d
        FROM incoming
    ) AS parsed
) AS stamped;

-- table: b1_period (unlocked except for sales: nothing that is compared here can be posted any more but payouts)
-- stream: periods
SELECT
    record_key,
    d.PeriodCode AS period_code,
    d.PeriodName AS name,
    CAST(left(d.PostingDateFrom, 10) AS DATE) AS from_on,
    CAST(left(d.PostingDateTo, 10) AS DATE) AS to_on,
    CASE
        WHEN d.PeriodStatus IN ('ltLocked', 'Y') OR d.Locked IN ('tYES', 'Y') THEN 'locked'
        WHEN d.PeriodStatus IN ('ltPeriodClosing', 'C', 'ltUnlockedExceptSales', 'S') THEN 'closing'
        WHEN d.PeriodStatus IN ('ltUnlocked', 'N') THEN 'open'
        ELSE 'unknown'
    END AS status
FROM (
    SELECT
        record_key,
        from_json(body, '{
            "PeriodCode": "VARCHAR", "PeriodName": "VARCHAR", "PostingDateFrom": "VARCHAR",
            "PostingDateTo": "VARCHAR", "PeriodStatus": "VARCHAR", "Locked": "VARCHAR"
        }') AS d
    FROM incoming
) AS parsed;

-- table: b1_shipping_type
-- stream: shipping_types
SELECT record_key, d.Code AS shipping_type, d.Name AS name
FROM (SELECT record_key, from_json(body, '{"Code": "BIGINT", "Name": "VARCHAR"}') AS d FROM incoming) AS parsed;

-- table: b1_tax_code (a row for each rate and the day from which it holds; US-style codes have one rate)
-- stream: tax_codes
SELECT
    record_key,
    tax_code,
    name,
    CASE
        WHEN category IN ('bovcOutputTax', 'O') THEN 'output'
        WHEN category IN ('bovcInputTax', 'I') THEN 'input'
        ELSE category
    END AS category,
    CAST(CAST(r.Rate AS DECIMAL(19,6)) * 0.01 AS DECIMAL(19,6)) AS tax_rate,
    CAST(left(r.Effectivefrom, 10) AS DATE) AS effective_from,
    coalesce(inactive, 'tNO') IN ('tYES', 'Y') AS is_inactive
FROM (
    SELECT
        record_key,
        d.Code AS tax_code,
        d.Name AS name,
        d.Category AS category,
        d.Inactive AS inactive,
        unnest(coalesce(d.VatGroups_Lines, [{'Effectivefrom': NULL, 'Rate': d.Rate}])) AS r
    FROM (
        SELECT
            record_key,
            from_json(body, '{
                "Code": "VARCHAR", "Name": "VARCHAR", "Category": "VARCHAR", "Inactive": "VARCHAR",
                "Rate": "VARCHAR",
                "VatGroups_Lines": [{"Effectivefrom": "VARCHAR", "Rate": "VARCHAR"}]
            }') AS d
        FROM incoming
    ) AS parsed
) AS rates;

-- table: b1_expense_type
-- stream: expense_types
SELECT
    record_key,
    d.ExpensCode AS expense_code,
    d.Name AS name,
    nullif(d.OutputVATGroup, '') AS tax_code
FROM (
    SELECT
        record_key,
        from_json(body, '{"ExpensCode": "BIGINT", "Name": "VARCHAR", "OutputVATGroup": "VARCHAR"}') AS d
    FROM incoming
) AS parsed;

-- table: b1_company
-- stream: company
SELECT
    record_key,
    fields.key AS setting,
    json_extract_string(fields.value, '$') AS value
FROM incoming, json_each(incoming.body) AS fields;

-- prepare: parsed_payment
-- stream: incoming_payments
-- stream: outgoing_payments
SELECT
    record_key,
    body,
    d,
    CASE nullif(trim(d.DocCurrency), '')
        WHEN '£' THEN 'GBP' WHEN '€' THEN 'EUR' WHEN '$' THEN 'USD'
        ELSE coalesce(nullif(trim(d.DocCurrency), ''), $currency)
    END AS currency
FROM (
    SELECT
        record_key,
        body,
        from_json(body, '{
            "DocEntry": "BIGINT", "DocNum": "BIGINT", "CardCode": "VARCHAR", "DocDate": "VARCHAR",
            "DocCurrency": "VARCHAR", "CashSum": "VARCHAR", "TransferSum": "VARCHAR",
            "BillOfExchangeAmount": "VARCHAR", "TransferAccount": "VARCHAR", "TransferReference": "VARCHAR",
            "Reference1": "VARCHAR", "Reference2": "VARCHAR", "CounterReference": "VARCHAR", "Cancelled": "VARCHAR",
            "PaymentInvoices": [{
                "LineNum": "BIGINT", "DocEntry": "BIGINT", "SumApplied": "VARCHAR",
                "AppliedFC": "VARCHAR", "InvoiceType": "VARCHAR"
            }],
            "PaymentChecks": [{"CheckSum": "VARCHAR"}],
            "PaymentCreditCards": [{"CreditSum": "VARCHAR"}]
        }') AS d
    FROM incoming
) AS parsed;

-- view: payment (its header has no total: the means of payment are added up)
-- stream: incoming_payments
-- stream: outgoing_payments
SELECT
    record_key,
    d.DocEntry AS doc_entry,
    d.DocNum AS doc_num,
    nullif(d.CardCode, '') AS card_code,
    CAST(left(d.DocDate, 10) AS DATE) AS doc_on,
    currency,
    CAST(
        CAST(coalesce(d.CashSum, '0') AS DECIMAL(19,6))
        + CAST(coalesce(d.TransferSum, '0') AS DECIMAL(19,6))
        + CAST(coalesce(d.BillOfExchangeAmount, '0') AS DECIMAL(19,6))
        + coalesce(list_sum(list_transform(d.PaymentChecks, lambda c: CAST(c.CheckSum AS DECIMAL(19,6)))), 0)
        + coalesce(list_sum(list_transform(d.PaymentCreditCards, lambda c: CAST(c.CreditSum AS DECIMAL(19,6)))), 0)
        AS DECIMAL(19,6)
    ) AS total,
    CAST(d.TransferSum AS DECIMAL(19,6)) AS transfer_sum,
    nullif(d.TransferAccount, '') AS transfer_account,
    nullif(trim(d.TransferReference), '') AS transfer_reference,
    nullif(trim(d.Reference1), '') AS reference1,
    nullif(trim(d.Reference2), '') AS reference2,
    nullif(trim(d.CounterReference), '') AS counter_reference,
    coalesce(d.Cancelled, 'tNO') IN ('tYES', 'Y') AS is_cancelled,
    nullif(trim(json_extract_string(body, $idempotency_key_path)), '') AS idempotency_key
FROM parsed_payment;

-- view: payment_invoice
-- stream: incoming_payments
-- stream: outgoing_payments
SELECT
    record_key,
    doc_entry,
    i.LineNum AS line_num,
    CASE
        WHEN i.InvoiceType IN ('it_Invoice', '13') THEN 'invoice'
        WHEN i.InvoiceType IN ('it_CredItnote', '14') THEN 'credit_memo'
        WHEN i.InvoiceType IN ('it_DownPayment', '203') THEN 'down_payment'
        WHEN i.InvoiceType IN ('it_JournalEntry', '30') THEN 'journal'
        ELSE 'other'
    END AS invoice_type,
    i.DocEntry AS invoice_entry,
    CAST(CASE WHEN currency = $currency THEN i.SumApplied ELSE i.AppliedFC END AS DECIMAL(19,6)) AS applied
FROM (
    SELECT record_key, d.DocEntry AS doc_entry, currency, unnest(d.PaymentInvoices) AS i FROM parsed_payment
) AS invoices;

-- table: b1_payment
-- stream: incoming_payments
SELECT *, 'incoming' AS direction FROM payment;

-- table: b1_payment_invoice
-- stream: incoming_payments
SELECT *, 'incoming' AS direction FROM payment_invoice;

-- table: b1_payment
-- stream: outgoing_payments
SELECT *, 'outgoing' AS direction FROM payment;

-- table: b1_payment_invoice
-- stream: outgoing_payments
SELECT *, 'outgoing' AS direction FROM payment_invoice;

-- prepare: parsed_journal
-- stream: journals
SELECT
    record_key,
    body,
    from_json(body, '{
        "JdtNum": "BIGINT", "Number": "BIGINT", "ReferenceDate": "VARCHAR", "TaxDate": "VARCHAR", "DueDate": "VARCHAR",
        "Memo": "VARCHAR", "Reference": "VARCHAR", "Reference2": "VARCHAR", "Reference3": "VARCHAR",
        "TransactionCode": "VARCHAR", "OriginalJournal": "VARCHAR", "Original": "BIGINT",
        "JournalEntryLines": [{
            "Line_ID": "BIGINT", "AccountCode": "VARCHAR", "ShortName": "VARCHAR", "Debit": "VARCHAR",
            "Credit": "VARCHAR", "FCDebit": "VARCHAR", "FCCredit": "VARCHAR",
            "FCCurrency": "VARCHAR", "Reference1": "VARCHAR", "Reference2": "VARCHAR"
        }]
    }') AS d
FROM incoming;

-- table: b1_journal
-- stream: journals
SELECT
    record_key,
    d.JdtNum AS trans_id,
    d.Number AS number,
    CAST(left(d.ReferenceDate, 10) AS DATE) AS reference_on,
    CAST(left(d.TaxDate, 10) AS DATE) AS tax_on,
    CAST(left(d.DueDate, 10) AS DATE) AS due_on,
    nullif(trim(d.Memo), '') AS memo,
    nullif(trim(d.Reference), '') AS reference,
    nullif(trim(d.Reference2), '') AS reference2,
    nullif(trim(d.Reference3), '') AS reference3,
    nullif(d.TransactionCode, '') AS transaction_code,
    d.OriginalJournal AS source_type,
    d.Original AS source_entry,
    nullif(trim(json_extract_string(body, $payout_id_path)), '') AS payout_id,
    nullif(trim(json_extract_string(body, $idempotency_key_path)), '') AS idempotency_key
FROM parsed_journal;

-- table: b1_journal_line
-- stream: journals
SELECT
    record_key,
    trans_id,
    l.Line_ID AS line_id,
    l.AccountCode AS account,
    nullif(l.ShortName, '') AS short_name,
    CAST(l.Debit AS DECIMAL(19,6)) AS debit,
    CAST(l.Credit AS DECIMAL(19,6)) AS credit,
    CAST(l.FCDebit AS DECIMAL(19,6)) AS fc_debit,
    CAST(l.FCCredit AS DECIMAL(19,6)) AS fc_credit,
    nullif(l.FCCurrency, '') AS fc_currency,
    nullif(trim(l.Reference1), '') AS reference1,
    nullif(trim(l.Reference2), '') AS reference2
FROM (SELECT record_key, d.JdtNum AS trans_id, unnest(d.JournalEntryLines) AS l FROM parsed_journal) AS lines;
