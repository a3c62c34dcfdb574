"""Every GraphQL document this connector sends, and nothing that asks for personal data.

A record is read along two roads: page by page (deltas, single records) and by a bulk operation (first load, snapshots).
Both are made from the same field lists below, so a record has the same fields whichever road it came along.
Bulk texts use `edges { node }`, as the provider demands; there, arguments of paging are ignored.

`Document.size` is the page size (`$first`), or the number of ids (`$ids`), that keeps the estimated cost below the
1,000 points a single query may cost; the client halves it when the provider disagrees.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Document:
    """One operation: its name, its text, and the page size or batch size it starts with."""

    name: str
    text: str
    size: int = 1


_MONEY = "{ amount currencyCode }"
_BAG = f"{{ shopMoney {_MONEY} presentmentMoney {_MONEY} }}"
_PAGE = "pageInfo { hasNextPage endCursor }"
_TAX = f"{{ title rate channelLiable priceSet {_BAG} }}"

# Field lists --------------------------------------------------------------------------------------------------------

_ORDER = f"""
  id name test confirmed createdAt processedAt updatedAt closedAt cancelledAt
  displayFinancialStatus displayFulfillmentStatus edited taxesIncluded currencyCode presentmentCurrencyCode
  subtotalPriceSet {_BAG} currentSubtotalPriceSet {_BAG}
  originalTotalPriceSet {_BAG} totalPriceSet {_BAG} currentTotalPriceSet {_BAG}
  totalTaxSet {_BAG} currentTotalTaxSet {_BAG}
  totalDiscountsSet {_BAG} currentTotalDiscountsSet {_BAG}
  totalShippingPriceSet {_BAG} currentShippingPriceSet {_BAG}
  originalTotalDutiesSet {_BAG} currentTotalDutiesSet {_BAG}
  totalTipReceivedSet {_BAG} totalReceivedSet {_BAG} totalRefundedSet {_BAG} totalRefundedShippingSet {_BAG}
  netPaymentSet {_BAG} totalOutstandingSet {_BAG} refundDiscrepancySet {_BAG}
  totalCashRoundingAdjustment {{ paymentSet {_BAG} refundSet {_BAG} }}
  taxLines {_TAX}
  transactionsCount {{ count }}
"""
_LINE = f"""
  id title sku quantity currentQuantity isGiftCard requiresShipping
  lineItemGroup {{ id quantity variantSku }}
  originalUnitPriceSet {_BAG} originalTotalSet {_BAG}
  discountAllocations {{ allocatedAmountSet {_BAG} }}
  taxLines {_TAX}
"""
_SHIPPING = f"id title isRemoved discountedPriceSet {_BAG} taxLines {_TAX}"
_TRANSACTION = f"""
  id kind status gateway paymentId processedAt amountSet {_BAG}
  parentTransaction {{ id }} fees {{ amount {_MONEY} }}
"""
_RETURN = "id status createdAt closedAt totalQuantity"
_REFUND = f"id createdAt processedAt updatedAt return {{ id }} duties {{ amountSet {_BAG} }}"
_REFUND_LINE = f"""
  id quantity restockType restocked location {{ id }} lineItem {{ id sku }}
  subtotalSet {_BAG} totalTaxSet {_BAG}
"""
_REFUND_SHIPPING = f"id subtotalAmountSet {_BAG} taxAmountSet {_BAG}"
_ADJUSTMENT = f"id reason amountSet {_BAG} taxAmountSet {_BAG}"
_REFUND_TRANSACTION = f"id kind status gateway amountSet {_BAG}"
_FULFILMENT = """
  id status displayStatus createdAt updatedAt deliveredAt location { id }
  trackingInfo { company number url }
"""
_FULFILMENT_LINE = "id quantity lineItem { id sku }"
_FULFILMENT_ORDER = """
  id orderId status updatedAt fulfillBy assignedLocation { location { id } }
  supportedActions { action } fulfillmentHolds { reason }
"""
_FULFILMENT_ORDER_LINE = "id sku totalQuantity remainingQuantity lineItem { id }"
_VARIANT = """
  id sku barcode displayName price inventoryPolicy inventoryQuantity updatedAt requiresComponents
  product { id status } inventoryItem { id tracked }
"""
_COMPONENT = "id quantity productVariant { sku }"
_LEVEL = """
  id isActive updatedAt location { id }
  quantities(names: ["available", "on_hand", "committed", "reserved", "incoming"]) { name quantity updatedAt }
"""
_LOCATION = "id name isActive hasActiveInventory shipsInventory fulfillsOnlineOrders isFulfillmentService"
_PAYOUT = f"""
  id issuedAt status transactionType externalTraceId net {_MONEY}
  summary {{
    chargesGross {_MONEY} chargesFee {_MONEY} refundsFeeGross {_MONEY} refundsFee {_MONEY}
    adjustmentsGross {_MONEY} adjustmentsFee {_MONEY} reservedFundsGross {_MONEY} reservedFundsFee {_MONEY}
    retriedPayoutsGross {_MONEY} retriedPayoutsFee {_MONEY} advanceGross {_MONEY} advanceFees {_MONEY}
    usdcRebateCreditAmount {_MONEY}
  }}
"""
_BALANCE_TRANSACTION = f"""
  id type test transactionDate sourceType sourceId sourceOrderTransactionId adjustmentReason
  amount {_MONEY} fee {_MONEY} net {_MONEY}
  associatedOrder {{ id name }} associatedPayout {{ id status }}
"""
_DISPUTE = f"""
  id type status initiatedAt evidenceDueBy finalizedOn amount {_MONEY}
  order {{ id }} reasonDetails {{ reason }}
"""

# What an order says about its refunds and its parcels; these themselves are read by their own ids, because a list in
# an order cannot be paged and must not hold connections in a bulk query.
_REFUNDED_ORDER = "id updatedAt taxesIncluded currencyCode refunds { id }"
_SHIPPED_ORDER = "id updatedAt fulfillments { id } fulfillmentsCount { count }"

# The shop -----------------------------------------------------------------------------------------------------------

SHOP = Document(
    "AuditShop",
    """query AuditShop {
  shop { id name myshopifyDomain currencyCode ianaTimezone taxesIncluded taxShipping enabledPresentmentCurrencies }
  currentAppInstallation { accessScopes { handle } }
  publicApiVersions { handle supported }
}""",
)
PAYMENTS = Document("AuditPayments", "query AuditPayments { shopifyPaymentsAccount { id activated defaultCurrency } }")
GATEWAYS = Document(
    "AuditGateways",
    """query AuditGateways($first: Int!) {
  orders(first: $first, sortKey: PROCESSED_AT, reverse: true) { nodes { id paymentGatewayNames taxesIncluded } }
}""",
    size=250,
)
LOCATIONS = Document(
    "AuditLocations",
    f"""query AuditLocations($first: Int!, $after: String) {{
  locations(first: $first, after: $after, includeInactive: true, includeLegacy: true) {{
    {_PAGE} nodes {{ {_LOCATION} }}
  }}
}}""",
    size=250,
)

# Orders -------------------------------------------------------------------------------------------------------------

ORDERS_COUNT = Document(
    "AuditOrdersCount",
    "query AuditOrdersCount($query: String!) { ordersCount(query: $query, limit: null) { count precision } }",
)
CHANGED_ORDERS = Document(
    "AuditChangedOrders",
    f"""query AuditChangedOrders($first: Int!, $after: String, $query: String!) {{
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{
    {_PAGE} nodes {{ id updatedAt }}
  }}
}}""",
    size=250,
)
ORDERS = Document(
    "AuditOrders",
    f"""query AuditOrders($ids: [ID!]!, $lines: Int = 10, $transactions: Int = 4) {{
  nodes(ids: $ids) {{
    ... on Order {{
      {_ORDER}
      transactions(first: $transactions) {{ {_TRANSACTION} }}
      lineItems(first: $lines) {{ {_PAGE} nodes {{ {_LINE} }} }}
      shippingLines(first: 2, includeRemovals: true) {{ {_PAGE} nodes {{ {_SHIPPING} }} }}
    }}
  }}
}}""",
    size=3,
)
ORDER_LINES = Document(
    "AuditOrderLines",
    f"""query AuditOrderLines($id: ID!, $first: Int!, $after: String) {{
  order(id: $id) {{ id lineItems(first: $first, after: $after) {{ {_PAGE} nodes {{ {_LINE} }} }} }}
}}""",
    size=50,
)
ORDER_SHIPPING = Document(
    "AuditOrderShipping",
    f"""query AuditOrderShipping($id: ID!, $first: Int!, $after: String) {{
  order(id: $id) {{
    id shippingLines(first: $first, after: $after, includeRemovals: true) {{ {_PAGE} nodes {{ {_SHIPPING} }} }}
  }}
}}""",
    size=50,
)
ORDER_TRANSACTIONS = Document(
    "AuditOrderTransactions",
    f"""query AuditOrderTransactions($id: ID!, $first: Int!) {{
  order(id: $id) {{ id transactions(first: $first) {{ {_TRANSACTION} }} }}
}}""",
    size=80,
)
BULK_ORDERS = Document(
    "BulkOrders",
    f"""{{
  orders(query: "QUERY") {{ edges {{ node {{
    __typename {_ORDER}
    transactions {{ {_TRANSACTION} }}
    lineItems {{ edges {{ node {{ __typename {_LINE} }} }} }}
    shippingLines(includeRemovals: true) {{ edges {{ node {{ __typename {_SHIPPING} }} }} }}
  }} }} }}
}}""",
)

# Refunds and returns ------------------------------------------------------------------------------------------------

_RETURNS = f"""returns(first: 5) @include(if: $returns) {{
      {_PAGE} nodes {{ {_RETURN} exchangeLineItems(first: 1) {{ nodes {{ id }} }} }}
    }}"""
CHANGED_REFUNDS = Document(
    "AuditChangedRefunds",
    f"""query AuditChangedRefunds($first: Int!, $after: String, $query: String!, $returns: Boolean!) {{
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{
    {_PAGE} nodes {{ {_REFUNDED_ORDER} {_RETURNS} }}
  }}
}}""",
    size=38,
)
REFUNDED_ORDERS = Document(
    "AuditRefundedOrders",
    f"""query AuditRefundedOrders($ids: [ID!]!, $returns: Boolean!) {{
  nodes(ids: $ids) {{ ... on Order {{ {_REFUNDED_ORDER} {_RETURNS} }} }}
}}""",
    size=38,
)
ORDER_RETURNS = Document(
    "AuditOrderReturns",
    f"""query AuditOrderReturns($id: ID!, $first: Int!, $after: String) {{
  order(id: $id) {{
    id returns(first: $first, after: $after) {{
      {_PAGE} nodes {{ {_RETURN} exchangeLineItems(first: 1) {{ nodes {{ id }} }} }}
    }}
  }}
}}""",
    size=100,
)
REFUNDS = Document(
    "AuditRefunds",
    f"""query AuditRefunds($ids: [ID!]!) {{
  nodes(ids: $ids) {{
    ... on Refund {{
      {_REFUND}
      refundLineItems(first: 5) {{ {_PAGE} nodes {{ {_REFUND_LINE} }} }}
      refundShippingLines(first: 2) {{ {_PAGE} nodes {{ {_REFUND_SHIPPING} }} }}
      orderAdjustments(first: 2) {{ {_PAGE} nodes {{ {_ADJUSTMENT} }} }}
      transactions(first: 3) {{ {_PAGE} nodes {{ {_REFUND_TRANSACTION} }} }}
    }}
  }}
}}""",
    size=9,
)


def _refund_page(name: str, connection: str, fields: str, size: int) -> Document:
    text = f"""query {name}($id: ID!, $first: Int!, $after: String) {{
  refund(id: $id) {{ id {connection}(first: $first, after: $after) {{ {_PAGE} nodes {{ {fields} }} }} }}
}}"""
    return Document(name, text, size)


REFUND_LINES = _refund_page("AuditRefundLines", "refundLineItems", _REFUND_LINE, 80)
REFUND_SHIPPING = _refund_page("AuditRefundShipping", "refundShippingLines", _REFUND_SHIPPING, 100)
REFUND_ADJUSTMENTS = _refund_page("AuditRefundAdjustments", "orderAdjustments", _ADJUSTMENT, 100)
REFUND_TRANSACTIONS = _refund_page("AuditRefundTransactions", "transactions", _REFUND_TRANSACTION, 150)
BULK_REFUNDED_ORDERS = Document(
    "BulkRefundedOrders",
    f"""{{
  orders(query: "QUERY") {{ edges {{ node {{ __typename {_REFUNDED_ORDER} }} }} }}
}}""",
)
BULK_RETURNED_ORDERS = Document(
    "BulkReturnedOrders",
    f"""{{
  orders(query: "QUERY") {{ edges {{ node {{
    __typename {_REFUNDED_ORDER}
    returns {{ edges {{ node {{
      __typename {_RETURN} exchangeLineItems {{ edges {{ node {{ __typename id }} }} }}
    }} }} }}
  }} }} }}
}}""",
)

# Fulfilment ---------------------------------------------------------------------------------------------------------

CHANGED_FULFILMENTS = Document(
    "AuditChangedFulfilments",
    f"""query AuditChangedFulfilments($first: Int!, $after: String, $query: String!) {{
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{
    {_PAGE} nodes {{ {_SHIPPED_ORDER} }}
  }}
}}""",
    size=200,
)
SHIPPED_ORDERS = Document(
    "AuditShippedOrders",
    f"query AuditShippedOrders($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Order {{ {_SHIPPED_ORDER} }} }} }}",
    size=200,
)
FULFILMENTS = Document(
    "AuditFulfilments",
    f"""query AuditFulfilments($ids: [ID!]!) {{
  nodes(ids: $ids) {{
    ... on Fulfillment {{
      {_FULFILMENT}
      fulfillmentLineItems(first: 10) {{ {_PAGE} nodes {{ {_FULFILMENT_LINE} }} }}
    }}
  }}
}}""",
    size=35,
)
FULFILMENT_LINES = Document(
    "AuditFulfilmentLines",
    f"""query AuditFulfilmentLines($id: ID!, $first: Int!, $after: String) {{
  fulfillment(id: $id) {{
    id fulfillmentLineItems(first: $first, after: $after) {{ {_PAGE} nodes {{ {_FULFILMENT_LINE} }} }}
  }}
}}""",
    size=200,
)
BULK_SHIPPED_ORDERS = Document(
    "BulkShippedOrders",
    f"""{{
  orders(query: "QUERY") {{ edges {{ node {{ __typename {_SHIPPED_ORDER} }} }} }}
}}""",
)
BULK_FULFILMENTS = Document(
    "BulkFulfilments",
    f"""{{
  fulfillmentOrders(query: "QUERY", includeClosed: true) {{ edges {{ node {{
    __typename id
    fulfillments {{ edges {{ node {{
      __typename {_FULFILMENT}
      fulfillmentLineItems {{ edges {{ node {{ __typename {_FULFILMENT_LINE} }} }} }}
    }} }} }}
  }} }} }}
}}""",
)
CHANGED_FULFILMENT_ORDERS = Document(
    "AuditChangedFulfilmentOrders",
    f"""query AuditChangedFulfilmentOrders($first: Int!, $after: String, $query: String!, $reverse: Boolean = false) {{
  fulfillmentOrders(
    first: $first, after: $after, query: $query, includeClosed: true, sortKey: UPDATED_AT, reverse: $reverse
  ) {{ {_PAGE} nodes {{ id updatedAt }} }}
}}""",
    size=250,
)
FULFILMENT_ORDERS = Document(
    "AuditFulfilmentOrders",
    f"""query AuditFulfilmentOrders($ids: [ID!]!) {{
  nodes(ids: $ids) {{
    ... on FulfillmentOrder {{
      {_FULFILMENT_ORDER}
      lineItems(first: 10) {{ {_PAGE} nodes {{ {_FULFILMENT_ORDER_LINE} }} }}
    }}
  }}
}}""",
    size=35,
)
FULFILMENT_ORDER_LINES = Document(
    "AuditFulfilmentOrderLines",
    f"""query AuditFulfilmentOrderLines($id: ID!, $first: Int!, $after: String) {{
  fulfillmentOrder(id: $id) {{
    id lineItems(first: $first, after: $after) {{ {_PAGE} nodes {{ {_FULFILMENT_ORDER_LINE} }} }}
  }}
}}""",
    size=200,
)
BULK_FULFILMENT_ORDERS = Document(
    "BulkFulfilmentOrders",
    f"""{{
  fulfillmentOrders(query: "QUERY", includeClosed: true) {{ edges {{ node {{
    __typename {_FULFILMENT_ORDER}
    lineItems {{ edges {{ node {{ __typename {_FULFILMENT_ORDER_LINE} }} }} }}
  }} }} }}
}}""",
)

# Catalogue and stock ------------------------------------------------------------------------------------------------

LISTINGS = Document(
    "AuditListings",
    f"""query AuditListings($ids: [ID!]!) {{
  nodes(ids: $ids) {{
    ... on ProductVariant {{
      {_VARIANT}
      productVariantComponents(first: 10) {{ {_PAGE} nodes {{ {_COMPONENT} }} }}
    }}
  }}
}}""",
    size=35,
)
LISTING_COMPONENTS = Document(
    "AuditListingComponents",
    f"""query AuditListingComponents($id: ID!, $first: Int!, $after: String) {{
  productVariant(id: $id) {{
    id productVariantComponents(first: $first, after: $after) {{ {_PAGE} nodes {{ {_COMPONENT} }} }}
  }}
}}""",
    size=200,
)
BULK_LISTINGS = Document(
    "BulkListings",
    f"""{{
  productVariants {{ edges {{ node {{
    __typename {_VARIANT}
    productVariantComponents {{ edges {{ node {{ __typename {_COMPONENT} }} }} }}
  }} }} }}
}}""",
)
STOCK = Document(
    "AuditStock",
    f"""query AuditStock($ids: [ID!]!, $location: ID!) {{
  nodes(ids: $ids) {{
    ... on InventoryItem {{ id sku tracked inventoryLevel(locationId: $location) {{ {_LEVEL} }} }}
  }}
}}""",
    size=100,
)
BULK_STOCK = Document(
    "BulkStock",
    f"""{{
  inventoryItems {{ edges {{ node {{
    __typename id sku tracked
    inventoryLevels {{ edges {{ node {{ __typename {_LEVEL} }} }} }}
  }} }} }}
}}""",
)

# Shopify Payments ---------------------------------------------------------------------------------------------------


def _payments(name: str, connection: str, sort: str, fields: str, size: int) -> Document:
    """A listing of the payments account; the other direction of the same document is the control."""
    text = f"""query {name}($first: Int!, $after: String, $query: String!, $reverse: Boolean = false) {{
  shopifyPaymentsAccount {{
    id
    {connection}(first: $first, after: $after, query: $query{sort}, reverse: $reverse) {{
      {_PAGE} nodes {{ {fields} }}
    }}
  }}
}}"""
    return Document(name, text, size)


PAYOUTS = _payments("AuditPayouts", "payouts", ", sortKey: ISSUED_AT", _PAYOUT, 50)
PAYOUT_IDS = _payments("AuditPayoutIds", "payouts", ", sortKey: ISSUED_AT", "id", 250)
BALANCE_TRANSACTIONS = _payments(
    "AuditBalanceTransactions", "balanceTransactions", ", sortKey: PROCESSED_AT", _BALANCE_TRANSACTION, 150
)
BALANCE_TRANSACTION_IDS = _payments(
    "AuditBalanceTransactionIds", "balanceTransactions", ", sortKey: PROCESSED_AT", "id", 250
)
# The account is the root here, not a list; should the provider refuse that, the rows are read page by page.
BULK_BALANCE_TRANSACTIONS = Document(
    "BulkBalanceTransactions",
    f"""{{
  shopifyPaymentsAccount {{
    __typename id
    balanceTransactions(query: "QUERY") {{ edges {{ node {{ __typename {_BALANCE_TRANSACTION} }} }} }}
  }}
}}""",
)
DISPUTES = _payments("AuditDisputes", "disputes", "", _DISPUTE, 150)
DISPUTE_IDS = _payments("AuditDisputeIds", "disputes", "", "id", 250)
PAYOUTS_BY_ID = Document(
    "AuditPayoutsById",
    f"query AuditPayoutsById($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on ShopifyPaymentsPayout {{ {_PAYOUT} }} }} }}",
    size=50,
)
BALANCE_TRANSACTIONS_BY_ID = Document(
    "AuditBalanceTransactionsById",
    f"""query AuditBalanceTransactionsById($ids: [ID!]!) {{
  nodes(ids: $ids) {{ ... on ShopifyPaymentsBalanceTransaction {{ {_BALANCE_TRANSACTION} }} }}
}}""",
    size=150,
)
DISPUTES_BY_ID = Document(
    "AuditDisputesById",
    f"""query AuditDisputesById($ids: [ID!]!) {{
  nodes(ids: $ids) {{ ... on ShopifyPaymentsDispute {{ {_DISPUTE} }} }}
}}""",
    size=150,
)

# Bulk operations ----------------------------------------------------------------------------------------------------

BULK_START = Document(
    "BulkStart",
    """mutation BulkStart($query: String!) {
  bulkOperationRunQuery(query: $query, groupObjects: false) {
    bulkOperation { id status } userErrors { code field message }
  }
}""",
)
BULK_POLL = Document(
    "BulkPoll",
    """query BulkPoll($id: ID!) {
  bulkOperation(id: $id) { id status errorCode objectCount rootObjectCount url }
}""",
)
BULK_STOP = Document(
    "BulkStop",
    """mutation BulkStop($id: ID!) {
  bulkOperationCancel(id: $id) { bulkOperation { id status } userErrors { message } }
}""",
)

OPERATIONS = tuple(
    value for value in list(globals().values()) if isinstance(value, Document) and not value.text.startswith("{")
)
BULKS = (
    BULK_ORDERS,
    BULK_REFUNDED_ORDERS,
    BULK_RETURNED_ORDERS,
    BULK_SHIPPED_ORDERS,
    BULK_FULFILMENTS,
    BULK_FULFILMENT_ORDERS,
    BULK_LISTINGS,
    BULK_STOCK,
    BULK_BALANCE_TRANSACTIONS,
)


def bulk_text(document: Document, query: str = "") -> str:
    """The text of a bulk query for a search. The search holds quoted times only, so it needs no escaping."""
    if '"' in query or "\\" in query:
        raise ValueError("a search in a bulk query must not hold double quotes or backslashes")
    return document.text.replace("QUERY", query)
