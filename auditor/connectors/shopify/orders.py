"""Orders, their refunds and returns, their parcels, and the work to ship them.

Few changes are read page by page: the search says which records changed, and they are read by their ids. Many are read
by a bulk operation, which costs no points. Where the line is drawn follows from the cost of one record.

A bulk query must not hold a connection below a plain list, and an order's refunds and parcels are plain lists. So an
order is only asked which refunds and parcels it has. Refunds are few and are read by their ids. Parcels are many: in
bulk they are reached through the fulfilment orders, where they hang on a connection; what those do not show (the app
may not see all of them) is read by id. Either way the order's own list decides what must be there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from msgspec import UNSET, to_builtins

from auditor.connectors.base import Page, Record
from auditor.connectors.shopify import documents
from auditor.connectors.shopify.bulk import Bulk, ask, result
from auditor.connectors.shopify.changes import Span, changed_orders, changed_twice_listed, orders_in
from auditor.connectors.shopify.lines import Row
from auditor.connectors.shopify.paging import Node, by_ids, complete, gid_of, in_order, number_of
from auditor.connectors.shopify.records import fulfilments_record, record, refunds_record
from auditor.connectors.shopify.source import FULFILMENT_ORDERS, RETURNS, Source
from auditor.connectors.shopify.spool import Spool
from auditor.errors import Incomplete

# A bulk operation costs no points but may take a minute. Pages are worth it as long as the bucket holds what they cost:
# 2,000 points on the smallest plan, refilled with 100 a second.
# An order with its lines costs some 115 points.
PAGED_ORDERS = 15
# To ask an order for its refunds or parcels costs 2 to 5 points.
PAGED_SCANS = 250
# A parcel costs about 10 points, a fulfilment order about 12.
PAGED_PARCELS = 150
PAGED_WORKS = 150
PORTION = 200
LARGEST_PAGE = 250


class Orders:
    """Reads everything that belongs to an order."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._client = source.client

    # Orders with lines, shipping and transactions ---------------------------------------------------------------------

    def read_orders(self, span: Span) -> Iterator[Page]:
        counted = orders_in(self._client, span)
        if _many(counted, PAGED_ORDERS):
            return self._orders_in(ask(self._client, documents.BULK_ORDERS, span.search("updated_at")))
        return self._changed_orders(span, counted)

    def _orders_in(self, asked: Bulk) -> Iterator[Page]:
        with result(self._client, asked) as spool:
            for orders in spool.roots():
                yield [self._order_of_bulk(order) for order in spool.join(orders)]

    def _changed_orders(self, span: Span, counted: int | None) -> Iterator[Page]:
        def changed(counted: int | None = None) -> list[Node]:
            return changed_orders(self._client, documents.CHANGED_ORDERS, span, counted=counted)

        yield from self._listed(changed(counted), self.orders, changed)

    def orders(self, keys: Sequence[str]) -> Iterator[Page]:
        for found in by_ids(self._client, documents.ORDERS, [gid_of("Order", key) for key in keys]):
            page: list[Record] = []
            for order in found:
                complete(self._client, order, "lineItems", documents.ORDER_LINES, "order")
                complete(self._client, order, "shippingLines", documents.ORDER_SHIPPING, "order")
                counted = (order.pop("transactionsCount", None) or {}).get("count")
                order["transactions"] = self._transactions(order["id"], order["transactions"], counted)
                page.append(record(order["id"], order))
            yield page

    def _order_of_bulk(self, order: Row) -> Record:
        counted = order.transactionsCount.count if order.transactionsCount else None
        order.transactionsCount = UNSET
        order.transactions = self._transactions(order.id, order.transactions, counted)
        return record(order.id, order)

    def _transactions(self, order_id: str, listed: list[Any], counted: int | None) -> list[Any]:
        """All transactions of an order, as many as it says it has."""
        if counted is None or len(listed) >= counted:
            return in_order(listed)
        variables = {"id": order_id, "first": min(counted, LARGEST_PAGE)}
        found = self._client.run(documents.ORDER_TRANSACTIONS, variables)["order"]
        listed = found["transactions"] if found else []
        if len(listed) < counted:
            raise Incomplete(
                f"{self._client.system}: order {number_of(order_id)} has {counted} transactions, "
                f"but {len(listed)} came."
            )
        return in_order(listed)

    # Refunds and returns ----------------------------------------------------------------------------------------------

    def read_refunds(self, span: Span) -> Iterator[Page]:
        with_returns = self._source.grants(RETURNS)
        counted = orders_in(self._client, span)
        if _many(counted, PAGED_SCANS):
            document = documents.BULK_RETURNED_ORDERS if with_returns else documents.BULK_REFUNDED_ORDERS
            return self._refunds_in(ask(self._client, document, span.search("updated_at")), with_returns)
        return self._changed_refunds(span, with_returns, counted)

    def _refunds_in(self, asked: Bulk, with_returns: bool) -> Iterator[Page]:
        with result(self._client, asked) as spool:
            # Few orders have refunds, and those are asked for by many ids at once.
            for touched in _portions(_touched(spool, with_returns)):
                yield self._refunds_of(touched)

    def _changed_refunds(self, span: Span, with_returns: bool, counted: int | None) -> Iterator[Page]:
        variables = {"returns": with_returns}
        scanned = changed_orders(self._client, documents.CHANGED_REFUNDS, span, variables, counted=counted)
        yield from self._refund_pages(scanned)

    def refunds(self, keys: Sequence[str]) -> Iterator[Page]:
        ids = [gid_of("Order", key) for key in keys]
        variables = {"returns": self._source.grants(RETURNS)}
        for found in by_ids(self._client, documents.REFUNDED_ORDERS, ids, variables):
            yield from self._refund_pages(found)

    def _refund_pages(self, orders: Sequence[Node]) -> Iterator[Page]:
        for portion in _portions(orders):
            for order in portion:
                if order.get("returns") is not None:
                    complete(self._client, order, "returns", documents.ORDER_RETURNS, "order")
                    order["returns"] = [_plain_return(entry) for entry in order["returns"]]
            yield self._refunds_of(portion)

    def _refunds_of(self, orders: Sequence[Node]) -> Page:
        """One record per order that has refunds or returns; `returns` is null where the app may not read them."""
        touched = [order for order in orders if order["refunds"] or order.get("returns")]
        refunds = self._children([entry["id"] for order in touched for entry in order["refunds"]], documents.REFUNDS)
        for refund in refunds.values():
            complete(self._client, refund, "refundLineItems", documents.REFUND_LINES, "refund")
            complete(self._client, refund, "refundShippingLines", documents.REFUND_SHIPPING, "refund")
            complete(self._client, refund, "orderAdjustments", documents.REFUND_ADJUSTMENTS, "refund")
            complete(self._client, refund, "transactions", documents.REFUND_TRANSACTIONS, "refund")
        return [refunds_record(order, refunds, order.get("returns")) for order in touched]

    # Parcels ----------------------------------------------------------------------------------------------------------

    def read_fulfilments(self, span: Span) -> Iterator[Page]:
        counted = orders_in(self._client, span)
        if _many(counted, PAGED_SCANS):
            return self._fulfilments_in(ask(self._client, documents.BULK_SHIPPED_ORDERS, span.search("updated_at")))
        return self._changed_fulfilments(span, counted)

    def _changed_fulfilments(self, span: Span, counted: int | None) -> Iterator[Page]:
        changed = changed_orders(self._client, documents.CHANGED_FULFILMENTS, span, counted=counted)
        yield from self._fulfilment_pages(changed, None)

    def _fulfilments_in(self, asked: Bulk) -> Iterator[Page]:
        with result(self._client, asked) as scan:
            if _many_parcels(scan) and self._source.grants(*FULFILMENT_ORDERS):
                parcels = ask(self._client, documents.BULK_FULFILMENTS, asked.query)
                with result(self._client, parcels) as spool:
                    for orders in scan.roots():
                        yield from self._fulfilment_pages(to_builtins(orders), spool)
            else:
                for orders in scan.roots():
                    yield from self._fulfilment_pages(to_builtins(orders), None)

    def fulfilments(self, keys: Sequence[str]) -> Iterator[Page]:
        for found in by_ids(self._client, documents.SHIPPED_ORDERS, [gid_of("Order", key) for key in keys]):
            yield from self._fulfilment_pages(found, None)

    def _fulfilment_pages(self, orders: Sequence[Node], spool: Spool | None) -> Iterator[Page]:
        """One record per order that has parcels; those that the spool holds need not be asked for."""
        for portion in _portions(orders):
            for order in portion:
                self._check_count(order)
            shipped = [order for order in portion if order["fulfillments"]]
            ids = [entry["id"] for order in shipped for entry in order["fulfillments"]]
            # One that belongs to several fulfilment orders came several times, each time whole.
            known = spool.by_id(ids) if spool is not None else {}
            if spool is not None:
                spool.join(list(known.values()))
            asked = self._children([identity for identity in ids if identity not in known], documents.FULFILMENTS)
            for fulfilment in asked.values():
                complete(self._client, fulfilment, "fulfillmentLineItems", documents.FULFILMENT_LINES, "fulfillment")
            yield [fulfilments_record(order, {**known, **asked}) for order in shipped]

    def _check_count(self, order: Node) -> None:
        counted = (order.get("fulfillmentsCount") or {}).get("count")
        if counted is not None and len(order["fulfillments"]) < counted:
            raise Incomplete(
                f"{self._client.system}: order {number_of(order['id'])} has {counted} parcels, "
                f"but lists {len(order['fulfillments'])}."
            )

    # Fulfilment orders ------------------------------------------------------------------------------------------------

    def read_fulfilment_orders(self, span: Span) -> Iterator[Page]:
        """By their own time: they change without the order's."""
        self._source.need("fulfilment orders", FULFILMENT_ORDERS)
        # They cannot be counted; there are about as many as orders that changed.
        if _many(orders_in(self._client, span), PAGED_WORKS):
            return self._works_in(ask(self._client, documents.BULK_FULFILMENT_ORDERS, span.search("updated_at")))
        return self._changed_works(span)

    def _works_in(self, asked: Bulk) -> Iterator[Page]:
        with result(self._client, asked) as spool:
            for works in spool.roots():
                yield [record(work.id, work) for work in spool.join(works)]

    def _changed_works(self, span: Span) -> Iterator[Page]:
        def changed() -> list[Node]:
            document = documents.CHANGED_FULFILMENT_ORDERS
            return changed_twice_listed(self._client, document, ("fulfillmentOrders",), span)

        yield from self._listed(changed(), self.fulfilment_orders, changed)

    def fulfilment_orders(self, keys: Sequence[str]) -> Iterator[Page]:
        ids = [gid_of("FulfillmentOrder", key) for key in keys]
        for found in by_ids(self._client, documents.FULFILMENT_ORDERS, ids):
            for node in found:
                complete(self._client, node, "lineItems", documents.FULFILMENT_ORDER_LINES, "fulfillmentOrder")
            yield [record(node["id"], node) for node in found]

    # Both roads -------------------------------------------------------------------------------------------------------

    def _listed(
        self, nodes: Sequence[Node], read: Callable[[Sequence[str]], Iterator[Page]], again: Callable[[], list[Node]]
    ) -> Iterator[Page]:
        """Records that a list has just named. One that is not there must have left the list as well.

        It is gone for good then, or it changed meanwhile and belongs to the next window. Raises `Incomplete` for one
        that is still listed and cannot be read a second time either.
        """
        missing = {node["id"] for node in nodes}
        for page in read([node["id"] for node in nodes]):
            missing.difference_update(record.key for record in page)
            yield page
        if missing:
            missing.intersection_update(node["id"] for node in again())
            for page in read(sorted(missing)):
                missing.difference_update(record.key for record in page)
                yield page
        if missing:
            first = min(missing)
            raise Incomplete(f"{self._client.system}: Shopify lists {first} as changed but does not give it.")

    def _children(self, ids: Sequence[str], document: documents.Document) -> dict[str, Node]:
        """id -> record. One that an order has just named must be there.

        Raises `Incomplete` when it is not.
        """
        found = {node["id"]: node for page in by_ids(self._client, document, ids) for node in page}
        lost = [identity for identity in ids if identity not in found]
        if lost:
            raise Incomplete(f"{self._client.system}: {document.name} does not give {lost[0]}, which its order names.")
        return found


def _many(counted: int | None, limit: int) -> bool:
    """Whether more orders changed than are worth reading one by one."""
    return counted is None or counted > limit


def _touched(spool: Spool, with_returns: bool) -> Iterator[Node]:
    """Orders of a bulk result that have refunds or returns."""
    for orders in spool.roots():
        if not with_returns:
            yield from to_builtins([order for order in orders if order.refunds])
            continue
        touched = [order for order in spool.join(orders) if order.refunds or order.returns]
        spool.join([entry for order in touched for entry in order.returns])
        for node in to_builtins(touched):
            for entry in node["returns"]:
                entry["hasExchange"] = bool(entry.pop("exchangeLineItems"))
            yield node


def _many_parcels(scan: Spool) -> bool:
    """Whether these orders have more parcels than are worth reading one by one."""
    parcels = 0
    for orders in scan.roots():
        parcels += sum(len(order.fulfillments) for order in orders)
        if parcels > PAGED_PARCELS:
            return True
    return False


def _plain_return(entry: Node) -> Node:
    """A return that only says whether something was exchanged: the first page is enough for that."""
    exchanges = entry.pop("exchangeLineItems")
    return {**entry, "hasExchange": bool(exchanges["nodes"])}


def _portions(nodes: Iterable[Node]) -> Iterator[list[Node]]:
    rest = iter(nodes)
    while portion := list(islice(rest, PORTION)):
        yield portion
