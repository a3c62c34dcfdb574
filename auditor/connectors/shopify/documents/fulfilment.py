"""Parcels and the work to ship. Which parcels an order has stands in a plain list, as with refunds."""

from __future__ import annotations

from auditor.connectors.shopify.documents.document import PAGE, Document

FULFILMENT_FIELDS = """
  id status displayStatus createdAt updatedAt deliveredAt location { id }
  trackingInfo { company number url }
"""
FULFILMENT_LINE_FIELDS = "id quantity lineItem { id sku }"
FULFILMENT_ORDER_FIELDS = """
  id orderId status updatedAt fulfillBy assignedLocation { location { id } }
  supportedActions { action } fulfillmentHolds { reason }
"""
FULFILMENT_ORDER_LINE_FIELDS = "id sku totalQuantity remainingQuantity lineItem { id }"
SHIPPED_ORDER_FIELDS = "id updatedAt fulfillments { id } fulfillmentsCount { count }"

CHANGED_FULFILMENTS = Document(
    "AuditChangedFulfilments",
    f"""query AuditChangedFulfilments($first: Int!, $after: String, $query: String!) {{
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{
    {PAGE} nodes {{ {SHIPPED_ORDER_FIELDS} }}
  }}
}}""",
    size=200,
)
SHIPPED_ORDERS = Document(
    "AuditShippedOrders",
    f"query AuditShippedOrders($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Order {{ {SHIPPED_ORDER_FIELDS} }} }} }}",
    size=200,
)
FULFILMENTS = Document(
    "AuditFulfilments",
    f"""query AuditFulfilments($ids: [ID!]!) {{
  nodes(ids: $ids) {{
    ... on Fulfillment {{
      {FULFILMENT_FIELDS}
      fulfillmentLineItems(first: 10) {{ {PAGE} nodes {{ {FULFILMENT_LINE_FIELDS} }} }}
    }}
  }}
}}""",
    size=35,
)
FULFILMENT_LINES = Document(
    "AuditFulfilmentLines",
    f"""query AuditFulfilmentLines($id: ID!, $first: Int!, $after: String) {{
  fulfillment(id: $id) {{
    id fulfillmentLineItems(first: $first, after: $after) {{ {PAGE} nodes {{ {FULFILMENT_LINE_FIELDS} }} }}
  }}
}}""",
    size=200,
)
BULK_SHIPPED_ORDERS = Document(
    "BulkShippedOrders",
    f"""{{
  orders(query: "QUERY") {{ edges {{ node {{ __typename {SHIPPED_ORDER_FIELDS} }} }} }}
}}""",
    kinds=("Order",),
)
BULK_FULFILMENTS = Document(
    "BulkFulfilments",
    f"""{{
  fulfillmentOrders(query: "QUERY", includeClosed: true) {{ edges {{ node {{
    __typename id
    fulfillments {{ edges {{ node {{
      __typename {FULFILMENT_FIELDS}
      fulfillmentLineItems {{ edges {{ node {{ __typename {FULFILMENT_LINE_FIELDS} }} }} }}
    }} }} }}
  }} }} }}
}}""",
    kinds=("FulfillmentOrder", "Fulfillment", "FulfillmentLineItem"),
)
CHANGED_FULFILMENT_ORDERS = Document(
    "AuditChangedFulfilmentOrders",
    f"""query AuditChangedFulfilmentOrders($first: Int!, $after: String, $query: String!, $reverse: Boolean = false) {{
  fulfillmentOrders(
    first: $first, after: $after, query: $query, includeClosed: true, sortKey: UPDATED_AT, reverse: $reverse
  ) {{ {PAGE} nodes {{ id updatedAt }} }}
}}""",
    size=250,
)
FULFILMENT_ORDERS = Document(
    "AuditFulfilmentOrders",
    f"""query AuditFulfilmentOrders($ids: [ID!]!) {{
  nodes(ids: $ids) {{
    ... on FulfillmentOrder {{
      {FULFILMENT_ORDER_FIELDS}
      lineItems(first: 10) {{ {PAGE} nodes {{ {FULFILMENT_ORDER_LINE_FIELDS} }} }}
    }}
  }}
}}""",
    size=35,
)
FULFILMENT_ORDER_LINES = Document(
    "AuditFulfilmentOrderLines",
    f"""query AuditFulfilmentOrderLines($id: ID!, $first: Int!, $after: String) {{
  fulfillmentOrder(id: $id) {{
    id lineItems(first: $first, after: $after) {{ {PAGE} nodes {{ {FULFILMENT_ORDER_LINE_FIELDS} }} }}
  }}
}}""",
    size=200,
)
BULK_FULFILMENT_ORDERS = Document(
    "BulkFulfilmentOrders",
    f"""{{
  fulfillmentOrders(query: "QUERY", includeClosed: true) {{ edges {{ node {{
    __typename {FULFILMENT_ORDER_FIELDS}
    lineItems {{ edges {{ node {{ __typename {FULFILMENT_ORDER_LINE_FIELDS} }} }} }}
  }} }} }}
}}""",
    kinds=("FulfillmentOrder", "FulfillmentOrderLineItem"),
)
