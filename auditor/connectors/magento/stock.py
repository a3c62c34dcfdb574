"""What may be sold of every SKU from every stock, and what lies physically behind it.

Salable is what a website sells from: the quantity of its sources, less what open orders have reserved. It is exported
for a whole website; the export does not say which SKUs it leaves out, so it is asked for SKU by SKU, a hundred at once:
those that lie at a source of the stock. One that does not come is asked for alone before it counts as not sold there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from auditor.connectors.base import Page, Record
from auditor.connectors.magento.catalogue import Catalogue, Source, Stock
from auditor.connectors.magento.criteria import Filter, Group, one_of
from auditor.connectors.magento.documents import SALABLE, SOURCE_ITEMS, at
from auditor.connectors.magento.fields import plain
from auditor.connectors.magento.reader import SPANS, Reader, Rows
from auditor.connectors.sap_b1.ahead import run_ahead
from auditor.errors import Rejected

# A list of SKUs stands in the address; a common web server takes 8 kB of it.
LONGEST_LIST = 3000
Held = dict[str, list[Any]]
"""SKU in small letters -> its source items: the database compares SKUs without regard to case."""


class StockLevels:
    """Stream `stock`: records `stock/<stock id>/<sku>` and `source/<source code>/<sku>`."""

    def __init__(self, reader: Reader, catalogue: Catalogue) -> None:
        self._reader = reader
        self._catalogue = catalogue

    def read(self) -> Iterator[Page]:
        sources = self._catalogue.sources()
        held: Held = {}
        for source in sources:
            for rows in self._reader.pages(SOURCE_ITEMS, [_lies_at(source)]):
                _hold(held, rows)
                yield [_source_record(row) for row in rows]
        for stock in self._catalogue.stocks(sources):
            if stock.websites:
                yield from self._salable(stock, held)

    def look_up(self, keys: Sequence[str]) -> Iterator[Page]:
        """Records by their keys."""
        sources = self._catalogue.sources()
        stocks = {stock.stock_id: stock for stock in self._catalogue.stocks(sources)}
        wanted: dict[tuple[str, str], list[str]] = defaultdict(list)
        for key in keys:
            kind, place, sku = key.split("/", 2)
            wanted[kind, place].append(sku)
        for (kind, place), skus in wanted.items():
            held = self._held(skus, sources)
            if kind == "source":
                rows = [row for found in held.values() for row in found if plain(row.source_code) == place]
                yield [_source_record(row) for row in rows]
            elif place in stocks and stocks[place].websites:
                yield from self._salable(stocks[place], held)

    def _held(self, skus: Sequence[str], sources: Sequence[Source]) -> Held:
        held: Held = {}
        for group in self._groups(sorted(set(skus))):
            # One SKU lies at several sources, so the rows are more than the SKUs and are read source by source.
            for source in sources:
                for rows in self._reader.pages(SOURCE_ITEMS, [_lies_at(source), group]):
                    _hold(held, rows)
        return held

    def _salable(self, stock: Stock, held: Held) -> Iterator[Page]:
        """Every SKU that lies at a source of this stock, with what may be sold of it."""
        skus = sorted(
            plain(rows[0].sku) for rows in held.values() if any(plain(row.source_code) in stock.sources for row in rows)
        )
        groups = list(self._groups(skus))
        parts = [self._exported(stock, groups[start::SPANS], held) for start in range(min(SPANS, len(groups)))]
        yield from run_ahead(parts)

    def _exported(self, stock: Stock, groups: Sequence[Group], held: Held) -> Iterator[Page]:
        listing = at(SALABLE, f"{SALABLE.path}/{quote(stock.websites[0], safe='')}")
        for group in groups:
            asked = [sku for one in group for sku in (one.value.split(",") if one.condition == "in" else [one.value])]
            rows: Rows = self._reader.page(listing, [group], len(asked))
            told = {plain(row.sku).lower(): row for row in rows}
            page = []
            for sku in asked:
                row = told.get(sku.lower())
                levels = [one for one in held.get(sku.lower(), ()) if plain(one.source_code) in stock.sources]
                if row is not None:
                    page.append(_stock_record(stock, plain(row.sku), row.qty, row.is_salable, levels))
                elif (quantity := self._alone(stock, sku)) is not None:
                    page.append(_stock_record(stock, sku, quantity, msgspec.Raw(b"null"), levels))
            yield page

    def _alone(self, stock: Stock, sku: str) -> msgspec.Raw | None:
        """What may be sold of one SKU; None when Magento says that it is not sold from this stock."""
        path = f"inventory/get-product-salable-quantity/{quote(sku, safe='')}/{stock.stock_id}"
        try:
            quantity: msgspec.Raw = self._reader.client.get(path, msgspec.Raw, what="salable quantities")
        except Rejected as error:
            if error.status not in {400, 404} or error.code is not None:
                raise
            return None
        return msgspec.Raw(bytes(quantity))

    def _groups(self, skus: Sequence[str]) -> Iterator[Group]:
        """The SKUs as filters, each for one call. A comma would divide a SKU in two, so such a one is asked alone."""
        chosen: list[str] = []
        for sku in skus:
            if "," in sku:
                yield [Filter("sku", "eq", sku)]
                continue
            is_full = len(chosen) == self._reader.page_size or sum(map(_width, chosen)) + _width(sku) > LONGEST_LIST
            if chosen and is_full:
                yield [one_of("sku", chosen)]
                chosen = []
            chosen.append(sku)
        if chosen:
            yield [one_of("sku", chosen)]


def _lies_at(source: Source) -> Group:
    return [Filter("source_code", "eq", source.code)]


def _hold(held: Held, rows: Rows) -> None:
    for row in rows:
        held.setdefault(plain(row.sku).lower(), []).append(row)


def _width(sku: str) -> int:
    return len(quote(sku, safe="")) + 3


def _source_record(row: Any) -> Record:
    return Record(f"source/{plain(row.source_code)}/{plain(row.sku)}", msgspec.json.encode(row))


def _stock_record(stock: Stock, sku: str, quantity: Any, is_salable: Any, levels: Sequence[Any]) -> Record:
    body = {
        "stock_id": stock.stock_id,
        "sku": sku,
        "qty": quantity,
        "is_salable": is_salable,
        "sources": [
            {"quantity": one.quantity, "status": one.status, "enabled": stock.sources[plain(one.source_code)]}
            for one in sorted(levels, key=lambda one: str(plain(one.source_code)))
        ],
    }
    return Record(f"stock/{stock.stock_id}/{sku}", msgspec.json.encode(body))
