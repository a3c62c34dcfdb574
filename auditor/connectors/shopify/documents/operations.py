"""Bulk operations themselves."""

from __future__ import annotations

from auditor.connectors.shopify.documents.document import Document

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
