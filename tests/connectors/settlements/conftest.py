from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.clock import FixedClock
from auditor.connectors.settlements import SettlementsConnector
from tests.connectors.dropping import NOW, Company, Kept, Row
from tests.workspace import SETTINGS, settings


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "settlements"
    place.mkdir()
    return place


@pytest.fixture
def connector(folder: Path, clock: FixedClock) -> SettlementsConnector:
    return connect(folder, clock)


class Account(Kept):
    """Payouts and lines as they are known after some reads."""

    def payouts(self) -> list[Row]:
        return [{**row, "payout_id": row["id"]} for row in self.rows("payouts")]

    def lines(self) -> list[Row]:
        return [{**row, "line_id": row["id"]} for row in self.rows("payout_lines", "lines")]


class Books(Company):
    """The same through the store and shape.sql."""

    def payouts(self) -> list[Row]:
        return self.rows("payout")

    def lines(self) -> list[Row]:
        return self.rows("payout_line")


@pytest.fixture
def account(connector: SettlementsConnector) -> Account:
    return Account(connector)


@pytest.fixture
def company(connector: SettlementsConnector, clock: FixedClock) -> Iterator[Books]:
    found = Books(connector, clock)
    yield found
    found.close()


def connect(folder: Path, clock: FixedClock, pattern: str = "settlements/*", **company: str) -> SettlementsConnector:
    chosen = settings(
        folder=folder.parent, channel={"id": "shop", "settlements": pattern}, company={**SETTINGS["company"], **company}
    )
    return SettlementsConnector(chosen, chosen.channel[0], clock)
