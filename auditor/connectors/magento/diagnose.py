"""What `auditor doctor` says about a shop: reachable, login, rights, stocks, tax method, gateways and carriers."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from auditor.connectors.base import Diagnosis
from auditor.connectors.magento.catalogue import SAMPLE, Catalogue
from auditor.connectors.magento.documents import CREDIT_MEMOS, INVOICES, ORDERS, PRODUCTS, SHIPMENTS, SOURCES, Listing
from auditor.connectors.magento.fields import exact, plain
from auditor.connectors.magento.reader import PAGE, Reader
from auditor.errors import RemoteError
from auditor.settings import Channel, Settings

# A right each, and what is lost without it.
_RIGHTS: tuple[tuple[Listing, str], ...] = (
    (ORDERS, "orders cannot be read"),
    (INVOICES, "payments are not seen"),
    (CREDIT_MEMOS, "refunds are not seen"),
    (SHIPMENTS, "parcels are not seen"),
    (PRODUCTS, "listings cannot be read"),
    (SOURCES, "stock cannot be read"),
)


class Doctor:
    def __init__(self, settings: Settings, channel: Channel, reader: Reader, catalogue: Catalogue) -> None:
        self._settings = settings
        self._channel = channel
        self._reader = reader
        self._catalogue = catalogue

    def diagnose(self) -> Iterator[Diagnosis]:
        """One line each; a shop that does not answer ends it. Never raises `RemoteError`."""
        try:
            configs = self._catalogue.store_configs()
        except RemoteError as error:
            yield Diagnosis("connection", "failed", str(error))
            return
        yield Diagnosis("connection", "ok", "The shop answers and accepts the credentials.")
        yield Diagnosis(
            "version", "ok", "REST V1, which has no announced end; the shop does not tell which release it runs."
        )
        bases = sorted({plain(config.base_currency_code) for config in configs})
        yield Diagnosis("currency", "ok", f"Books are kept in {', '.join(bases)}; amounts are read in that currency.")
        parts: Sequence[tuple[str, Callable[[], Iterator[Diagnosis]]]] = (
            ("rights", self._rights),
            ("locations", self._locations),
            ("tax", self._tax),
            ("gateways", self._gateways),
            ("carriers", self._carriers),
            ("page size", self._page_size),
        )
        for subject, part in parts:
            try:
                yield from part()
            except RemoteError as error:
                yield Diagnosis(subject, "failed", str(error))

    def _rights(self) -> Iterator[Diagnosis]:
        for listing, loss in _RIGHTS:
            try:
                self._reader.newest(listing, 1)
            except RemoteError as error:
                yield Diagnosis(f"right {listing.what}", "failed", f"{error} Until then {loss}.")
            else:
                yield Diagnosis(f"right {listing.what}", "ok", f"{listing.what} can be read.")

    def _locations(self) -> Iterator[Diagnosis]:
        stocks = self._catalogue.stocks(self._catalogue.sources())
        known = {stock.stock_id for stock in stocks}
        for identity in sorted(set(self._channel.locations) - known):
            yield Diagnosis(
                "locations", "failed", f"{identity} stands in the settings, but the shop has no such stock; correct it."
            )
        selling = [stock for stock in stocks if stock.websites]
        for stock in selling:
            if stock.stock_id not in self._channel.locations:
                yield Diagnosis(
                    "locations",
                    "warning",
                    f"The stock '{stock.name}' ({stock.stock_id}) is mapped to no warehouse, so it is not compared; "
                    f"add it to locations of the channel '{self._channel.id}'.",
                )
            off = sorted(code for code, is_enabled in stock.sources.items() if not is_enabled)
            if off:
                yield Diagnosis(
                    "locations",
                    "warning",
                    f"The stock '{stock.name}' has sources that are off ({', '.join(off)}): what lies there is "
                    "not sold.",
                )
        mapped = sum(stock.stock_id in self._channel.locations for stock in selling)
        yield Diagnosis("locations", "ok", f"{len(selling)} stocks that websites sell from, {mapped} of them mapped.")

    def _tax(self) -> Iterator[Diagnosis]:
        method = self._catalogue.tax_method()
        prices = {"1": "include tax", "0": "are without tax", None: "do not show whether they include tax"}
        text = f"Catalogue prices {prices[method.price_includes_tax]}"
        if method.algorithm is None:
            yield Diagnosis(
                "tax",
                "warning",
                f"{text}; the newest {SAMPLE} orders do not prove how tax is rounded, so only sums of documents are "
                "compared exactly.",
            )
        else:
            yield Diagnosis("tax", "ok", f"{text}; tax is rounded by {method.algorithm} ({method.orders} orders show).")

    def _gateways(self) -> Iterator[Diagnosis]:
        """The payment methods of the newest orders, against the map of payment gateways when there is one."""
        orders = [exact(row) for row in self._reader.newest(ORDERS, SAMPLE)]
        names = sorted({method for order in orders if (method := _method(order))})
        if not names:
            yield Diagnosis("gateways", "ok", "The newest orders name no payment method.")
            return
        mapped = self._mapped_gateways()
        unknown = [name for name in names if mapped is not None and name not in mapped]
        if unknown:
            yield Diagnosis(
                "gateways",
                "warning",
                f"{', '.join(unknown)} is used but not in the map of payment gateways; add a line for each.",
            )
        else:
            yield Diagnosis("gateways", "ok", f"Payment methods in use: {', '.join(names)}.")
        foreign = sorted({order["order_currency_code"] for order in orders} - {_base(order) for order in orders})
        if foreign:
            yield Diagnosis(
                "currency",
                "warning",
                f"Customers also pay in {', '.join(foreign)}; orders are compared in the base currency, so documents "
                "that B1 keeps in another one are not judged.",
            )

    def _mapped_gateways(self) -> set[str] | None:
        """Gateways that the map names for this channel; None when there is no map that can be read."""
        if self._settings.maps.payment_gateways is None:
            return None
        try:
            path = self._settings.folder / self._settings.maps.payment_gateways
            with path.open(encoding="utf-8", newline="") as file:
                return {
                    (line.get("gateway") or "").strip()
                    for line in csv.DictReader(file)
                    if (line.get("channel") or "").strip() in {"*", self._channel.id}
                }
        except (OSError, UnicodeDecodeError, csv.Error):
            return None

    def _carriers(self) -> Iterator[Diagnosis]:
        shipments = [exact(row) for row in self._reader.newest(SHIPMENTS, SAMPLE)]
        names = sorted({_carrier(track) for shipment in shipments for track in shipment["tracks"]} - {""})
        said = (
            f"Carriers of the newest parcels: {', '.join(names)}." if names else "The newest parcels name no carrier."
        )
        yield Diagnosis("carriers", "ok", said)

    def _page_size(self) -> Iterator[Diagnosis]:
        if self._reader.page_size < PAGE:
            yield Diagnosis(
                "page size",
                "warning",
                f"The shop allows pages of {self._reader.page_size} only; raise its limit to {PAGE} to read faster.",
            )


def _method(order: dict[str, Any]) -> str:
    return str((order.get("payment") or {}).get("method") or "")


def _base(order: dict[str, Any]) -> str:
    return str(order["base_currency_code"])


def _carrier(track: dict[str, Any]) -> str:
    code = str(track.get("carrier_code") or "")
    return str(track.get("title") or "") if code in {"", "custom"} else code
