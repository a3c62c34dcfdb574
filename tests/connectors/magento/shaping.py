"""Bodies of a stream through the real landing and the real shape engine into canonical rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from auditor.canonical.shape import shape_pending
from auditor.clock import FixedClock
from auditor.connectors.base import Record, Window
from auditor.connectors.magento import MagentoConnector
from auditor.settings import parse
from auditor.store import landing
from auditor.store.connection import Connection
from auditor.store.owner import Store
from tests.sandbox.magento.served import NOW, company

Row = dict[str, Any]
_encode = msgspec.json.Encoder(decimal_format="number").encode


def shaped(stream: str, *bodies: Mapping[str, Any]) -> dict[str, list[Row]]:
    """table -> rows, each row without what belongs to the versions, in the order of their keys."""
    clock = FixedClock(NOW)
    settings = parse(company(), folder=Path())
    connector = MagentoConnector(settings, settings.channel[0], clock)
    with Store.in_memory(clock) as store:
        extract = landing.begin(store, connector.system, stream, Window(None, NOW), NOW)
        records = [Record(str(place), _encode(body)) for place, body in enumerate(bodies)]
        landing.stage(store, extract, records)
        landing.commit(store, extract, mode="delta", watermark=NOW, calls=1, at=NOW)
        (result,) = shape_pending(store, [connector], clock)
        assert result.reason is None, result.reason
        tables = next(each.tables for each in connector.streams if each.name == stream)
        return store.read(lambda con: {table: _rows(con, table) for table in tables})


def _rows(con: Connection, table: str) -> list[Row]:
    found = con.sql(f"SELECT * EXCLUDE (feed, record_key, known_from, known_to) FROM history.{table} ORDER BY ALL")
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]
