"""A connector over a fake B1, on a clock that stands at noon of the second of March."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from auditor.clock import FixedClock
from auditor.connectors.base import Stream
from auditor.connectors.sap_b1 import B1Connector
from auditor.settings import Settings, parse
from tests.connectors.sap_b1.fake import FakeB1

Make = Callable[..., B1Connector]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime.fromisoformat("2026-03-02T12:00:00"))


@pytest.fixture
def b1(clock: FixedClock) -> FakeB1:
    return FakeB1(clock)


def settings(**b1: Any) -> Settings:
    channels = b1.pop("channels", [channel()])
    raw = {
        "company": {"name": "Harbour & Pine", "currency": "GBP", "timezone": "Europe/London"},
        "b1": {
            "base_url": "https://b1.example.com:50000",
            "company_db": "HARBOURPINE",
            "username": "auditor",
            "password": {"env": "B1_PASSWORD"},
            **b1,
        },
        "channel": channels,
    }
    return parse(raw, folder=Path())


def channel(id: str = "shopify-uk", **more: Any) -> dict[str, Any]:
    return {
        "id": id,
        "kind": "shopify",
        "base_url": "https://example.myshopify.com",
        "credentials": {},
        "card_code": "C-SHOPIFY",
        **more,
    }


@pytest.fixture
def make(b1: FakeB1, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Makes connectors over the fake, or over a handler around it; keywords go into [b1]."""
    monkeypatch.setenv("B1_PASSWORD", "s3cret")
    made: list[B1Connector] = []

    def new(handler: Callable[[httpx.Request], httpx.Response] = b1.handle, **more: Any) -> B1Connector:
        made.append(B1Connector(settings(**more), clock, httpx.MockTransport(handler)))
        return made[-1]

    yield new
    for connector in made:
        connector.close()


@pytest.fixture
def connector(make: Make) -> B1Connector:
    return make()


def stream(connector: B1Connector, name: str) -> Stream:
    return next(stream for stream in connector.streams if stream.name == name)


def document(doc_entry: int, **more: Any) -> dict[str, Any]:
    """An order of two mugs, updated in the morning of the second of March."""
    return {
        "DocEntry": doc_entry,
        "DocNum": 5000 + doc_entry,
        "CardCode": "C-SHOPIFY",
        "CardName": "Jo Miller",
        "NumAtCard": f"#{1000 + doc_entry}",
        "DocDate": "2026-03-01T00:00:00Z",
        "CreationDate": "2026-03-01T00:00:00Z",
        "DocTime": "19:32:42",
        "UpdateDate": "2026-03-02T00:00:00Z",
        "UpdateTime": "11:58:30",
        "DocumentStatus": "bost_Open",
        "Cancelled": "tNO",
        "CancelStatus": "csNo",
        "DocType": "dDocument_Items",
        "DocCurrency": "GBP",
        "DocTotal": 24.0,
        "VatSum": 4.0,
        "DocumentLines": [line()],
        "DocumentAdditionalExpenses": [],
        **more,
    }


def line(**more: Any) -> dict[str, Any]:
    return {
        "LineNum": 0,
        "ItemCode": "MUG",
        "Quantity": 2.0,
        "InventoryQuantity": None,
        "WarehouseCode": "01",
        "UnitPrice": 10.0,
        "Price": 10.0,
        "VatGroup": None,
        "TaxPercentagePerRow": 20.0,
        "TreeType": None,
        "LineTotal": 20.0,
        "TaxTotal": 4.0,
        "LineStatus": "bost_Open",
        "RemainingOpenQuantity": 2.0,
        "BaseType": -1,
        "BaseEntry": None,
        "BaseLine": None,
        **more,
    }
