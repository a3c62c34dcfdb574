"""Landing and shaping of B1 orders against DuckDB's own `read_json` on the same bytes.

Prints seconds and ratios, of the wall clock and of processor time (which a busy machine distorts less): a first load
of everything (like the floor the best of three, each into a store of its own), a second read in which nothing changed,
and one per cent changed; once with a plain shape.sql and once with that of the B1 connector. Splitting pages into
bodies is the connector's work and is shown on its own line.
"""

from __future__ import annotations

import json
import os
import random
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import httpx
import msgspec

from auditor.canonical.shape import shape_pending
from auditor.clock import FixedClock
from auditor.connectors.base import Call, Diagnosis, Page, Record, Stream, Window
from auditor.connectors.sap_b1 import B1Connector
from auditor.extract.progress import Silent
from auditor.extract.run import extract_all
from auditor.store.owner import Store
from tests.workspace import settings

PAGE = 500
TRIES = 3
ORDERS = Stream("orders", ("b1_order", "b1_order_line", "b1_order_expense"), cadence=timedelta(minutes=15))
START = datetime.fromisoformat("2026-01-01T00:00:00")


def run(orders: int) -> None:
    with tempfile.TemporaryDirectory(prefix="landing-") as name:
        folder = Path(name)
        pages = write_pages(folder, range(orders))
        size = sum(page.stat().st_size for page in pages)
        print(f"   {size / 1e6:,.0f} MB in {len(pages):,} pages")
        changed = write_pages(folder, range(0, orders, 100), changed=True)
        floor = _timed_read_json(pages)
        _say("read_json, the floor", floor, floor)
        for what, b1 in (("plain", PagedOrders(pages)), ("connector", PagedOrders(pages, _connector()))):
            print(f"   {what} shape.sql, load {' '.join(f'{load:.1f}' for load in os.getloadavg())}")
            stores = folder / what
            stores.mkdir()
            _loads(stores, b1, changed, floor)
        print(f"   peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


def _loads(folder: Path, b1: PagedOrders, changed: Sequence[Path], floor: Spent) -> None:
    firsts: list[Load] = []
    for attempt in range(TRIES):
        clock = FixedClock(START)
        path = folder / f"{attempt}.duckdb"
        with Store.open(path, memory_limit="4GB", clock=clock) as store:
            firsts.append(_load(store, b1, clock))
            if attempt < TRIES - 1:
                continue
            first = min(firsts, key=lambda load: load.whole.wall)
            _show("first load", first, floor)
            _show("read again, nothing changed", _load(store, b1, clock), floor)
            b1.pages = changed
            later = _load(store, b1, clock)
            _show("one per cent changed", later, floor)
            shares = later.whole.wall / first.whole.wall, later.whole.cpu / first.whole.cpu
            print("     of the first load: {:.3f} wall, {:.3f} cpu".format(*shares))
    print(f"     store: {path.stat().st_size / 1e6:,.0f} MB")


def _connector() -> B1Connector:
    """The real one, asked for its shape.sql only; nothing is called."""
    return B1Connector(settings(), FixedClock(START), httpx.MockTransport(lambda _: httpx.Response(500)))


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of the wall clock and of all processors."""

    wall: float
    cpu: float

    @classmethod
    def until_now(cls) -> Spent:
        return cls(time.perf_counter(), time.process_time())

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.wall + other.wall, self.cpu + other.cpu)

    def __sub__(self, other: Spent) -> Spent:
        return Spent(self.wall - other.wall, self.cpu - other.cpu)


NOTHING = Spent(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Load:
    """What one load has cost; splitting pages is not part of landing."""

    new: int
    splitting: Spent
    landing: Spent
    shaping: Spent

    @property
    def whole(self) -> Spent:
        return self.landing + self.shaping


class PagedOrders:
    """B1 as a folder of pages; it keeps what splitting them into bodies has cost."""

    system = "b1"

    def __init__(self, pages: Sequence[Path], shaper: B1Connector | None = None) -> None:
        """shaper: whose shape.sql is used, instead of a plain one."""
        self.pages = pages
        self.streams: Sequence[Stream] = shaper.streams if shaper else (ORDERS,)
        self.shape_file = shaper.shape_file if shaper else Path(__file__).with_name("_orders.sql")
        self._parameters = shaper.shape_parameters() if shaper else {}
        self.spent = NOTHING
        self._page = msgspec.json.Decoder(_Answer)
        self._key = msgspec.json.Decoder(_Key)

    def shape_parameters(self) -> dict[str, object]:
        return self._parameters

    def read(self, stream: Stream, window: Window) -> Iterator[Page]:
        self.spent = NOTHING
        for page in self.pages:
            started = Spent.until_now()
            bodies = self._page.decode(page.read_bytes()).value
            records = [Record(str(self._key.decode(body).DocEntry), bytes(body)) for body in bodies]
            self.spent += Spent.until_now() - started
            yield records

    def look_up(self, stream: Stream, keys: Sequence[str]) -> Page:
        return []

    def diagnose(self) -> Iterator[Diagnosis]:
        return iter(())

    def calls(self) -> Sequence[Call]:
        return ()

    def close(self) -> None:
        return


class _Answer(msgspec.Struct):
    value: list[msgspec.Raw]


class _Key(msgspec.Struct):
    DocEntry: int


def write_pages(folder: Path, numbers: range, *, changed: bool = False) -> list[Path]:
    """Service Layer answers with these orders, as files."""
    paths: list[Path] = []
    for start in range(0, len(numbers), PAGE):
        part = numbers[start : start + PAGE]
        text = json.dumps({"odata.metadata": "orders", "value": [order(number, changed=changed) for number in part]})
        path = folder / f"{'changed' if changed else 'page'}_{start:09}.json"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


def order(number: int, *, changed: bool = False) -> dict[str, object]:
    """An order with one to five lines and shipping, the same for the same number."""
    chance = random.Random(number)
    day = (START - timedelta(days=number % 365)).strftime("%Y-%m-%dT00:00:00Z")
    lines = [_line(chance, position) for position in range(chance.randint(1, 5))]
    net = sum(line["LineTotal"] for line in lines) + 4.95
    return {
        "DocEntry": number, "DocNum": 100000 + number, "Series": 12, "CardCode": "C-SHOPIFY",
        "NumAtCard": f"#{number + 1001}", "DocType": "dDocument_Items", "DocumentStatus": "bost_Open",
        "Cancelled": "tNO", "CancelStatus": "csNo", "DocDate": day, "DocDueDate": day, "TaxDate": day,
        "CreationDate": day, "UpdateDate": day, "UpdateTime": "12:30:00", "DocTime": "12:29:58", "DocCurrency": "GBP",
        "DocTotal": round(net * 1.2, 2), "VatSum": round(net * 0.2, 2), "TotalDiscount": 0.0,
        "RoundingDiffAmount": 0.0, "TrackingNumber": f"1Z{number:012}" if changed else None, "TransportationCode": 3,
        "BPL_IDAssignedToInvoice": None, "U_PaymentId": f"pi_{number:020}", "U_PackageId": None,
        "DocumentLines": lines,
        "DocumentAdditionalExpenses": [
            {"LineNum": 0, "ExpenseCode": 1, "LineTotal": 4.95, "TaxSum": 0.99, "LineGross": 5.94, "VatGroup": "S1"}
        ],
    }  # fmt: skip


def _line(chance: random.Random, position: int) -> dict[str, Any]:
    quantity = chance.randint(1, 4)
    price = chance.randint(199, 9999) / 100
    net = round(price * quantity, 2)
    return {
        "LineNum": position, "ItemCode": f"SKU-{chance.randint(1, 5000):05}", "Quantity": float(quantity),
        "InventoryQuantity": float(quantity), "RemainingOpenQuantity": float(quantity), "WarehouseCode": "01",
        "UnitPrice": price, "Price": price, "DiscountPercent": 0.0, "LineTotal": net, "TaxTotal": round(net * 0.2, 2),
        "GrossTotal": round(net * 1.2, 2), "VatGroup": "S1", "TaxPercentagePerRow": 20.0, "Currency": "GBP",
        "LineStatus": "bost_Open", "BaseType": -1, "BaseEntry": None, "BaseLine": None, "TreeType": "iNotATree",
        "WithoutInventoryMovement": "tNO",
    }  # fmt: skip


def _timed_read_json(pages: Sequence[Path]) -> Spent:
    """The best of three, into memory and with nothing but reading: a floor that no store can reach."""
    return min((_read_json(pages) for _ in range(TRIES)), key=lambda spent: spent.wall)


def _read_json(pages: Sequence[Path]) -> Spent:
    started = Spent.until_now()
    with duckdb.connect(":memory:") as con:
        con.execute(
            "CREATE TABLE orders AS SELECT UNNEST(value) FROM read_json($pages, maximum_object_size = 100000000)",
            {"pages": [str(page) for page in pages]},
        )
    return Spent.until_now() - started


def _load(store: Store, b1: PagedOrders, clock: FixedClock) -> Load:
    clock.advance(timedelta(minutes=15))
    started = Spent.until_now()
    (extracted,) = extract_all(store, [b1], clock, timedelta(days=365), Silent(), only={("b1", "orders")})
    landed = Spent.until_now()
    shaped = shape_pending(store, [b1], clock)
    ended = Spent.until_now()
    if extracted.reason or any(result.reason for result in shaped):
        raise SystemExit(f"The load failed: {extracted.reason or shaped}")
    return Load(extracted.rows_new, b1.spent, landed - started - b1.spent, ended - landed)


def _show(what: str, load: Load, floor: Spent) -> None:
    print(f"   {what} ({load.new:,} new)")
    _say("  splitting pages (connector)", load.splitting, floor)
    _say("  landing", load.landing, floor)
    _say("  shaping", load.shaping, floor)
    _say("  landing and shaping", load.whole, floor)


def _say(what: str, spent: Spent, floor: Spent) -> None:
    print(
        f"   {what:<32} {spent.wall:7.2f} s wall ({spent.wall / floor.wall:5.2f} x read_json)"
        f"   {spent.cpu:7.2f} s cpu ({spent.cpu / floor.cpu:5.2f} x)"
    )
