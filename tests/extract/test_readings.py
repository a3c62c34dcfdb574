"""What a provider prepares is asked for early, and its window ends when it was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from auditor.clock import FixedClock
from auditor.connectors.base import Page, Stream, Window
from auditor.errors import AuditorError, Rejected, Retriable
from auditor.extract.progress import ExtractResult, Silent
from auditor.extract.run import extract_all
from auditor.store.owner import Store
from tests.extract.fake import FakeSystem, moment

START = moment("2026-03-02T12:00")
HISTORY = timedelta(days=90)
MINUTE = timedelta(minutes=1)

SHOP = Stream("shop", (), MINUTE, mode="snapshot")
LISTS = [Stream(name, (), MINUTE, is_prepared=name != "payouts") for name in ("stock", "payouts", "orders")]


@dataclass
class Provider(FakeSystem):
    """Prepares what it is asked for; reading any page takes a minute."""

    clock: FixedClock = field(default_factory=lambda: FixedClock(START))
    system: str = "shop-uk"
    streams: Sequence[Stream] = (SHOP, *LISTS)
    told: list[str] = field(default_factory=list)
    refusals: dict[str, list[AuditorError]] = field(default_factory=dict)

    def read(self, stream: Stream, window: Window) -> Iterator[Page]:
        self.told.append(f"asked for {stream.name}")
        if self.refusals.get(stream.name):
            raise self.refusals[stream.name].pop(0)
        return self._pages(stream, super().read(stream, window))

    def _pages(self, stream: Stream, pages: Iterator[Page]) -> Iterator[Page]:
        self.told.append(f"read {stream.name}")
        self.clock.advance(MINUTE)
        yield from pages


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def store(provider: Provider) -> Iterator[Store]:
    with Store.in_memory(provider.clock) as opened:
        yield opened


def extract(store: Store, provider: Provider) -> dict[str, ExtractResult]:
    return {one.stream: one for one in extract_all(store, [provider], provider.clock, HISTORY, Silent())}


def test_what_is_prepared_is_asked_for_once_something_was_read(store: Store, provider: Provider) -> None:
    extract(store, provider)
    assert provider.told == [
        "asked for shop",
        "read shop",
        "asked for stock",
        "asked for orders",
        "read stock",
        "asked for payouts",
        "read payouts",
        "read orders",
    ]


def test_a_window_ends_when_it_was_asked_for_and_the_next_begins_there(store: Store, provider: Provider) -> None:
    extract(store, provider)
    (orders,), (payouts,) = provider.windows["orders"], provider.windows["payouts"]
    assert (orders.cut_off, payouts.cut_off) == (START + MINUTE, START + 2 * MINUTE)
    extract(store, provider)
    assert provider.windows["orders"][1].since == START + MINUTE


def test_a_system_that_has_not_answered_is_not_asked_for_more(store: Store, provider: Provider) -> None:
    provider.refusals["shop"] = [Rejected("no such user", status=401)]
    results = extract(store, provider)
    assert provider.told == ["asked for shop"]
    assert {one.status for one in results.values()} == {"failed"}


def test_what_cannot_be_asked_for_early_is_read_in_its_turn(store: Store, provider: Provider) -> None:
    provider.refusals["stock"] = [Retriable("no answer")]
    results = extract(store, provider)
    assert {one.status for one in results.values()} == {"complete"}
    assert provider.told[2:6] == ["asked for stock", "asked for stock", "read stock", "asked for payouts"]


def test_its_turn_tells_why_it_cannot_be_read(store: Store, provider: Provider) -> None:
    provider.refusals["orders"] = [Rejected("no right to read orders"), Rejected("no right to read orders")]
    results = extract(store, provider)
    assert (results["orders"].status, results["orders"].reason) == ("failed", "no right to read orders")
    assert {results[name].status for name in ("shop", "stock", "payouts")} == {"complete"}
