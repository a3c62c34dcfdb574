"""The first load of N orders per channel through its connector, against bare httpx fetching the same pages.

The simulated channel is served by this process. A process of its own reads it through the connector, throws the
records away, and keeps what was asked, which counts as its memory too (but where all are read at once). Then the
channel is made anew, and another process asks the same again with bare httpx, one call after the other. Time in the
channel is the reader's: waiting for a provider's limit moves a clock and takes no time, so what is measured is the
work. The simulation answers in some milliseconds, real providers take far longer, so a ratio here is an upper bound.
At the end all channels are read at once, each in a thread, as an audit does. Then a tenth of the orders once more,
from channels that take a tenth of a second to answer.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from starlette.types import ASGIApp

from auditor import settings as settings_file
from auditor.clock import FixedClock
from auditor.connectors.base import Window
from auditor.extract.garbage import collected_seldom
from auditor.extract.readings import Readings
from auditor.sandbox.catalogue import Shop
from auditor.sandbox.host import _served as served
from auditor.sandbox.shops import shops_named
from auditor.service.connections import connect
from tests.reading.channel import ChannelUnderTest

_NOW = "x-bench-now"
PACE, PACED_PART = 0.1, 10
_BEGIN = datetime(2026, 11, 20, 12)
_QUESTIONS, _PAUSE = 1_000, 0.05
_POOL = httpx.Limits(max_connections=10)
_HEAD = ("records", "calls", "connector", "bare httpx", "x wall", "x cpu", "memory")


@dataclass(frozen=True, slots=True)
class Asked:
    """One call as it was sent."""

    method: str
    url: str
    headers: list[tuple[bytes, bytes]]
    body: bytes
    status: int


@dataclass(slots=True)
class Keeping(httpx.BaseTransport):
    """Sends calls as they are, counts them and, if so wished, keeps them; the channel is told the reader's time."""

    clock: FixedClock
    keeps: bool
    calls: int = 0
    asked: list[Asked] = field(default_factory=list)
    inner: httpx.HTTPTransport = field(default_factory=lambda: httpx.HTTPTransport(limits=_POOL))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.headers[_NOW] = self.clock.now().isoformat()
        body = request.read()
        answer = self.inner.handle_request(request)
        with self.lock:
            self.calls += 1
            if self.keeps:
                url = str(request.url)
                self.asked.append(Asked(request.method, url, request.headers.raw, body, answer.status_code))
        return answer

    def close(self) -> None:
        self.inner.close()


class Follows:
    """In front of a channel that can be made anew: its clock is the caller's."""

    _app: ASGIApp
    _clock: FixedClock

    def __init__(self, shop: Shop, orders: int, folder: Path, pace: float) -> None:
        self._pace = pace
        self._make = lambda: ChannelUnderTest(shop, orders, 1, folder, back=timedelta(0))
        self.channel = self.begin()

    def begin(self) -> ChannelUnderTest:
        """From now on an untouched channel answers: nobody has called it, no limit is used up."""
        self.channel = self._make()
        self._app, self._clock = self.channel.front.app(self.channel.failures), self.channel.clock
        return self.channel

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        for name, value in scope.get("headers", ()):
            if name == _NOW.encode():
                moment = datetime.fromisoformat(value.decode())
                if moment > self._clock.now():
                    self._clock.advance(moment - self._clock.now())
        await asyncio.sleep(self._pace)
        await self._app(scope, receive, send)


def run(orders: int, channels: Sequence[str] = ()) -> None:
    """channels: ids; none are all."""
    shops = shops_named(channels)
    measure(orders, shops, 0.0)
    print(f"   {max(1, orders // PACED_PART):,} orders, and each answer begins after {PACE * 1000:.0f} ms")
    measure(max(1, orders // PACED_PART), shops, PACE)


def measure(orders: int, shops: Sequence[Shop], pace: float) -> None:
    """`pace`: seconds that the channel lets pass before each answer."""
    print(
        f"{'':20} {_HEAD[0]:>9} {_HEAD[1]:>7} {_HEAD[2]:>11} {_HEAD[3]:>11} {_HEAD[4]:>7} {_HEAD[5]:>7} {_HEAD[6]:>8}"
    )
    with ExitStack() as stack:
        configs = []
        for shop in shops:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            follows = Follows(shop, orders, folder, pace)
            url = stack.enter_context(served(follows))
            config = follows.channel.write_settings(url)
            configs.append((shop.id, config))
            read = _apart(_read, ([(shop.id, config)], _BEGIN, True))
            follows.begin()
            bare = _apart(_fetch, read.asked)
            print(
                f"{shop.id:<20} {read.records:>9,} {len(read.asked):>7,} {read.wall:>9.2f} s {bare.wall:>9.2f} s "
                f"{read.wall / bare.wall:>7.2f} {read.cpu / bare.cpu:>7.2f} {read.peak / 1e9:>5.2f} GB",
                flush=True,
            )
            if bare.records < len(read.asked):
                print(f"    {len(read.asked) - bare.records} of the bare calls were refused; the ratio is too high")
        # The day after: some operations are allowed once a day.
        together = _apart(_read, (configs, _BEGIN + timedelta(days=1), False))
        print(f"{'all at once':<20} {together.records:>9,} {together.calls:>7,} {together.wall:>9.2f} s", end="")
        print(f"{'':>28} {together.peak / 1e9:>5.2f} GB")


@dataclass(slots=True)
class Measured:
    wall: float
    cpu: float
    peak: int
    records: int = 0
    calls: int = 0
    asked: list[Asked] = field(default_factory=list)


def _read(given: tuple[Sequence[tuple[str, Path]], datetime, bool]) -> Measured:
    """Every stream of these channels from a moment on, read to its end and thrown away; channels side by side.

    The last of what is given says whether the calls are kept.
    """
    configs, begin, keeps = given
    jobs = []
    for channel_id, config in configs:
        settings = settings_file.load(config)
        clock = FixedClock(begin)
        keeping = Keeping(clock, keeps)
        connector = next(c for c in connect(settings, clock, {channel_id: keeping}) if c.system == channel_id)
        jobs.append((connector, keeping, clock))

    def all_of(job: tuple[Any, Keeping, FixedClock]) -> int:
        connector, _, clock = job
        readings = Readings(connector, lambda stream: Window(None, clock.now()))
        first, *rest = connector.streams
        records = sum(map(len, readings.pages(first, readings.window(first))))
        readings.ask(rest)
        return records + sum(len(page) for one in rest for page in readings.pages(one, readings.window(one)))

    wall, cpu = time.perf_counter(), time.process_time()
    with collected_seldom(), ThreadPoolExecutor(len(jobs)) as pool:
        records = sum(pool.map(all_of, jobs))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    calls = sum(keeping.calls for _, keeping, _ in jobs)
    return Measured(wall, cpu, _peak(), records, calls, [one for _, keeping, _ in jobs for one in keeping.asked])


def _fetch(asked: Sequence[Asked]) -> Measured:
    """The same calls with bare httpx, one after the other; a file that is not ready yet is asked for until it is."""
    wall, cpu = time.perf_counter(), time.process_time()
    answered = 0
    with httpx.Client(timeout=120) as client:
        for one in asked:
            for _ in range(_QUESTIONS):
                answer = client.request(one.method, one.url, headers=one.headers, content=one.body)
                if answer.status_code == one.status:
                    break
                time.sleep(_PAUSE)
            answered += answer.is_success
    return Measured(time.perf_counter() - wall, time.process_time() - cpu, _peak(), answered)


def _peak() -> int:
    """Bytes this process had in memory at most; what getrusage tells begins with the memory of its parent."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) * 1024


def _apart(work: Callable[[Any], Measured], given: Any) -> Measured:
    """The work in a process of its own, which has none of the channel's memory."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, (given,))
