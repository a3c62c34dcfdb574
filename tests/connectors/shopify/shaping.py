"""Bodies of a stream through the real landing and the real shape engine into canonical rows."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from auditor.canonical.shape import shape_pending
from auditor.clock import FixedClock
from auditor.connectors.base import Record, Window
from auditor.connectors.shopify import ShopifyConnector
from auditor.settings import parse
from auditor.store import landing
from auditor.store.connection import Connection
from auditor.store.owner import Store
from tests.connectors.shopify.bodies import Node, encoded

NOW = datetime(2026, 11, 21, 12)
Row = dict[str, Any]


def company(**channel: Any) -> dict[str, Any]:
    """auditor.toml of a company with one Shopify channel, as it is parsed."""
    return {
        "company": {"name": "Harbour & Pine Ltd", "currency": "GBP", "timezone": "Europe/London"},
        "b1": {
            "base_url": "https://b1.example.com:50000",
            "company_db": "HARBOURPINE",
            "username": "auditor",
            "password": {"env": "B1_PASSWORD"},
        },
        "channel": [
            {
                "id": "shop-uk",
                "kind": "shopify",
                "base_url": "https://harbour.myshopify.com",
                "credentials": {"access_token": {"env": "SHOPIFY_TOKEN"}},
                "card_code": "C-SHOPIFY",
                "locations": {"gid://shopify/Location/1": ["01"]},
                **channel,
            }
        ],
    }


def shaped(stream: str, *bodies: Node) -> dict[str, list[Row]]:
    """table -> rows, each row without what belongs to the versions, in the order of their keys."""
    clock = FixedClock(NOW)
    chosen = parse(company(), folder=Path())
    connector = ShopifyConnector(chosen, chosen.channel[0], clock)
    with Store.in_memory(clock) as store:
        extract = landing.begin(store, connector.system, stream, Window(None, NOW), NOW)
        landing.stage(store, extract, [Record(body.get("id", stream), encoded(body)) for body in bodies])
        landing.commit(store, extract, mode="delta", watermark=NOW, calls=1, at=NOW)
        (result,) = shape_pending(store, [connector], clock)
        assert result.reason is None, result.reason
        tables = next(each.tables for each in connector.streams if each.name == stream)
        return store.read(lambda con: {table: _rows(con, table) for table in tables})


def _rows(con: Connection, table: str) -> list[Row]:
    found = con.sql(f"SELECT * EXCLUDE (feed, record_key, known_from, known_to) FROM history.{table} ORDER BY ALL")
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]
