"""What a shop offers, and how it is set up: products, stocks with their sources, store views, tax method."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from auditor.connectors.base import Page, Record
from auditor.connectors.magento import documents
from auditor.connectors.magento.criteria import Filter
from auditor.connectors.magento.documents import LINKS, ORDERS, PRODUCTS, SOURCES, STOCKS
from auditor.connectors.magento.fields import exact, plain
from auditor.connectors.magento.reader import Reader, Rows
from auditor.connectors.magento.tax_method import TaxMethod, found_in
from auditor.errors import Incomplete, Rejected

SAMPLE = 100
TAX_SETTINGS = "tax"


@dataclass(frozen=True, slots=True)
class Stock:
    """A stock: what websites sell from, and the sources behind it (source -> whether it is switched on)."""

    stock_id: str
    name: str
    websites: tuple[str, ...]
    sources: dict[str, bool]


@dataclass(frozen=True, slots=True)
class Source:
    """A place where goods lie."""

    code: str
    name: str
    is_enabled: bool


class Catalogue:
    """Streams `settings`, `stocks` and `listings`."""

    def __init__(self, reader: Reader, view: str) -> None:
        self._reader = reader
        self._view = view

    # How the shop is set up -------------------------------------------------------------------------------------------

    def read_settings(self) -> Iterator[Page]:
        page = [Record(f"store/{plain(row.code)}", msgspec.json.encode(row)) for row in self.store_configs()]
        method = self.tax_method()
        tax = {
            "tax/calculation/algorithm": method.algorithm,
            "tax/calculation/price_includes_tax": method.price_includes_tax,
        }
        page.append(Record(TAX_SETTINGS, msgspec.json.encode(tax)))
        yield page

    def store_configs(self) -> Rows:
        """The configuration of every store view. Raises `Rejected` when there is none of the name in the settings."""
        kind: Any = list[documents.STORE_CONFIG.type]  # type: ignore[name-defined]  # made at run time
        rows: Rows = self._reader.client.get("store/storeConfigs", kind, what="store views")
        if not rows:
            raise Incomplete(f"{self._reader.client.system}: Magento gave no store view at all.")
        codes = sorted(plain(row.code) for row in rows)
        if self._view != "all" and self._view not in codes:
            raise Rejected(
                f"{self._reader.client.system}: there is no store view '{self._view}'; set store_view to one of: "
                f"all, {', '.join(codes)}.",
                status=404,
            )
        return rows

    def tax_method(self) -> TaxMethod:
        """How the shop rounds tax, as far as its newest orders prove it: REST does not tell the setting."""
        return found_in([exact(row) for row in self._reader.newest(ORDERS, SAMPLE)])

    # Stocks -----------------------------------------------------------------------------------------------------------

    def read_stocks(self) -> Iterator[Page]:
        yield [
            Record(
                stock.stock_id,
                msgspec.json.encode(
                    {
                        "stock_id": stock.stock_id,
                        "name": stock.name,
                        "websites": stock.websites,
                        "sources": [
                            {"source_code": code, "enabled": stock.sources[code]} for code in sorted(stock.sources)
                        ],
                    }
                ),
            )
            for stock in self.stocks(self.sources())
        ]

    def sources(self) -> list[Source]:
        rows = self._all(SOURCES)
        return [
            Source(plain(row.source_code), plain(row.name) or plain(row.source_code), bool(plain(row.enabled)))
            for row in rows
        ]

    def stocks(self, sources: Sequence[Source]) -> list[Stock]:
        """Every stock with its websites and sources."""
        enabled = {source.code: source.is_enabled for source in sources}
        found = []
        for row in self._all(STOCKS):
            stock_id = str(plain(row.stock_id))
            links = self._reader.pages(LINKS, [[Filter("stock_id", "eq", stock_id)]])
            codes = [plain(link.source_code) for page in links for link in page]
            extension = row.extension_attributes
            channels = (extension.sales_channels or []) if hasattr(extension, "sales_channels") else []
            websites = tuple(sorted(plain(one.code) for one in channels if plain(one.type) == "website"))
            found.append(Stock(stock_id, plain(row.name), websites, {code: enabled.get(code, False) for code in codes}))
        return found

    # Products ---------------------------------------------------------------------------------------------------------

    def read_listings(self) -> Iterator[Page]:
        currency = self.currency()
        return self._reader.pages(PRODUCTS, (), lambda rows: _products(rows, currency))

    def listings(self, keys: Sequence[str]) -> Iterator[Page]:
        currency = self.currency()
        for rows in self._reader.by_keys(PRODUCTS, keys):
            yield _products(rows, currency)

    def currency(self) -> str:
        """What prices are kept in: the base currency of the store view that is read, or of the first."""
        rows = self.store_configs()
        chosen = next((row for row in rows if plain(row.code) == self._view), rows[0])
        currency: str = plain(chosen.base_currency_code)
        return currency

    def _all(self, listing: documents.Listing) -> Rows:
        return [row for page in self._reader.pages(listing) for row in page]


def _products(rows: Rows, currency: str) -> Page:
    """A price comes without its currency: it is the store's."""
    return [
        Record(str(plain(row.id)), msgspec.json.encode({"product": row, "currency_code": currency})) for row in rows
    ]
