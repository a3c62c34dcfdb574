"""Time travel: what a run saw at its moment is what any later run of that moment sees, to the last row."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.canonical.shape import shape_pending
from auditor.clock import FixedClock
from auditor.errors import Incomplete
from auditor.extract.progress import Silent
from auditor.extract.run import extract_all
from auditor.store.owner import Store
from tests.extract.fake import FakeSystem, moment
from tests.thorough import TIMES

START = moment("2026-03-02T12:00")
SYSTEMS = itertools.count()
KEYS = st.sampled_from("abcd")
# What happens between two looks: records change, vanish or come back; a read fails; the clock may stand still.
STEPS = st.lists(
    st.fixed_dictionaries(
        {
            "orders": st.dictionaries(KEYS, st.integers(0, 3), max_size=3),
            "warehouses": st.dictionaries(KEYS, st.integers(0, 3), max_size=3),
            "fails": st.sampled_from([None, None, "orders", "warehouses"]),
            "minutes": st.integers(0, 2),
            "shapes": st.booleans(),
        }
    ),
    min_size=1,
    max_size=5,
)
VIEWS = {
    "canonical.b1_order": "status",
    "canonical.b1_order_line": "item_code, quantity",
    "canonical.b1_warehouse": "warehouse, name",
    "history_at.b1_order": "status, record_key, known_from, known_to",
    "history_at.b1_warehouse": "warehouse, name, known_from, known_to",
}
Seen = Mapping[str, list[tuple[object, ...]]]


@pytest.fixture(scope="module")
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture(scope="module")
def store(clock: FixedClock) -> Iterator[Store]:
    with Store.in_memory(clock) as opened:
        yield opened


def look(store: Store, known_at: datetime, system: str) -> Seen:
    """Everything this system's views show; rows of other examples are left out by their text."""
    with store.workspace(known_at) as con:
        return {
            view: [
                row
                for row in con.sql(f"SELECT {columns} FROM {view} ORDER BY ALL").fetchall()
                if str(row[0]).startswith(f"{system} ")
            ]
            for view, columns in VIEWS.items()
        }


@pytest.mark.law
@settings(max_examples=5 * TIMES, deadline=None)
@given(steps=STEPS)
def test_a_past_moment_shows_exactly_what_it_showed_then(
    store: Store, clock: FixedClock, steps: list[dict[str, object]]
) -> None:
    name = f"s{next(SYSTEMS)}"
    system = FakeSystem(system=name)
    seen: dict[datetime, Seen] = {}
    shown: Seen = {}
    for step in steps:
        system.failures.clear()
        if step["fails"]:
            system.failures[str(step["fails"])] = Incomplete("a page is missing")
        apply(system, step)
        extract_all(store, [system], clock, timedelta(days=90), Silent())
        if step["shapes"]:
            shape_pending(store, [system], clock)
        known_at = store.known_now()
        shown = look(store, known_at, name)
        assert seen.setdefault(known_at, shown) == shown
        clock.advance(timedelta(minutes=int(str(step["minutes"]))))
    system.failures.clear()
    extract_all(store, [system], clock, timedelta(days=90), Silent())
    shape_pending(store, [system], clock)
    for known_at, then in seen.items():
        assert look(store, known_at, name) == then
    assert look(store, store.known_now(), name)["canonical.b1_warehouse"] == warehouses(system)


def apply(system: FakeSystem, step: Mapping[str, object]) -> None:
    """Orders only ever change; the warehouses are what the step says."""
    orders, places = step["orders"], step["warehouses"]
    assert isinstance(orders, dict)
    assert isinstance(places, dict)
    for key, value in orders.items():
        lines = ", ".join(f'{{"sku": "{system.system} {key}{n}", "q": {n}}}' for n in range(value))
        system.put("orders", key, f'{{"n": 1, "status": "{system.system} {key} {value}", "lines": [{lines}]}}')
    system.bodies["warehouses"] = {f"{system.system} {key}": f'{{"name": "{value}"}}' for key, value in places.items()}


def warehouses(system: FakeSystem) -> list[tuple[str, str]]:
    return sorted((key, body.split('"')[3]) for key, body in system.bodies["warehouses"].items())
