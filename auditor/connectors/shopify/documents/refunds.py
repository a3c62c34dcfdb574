"""Refunds and returns.

An order only says which refunds it has: its list cannot be paged and must not hold connections in a bulk query, so they
are read by their own ids.
"""

from __future__ import annotations

from auditor.connectors.shopify.documents.document import BAG, PAGE, Document

RETURN_FIELDS = "id status createdAt closedAt totalQuantity"
REFUND_FIELDS = f"id createdAt processedAt updatedAt return {{ id }} duties {{ amountSet {BAG} }}"
REFUND_LINE_FIELDS = f"""
  id quantity restockType restocked location {{ id }} lineItem {{ id sku }}
  subtotalSet {BAG} totalTaxSet {BAG}
"""
REFUND_SHIPPING_FIELDS = f"id subtotalAmountSet {BAG} taxAmountSet {BAG}"
ADJUSTMENT_FIELDS = f"id reason amountSet {BAG} taxAmountSet {BAG}"
REFUND_TRANSACTION_FIELDS = f"id kind status gateway amountSet {BAG}"
REFUNDED_ORDER_FIELDS = "id updatedAt taxesIncluded currencyCode refunds { id }"

_RETURNS = f"""returns(first: 5) @include(if: $returns) {{
      {PAGE} nodes {{ {RETURN_FIELDS} exchangeLineItems(first: 1) {{ nodes {{ id }} }} }}
    }}"""
CHANGED_REFUNDS = Document(
    "AuditChangedRefunds",
    f"""query AuditChangedRefunds($first: Int!, $after: String, $query: String!, $returns: Boolean!) {{
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{
    {PAGE} nodes {{ {REFUNDED_ORDER_FIELDS} {_RETURNS} }}
  }}
}}""",
    size=38,
)
REFUNDED_ORDERS = Document(
    "AuditRefundedOrders",
    f"""query AuditRefundedOrders($ids: [ID!]!, $returns: Boolean!) {{
  nodes(ids: $ids) {{ ... on Order {{ {REFUNDED_ORDER_FIELDS} {_RETURNS} }} }}
}}""",
    size=38,
)
ORDER_RETURNS = Document(
    "AuditOrderReturns",
    f"""query AuditOrderReturns($id: ID!, $first: Int!, $after: String) {{
  order(id: $id) {{
    id returns(first: $first, after: $after) {{
      {PAGE} nodes {{ {RETURN_FIELDS} exchangeLineItems(first: 1) {{ nodes {{ id }} }} }}
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
      {REFUND_FIELDS}
      refundLineItems(first: 5) {{ {PAGE} nodes {{ {REFUND_LINE_FIELDS} }} }}
      refundShippingLines(first: 2) {{ {PAGE} nodes {{ {REFUND_SHIPPING_FIELDS} }} }}
      orderAdjustments(first: 2) {{ {PAGE} nodes {{ {ADJUSTMENT_FIELDS} }} }}
      transactions(first: 3) {{ {PAGE} nodes {{ {REFUND_TRANSACTION_FIELDS} }} }}
    }}
  }}
}}""",
    size=9,
)


def _refund_page(name: str, connection: str, fields: str, size: int) -> Document:
    text = f"""query {name}($id: ID!, $first: Int!, $after: String) {{
  refund(id: $id) {{ id {connection}(first: $first, after: $after) {{ {PAGE} nodes {{ {fields} }} }} }}
}}"""
    return Document(name, text, size)


REFUND_LINES = _refund_page("AuditRefundLines", "refundLineItems", REFUND_LINE_FIELDS, 80)
REFUND_SHIPPING = _refund_page("AuditRefundShipping", "refundShippingLines", REFUND_SHIPPING_FIELDS, 100)
REFUND_ADJUSTMENTS = _refund_page("AuditRefundAdjustments", "orderAdjustments", ADJUSTMENT_FIELDS, 100)
REFUND_TRANSACTIONS = _refund_page("AuditRefundTransactions", "transactions", REFUND_TRANSACTION_FIELDS, 150)
BULK_REFUNDED_ORDERS = Document(
    "BulkRefundedOrders",
    f"""{{
  orders(query: "QUERY") {{ edges {{ node {{ __typename {REFUNDED_ORDER_FIELDS} }} }} }}
}}""",
    kinds=("Order",),
)
BULK_RETURNED_ORDERS = Document(
    "BulkReturnedOrders",
    f"""{{
  orders(query: "QUERY") {{ edges {{ node {{
    __typename {REFUNDED_ORDER_FIELDS}
    returns {{ edges {{ node {{
      __typename {RETURN_FIELDS} exchangeLineItems {{ edges {{ node {{ __typename id }} }} }}
    }} }} }}
  }} }} }}
}}""",
    kinds=("Order", "Return", "ExchangeLineItem"),
)
