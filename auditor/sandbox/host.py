"""The sandbox as a whole: build it, serve all systems on loopback ports, let time go on, know the truth.

sandbox = Sandbox.build(seed=7, orders=300, now=clock.now(), clock=clock)
with sandbox.serve() as addresses:
    config = sandbox.write_settings(folder)
    ...audit...
    sandbox.advance(timedelta(minutes=36))
    ...audit again, compare with sandbox.truth...
"""

from __future__ import annotations

import contextlib
import importlib
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import uvicorn

from auditor.clock import Clock, FixedClock
from auditor.sandbox import configuration
from auditor.sandbox.b1.server import b1_app
from auditor.sandbox.b1.state import B1State
from auditor.sandbox.basics import TIMEZONE
from auditor.sandbox.business import Business
from auditor.sandbox.catalogue import Shop
from auditor.sandbox.dropped_files import dropped_files, sync_events
from auditor.sandbox.failures import Failures
from auditor.sandbox.faults.health import Machinery, machinery
from auditor.sandbox.front import MakeFront, Storefront
from auditor.sandbox.generate import generate
from auditor.sandbox.project import Later, Projection
from auditor.sandbox.shopify.state import ShopifyState
from auditor.sandbox.shops import SHOPIFY, SHOPS
from auditor.sandbox.stock import FALLS_SILENT
from auditor.sandbox.truth import Planted, Truth

_ZERO = Decimal(0)
_FALLS_SILENT_AFTER = timedelta(minutes=20)
_EVENTS_EVERY = timedelta(minutes=5)
_FAILING_CALLS = 30
"""Enough for a quarter of an hour even when a reading waits from one to the next."""


@dataclass(frozen=True, slots=True)
class Addresses:
    b1: str
    channels: Mapping[str, str]
    """By the shop's id."""


@dataclass(slots=True)
class Sandbox:
    """`truth` is what three audits must find, with `advance` by 35 to 45 minutes between them."""

    business: Business
    clock: Clock
    b1: B1State
    fronts: dict[str, Storefront]
    """By the shop's id."""
    failures: Failures
    truth: Truth
    summary: str
    _later: list[Later] = field(default_factory=list)
    """By time."""
    _silent_from: datetime | None = None
    _machinery: Machinery = field(default_factory=Machinery)
    _folder: Path | None = None
    _told_until: datetime | None = None
    """Up to when the middleware has dropped its events into the folder."""
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _addresses: Addresses | None = None

    @classmethod
    def build(
        cls,
        seed: int = 7,
        orders: int = 300,
        now: datetime | None = None,
        orders_file: Path | None = None,
        with_faults: bool = True,
        clock: Clock | None = None,
        shops: Sequence[Shop] = SHOPS,
        granted_calls: int = 1,
    ) -> Sandbox:
        """An invented company, or one made from a file of order lines. Raises `ConfigError` for a file that is none.

        `shops` are its channels. `granted_calls`: how many times the published ceilings their platforms grant; on a
        clock that runs, waiting for a simulated operator's minutes helps nobody.
        `clock` None: a `FixedClock` at `now`, which only `advance` moves. The company's last moment is `now`.
        """
        moment = (now or (clock.now() if clock else datetime(2026, 11, 20, 12))).replace(microsecond=0)
        clock = clock or FixedClock(moment)
        failures = Failures()
        b1 = B1State(clock, configuration.COMPANY_DB, {configuration.USER: configuration.PASSWORD}, TIMEZONE)
        shops = [replace(shop, granted_calls=granted_calls) for shop in shops]
        fronts = {shop.id: maker(shop.kind)(shop, clock) for shop in shops}
        if orders_file is None:
            business = generate(seed, orders, moment, shops=shops)
            summary = f"{len(business.sales)} invented orders (seed {seed})"
        else:
            from auditor.sandbox.retail_file import read  # polars is only needed for files

            business, told = read(orders_file, moment, seed, shops)
            summary = told.sentence()
        projection = Projection(business, b1, fronts, with_faults)
        projection.run()
        b1.index()
        ways, facts = machinery(business) if with_faults else (Machinery(), [])
        projection.truth.add(facts)
        silent_from = moment + _FALLS_SILENT_AFTER if with_faults else None
        return cls(
            business, clock, b1, fronts, failures, projection.truth, summary, projection.later, silent_from, ways
        )

    @property
    def shopify(self) -> ShopifyState:
        """What the Shopify store holds."""
        state = self.fronts[SHOPIFY.id].state()
        assert isinstance(state, ShopifyState)
        return state

    def advance(self, by: timedelta) -> None:
        """Move a fixed clock, and let happen what is due by then."""
        if not isinstance(self.clock, FixedClock):
            raise TypeError("only a fixed clock can be moved; a running one moves by itself")
        self.clock.advance(by)
        self.catch_up()

    def catch_up(self) -> None:
        """Let happen what is due by now: the middleware's next runs."""
        now = self.clock.now()
        with self._lock:
            while self._later and self._later[0].at <= now:
                self._later.pop(0).do()
            self._drop_events(now)
        self._dock_falls_silent()

    def _drop_events(self, now: datetime) -> None:
        """Every few minutes, as the real one does; a file of its own each time."""
        if self._folder is None or self._told_until is None or now - self._told_until < _EVENTS_EVERY:
            return
        configuration.drop(self._folder, sync_events(self.business, self._told_until, now))
        self._told_until = now

    def _dock_falls_silent(self) -> None:
        with self._lock:
            if self._silent_from is None or self.clock.now() < self._silent_from:
                return
            self._silent_from = None
        self.failures.inject("warehouse_silent", system="b1", times=None, warehouse=FALLS_SILENT)

    def stop_feed(self, stream: str, match: str, *, system: str = "b1") -> None:
        """From now on this feed cannot be read: every call whose name contains `match` fails.

        Adds the finding `feed_stale` to the truth; it is due once the feed's cadence has passed twice.
        """
        self.failures.inject("server_error", system=system, match=match, times=None)
        note, subject = "the feed stopped", f"{system}:{stream}"
        self.truth.add([Planted("feed_stale", system, subject, "INT", None, _ZERO, note, 2, "last_run_failed")])

    def lose_pages(self, stream: str, match: str, *, system: str = "b1") -> None:
        """From now on the answers of this feed lack records that the system counts. Adds `extract_incomplete`."""
        self.failures.inject("lost_page", system=system, match=match, times=None)
        note, subject = "its pages do not hold what is counted", f"{system}:{stream}"
        self.truth.add([Planted("extract_incomplete", system, subject, "INT", None, _ZERO, note, 2, "not_proved")])

    def disturb(self, system: str) -> None:
        """The next calls fail every other time and succeed when they are repeated. Adds `api_errors`.

        Not for a system with a stopped feed: a call that used up its attempts leaves the next ones a single one.
        """
        for number in range(_FAILING_CALLS):
            # ' ' is in every call's name, and closer than a failure that names none
            self.failures.inject("bad_gateway_html", system=system, match=" ", after=2 * number + 1)
        note = "calls had to be repeated"
        self.truth.add([Planted("api_errors", system, system, "INT", None, _ZERO, note, 2, "server")])

    @contextlib.contextmanager
    def serve(self) -> Iterator[Addresses]:
        """All systems on free loopback ports, each in a thread, until the block ends."""
        self.catch_up()
        with contextlib.ExitStack() as held:
            b1_url = held.enter_context(_served(self._up_to_date(b1_app(self.b1, self.failures))))
            channels = {
                shop_id: held.enter_context(_served(self._dated(shop_id, self._up_to_date(front.app(self.failures)))))
                for shop_id, front in self.fronts.items()
            }
            self._addresses = Addresses(b1_url, channels)
            try:
                yield self._addresses
            finally:
                self._addresses = None

    def _up_to_date(self, app: Any) -> Any:
        """The application, which first lets happen what is due.

        A fixed clock also moves while a reading waits for a shop's budget; there only `advance` parts two audits.
        """
        if isinstance(self.clock, FixedClock):
            return app

        async def answer(scope: Any, receive: Any, send: Any) -> None:
            self.catch_up()
            await app(scope, receive, send)

        return answer

    def _dated(self, shop_id: str, app: Any) -> Any:
        """The application, whose answers bear the time of the shop's own clock, and the last day of what was asked."""
        sunset = self._machinery.sunset.get(shop_id)

        async def answer(scope: Any, receive: Any, send: Any) -> None:
            async def dated(message: Any) -> None:
                if message["type"] == "http.response.start":
                    moment = self.clock.now() + self._machinery.clock_ahead.get(shop_id, timedelta(0))
                    lines = [(b"date", _http_date(moment))]
                    if sunset is not None:
                        lines.append((b"sunset", _http_date(datetime.combine(sunset, datetime.min.time()))))
                    names = {name.lower() for name, _ in message["headers"]}
                    message["headers"] = [*message["headers"], *(line for line in lines if line[0] not in names)]
                await send(message)

            await app(scope, receive, dated)

        return answer

    def settings_toml(self) -> str:
        """auditor.toml for the served systems."""
        if self._addresses is None:
            raise RuntimeError("the sandbox is not served; its ports are not known")
        channels = [(front, self._addresses.channels[shop_id]) for shop_id, front in self.fronts.items()]
        return configuration.settings_toml(self.business, self._addresses.b1, channels, self._machinery)

    def write_settings(self, folder: Path) -> Path:
        """auditor.toml, its maps and the sandbox's secrets; gives the path of auditor.toml."""
        secrets = {name: value for front in self.fronts.values() for name, value in front.secrets().items()}
        maps, dropped = configuration.maps(self.business), dropped_files(self.business)
        with self._lock:
            self._folder, self._told_until = folder, self.business.now
        return configuration.write(folder, self.settings_toml(), maps, secrets, dropped)


def maker(kind: str) -> MakeFront:
    """What makes the storefront of a kind; only the simulations that are asked for are loaded."""
    make: MakeFront = importlib.import_module(f"auditor.sandbox.{kind}").make_front
    return make


def _http_date(moment: datetime) -> bytes:
    return format_datetime(moment.replace(tzinfo=UTC), usegmt=True).encode()


@contextlib.contextmanager
def _served(app: Any) -> Iterator[str]:
    """An ASGI application under uvicorn in a thread; gives its address."""
    # The protocol is named, or asyncio leaves Nagle's delay on and every small answer waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, lifespan="off", date_header=False, timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + 20
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise RuntimeError("the sandbox's server did not start")
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
