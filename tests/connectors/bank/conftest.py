from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor.clock import FixedClock
from auditor.connectors.bank import BankConnector
from tests.connectors.dropping import NOW, Company, Kept, Row
from tests.workspace import settings

CSV = {
    "account": "GB-CSV",
    "columns": {"date": "Date", "amount": "Amount", "reference": "Details", "balance": "Balance"},
}


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "bank"
    place.mkdir()
    return place


@pytest.fixture
def connector(folder: Path, clock: FixedClock) -> BankConnector:
    return connect(folder, clock)


class Account(Kept):
    """Bookings and balances as they are known after some reads."""

    def lines(self) -> list[Row]:
        return self.rows("statements", "lines")

    def balances(self) -> list[Row]:
        return self.rows("statements", "balances")


@pytest.fixture
def account(connector: BankConnector) -> Account:
    return Account(connector)


@pytest.fixture
def company(connector: BankConnector, clock: FixedClock) -> Iterator[Company]:
    found = Company(connector, clock)
    yield found
    found.close()


def connect(folder: Path, clock: FixedClock, **bank: Any) -> BankConnector:
    return BankConnector(settings(folder=folder.parent, bank={"statements": "bank/*", **CSV, **bank}), clock)
