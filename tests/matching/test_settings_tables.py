"""auditor.toml as tables."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from auditor.clock import FixedClock
from auditor.errors import ConfigError
from auditor.matching import fill_settings
from auditor.store.connection import Connection
from auditor.store.owner import Store
from tests.workspace import LONG_AGO, settings


@pytest.fixture
def con() -> Iterator[Connection]:
    with Store.in_memory(FixedClock(LONG_AGO)) as store, store.scratch() as con:
        yield con


def test_a_channel_is_one_row_with_its_promises_in_minutes(con: Connection) -> None:
    fill_settings(
        con,
        settings(
            channel={"stock": {"policy": "on_hand", "buffer": 2, "share": Decimal("0.75")}, "grace": {"order": "2h"}}
        ),
    )
    rows = con.sql(
        "SELECT channel, reference_prefix, stock_policy, buffer, share, stock_minutes, payouts_minutes, "
        "grace_order_minutes, grace_payout_days, posting FROM setting.channel"
    ).fetchall()
    assert rows == [("shopify-uk", "", "on_hand", 2, Decimal("0.750000"), 15, 1440, 120, 3, "order")]


def test_what_is_booked_where_and_which_warehouses_a_location_has(con: Connection) -> None:
    fill_settings(con, settings(channel={"locations": {"L1": ["01", "02"], "L2": ["02"]}, "manual_series": [77]}))
    assert con.sql("SELECT location, warehouse FROM setting.location_warehouse ORDER BY ALL").fetchall() == [
        ("L1", "01"),
        ("L1", "02"),
        ("L2", "02"),
    ]
    assert con.sql("SELECT kind, expense_code FROM setting.expense ORDER BY ALL").fetchall() == [
        ("goodwill", 2),
        ("shipping", 1),
        ("tip", 3),
    ]
    assert con.sql("SELECT channel, series FROM setting.manual_series").fetchall() == [("shopify-uk", 77)]


def test_maps_are_read_from_beside_auditor_toml(con: Connection, tmp_path: Path) -> None:
    (tmp_path / "carriers.csv").write_text("b1_carrier,channel_carrier\nDPD Next Day,DPD UK\n", encoding="utf-8")
    fill_settings(con, settings(maps={"carriers": "carriers.csv"}, folder=tmp_path))
    assert con.sql("FROM setting.carrier_map").fetchall() == [("shopify-uk", "DPD Next Day", "DPD UK")]


def test_a_large_map_goes_in(con: Connection, tmp_path: Path) -> None:
    lines = "".join(f"S{number},I{number}\n" for number in range(1203))
    (tmp_path / "skus.csv").write_text(f"channel_sku,item_code\n{lines}", encoding="utf-8")
    fill_settings(con, settings(maps={"skus": "skus.csv"}, folder=tmp_path))
    assert con.sql("SELECT count(*), count(DISTINCT item_code) FROM setting.sku_map").fetchall() == [(1203, 1203)]


def test_filling_twice_leaves_one_copy(con: Connection) -> None:
    fill_settings(con, settings())
    fill_settings(con, settings())
    assert con.sql("SELECT count(*) FROM setting.channel").fetchall() == [(1,)]


def test_a_pattern_that_only_python_can_evaluate_is_refused(con: Connection) -> None:
    with pytest.raises(ConfigError, match="cannot be evaluated; write it without look-ahead"):
        fill_settings(con, settings(channel={"reference": {"pattern": "(?=A)[A-Z]+"}}))
