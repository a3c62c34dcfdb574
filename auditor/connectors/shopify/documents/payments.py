"""Shopify Payments: payouts, their rows, disputes."""

from __future__ import annotations

from auditor.connectors.shopify.documents.document import MONEY, PAGE, Document

PAYOUT_FIELDS = f"""
  id issuedAt status transactionType externalTraceId net {MONEY}
  summary {{
    chargesGross {MONEY} chargesFee {MONEY} refundsFeeGross {MONEY} refundsFee {MONEY}
    adjustmentsGross {MONEY} adjustmentsFee {MONEY} reservedFundsGross {MONEY} reservedFundsFee {MONEY}
    retriedPayoutsGross {MONEY} retriedPayoutsFee {MONEY} advanceGross {MONEY} advanceFees {MONEY}
    usdcRebateCreditAmount {MONEY}
  }}
"""
BALANCE_TRANSACTION_FIELDS = f"""
  id type test transactionDate sourceType sourceId sourceOrderTransactionId adjustmentReason
  amount {MONEY} fee {MONEY} net {MONEY}
  associatedOrder {{ id name }} associatedPayout {{ id status }}
"""
DISPUTE_FIELDS = f"""
  id type status initiatedAt evidenceDueBy finalizedOn amount {MONEY}
  order {{ id }} reasonDetails {{ reason }}
"""


def _payments(name: str, connection: str, sort: str, fields: str, size: int) -> Document:
    """A listing of the payments account; the other direction of the same document is the control."""
    text = f"""query {name}($first: Int!, $after: String, $query: String!, $reverse: Boolean = false) {{
  shopifyPaymentsAccount {{
    id
    {connection}(first: $first, after: $after, query: $query{sort}, reverse: $reverse) {{
      {PAGE} nodes {{ {fields} }}
    }}
  }}
}}"""
    return Document(name, text, size)


PAYOUTS = _payments("AuditPayouts", "payouts", ", sortKey: ISSUED_AT", PAYOUT_FIELDS, 50)
PAYOUT_IDS = _payments("AuditPayoutIds", "payouts", ", sortKey: ISSUED_AT", "id", 250)
BALANCE_TRANSACTIONS = _payments(
    "AuditBalanceTransactions", "balanceTransactions", ", sortKey: PROCESSED_AT", BALANCE_TRANSACTION_FIELDS, 150
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
    balanceTransactions(query: "QUERY") {{ edges {{ node {{ __typename {BALANCE_TRANSACTION_FIELDS} }} }} }}
  }}
}}""",
    kinds=("ShopifyPaymentsAccount", "ShopifyPaymentsBalanceTransaction"),
)
DISPUTES = _payments("AuditDisputes", "disputes", "", DISPUTE_FIELDS, 150)
DISPUTE_IDS = _payments("AuditDisputeIds", "disputes", "", "id", 250)
PAYOUTS_BY_ID = Document(
    "AuditPayoutsById",
    f"""query AuditPayoutsById($ids: [ID!]!) {{
  nodes(ids: $ids) {{ ... on ShopifyPaymentsPayout {{ {PAYOUT_FIELDS} }} }}
}}""",
    size=50,
)
BALANCE_TRANSACTIONS_BY_ID = Document(
    "AuditBalanceTransactionsById",
    f"""query AuditBalanceTransactionsById($ids: [ID!]!) {{
  nodes(ids: $ids) {{ ... on ShopifyPaymentsBalanceTransaction {{ {BALANCE_TRANSACTION_FIELDS} }} }}
}}""",
    size=150,
)
DISPUTES_BY_ID = Document(
    "AuditDisputesById",
    f"""query AuditDisputesById($ids: [ID!]!) {{
  nodes(ids: $ids) {{ ... on ShopifyPaymentsDispute {{ {DISPUTE_FIELDS} }} }}
}}""",
    size=150,
)
