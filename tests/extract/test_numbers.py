"""A number between two known ones is asked for once; what the system gives then was left out by its list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from auditor.clock import FixedClock
from auditor.connectors.base import Page, Stream
from auditor.errors import Retriable
from auditor.extract import numbers
from auditor.extract.numbers import ask_for_missing
from auditor.store.connection import Connection
from auditor.store.owner import Store
from tests.checking.builders import HOUR, NOON, put, put_extract
from tests.extract.fake import FakeSystem

DAY = timedelta(days=1)


@dataclass
class NumberedSystem(FakeSystem):
    """What was asked for is kept."""

    numbered: Mapping[str, str] = field(default_factory=lambda: {"orders": "b1_order"})
    asked: list[Sequence[str]] = field(default_factory=list)
    is_down: bool = False

    def look_up(self, stream: Stream, keys: Sequence[str]) -> Page:
        if self.is_down:
            raise Retriable("b1 does not answer; try again later.")
        self.asked.append(list(keys))
        return super().look_up(stream, keys)


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.in_memory(FixedClock(NOON)) as opened:
        opened.write(lambda con: put_extract(con, 900, system="b1"))
        yield opened


def known(store: Store, documents: Mapping[int, datetime]) -> None:
    """Sales orders by number, and when each was created."""
    rows = [{"doc_entry": number, "created_at": at} for number, at in documents.items()]

    def write(con: Connection) -> None:
        put(con, "b1_order", *rows)

    store.write(write)


def asked(store: Store, system: NumberedSystem, at: datetime = NOON) -> list[Sequence[str]]:
    before = len(system.asked)
    ask_for_missing(store, [system], FixedClock(at))
    return system.asked[before:]


def test_the_newest_first_and_each_once(store: Store) -> None:
    known(store, dict.fromkeys((10, 11, 14, 16), NOON - HOUR))
    system = NumberedSystem()
    assert asked(store, system) == [["15", "13", "12"]]
    assert asked(store, system) == []
    known(store, {19: NOON - HOUR})
    assert asked(store, system) == [["18", "17"]]


def test_what_is_there_is_landed_and_noted(store: Store) -> None:
    known(store, {10: NOON - HOUR, 13: NOON - HOUR})
    system = NumberedSystem()
    system.put("orders", "12", '{"n": 12}')
    assert ask_for_missing(store, [system], FixedClock(NOON)) == 1
    noted = "SELECT number, was_there FROM audit.number_asked WHERE system = 'b1' AND stream = 'orders' ORDER BY number"
    assert store.read(lambda con: con.sql(noted).fetchall()) == [(11, False), (12, True)]
    landed = "SELECT system, stream, rows_new, watermark FROM raw.extract WHERE status = 'targeted'"
    assert store.read(lambda con: con.sql(landed).fetchall()) == [("b1", "orders", 1, None)]


def test_a_number_that_is_known_from_long_ago_is_no_gap(store: Store) -> None:
    known(store, {10: NOON - HOUR, 11: NOON - 400 * DAY, 12: NOON - HOUR})
    assert asked(store, NumberedSystem()) == []


@pytest.mark.parametrize(
    ("documents", "first_read"),
    [
        pytest.param({10: NOON - 29 * DAY, 12: NOON - HOUR}, None, id="what is old is not looked at"),
        pytest.param({10: NOON - HOUR, 12: NOON - timedelta(minutes=14)}, None, id="the newest may come before others"),
        pytest.param({10: NOON - HOUR, 1012: NOON - HOUR}, None, id="somebody began to count anew"),
        pytest.param({10: NOON - 4 * DAY, 12: NOON - HOUR}, NOON - 4 * DAY, id="from before the first reading"),
    ],
)
def test_what_is_no_gap(store: Store, documents: Mapping[int, datetime], first_read: datetime | None) -> None:
    if first_read is not None:
        change = "UPDATE raw.extract SET window_from = $since"
        store.write(lambda con: con.execute(change, {"since": first_read}))
    known(store, documents)
    assert asked(store, NumberedSystem()) == []


def test_nothing_is_asked_of_a_list_that_was_never_read() -> None:
    with Store.in_memory(FixedClock(NOON)) as empty:
        known(empty, {10: NOON - HOUR, 12: NOON - HOUR})
        assert asked(empty, NumberedSystem()) == []


def test_what_could_not_be_asked_is_asked_the_next_time(store: Store) -> None:
    known(store, {10: NOON - HOUR, 12: NOON - HOUR})
    system = NumberedSystem(is_down=True)
    assert ask_for_missing(store, [system], FixedClock(NOON)) == 0
    system.is_down = False
    assert asked(store, system) == [["11"]]


def test_so_many_at_a_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbers, "AT_MOST", 3)
    known(store, {10: NOON - HOUR, 16: NOON - HOUR})
    system = NumberedSystem()
    assert [asked(store, system), asked(store, system), asked(store, system)] == [
        [["15", "14", "13"]],
        [["12", "11"]],
        [],
    ]


def test_systems_without_such_numbers_are_left_alone(store: Store) -> None:
    known(store, {10: NOON - HOUR, 12: NOON - HOUR})
    assert ask_for_missing(store, [FakeSystem()], FixedClock(NOON)) == 0
