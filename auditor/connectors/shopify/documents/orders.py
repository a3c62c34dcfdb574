"""Orders with lines, shipping and transactions."""

from __future__ import annotations

from auditor.connectors.shopify.documents.document import BAG, MONEY, PAGE, TAX, Document

ORDER_FIELDS = f"""
  id name test confirmed createdAt processedAt updatedAt closedAt cancelledAt
  displayFinancialStatus displayFulfillmentStatus edited taxesIncluded currencyCode presentmentCurrencyCode
  subtotalPriceSet {BAG} currentSubtotalPriceSet {BAG}
  originalTotalPriceSet {BAG} totalPriceSet {BAG} currentTotalPriceSet {BAG}
  totalTaxSet {BAG} currentTotalTaxSet {BAG}
  totalDiscountsSet {BAG} currentTotalDiscountsSet {BAG}
  totalShippingPriceSet {BAG} currentShippingPriceSet {BAG}
  originalTotalDutiesSet {BAG} currentTotalDutiesSet {BAG}
  totalTipReceivedSet {BAG} totalReceivedSet {BAG} totalRefundedSet {BAG} totalRefundedShippingSet {BAG}
  netPaymentSet {BAG} totalOutstandingSet {BAG} refundDiscrepancySet {BAG}
  totalCashRoundingAdjustment {{ paymentSet {BAG} refundSet {BAG} }}
  taxLines {TAX}
  transactionsCount {{ count }}
"""
LINE_FIELDS = f"""
  id title sku quantity currentQuantity isGiftCard requiresShipping
  lineItemGroup {{ id quantity variantSku }}
  originalUnitPriceSet {BAG} originalTotalSet {BAG}
  discountAllocations {{ allocatedAmountSet {BAG} }}
  taxLines {TAX}
"""
SHIPPING_FIELDS = f"id title isRemoved discountedPriceSet {BAG} taxLines {TAX}"
TRANSACTION_FIELDS = f"""
  id kind status gateway paymentId processedAt amountSet {BAG}
  parentTransaction {{ id }} fees {{ amount {MONEY} }}
"""

ORDERS_COUNT = Document(
    "AuditOrdersCount",
    "query AuditOrdersCount($query: String!) { ordersCount(query: $query, limit: null) { count precision } }",
)
CHANGED_ORDERS = Document(
    "AuditChangedOrders",
    f"""query AuditChangedOrders($first: Int!, $after: String, $query: String!) {{
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{
    {PAGE} nodes {{ id updatedAt }}
  }}
}}""",
    size=250,
)
ORDERS = Document(
    "AuditOrders",
    f"""query AuditOrders($ids: [ID!]!, $lines: Int = 10, $transactions: Int = 4) {{
  nodes(ids: $ids) {{
    ... on Order {{
      {ORDER_FIELDS}
      transactions(first: $transactions) {{ {TRANSACTION_FIELDS} }}
      lineItems(first: $lines) {{ {PAGE} nodes {{ {LINE_FIELDS} }} }}
      shippingLines(first: 2, includeRemovals: true) {{ {PAGE} nodes {{ {SHIPPING_FIELDS} }} }}
    }}
  }}
}}""",
    size=3,
)
ORDER_LINES = Document(
    "AuditOrderLines",
    f"""query AuditOrderLines($id: ID!, $first: Int!, $after: String) {{
  order(id: $id) {{ id lineItems(first: $first, after: $after) {{ {PAGE} nodes {{ {LINE_FIELDS} }} }} }}
}}""",
    size=50,
)
ORDER_SHIPPING = Document(
    "AuditOrderShipping",
    f"""query AuditOrderShipping($id: ID!, $first: Int!, $after: String) {{
  order(id: $id) {{
    id shippingLines(first: $first, after: $after, includeRemovals: true) {{ {PAGE} nodes {{ {SHIPPING_FIELDS} }} }}
  }}
}}""",
    size=50,
)
ORDER_TRANSACTIONS = Document(
    "AuditOrderTransactions",
    f"""query AuditOrderTransactions($id: ID!, $first: Int!) {{
  order(id: $id) {{ id transactions(first: $first) {{ {TRANSACTION_FIELDS} }} }}
}}""",
    size=80,
)
BULK_ORDERS = Document(
    "BulkOrders",
    f"""{{
  orders(query: "QUERY") {{ edges {{ node {{
    __typename {ORDER_FIELDS}
    transactions {{ {TRANSACTION_FIELDS} }}
    lineItems {{ edges {{ node {{ __typename {LINE_FIELDS} }} }} }}
    shippingLines(includeRemovals: true) {{ edges {{ node {{ __typename {SHIPPING_FIELDS} }} }} }}
  }} }} }}
}}""",
    kinds=("Order", "LineItem", "ShippingLine"),
)
