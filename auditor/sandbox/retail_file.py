"""A company made from a file of real order lines: what customers bought and returned there, on both sides.

What the file holds is kept: documents, customers, countries, items, quantities, prices, minutes. What it does not hold
is synthetic: tax (prices are taken as the shop's prices with tax; goods leave the UK untaxed), stock, warehouses,
dispatch and tracking, payments, payouts and fees. Documents are shifted by whole days so that the file ends yesterday.

- Invoices are sales. Postage on them is shipping, vouchers are gift cards, `M` lines an item of its own without stock,
  lines without a price free gifts.
- Credit notes are refunds of earlier sales (see `retail_credits`); what cannot be matched was sold before the file
  begins: it is a credit memo in B1 and nothing in the shop.
- Bank charges, marketplace fees, samples, commissions, bad debt and documents of postage alone are journals in B1.
- Documents without any price and customer are movements of stock.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from auditor.money import ZERO
from auditor.sandbox import life
from auditor.sandbox.basics import PENNY, STANDARD, Ids, penny
from auditor.sandbox.business import Business, Journal
from auditor.sandbox.catalogue import Ability, Item, Shop
from auditor.sandbox.generate import WAREHOUSES
from auditor.sandbox.retail_credits import Credits
from auditor.sandbox.retail_lines import FileDocument, FileLine, Kind, documents, ledger_account, load
from auditor.sandbox.sale import Sale, SaleLine
from auditor.sandbox.shops import SHOPS

_HOME = "United Kingdom"
_ISO = {
    "United Kingdom": "GB", "EIRE": "IE", "Germany": "DE", "France": "FR", "Netherlands": "NL", "Spain": "ES",
    "Switzerland": "CH", "Belgium": "BE", "Portugal": "PT", "Australia": "AU", "Norway": "NO", "Italy": "IT",
    "Channel Islands": "JE", "Finland": "FI", "Cyprus": "CY", "Sweden": "SE", "Austria": "AT", "Denmark": "DK",
    "Japan": "JP", "Poland": "PL", "Israel": "IL", "USA": "US", "Hong Kong": "HK", "Singapore": "SG",
    "Iceland": "IS", "Canada": "CA", "Greece": "GR", "Malta": "MT", "United Arab Emirates": "AE", "RSA": "ZA",
    "Lebanon": "LB", "Lithuania": "LT", "Brazil": "BR", "Czech Republic": "CZ", "Bahrain": "BH",
    "Saudi Arabia": "SA",
}  # fmt: skip
VOUCHER_ITEM, MANUAL_ITEM = "GIFTCARD", "M"


@dataclass(slots=True)
class Summary:
    """How many lines of the file became what; every line is counted once."""

    lines: int
    documents: int = 0
    fates: Counter[str] = field(default_factory=Counter)

    def add_up(self) -> None:
        """Raises `AssertionError` when a line was lost or counted twice: a mistake of this program."""
        counted = sum(self.fates.values())
        if counted != self.lines:
            raise AssertionError(f"{self.lines} lines were read and {counted} accounted for")

    def sentence(self) -> str:
        parts = ", ".join(f"{count:,} {fate}" for fate, count in self.fates.most_common() if count)
        return f"{self.documents:,} documents with {self.lines:,} lines: {parts}"


def read(path: Path, now: datetime, seed: int = 7, shops: Sequence[Shop] = SHOPS) -> tuple[Business, Summary]:
    """The company of a file, and what became of its lines. Raises `ConfigError` when the file is not one."""
    lines = load(path)
    summary = Summary(lines.height)
    reader = _Reader(now, seed, summary, tuple(shops))
    for document in documents(lines, now):
        summary.documents += 1
        reader.take(document)
    summary.add_up()
    return reader.finish(), summary


class _Reader:
    def __init__(self, now: datetime, seed: int, summary: Summary, shops: tuple[Shop, ...]) -> None:
        self._rng = Random(f"file {seed}")
        self._summary = summary
        self._items: dict[str, Item] = {}
        self._prices: dict[str, Counter[Decimal]] = {}
        self._amounts: dict[Decimal, Decimal] = {}
        self._last_number = 0
        ids = Ids()
        self._business = Business(now, seed, shops, self._items, {}, WAREHOUSES, [], ids, is_from_file=True)
        self._credits = Credits(self._business, summary.fates, self._rng)
        self._service_item(VOUCHER_ITEM, "Gift card")
        self._service_item(MANUAL_ITEM, "Manual line")

    def take(self, document: FileDocument) -> None:
        ledger = [line for line in document.lines if line.kind is Kind.LEDGER or document.is_adjustment]
        self._journal(document, ledger)
        rest = [line for line in document.lines if line.kind is not Kind.LEDGER and not document.is_adjustment]
        rest = self._understood(document, rest)
        if not rest:
            return
        if document.is_credit:
            for line in rest:
                if line.kind is Kind.PRODUCT:
                    self._item(line)
            self._credits.take(document, rest)
        elif document.customer is None and not any(line.price for line in rest):
            self._move(rest)
        elif all(line.kind is Kind.POSTAGE for line in rest):
            self._journal(document, rest, ("postage invoiced alone", "4910"))
        else:
            self._sell(document, rest)

    def _understood(self, document: FileDocument, lines: list[FileLine]) -> list[FileLine]:
        """Without lines whose sign fits neither a sale nor a credit note nor a movement; they are only counted."""
        if document.customer is None and not any(line.price for line in lines):
            return lines
        sign = -1 if document.is_credit else 1
        kept = [line for line in lines if line.quantity * sign > 0 and line.price >= 0]
        self._summary.fates["left out (quantity or price of the wrong sign)"] += len(lines) - len(kept)
        return kept

    def finish(self) -> Business:
        """Everything that needs the whole file: item prices, and what became of the sales."""
        for code, prices in self._prices.items():
            item = self._items[code]
            price = max(prices.items(), key=lambda pair: (pair[1], pair[0]))[0]
            # what costs a fraction of a penny has a price in B1 all the same
            self._items[code] = Item(code, item.title, max(penny(price), PENNY), item.rate, item.number)
        for sale in self._business.sales:
            self._live_on(sale)
        self._credits.settle()
        return self._business

    def _journal(self, document: FileDocument, lines: Iterable[FileLine], named: tuple[str, str] | None = None) -> None:
        for line in lines:
            memo, account = named or ledger_account(line)
            self._summary.fates[f"journal ({memo})"] += 1
            amount = penny(line.value)
            if amount:
                self._business.journals.append(Journal(document.at, f"{memo} {document.number}", amount, account))

    def _move(self, lines: Iterable[FileLine]) -> None:
        for line in lines:
            self._summary.fates["stock movement"] += 1
            if line.kind is Kind.PRODUCT:
                self._item(line)
                moves = self._business.stock_moves
                moves[line.code] = moves.get(line.code, 0) + line.quantity

    def _sell(self, document: FileDocument, lines: list[FileLine]) -> None:
        ids, rng = self._business.ids, self._rng
        shop = self._shop(document, lines)
        location = shop.location(2 if rng.random() >= 0.8 and shop.has_location(2) else 1)
        warehouses = ("01", "02") if location.number == 1 else ("03",)
        number = self._number(document)
        sale = Sale(
            shop=shop,
            number=number,
            order_id=5_000_000_000 + number * 7,
            placed_at=document.at,
            location=location,
            lines=[],
            shipping=ZERO,
            shipping_rate=STANDARD if document.country == _HOME else ZERO,
            shipping_id=ids.next("shipping line", 3_000_001),
            customer=document.customer or 0,
            country=_ISO.get(document.country, "GB"),
            gateway="paypal" if rng.random() < 0.1 and shop.takes_paypal else shop.provider,
        )
        for line in lines:
            if line.kind is Kind.POSTAGE:
                self._summary.fates["shipping"] += 1
                sale.shipping += penny(line.value)
                continue
            self._summary.fates[self._fate(line)] += 1
            sold = self._sale_line(line, document, rng.choice(warehouses))
            sale.lines.append(sold)
            self._credits.sold(sale, sold, line)
        self._business.sales.append(sale)

    def _shop(self, document: FileDocument, lines: list[FileLine]) -> Shop:
        """A customer keeps to one shop, unless it cannot show what was bought."""
        shops = self._business.shops
        codes = [line.code for line in lines if line.kind is not Kind.POSTAGE]
        needs: set[Ability] = set()
        if any(line.kind is Kind.VOUCHER for line in lines):
            needs.add("gift_cards")
        if any(not line.price for line in lines):
            needs.add("free_lines")
        if len(set(codes)) < len(codes):
            needs.add("duplicate_lines")
        if document.country != _HOME:
            needs.add("exports")
        able = [shop for shop in shops if needs <= shop.can] or list(shops[:1])
        turns = [shop for shop in able for _ in range(shop.weight)]
        return turns[zlib.crc32(str(document.customer or document.number).encode()) % len(turns)]

    def _number(self, document: FileDocument) -> int:
        """The invoice's own number where it is one, else the next free one."""
        number = int(document.number) if document.number.isdigit() else self._last_number + 1
        self._last_number = max(self._last_number, number)
        return number

    @staticmethod
    def _fate(line: FileLine) -> str:
        if line.kind is Kind.VOUCHER:
            return "gift cards"
        if line.kind is Kind.MANUAL:
            return "manual lines sold"
        return "sold" if line.price else "free gifts"

    def _sale_line(self, line: FileLine, document: FileDocument, warehouse: str) -> SaleLine:
        code, kind = line.code, "product"
        if line.kind is Kind.VOUCHER:
            code, kind = VOUCHER_ITEM, "gift_card"
        elif line.kind is Kind.PRODUCT:
            self._item(line)
        item = self._items[code]
        rate = item.rate if document.country == _HOME else ZERO
        number = self._business.ids.next("line", 7_000_001)
        sold = SaleLine(number, code, item.title, line.quantity, line.price, rate, warehouse)
        if kind == "gift_card":
            sold.kind = "gift_card"
        sold.gross = self._amounts.setdefault(sold.gross, sold.gross)
        sold.tax = self._amounts.setdefault(sold.tax, sold.tax)
        return sold

    def _item(self, line: FileLine) -> None:
        known = self._items.get(line.code)
        if known is None:
            # One code in eight is zero-rated: books and the like; the file does not say which.
            rate = ZERO if zlib.crc32(line.code.encode()) % 8 == 0 else STANDARD
            number = len(self._items) + 1
            self._items[line.code] = Item(line.code, line.title, Decimal("1.00"), rate, number)
        if line.price > 0:
            self._prices.setdefault(line.code, Counter())[line.price] += 1

    def _service_item(self, code: str, title: str) -> None:
        number = len(self._items) + 1
        self._items[code] = Item(code, title, Decimal("1.00"), ZERO, number, is_stocked=False, is_tracked=False)

    def _live_on(self, sale: Sale) -> None:
        """Paid and posted at once, sent on the same day; refunds come after the dispatch."""
        now = self._business.now
        if sale.total:
            life.pay(sale, self._business.ids)
        life.post(sale, now)
        if self._credits.is_called_off(sale):
            return
        shipped_at = sale.placed_at + timedelta(minutes=self._rng.randrange(90, 360))
        if shipped_at < now - timedelta(hours=1):
            life.ship(sale, shipped_at, self._rng, self._business.ids)
