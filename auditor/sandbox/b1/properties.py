"""The properties that this simulation knows, by entity type, with their kinds.

Kinds: `I` integer, `D` double, `S` string, `date`, `time`, the name of an enum (`YN` for yes and no), `[Type]` for a
collection of a complex type. A company's own fields (`U_...`) are not listed: they come from UserFieldsMD and from
what the state holds. A contract test compares every name and kind with the official metadata.
"""

from __future__ import annotations

from collections.abc import Mapping


def _kinds(text: str) -> dict[str, str]:
    """One line per kind: `D: DocTotal VatSum`."""
    kinds: dict[str, str] = {}
    for line in text.strip().splitlines():
        kind, _, names = line.strip().partition(": ")
        kinds.update(dict.fromkeys(names.split(), kind))
    return kinds


TYPES: Mapping[str, Mapping[str, str]] = {
    "Document": _kinds("""
        I: DocEntry DocNum Series BPL_IDAssignedToInvoice TransportationCode DataVersion AttachmentEntry
        I: PaymentGroupCode SalesPersonCode ContactPersonCode TransNum GroupNumber
        S: CardCode CardName NumAtCard Reference1 Reference2 Comments JournalMemo DocCurrency TrackingNumber ShipToCode
        S: Address Address2 PickRemark PayToCode ControlAccount BPLName VATRegNum FederalTaxID Project
        date: DocDate DocDueDate TaxDate VatDate CreationDate UpdateDate CancelDate ClosingDate
        time: DocTime UpdateTime
        BoObjectTypes: DocObjectCode
        BoDocumentTypes: DocType
        BoStatus: DocumentStatus InventoryStatus
        CancelStatusEnum: CancelStatus
        DocumentAuthorizationStatusEnum: AuthorizationStatus
        PriceModeDocumentEnum: PriceMode
        YN: Cancelled Confirmed Rounding ReserveInvoice
        D: DocRate DocTotal DocTotalFc DocTotalSys VatSum VatSumFc VatSumSys TotalDiscount DiscountPercent PaidToDate
        D: RoundingDiffAmount DownPaymentAmount WTAmount PaidToDateFC RoundingDiffAmountFC TotalDiscountFC
        DownPaymentTypeEnum: DownPaymentType
        [DocumentLine]: DocumentLines
        [DocumentAdditionalExpense]: DocumentAdditionalExpenses
        [DocumentInstallment]: DocumentInstallments
        [DocumentReference]: DocumentReferences
        [DownPaymentToDraw]: DownPaymentsToDraw
        [DocumentPackage]: DocumentPackages
    """),
    "DocumentLine": _kinds("""
        I: LineNum VisualOrder DocEntry ParentLineNum UoMEntry BaseType BaseEntry BaseLine ActualBaseEntry AgreementNo
        I: ActualBaseLine ShippingMethod
        S: ItemCode ItemDescription WarehouseCode MeasureUnit UoMCode BarCode SerialNum Currency VatGroup TaxCode
        S: AccountCode FreeText CostingCode ProjectCode POTargetEntry
        BoStatus: LineStatus
        BoDocLineType: LineType
        BoItemTreeTypes: TreeType
        BoDocumentLinePickStatus: PickStatusEx
        YN: BackOrder WithoutInventoryMovement TaxOnly
        D: Quantity InventoryQuantity RemainingOpenQuantity RemainingOpenInventoryQuantity PackageQuantity PickQuantity
        D: UnitPrice Price DiscountPercent PriceAfterVAT GrossPrice GrossTotal GrossTotalFC LineTotal RowTotalFC
        D: TaxTotal NetTaxAmount NetTaxAmountFC TaxPercentagePerRow OpenAmount Rate UnitsOfMeasurment
        date: ShipDate ActualDeliveryDate RequiredDate
        [BatchNumber]: BatchNumbers
        [SerialNumber]: SerialNumbers
        [DocumentLinesBinAllocation]: DocumentLinesBinAllocations
        [LineTaxJurisdiction]: LineTaxJurisdictions
        [DocumentLineAdditionalExpense]: DocumentLineAdditionalExpenses
    """),
    "DocumentAdditionalExpense": _kinds("""
        I: ExpenseCode LineNum
        S: Remarks VatGroup TaxCode
        BoAdEpnsDistribMethods: DistributionMethod
        D: LineTotal LineTotalFC TaxSum TaxSumFC TaxPercent LineGross PaidToDate
    """),
    "BatchNumber": _kinds("""
        I: BaseLineNumber SystemSerialNumber
        S: BatchNumberProperty ManufacturerSerialNumber InternalSerialNumber Location Notes ItemCode
        D: Quantity
        date: ExpiryDate ManufacturingDate AddmisionDate
    """),
    "SerialNumber": _kinds("""
        I: BaseLineNumber SystemSerialNumber
        S: InternalSerialNumber ManufacturerSerialNumber BatchID Location Notes ItemCode
        D: Quantity
        date: ExpiryDate ManufactureDate ReceptionDate
    """),
    "Payment": _kinds("""
        I: DocEntry DocNum Series BPLID AttachmentEntry
        S: CardCode CardName DocCurrency CashAccount TransferAccount TransferReference CheckAccount Reference1
        S: Reference2 CounterReference Remarks JournalRemarks ControlAccount Address TransactionCode ProjectCode
        date: DocDate TaxDate DueDate TransferDate VatDate
        BoRcptTypes: DocType DocTypte
        YN: Cancelled
        D: DocRate CashSum CashSumFC TransferSum BankChargeAmount BankChargeAmountInFC UnderOverpaymentdifference
        D: BillOfExchangeAmount WTAmount
        PaymentsAuthorizationStatusEnum: AuthorizationStatus
        [PaymentInvoice]: PaymentInvoices
        [PaymentCreditCard]: PaymentCreditCards
        [PaymentCheck]: PaymentChecks
        [PaymentAccount]: PaymentAccounts
    """),
    "PaymentInvoice": _kinds("""
        I: LineNum DocEntry InstallmentId DocLine
        BoRcptInvTypes: InvoiceType
        D: SumApplied AppliedFC DiscountPercent TotalDiscount
    """),
    "PaymentCreditCard": _kinds("""
        I: LineNum CreditCard
        S: CreditAcct VoucherNum ConfirmationNum CreditCardNumber
        date: CardValidUntil FirstPaymentDue
        D: CreditSum
    """),
    "PaymentCheck": _kinds("""
        I: LineNum CheckNumber
        S: BankCode Branch AccounttNum CountryCode CheckAccount
        date: DueDate
        D: CheckSum
    """),
    "PaymentAccount": _kinds("""
        I: LineNum
        S: AccountCode AccountName Decription VatGroup ProjectCode ProfitCenter
        D: SumPaid SumPaidFC GrossAmount VatAmount
    """),
    "JournalEntry": _kinds("""
        I: JdtNum Number Series Original
        S: Memo Reference Reference2 Reference3 TransactionCode ProjectCode BaseReference
        date: ReferenceDate DueDate TaxDate VatDate StornoDate
        YN: UseAutoStorno
        TransTypesEnum: OriginalJournal
        [JournalEntryLine]: JournalEntryLines
    """),
    "JournalEntryLine": _kinds("""
        I: Line_ID BPLID
        S: AccountCode ShortName FCCurrency LineMemo Reference1 Reference2 AdditionalReference TaxGroup CostingCode
        S: CostingCode2 CostingCode3 CostingCode4 CostingCode5 ProjectCode ContraAccount
        date: DueDate ReferenceDate1 TaxDate
        D: Debit Credit FCDebit FCCredit
    """),
    "Item": _kinds("""
        I: UoMGroupEntry ItemsGroupCode DataVersion Series
        S: ItemCode ItemName ForeignName BarCode SalesUnit InventoryUOM DefaultWarehouse SalesVATGroup ArTaxCode
        S: User_Text
        YN: InventoryItem SalesItem PurchaseItem Valid Frozen ManageBatchNumbers ManageSerialNumbers IsPhantom
        YN: ManageSerialNumbersOnReleaseOnly ForceSelectionOfSerialNumber ManageStockByWarehouse
        ItemTypeEnum: ItemType
        BoManageMethod: SRIAndBatchManageMethod
        BoItemTreeTypes: TreeType
        D: SalesItemsPerUnit QuantityOnStock QuantityOrderedByCustomers QuantityOrderedFromVendors MovingAveragePrice
        D: AvgStdPrice SalesUnitWeight
        date: CreateDate UpdateDate ValidFrom ValidTo FrozenFrom FrozenTo
        time: CreateTime UpdateTime
        [ItemPrice]: ItemPrices
        [ItemWarehouseInfo]: ItemWarehouseInfoCollection
        [ItemBarCode]: ItemBarCodeCollection
    """),
    "ItemWarehouseInfo": _kinds("""
        S: WarehouseCode ItemCode
        D: InStock Committed Ordered CountedQuantity MinimalStock MaximalStock StandardAveragePrice
        YN: Locked
    """),
    "ItemPrice": _kinds("""
        I: PriceList BasePriceList
        S: Currency
        D: Price Factor
    """),
    "Warehouse": _kinds("""
        I: BusinessPlaceID
        S: WarehouseCode WarehouseName Street City ZipCode Country
        YN: Inactive DropShip Nettable EnableBinLocations
    """),
    "BusinessPartner": _kinds("""
        I: GroupCode PriceListNum Series DataVersion PayTermsGrpCode
        S: CardCode CardName Currency FederalTaxID EmailAddress Country VatGroup DebitorAccount Phone1 Notes
        BoCardTypes: CardType
        YN: Valid Frozen
        D: CurrentAccountBalance OpenDeliveryNotesBalance OpenOrdersBalance CreditLimit
        date: CreateDate UpdateDate
        time: CreateTime UpdateTime
    """),
    "ProductTree": _kinds("""
        I: PriceList
        S: TreeCode Warehouse ProductDescription
        BoItemTreeTypes: TreeType
        YN: HideBOMComponentsInPrintout
        D: Quantity
        [ProductTreeLine]: ProductTreeLines
    """),
    "ProductTreeLine": _kinds("""
        I: PriceList ChildNum VisualOrder
        S: ItemCode ItemName Warehouse Currency ParentItem
        BoIssueMethod: IssueMethod
        ProductionItemType: ItemType
        D: Quantity Price
    """),
    "BatchNumberDetail": _kinds("""
        I: DocEntry SystemNumber
        S: ItemCode ItemDescription Batch BatchAttribute1 BatchAttribute2 Details
        BatchDetailServiceStatusEnum: Status
        date: AdmissionDate ManufacturingDate ExpirationDate
    """),
    "SerialNumberDetail": _kinds("""
        I: DocEntry SystemNumber
        S: ItemCode ItemDescription SerialNumber MfrSerialNo LotNumber Details
        date: AdmissionDate ManufacturingDate ExpirationDate
    """),
    "VatGroup": _kinds("""
        S: Code Name TaxAccount
        BoVatCategoryEnum: Category
        YN: Inactive EU
        [VatGroups_Line]: VatGroups_Lines
    """),
    "VatGroups_Line": _kinds("""
        D: Rate EqualizationTax
        date: Effectivefrom
    """),
    "SalesTaxCode": _kinds("""
        S: Code Name
        YN: ValidForAR Freight Inactive
        D: Rate
        [SalesTaxCodes_Line]: SalesTaxCodes_Lines
    """),
    "ShippingType": _kinds("""
        I: Code
        S: Name Website
    """),
    "AdditionalExpense": _kinds("""
        I: ExpensCode DataVersion
        S: Name RevenuesAccount ExpenseAccount OutputVATGroup InputVATGroup
        YN: TaxLiable
    """),
    "UserFieldMD": _kinds("""
        I: FieldID Size EditSize
        S: Name Description TableName DefaultValue LinkedTable
        BoFieldTypes: Type
        BoFldSubTypes: SubType
        YN: Mandatory
    """),
    "SQLQuery": _kinds("""
        S: SqlCode SqlName SqlText ParamList
        date: CreateDate UpdateDate
    """),
    "ApprovalRequest": _kinds("""
        I: Code ApprovalTemplatesID ObjectEntry CurrentStage OriginatorID DraftEntry
        S: ObjectType IsDraft Remarks DraftType
        BoApprovalRequestStatusEnum: Status
        date: CreationDate
        time: CreationTime
    """),
}

# Enum members and their database values, where a filter or a SQL row needs the latter.
ENUMS: Mapping[str, Mapping[str, str]] = {
    "YN": {"tYES": "Y", "tNO": "N"},
    "BoStatus": {"bost_Open": "O", "bost_Close": "C", "bost_Paid": "P", "bost_Delivered": "D"},
    "CancelStatusEnum": {"csYes": "Y", "csNo": "N", "csCancellation": "C"},
    "BoDocumentTypes": {"dDocument_Items": "I", "dDocument_Service": "S"},
    "DocumentAuthorizationStatusEnum": {
        "dasWithout": "-",
        "dasPending": "W",
        "dasApproved": "Y",
        "dasRejected": "N",
        "dasGenerated": "P",
        "dasGeneratedbyAuthorizer": "A",
        "dasCancelled": "C",
    },
    "BoObjectTypes": {
        "oInvoices": "13",
        "oCreditNotes": "14",
        "oDeliveryNotes": "15",
        "oReturns": "16",
        "oOrders": "17",
        "oQuotations": "23",
        "oDrafts": "112",
        "oDownPayments": "203",
        "oReturnRequest": "234000031",
    },
    "BoItemTreeTypes": {
        "iNotATree": "N",
        "iAssemblyTree": "A",
        "iSalesTree": "S",
        "iProductionTree": "P",
        "iTemplateTree": "T",
        "iIngredient": "I",
    },
    "BoRcptTypes": {"rCustomer": "C", "rAccount": "A", "rSupplier": "S"},
    "BoRcptInvTypes": {
        "it_Invoice": "13",
        "it_CredItnote": "14",
        "it_Receipt": "24",
        "it_JournalEntry": "30",
        "it_PaymentAdvice": "46",
        "it_DownPayment": "203",
    },
    "BoCardTypes": {"cCustomer": "C", "cSupplier": "S", "cLid": "L"},
    "BatchDetailServiceStatusEnum": {
        "bdsStatus_Released": "0",
        "bdsStatus_NotAccessible": "1",
        "bdsStatus_Locked": "2",
    },
    "ItemTypeEnum": {"itItems": "I", "itLabor": "L", "itTravel": "T", "itFixedAssets": "F"},
}

# What the server alone decides; a value sent for it is ignored without a word.
READ_ONLY = frozenset(
    _kinds("""
        ignored: DocEntry DocNum CreationDate UpdateDate UpdateTime DocTime VatSum VatSumFc VatSumSys DocTotalSys
        ignored: DocumentStatus TotalDiscount TotalDiscountFC Cancelled CancelStatus AuthorizationStatus PaidToDate
        ignored: PaidToDateFC DataVersion BPLName VATRegNum WTAmount TransNum CancelDate ClosingDate
    """)
)
READ_ONLY_LINE = frozenset(
    {"DocEntry", "RemainingOpenQuantity", "RemainingOpenInventoryQuantity", "NetTaxAmount", "OpenAmount"}
)


def enum_member(kind: str, literal: str) -> str | None:
    """The member's name from its name or its database value; None when the enum has no such member."""
    members = ENUMS.get(kind)
    if members is None or literal in members:
        return literal
    return next((name for name, value in members.items() if value == literal), None)


def database_value(kind: str, member: str) -> str:
    """The one-character or numeric value that SQL rows show for an enum member."""
    return ENUMS.get(kind, {}).get(member, member)
