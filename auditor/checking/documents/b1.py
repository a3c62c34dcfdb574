"""Marketing documents of SAP Business One and their lines."""

from __future__ import annotations

from auditor.checking.documents.source import Field, Source

B1_OBJECTS = {
    "order": "Sales order",
    "delivery": "Delivery",
    "invoice": "Invoice",
    "credit_memo": "Credit memo",
    "return": "Return",
    "draft": "Draft",
}
_DOCUMENT_FIELDS = (
    Field("doc_num", "Number"),
    Field("doc_on", "Date", "day"),
    Field("reference", "Reference"),
    Field("status", "Status"),
    Field("is_cancelled", "Cancelled", "flag"),
    Field("total", "Total", "money"),
    Field("tax", "Tax", "money"),
    Field("rounding", "Rounding", "money"),
    Field("discount", "Document discount", "money"),
    Field("paid_to_date", "Paid", "money"),
    Field("tracking_number", "Tracking number"),
    Field("created_at", "Created", "instant"),
    Field("updated_at", "Last changed", "instant"),
)


def _document(name: str, title: str) -> Source:
    table = f"canonical.b1_{name}"
    return Source(
        "b1_document",
        "b1",
        f"{title} {{doc_num}}",
        (table,),
        f"SELECT w.no, t.* FROM wanted AS w JOIN {table} AS t ON CAST(t.doc_entry AS VARCHAR) = w.doc_entry "
        f"WHERE w.b1_object = '{name}'",
        _DOCUMENT_FIELDS,
    )


def _document_line(name: str, title: str) -> Source:
    table = f"canonical.b1_{name}_line"
    return Source(
        "b1_document_line",
        "b1",
        f"{{sku}} on the {title.lower()}",
        (table,),
        "SELECT w.no, w.sku AS sku, sum(t.quantity) AS quantity, sum(t.inventory_quantity) AS inventory_quantity, "
        "sum(t.net) AS net, sum(t.tax) AS tax, max(t.tax_rate) AS tax_rate, "
        f"min(t.tax_code) AS tax_code, max(t.currency) AS currency FROM wanted AS w JOIN {table} AS t "
        "ON CAST(t.doc_entry AS VARCHAR) = w.doc_entry AND t.item_code = w.sku "
        f"WHERE w.b1_object = '{name}' GROUP BY w.no, w.sku",
        (
            Field("sku", "Item"),
            Field("quantity", "Quantity", "quantity"),
            Field("inventory_quantity", "Stock units", "quantity"),
            Field("net", "Net", "money"),
            Field("tax", "Tax", "money"),
            Field("tax_rate", "Tax rate", "rate"),
            Field("tax_code", "Tax code"),
        ),
    )


SOURCES = (
    *(_document(name, title) for name, title in B1_OBJECTS.items()),
    *(_document_line(name, title) for name, title in B1_OBJECTS.items()),
)
