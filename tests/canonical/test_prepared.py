"""What a prepare section makes is the same for its tables whichever way it is kept, and is gone after the batch."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from auditor.clock import FixedClock
from auditor.store.connection import SqlError
from auditor.store.owner import Store
from tests.canonical.test_shape import CODES, START, audit, versions
from tests.extract.fake import FakeSystem

TABLE = """
-- table: b1_tax_code
-- stream: codes
SELECT record_key, name, tax_rate, effective_from FROM made
"""
CODES_AS_COLUMNS = """
-- prepare: parsed
-- stream: codes
SELECT record_key, from_json(body, '{"r": "VARCHAR", "n": "VARCHAR", "on": ["VARCHAR"]}') AS d FROM incoming;
-- prepare: made
-- stream: codes
SELECT record_key, d.n AS name, CAST(d.r AS DECIMAL(19,6)) AS tax_rate, CAST(d.on[1] AS DATE) AS effective_from
FROM parsed;
"""
CODES_AT_ONCE = """
-- prepare: made
-- stream: codes
SELECT record_key, d.n AS name, CAST(d.r AS DECIMAL(19,6)) AS tax_rate, CAST(d.on[1] AS DATE) AS effective_from
FROM (SELECT record_key, from_json(body, '{"r": "VARCHAR", "n": "VARCHAR", "on": ["VARCHAR"]}') AS d FROM incoming);
"""
CODES_WITH_A_TYPE_ARROW_DOES_NOT_KNOW = """
-- prepare: parsed
-- stream: codes
SELECT record_key, body, CAST(hash(body) AS HUGEINT) AS big FROM incoming;
-- prepare: made
-- stream: codes
SELECT record_key, body ->> 'n' AS name, CAST(body ->> 'r' AS DECIMAL(19,6)) AS tax_rate,
    CAST(body ->> '$.on[0]' AS DATE) AS effective_from
FROM parsed WHERE typeof(big) = 'HUGEINT';
"""


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


ROWS = "SELECT record_key, name, tax_rate, CAST(effective_from AS VARCHAR) FROM history.b1_tax_code ORDER BY record_key"


@pytest.mark.parametrize("prepare", [CODES_AS_COLUMNS, CODES_AT_ONCE, CODES_WITH_A_TYPE_ARROW_DOES_NOT_KNOW])
def test_rows_are_the_same_however_they_are_kept(tmp_path: Path, clock: FixedClock, prepare: str) -> None:
    shape = tmp_path / "shape.sql"
    shape.write_text(prepare + TABLE, encoding="utf-8")
    system = FakeSystem(streams=(CODES,), shape_file=shape)
    system.put("codes", "S1", '{"r": 0.2, "n": "£", "on": ["2026-01-02"]}')
    system.put("codes", "S2", '{"r": "0.175", "n": null, "on": []}')
    system.put("codes", "S3", "{}")
    with Store.in_memory(clock) as store:
        assert [result.reason for result in audit(store, clock, system)] == [None]
        assert versions(store, ROWS) == [
            ("S1", "£", Decimal("0.2"), "2026-01-02"),
            ("S2", None, Decimal("0.175"), None),
            ("S3", None, None, None),
        ]


@pytest.mark.parametrize("prepare", [CODES_AS_COLUMNS, CODES_AT_ONCE, CODES_WITH_A_TYPE_ARROW_DOES_NOT_KNOW])
def test_a_record_that_cannot_be_prepared_is_named_and_the_next_audit_goes_on(
    tmp_path: Path, clock: FixedClock, prepare: str
) -> None:
    shape = tmp_path / "shape.sql"
    shape.write_text(prepare + TABLE, encoding="utf-8")
    system = FakeSystem(streams=(CODES,), shape_file=shape)
    for number in range(20):
        system.put("codes", f"S{number}", f'{{"r": {number}, "on": ["2026-01-02"]}}')
    system.put("codes", "S7", '{"r": 1, "on": ["soon"]}')
    with Store.in_memory(clock) as store:
        (result,) = audit(store, clock, system)
        assert "b1 codes, record S7: it cannot be parsed for made (invalid date field format" in str(result.reason)
        shape.write_text((prepare + TABLE).replace("CAST(", "TRY_CAST("), encoding="utf-8")
        clock.advance(timedelta(minutes=15))
        audit(store, clock, system)
        assert versions(store, "SELECT count(*), count(effective_from) FROM history.b1_tax_code") == [(20, 19)]


def test_nothing_that_was_prepared_is_left(tmp_path: Path, clock: FixedClock) -> None:
    shape = tmp_path / "shape.sql"
    shape.write_text(CODES_AS_COLUMNS + TABLE, encoding="utf-8")
    system = FakeSystem(streams=(CODES,), shape_file=shape)
    system.put("codes", "S1", "{}")
    with Store.in_memory(clock) as store:
        audit(store, clock, system)
        for name in ("incoming", "parsed", "made"):
            with pytest.raises(SqlError, match=f"{name} does not exist"):
                store.write(lambda con, name=name: con.sql(f"SELECT * FROM {name}").fetchall())
