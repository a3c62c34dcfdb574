"""What a parcel's tracking is written with, and what an order says about it before and after.

Far more than an order needs is asked for at once: a state that is not whole must not be acted on, so it is refused
where more follows.
"""

from __future__ import annotations

from auditor.connectors.shopify.documents.document import Document

_PARCEL = "fulfillment { id status trackingInfo { company number } } userErrors { field message }"

TRACKING_STATE = Document(
    "AuditTrackingState",
    """query AuditTrackingState($id: ID!) {
  order(id: $id) {
    id cancelledAt fulfillmentsCount { count }
    fulfillments(first: 25) { id status trackingInfo(first: 10) { number } }
    fulfillmentOrders(first: 5) {
      pageInfo { hasNextPage }
      nodes { id status lineItems(first: 100) { pageInfo { hasNextPage } nodes { id remainingQuantity } } }
    }
  }
}""",
)
CREATE_FULFILMENT = Document(
    "AuditCreateFulfilment",
    f"""mutation AuditCreateFulfilment($fulfillment: FulfillmentInput!) {{
  fulfillmentCreate(fulfillment: $fulfillment) {{ {_PARCEL} }}
}}""",
)
UPDATE_TRACKING = Document(
    "AuditUpdateTracking",
    f"""mutation AuditUpdateTracking($id: ID!, $tracking: FulfillmentTrackingInput!) {{
  fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: $tracking, notifyCustomer: false) {{
    {_PARCEL}
  }}
}}""",
)
