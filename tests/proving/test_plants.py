"""Plant files say whom a fault befalls and what goes wrong, and every shipped one belongs to a check."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.checking import library
from auditor.errors import ConfigError
from auditor.proving import plants

GOOD = """-- plant: the order was lost
-- victim
SELECT o.order_id AS subject_id, o.total AS money_at_risk, o.order_id FROM canonical.sales_order AS o
WHERE o.channel = $channel
-- change
DELETE FROM canonical.b1_order WHERE reference = $order_id;
-- change
UPDATE fact.feed SET is_complete = TRUE WHERE system = $channel
-- plant: the order was renamed
-- victim
SELECT 1 AS subject_id
-- change
INSERT INTO canonical.b1_order SELECT * FROM canonical.b1_order
"""


def written(folder: Path, text: str) -> Path:
    (folder / "orders").mkdir()
    (folder / "orders" / "order_missing_in_b1.plant.sql").write_text(text, encoding="utf-8")
    return folder


def test_a_file_may_hold_several_plants_each_with_its_changes(tmp_path: Path) -> None:
    lost, renamed = plants.load(written(tmp_path, GOOD))
    assert (lost.check_id, lost.note, lost.uses) == ("order_missing_in_b1", "the order was lost", {"channel"})
    assert [(one.schema, one.table, one.uses) for one in lost.changes] == [
        ("canonical", "b1_order", {"order_id"}), ("fact", "feed", {"channel"}),
    ]  # fmt: skip
    assert not lost.changes[0].sql.endswith(";")
    assert (renamed.note, len(renamed.changes)) == ("the order was renamed", 1)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("DELETE FROM canonical.b1_order", "DELETE FROM raw.record", "a change inserts into, updates or deletes from"),
        ("DELETE FROM canonical.b1_order", "SELECT 1; DELETE FROM canonical.b1_order", "a change inserts into"),
        ("-- plant: the order was lost", "-- plant:", "a plant says what happened"),
        ("-- plant: the order was lost", "-- note", "a plant begins with"),
        ("-- victim\nSELECT 1 AS subject_id\n", "", "has one '-- victim'"),
    ],
)
def test_what_is_no_plant_is_refused_with_its_file(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    folder = written(tmp_path, GOOD.replace(old, new))
    with pytest.raises(ConfigError, match=sentence) as refused:
        plants.load(folder)
    assert "order_missing_in_b1.plant.sql" in str(refused.value)


def test_every_shipped_plant_belongs_to_a_check() -> None:
    checks = {check.check_id for check in library.load()}
    owners = {plant.check_id for plant in plants.load(library.shipped_folder())}
    assert owners
    assert owners <= checks
