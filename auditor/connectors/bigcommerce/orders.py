"""Orders with their lines, taxes, fees and coupons, each as one record.

Lines, fees and the country of delivery come with the list. Taxes by line have to be asked for order by order, and only
where tax was charged; coupons only where one was used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from auditor.connectors.base import Page, Record
from auditor.connectors.bigcommerce.bodies import Node, amount, impersonal, is_link, need, record
from auditor.connectors.bigcommerce.changes import INCOMPLETE, Changes, Span
from auditor.connectors.bigcommerce.client import BigCommerceClient
from auditor.connectors.bigcommerce.paging import all_rows
from auditor.connectors.bigcommerce.workers import Workers
from auditor.errors import Incomplete, Rejected

WITH_LINES = {"include": "consignments.line_items,fees", "consignment_structure": "object"}
# A list of lines may end here without a word when it comes with its order: it is the default of the products' own list.
DEFAULT_PAGE = 50

_HEADER = (
    "id", "status_id", "status", "payment_status", "payment_method", "date_created", "date_modified",
    "is_tax_inclusive_pricing", "currency_code", "default_currency_code", "items_total", "items_shipped",
    "subtotal_ex_tax", "subtotal_inc_tax", "shipping_cost_ex_tax", "shipping_cost_inc_tax", "shipping_cost_tax",
    "handling_cost_ex_tax", "handling_cost_inc_tax", "handling_cost_tax",
    "wrapping_cost_ex_tax", "wrapping_cost_inc_tax", "wrapping_cost_tax",
    "total_ex_tax", "total_inc_tax", "total_tax", "discount_amount", "coupon_discount", "store_credit_amount",
    "gift_certificate_amount", "order_is_digital",
)  # fmt: skip
_LINE = (
    "id", "product_id", "sku", "name", "type", "quantity", "quantity_shipped", "quantity_refunded",
    "price_ex_tax", "price_inc_tax", "total_ex_tax", "total_inc_tax", "total_tax", "applied_discounts",
)  # fmt: skip
_TAX = ("id", "name", "rate", "line_item_type", "line_amount")
_COUPON = ("id", "code", "type", "discount")
ATTEMPTS = 3
# Rows have four decimals, totals are rounded: each row and the total may be off by so much.
HALF_PENNY = Decimal("0.005")


class Orders:
    def __init__(self, client: BigCommerceClient, changes: Changes, workers: Workers) -> None:
        self._client = client
        self._changes = changes
        self._workers = workers

    def read(self, span: Span, refunded: Iterable[str]) -> Iterator[Page]:
        """Orders of the span, then those of `refunded` (orders with a new refund) that were not among them."""
        read: set[str] = set()
        for page in self._workers.ahead(self._changes.orders(span, WITH_LINES)):
            records = self._records(page)
            read.update(one.key for one in records)
            yield records
        rest = sorted(set(refunded) - read)
        if rest:
            yield self.look_up(rest)

    def look_up(self, keys: Sequence[str]) -> Page:
        return self._records([row for row in self.rows(keys) if row["status_id"] != INCOMPLETE])

    def rows(self, keys: Sequence[str]) -> list[Node]:
        """The orders as the API gives them; what does not exist is left out."""
        found = self._workers.map(self._row, [key for key in keys if key.isdigit()])
        return [row for row in found if row is not None]

    def body(self, row: Node) -> Node | None:
        """The record's content; None when the order was deleted for good meanwhile."""
        need(self._client.system, "order", row, _HEADER)
        path = f"v2/orders/{row['id']}"
        try:
            lines = self.lines(row)
            taxes = self._adding_up(f"{path}/taxes", {"details": "true"}, _TAX, amount(row["total_tax"]))
            coupons = self._adding_up(f"{path}/coupons", {}, _COUPON, amount(row["coupon_discount"]))
            fees = self._fees(path, row)
        except Rejected as error:
            if error.status == 404 and self._client.find(path) is None:
                return None
            raise
        consignments = row.get("consignments")
        body: Node = impersonal({name: value for name, value in row.items() if name != "consignments"})
        body["delivery"] = self._delivery(path, consignments)
        for name, part in (("lines", lines), ("taxes", taxes), ("coupons", coupons), ("fees", fees)):
            body[name] = impersonal(part)
        return body

    def lines(self, row: Node) -> list[Node]:
        """The order's lines, all of them: the units, or else the money, of the header are the proof."""
        lines = _lines_within(row.get("consignments"))
        if lines is None or len(lines) >= DEFAULT_PAGE or not _all_units(row, lines):
            lines = all_rows(self._client, f"v2/orders/{row['id']}/products")
        for line in lines:
            need(self._client.system, f"order {row['id']}, line", line, _LINE)
        if not (_all_units(row, lines) or _all_money(row, lines)):
            raise Incomplete(
                f"{self._client.system}: order {row['id']} has {row['items_total']} units worth "
                f"{row['subtotal_inc_tax']}, but its {len(lines)} lines are another number; a part was lost."
            )
        return sorted(lines, key=lambda line: int(line["id"]))

    def _records(self, rows: Iterable[Node]) -> list[Record]:
        bodies = self._workers.map(self.body, rows)
        return [record(str(body["id"]), body) for body in bodies if body is not None]

    def _row(self, key: str) -> Node | None:
        row: Node | None = self._client.find(f"v2/orders/{key}", WITH_LINES)
        if row is not None:
            need(self._client.system, "order", row, ("id", "status_id"))
        return row

    def _adding_up(self, path: str, params: dict[str, str], fields: Sequence[str], whole: Decimal) -> list[Node]:
        """Rows whose last field adds up to an amount of the header; nothing is asked where that is nothing.

        A tax service, or whoever gave the totals by hand, may have left rows that add up to something else. Then the
        same answer twice is taken for the truth.
        """
        if not whole:
            return []
        before: list[Node] | None = None
        for _ in range(ATTEMPTS):
            rows = sorted(all_rows(self._client, path, params), key=lambda row: int(row["id"]))
            for row in rows:
                need(self._client.system, path, row, fields)
            apart = abs(whole - sum(amount(row[fields[-1]]) for row in rows))
            if apart <= HALF_PENNY * (len(rows) + 1) or rows == before:
                return rows
            before = rows
        raise Incomplete(f"{self._client.system}: {path} is answered differently each time; a part was lost.")

    def _fees(self, path: str, row: Node) -> list[Node]:
        fees: Any = row.get("fees")
        if fees is None or is_link(fees):
            fees = self._client.get(f"{path}/fees")
        # The documentation shows a single fee where a list is meant.
        fees = [fees] if isinstance(fees, dict) else fees or []
        for fee in fees:
            need(self._client.system, f"{path}, fee", fee, ("id", "cost_inc_tax"))
        return sorted(fees, key=lambda fee: int(fee["id"]))

    def _delivery(self, path: str, consignments: Any) -> list[Node]:
        """Where the order goes: a country for each consignment, and by which method."""
        if isinstance(consignments, dict) and not is_link(consignments):
            shipped = [_without_lines(one) for one in consignments.get("shipping") or []]
            fetched = [_without_lines(one) for one in consignments.get("pickups") or []]
        else:
            shipped, fetched = all_rows(self._client, f"{path}/shipping_addresses"), []
        for one in shipped:
            need(self._client.system, f"{path}, address", one, ("id", "country_iso2"))
        kept: list[Node] = impersonal(
            [{"kind": "shipping", **one} for one in shipped] + [{"kind": "pickup", **one} for one in fetched]
        )
        return kept


def _lines_within(consignments: Any) -> list[Node] | None:
    """The lines of all consignments; None when they did not come with the order."""
    if not isinstance(consignments, dict) or is_link(consignments):
        return None
    email = consignments.get("email")
    parts = [
        *(consignments.get("shipping") or []),
        *(consignments.get("pickups") or []),
        *(consignments.get("downloads") or []),
        *((email.get("gift_certificates") or []) if isinstance(email, dict) else []),
    ]
    found: dict[Any, Node] = {}
    for part in parts:
        lines = part.get("line_items")
        if not isinstance(lines, list) or any(is_link(line) or "id" not in line for line in lines):
            return None
        found.update((line["id"], line) for line in lines)
    return list(found.values())


def _without_lines(consignment: Node) -> Node:
    return {name: value for name, value in consignment.items() if name != "line_items"}


def _all_units(row: Node, lines: Sequence[Node]) -> bool:
    return amount(row["items_total"]) == sum(amount(line.get("quantity")) for line in lines)


def _all_money(row: Node, lines: Sequence[Node]) -> bool:
    """What counts as an item is not documented for gift certificates and parts of a set; money is."""
    side = "inc_tax" if row["is_tax_inclusive_pricing"] else "ex_tax"
    whole = sum(amount(line[f"total_{side}"]) for line in lines)
    return abs(amount(row[f"subtotal_{side}"]) - whole) <= amount("0.01") * max(1, len(lines))
