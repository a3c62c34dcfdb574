"""`python -m tests.reading`: rows missing, rows doubled, calls over the provider's limit, per channel and calamity.

Each channel is filled with a company's sales as they were three days ago, served over HTTP, and read through the
connector into a store: in peace, in deltas, while rows change between two pages, with the login expiring at every call,
through storms of 429 and bursts of 5xx. Then the canonical rows are compared with what the channel holds. A calamity
may leave a stream incomplete; it is read again, as the schedule would, and only then compared. Calls over the limit are
those that the channel itself refused because its published ceiling was broken. Ends with 1 on any deviation.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import structlog

from auditor.connectors.base import Connector
from auditor.sandbox.catalogue import Shop
from auditor.sandbox.shops import SHOPS
from tests.reading.channel import ChannelUnderTest, Compared, Wire

AT_MOST = 16
"""Readings until every stream must have been read completely, those of the calamity among them."""
STEP = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Outcome:
    compared: Compared
    calls: int
    over_limit: int
    incomplete: list[str]
    readings: int


Calamity = Callable[[ChannelUnderTest, Wire, Connector], int]
"""Reads through it; gives how many readings it has made; one more follows."""


def peace(channel: ChannelUnderTest, wire: Wire, connector: Connector) -> int:
    return 0


def deltas(channel: ChannelUnderTest, wire: Wire, connector: Connector) -> int:
    """Every six hours for three days."""
    channel.read(connector)
    for _ in range(11):
        channel.advance(STEP)
        channel.read(connector)
    channel.advance(STEP)
    return 12


def moving(channel: ChannelUnderTest, wire: Wire, connector: Connector) -> int:
    """Before every call something changes in the channel; afterwards it comes to rest."""

    def before(number: int) -> None:
        channel.advance(timedelta(minutes=7))

    channel.read(connector)
    channel.advance(timedelta(minutes=30))
    wire.before = before
    channel.read(connector)
    channel.read(connector)
    wire.before = lambda number: None
    channel.advance(timedelta(minutes=20))
    return 3


def expiry(channel: ChannelUnderTest, wire: Wire, connector: Connector) -> int:
    """The login is forgotten before every third call, so that in time it happens at every kind of page boundary."""
    for after in range(2, 400, 3):
        channel.failures.inject("session_expired", system=channel.shop.id, after=after, times=1)
    return 0


def storm(channel: ChannelUnderTest, wire: Wire, connector: Connector) -> int:
    for after in range(2, 400, 7):
        channel.failures.inject("throttle", system=channel.shop.id, after=after, times=3, status=429)
    return 0


def bursts(channel: ChannelUnderTest, wire: Wire, connector: Connector) -> int:
    for after in range(3, 400, 9):
        channel.failures.inject("server_error", system=channel.shop.id, after=after, times=2)
        channel.failures.inject("bad_gateway_html", system=channel.shop.id, after=after + 4, times=1)
    return 0


def broken(channel: ChannelUnderTest, wire: Wire, connector: Connector) -> int:
    for after in range(4, 400, 11):
        channel.failures.inject("truncated_body", system=channel.shop.id, after=after, times=1)
        channel.failures.inject("closed_connection", system=channel.shop.id, after=after + 5, times=1)
    return 0


def lost(channel: ChannelUnderTest, wire: Wire, connector: Connector) -> int:
    """The rows of a page are left out although the paging looks whole: it must be noticed, or read all the same."""
    channel.failures.inject("lost_page", system=channel.shop.id, after=3, times=2)
    channel.read(connector)
    channel.failures.clear()
    return 1


CALAMITIES: dict[str, Calamity] = {
    "first load": peace,
    "deltas": deltas,
    "changes while read": moving,
    "login expires": expiry,
    "storm of 429": storm,
    "bursts of 5xx": bursts,
    "broken answers": broken,
    "pages lost": lost,
}


def run(shop: Shop, calamity: Calamity, orders: int, seed: int, folder: Path) -> Outcome:
    channel = ChannelUnderTest(shop, orders, seed, folder)
    with channel.reading() as (wire, connector):
        readings = calamity(channel, wire, connector)
        injected, incomplete = 0, [""]
        while incomplete and readings < AT_MOST:
            results = channel.read(connector)
            readings += 1
            incomplete = [f"{one.stream}: {one.reason}" for one in results if one.status != "complete"]
            if incomplete:
                injected += channel.failures.happened("throttle")
                channel.failures.clear()
                # Only time passes: waiting has taken the clock beyond what would come to light now with an older date.
                channel.clock.advance(timedelta(minutes=20))
        injected += channel.failures.happened("throttle")
        return Outcome(channel.compare(connector), wire.calls, max(0, wire.refused - injected), incomplete, readings)


def outcomes(shop: Shop, orders: int, seed: int) -> Iterator[tuple[str, Outcome]]:
    for name, calamity in CALAMITIES.items():
        with tempfile.TemporaryDirectory() as folder:
            yield name, run(shop, calamity, orders, seed, Path(folder))


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.reading", description=__doc__)
    parser.add_argument("--channels", nargs="*", default=[shop.id for shop in SHOPS], help="ids of simulated channels")
    parser.add_argument("--orders", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    head = f"{'channel':<16} {'what happens':<20} {'rows':>8} {'missing':>8} {'doubled':>8} {'strange':>8}"
    print(f"{head} {'calls':>7} {'over limit':>11} {'readings':>9}")
    deviations = 0
    for shop in SHOPS:
        if shop.id not in given.channels:
            continue
        for name, outcome in outcomes(shop, given.orders, given.seed):
            seen = outcome.compared
            print(
                f"{shop.id:<16} {name:<20} {seen.rows:>8,} {seen.missing:>8,} {seen.doubled:>8,} {seen.strange:>8,} "
                f"{outcome.calls:>7,} {outcome.over_limit:>11,} {outcome.readings:>9,}",
                flush=True,
            )
            for sentence in [*seen.examples, *outcome.incomplete]:
                print(f"    {sentence}")
            deviations += seen.missing + seen.doubled + seen.strange + outcome.over_limit + len(outcome.incomplete)
    print("every row was read, each once, and no limit was broken" if not deviations else f"{deviations} deviations")
    return 1 if deviations else 0


if __name__ == "__main__":
    sys.exit(main())
