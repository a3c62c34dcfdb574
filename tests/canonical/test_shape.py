"""Shaping: canonical rows with the interval in which they were known, or a clear reason why there are none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from auditor.canonical.shape import ShapeResult, shape_pending
from auditor.clock import FixedClock
from auditor.connectors.base import Stream
from auditor.errors import ConfigError
from auditor.extract.progress import Silent
from auditor.extract.run import extract_all
from auditor.store.owner import Store
from auditor.store.workspace import OPEN_END
from tests.extract.fake import FakeSystem, moment
from tests.workspace import order_no

START = moment("2026-03-02T12:00")
LATER = START + timedelta(minutes=15)
CODES = Stream("codes", ("b1_tax_code",), cadence=timedelta(days=1))


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture
def store(clock: FixedClock) -> Iterator[Store]:
    with Store.in_memory(clock) as opened:
        yield opened


@pytest.fixture
def b1() -> FakeSystem:
    system = FakeSystem()
    system.put("orders", "1", order(1, "10.10", ("A", "2"), ("B", "1.5")))
    system.put("orders", "2", order(2, "0.000001", ("A", "1")))
    system.put("warehouses", "01", '{"name": "Leeds"}')
    system.put("warehouses", "02", '{"name": "Hull"}')
    return system


def order(number: int, total: str, *lines: tuple[str, str]) -> str:
    texts = ", ".join(f'{{"sku": "{sku}", "q": {quantity}}}' for sku, quantity in lines)
    return f'{{"n": {number}, "status": "open", "total": {total}, "lines": [{texts}]}}'


def audit(store: Store, clock: FixedClock, system: FakeSystem) -> list[ShapeResult]:
    extract_all(store, [system], clock, timedelta(days=90), Silent())
    return shape_pending(store, [system], clock)


def versions(store: Store, query: str) -> list[tuple[object, ...]]:
    return store.read(lambda con: con.sql(query).fetchall())


ORDERS = "SELECT doc_entry, total, known_from, known_to FROM history.b1_order ORDER BY doc_entry, known_from"
LINES = "SELECT doc_entry, item_code, quantity FROM canonical.b1_order_line ORDER BY doc_entry, item_code"
WAREHOUSES = "SELECT warehouse, name, known_from, known_to FROM history.b1_warehouse ORDER BY warehouse, known_from"


def test_rows_are_exact_and_known_from_the_moment_their_extract_was_complete(
    store: Store, clock: FixedClock, b1: FakeSystem
) -> None:
    audit(store, clock, b1)
    assert versions(store, ORDERS) == [
        (1, Decimal("10.100000"), START, OPEN_END),
        (2, Decimal("0.000001"), START, OPEN_END),
    ]
    with store.workspace(START) as con:
        assert con.sql(LINES).fetchall() == [(1, "A", Decimal(2)), (1, "B", Decimal("1.5")), (2, "A", Decimal(1))]


def test_a_changed_record_closes_its_version_and_begins_another_and_others_stay(
    store: Store, clock: FixedClock, b1: FakeSystem
) -> None:
    audit(store, clock, b1)
    clock.advance(timedelta(minutes=15))
    b1.put("orders", "1", order(1, "20", ("A", "2")))
    audit(store, clock, b1)
    assert versions(store, ORDERS) == [
        (1, Decimal("10.1"), START, LATER),
        (1, Decimal(20), LATER, OPEN_END),
        (2, Decimal("0.000001"), START, OPEN_END),
    ]
    with store.workspace(LATER) as con:
        assert con.sql(LINES).fetchall() == [(1, "A", Decimal(2)), (2, "A", Decimal(1))]
    with store.workspace(START) as con:
        assert len(con.sql(LINES).fetchall()) == 3


def test_a_record_that_is_gone_only_closes_and_may_come_back(store: Store, clock: FixedClock, b1: FakeSystem) -> None:
    audit(store, clock, b1)
    clock.advance(timedelta(minutes=15))
    hull = b1.bodies["warehouses"].pop("02")
    audit(store, clock, b1)
    clock.advance(timedelta(minutes=15))
    b1.put("warehouses", "02", hull)
    audit(store, clock, b1)
    again = LATER + timedelta(minutes=15)
    assert versions(store, WAREHOUSES) == [
        ("01", "Leeds", START, OPEN_END),
        ("02", "Hull", START, LATER),
        ("02", "Hull", again, OPEN_END),
    ]


def test_an_extract_without_news_writes_nothing(store: Store, clock: FixedClock, b1: FakeSystem) -> None:
    audit(store, clock, b1)
    before = versions(store, ORDERS)
    clock.advance(timedelta(minutes=15))
    assert sum(result.rows for result in audit(store, clock, b1)) == 0
    assert versions(store, ORDERS) == before
    assert shape_pending(store, [b1], clock) == []


def test_two_streams_may_fill_one_table_with_the_same_keys(store: Store, clock: FixedClock, b1: FakeSystem) -> None:
    b1.put("incoming_payments", "7", "{}")
    b1.put("outgoing_payments", "7", "{}")
    audit(store, clock, b1)
    clock.advance(timedelta(minutes=15))
    b1.put("incoming_payments", "7", '{"a": 1}')
    audit(store, clock, b1)
    with store.workspace(LATER) as con:
        rows = con.sql("SELECT doc_entry, direction FROM canonical.b1_payment ORDER BY direction").fetchall()
    assert rows == [(7, "incoming"), (7, "outgoing")]


def test_two_channels_may_have_the_same_keys(store: Store, clock: FixedClock, b1: FakeSystem) -> None:
    other = FakeSystem(system="other")
    other.put("orders", "1", order(1, "99"))
    audit(store, clock, b1)
    clock.advance(timedelta(minutes=15))
    audit(store, clock, other)
    assert (1, Decimal("10.1"), START, OPEN_END) in versions(store, ORDERS)


def test_extracts_of_a_system_that_is_not_configured_any_more_wait(
    store: Store, clock: FixedClock, b1: FakeSystem
) -> None:
    extract_all(store, [b1], clock, timedelta(days=90), Silent())
    assert shape_pending(store, [FakeSystem(system="other")], clock) == []
    assert len(shape_pending(store, [b1], clock)) == 4


@pytest.mark.parametrize("total", ["12345678901234567890", "1e30", '"ten"'])
def test_an_amount_that_does_not_fit_names_record_table_and_column_and_the_other_streams_go_on(
    store: Store, clock: FixedClock, b1: FakeSystem, total: str
) -> None:
    for number in range(3, 40):
        b1.put("orders", str(number), order(number, "1"))
    b1.put("orders", "17", order(17, total))
    results = {result.stream: result for result in audit(store, clock, b1)}
    assert "b1 orders, record 17: b1_order.total does not fit" in str(results["orders"].reason)
    assert results["warehouses"].reason is None
    assert versions(store, ORDERS) == []
    noted = versions(store, "SELECT status, shaped_at, reason FROM raw.extract WHERE stream = 'orders'")
    assert noted == [("complete", None, results["orders"].reason)]


def test_later_extracts_of_a_stream_wait_behind_one_that_cannot_be_shaped_and_nothing_is_lost(
    store: Store, clock: FixedClock, b1: FakeSystem, tmp_path: Path
) -> None:
    b1.put("orders", "1", order(1, '"ten"'))
    audit(store, clock, b1)
    clock.advance(timedelta(minutes=15))
    b1.put("orders", "1", order(1, "10"))
    assert [result.reason is None for result in audit(store, clock, b1) if result.stream == "orders"] == [False]
    mended = tmp_path / "shape.sql"
    text = b1.shape_file.read_text(encoding="utf-8")
    mended.write_text(text.replace("CAST(d.total AS", "TRY_CAST(d.total AS"), encoding="utf-8")
    b1.shape_file = mended
    shape_pending(store, [b1], clock)
    assert versions(store, ORDERS + " LIMIT 2") == [(1, None, START, LATER), (1, Decimal(10), LATER, OPEN_END)]


def test_a_run_between_landing_and_shaping_is_not_contradicted_afterwards(
    store: Store, clock: FixedClock, b1: FakeSystem
) -> None:
    extract_all(store, [b1], clock, timedelta(days=90), Silent())
    clock.advance(timedelta(minutes=1))
    seen = clock.now()
    with store.workspace(seen) as con:
        assert con.sql("SELECT count(*) FROM canonical.b1_order").fetchall() == [(0,)]
        shape_pending(store, [b1], clock)
        assert con.sql("SELECT count(*) FROM canonical.b1_order").fetchall() == [(0,)]
    ((finished,),) = versions(store, "SELECT finished_at FROM raw.extract WHERE stream = 'orders'")
    assert isinstance(finished, datetime)
    assert finished > seen
    with store.workspace(store.known_now()) as con:
        assert con.sql("SELECT count(*) FROM canonical.b1_order").fetchall() == [(2,)]


@pytest.mark.parametrize(
    ("select", "complaint"),
    [
        ("SELECT record_key, 1 AS colour FROM incoming", "b1_tax_code has no column 'colour'"),
        ("SELECT record_key, 'x' AS feed FROM incoming", "b1_tax_code has no column 'feed'"),
        ("SELECT body AS name FROM incoming", "must yield record_key"),
        ("SELECT record_key, 1 AS name, 2 AS name FROM incoming", "yields 'name' twice"),
        ("SELECT record_key, CAST(0.1 AS DOUBLE) AS tax_rate FROM incoming", "comes through floating point"),
        ("SELECT record_key, CAST(1 AS DECIMAL(19,6)) / 3 AS tax_rate FROM incoming", "comes through floating point"),
        ("SELECT record_key, CAST(1 AS DECIMAL(38,12)) AS tax_rate FROM incoming", "would be rounded unseen"),
        (
            "SELECT record_key, CAST(CAST('2026-01-01T00:00:00Z' AS TIMESTAMPTZ) AS VARCHAR) AS name, "
            "CAST('2026-01-01T00:00:00Z' AS TIMESTAMPTZ) AS effective_from FROM incoming",
            "end it with AT TIME ZONE 'UTC'",
        ),
        ("SELECT record_key, $shade AS name FROM incoming", r"uses \$shade, which the connector does not provide"),
        ("SELECT record_key FROM incoming; DELETE FROM history.b1_order", "must be exactly one SELECT"),
        ("DELETE FROM history.b1_order", "must be exactly one SELECT"),
        ("SELECT record_key FROM", "is not valid SQL"),
        ("SELECT record_key FROM nowhere", "the SELECT for b1_tax_code is wrong"),
    ],
)
def test_a_wrong_select_is_refused_with_its_place(
    store: Store, clock: FixedClock, tmp_path: Path, select: str, complaint: str
) -> None:
    shape = tmp_path / "shape.sql"
    shape.write_text(f"-- table: b1_tax_code\n-- stream: codes\n{select};\n", encoding="utf-8")
    system = FakeSystem(streams=(CODES,), shape_file=shape)
    system.put("codes", "S1", "{}")
    with pytest.raises(ConfigError, match=complaint) as refused:
        audit(store, clock, system)
    assert str(refused.value).startswith(f"{shape}:1: ")
    assert versions(store, "SELECT * FROM history.b1_tax_code") == []


def test_a_select_for_a_table_that_is_none_is_refused(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    shape = tmp_path / "shape.sql"
    shape.write_text("-- table: b1_colour\n-- stream: codes\nSELECT record_key FROM incoming\n", encoding="utf-8")
    stream = Stream("codes", ("b1_colour",), cadence=timedelta(days=1))
    system = FakeSystem(streams=(stream,), shape_file=shape)
    system.put("codes", "S1", "{}")
    with pytest.raises(ConfigError, match=r"there is no table history\.b1_colour"):
        audit(store, clock, system)


def test_what_belongs_to_an_order_is_written_with_its_number(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    shape = tmp_path / "shape.sql"
    select = "-- table: dispute\n-- stream: disputes\nSELECT record_key, record_key AS dispute_id, "
    shape.write_text(
        f"{select}'shopify-uk' AS channel, body ->> 'order' AS order_id FROM incoming;\n", encoding="utf-8"
    )
    stream = Stream("disputes", ("dispute",), cadence=timedelta(days=1))
    system = FakeSystem(streams=(stream,), shape_file=shape)
    system.put("disputes", "D1", '{"order": "gid://shopify/Order/7"}')
    system.put("disputes", "D2", "{}")
    audit(store, clock, system)
    seven = order_no("shopify-uk", "gid://shopify/Order/7")
    numbers = "SELECT dispute_id, order_no FROM history.dispute ORDER BY dispute_id"
    assert versions(store, numbers) == [("D1", seven), ("D2", None)]
    shape.write_text(f"{select}7 AS order_no FROM incoming;\n", encoding="utf-8")
    system.put("disputes", "D3", "{}")
    with pytest.raises(ConfigError, match="dispute has no column 'order_no' that a shape may fill"):
        audit(store, clock, system)


def test_a_view_stands_in_for_its_select_and_is_held_to_the_same_rules(
    store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    shape = tmp_path / "shape.sql"
    view = "-- view: parsed\n-- stream: codes\nSELECT record_key, body ->> 'r' AS r FROM incoming;\n"
    table = "-- table: b1_tax_code\n-- stream: codes\nSELECT record_key, CAST(r AS DECIMAL(19,6)) AS tax_rate "
    table += "FROM parsed;\n"
    shape.write_text(view + table, encoding="utf-8")
    system = FakeSystem(streams=(CODES,), shape_file=shape)
    system.put("codes", "S1", '{"r": 0.2}')
    audit(store, clock, system)
    assert versions(store, "SELECT tax_rate FROM history.b1_tax_code") == [(Decimal("0.2"),)]
    system.put("codes", "S2", '{"r": "much"}')
    (result,) = audit(store, clock, system)
    assert "record S2: b1_tax_code.tax_rate does not fit" in str(result.reason)
    shape.write_text(view.replace("incoming;", "incoming; DELETE FROM history.b1_order;") + table, encoding="utf-8")
    with pytest.raises(ConfigError, match="parsed must be exactly one SELECT"):
        shape_pending(store, [system], clock)
