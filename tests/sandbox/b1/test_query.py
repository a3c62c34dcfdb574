"""The indexes are a short cut, never another answer."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from auditor.sandbox.b1 import filters
from auditor.sandbox.b1.collection import Collection
from auditor.sandbox.b1.entity_sets import ENTITY_SETS
from auditor.sandbox.b1.properties import TYPES
from auditor.sandbox.b1.query import Query, Selection

KINDS = dict(TYPES["Document"])
DAYS = [date(2026, 1, 1) + timedelta(days=n) for n in range(5)]

records = some.lists(
    some.fixed_dictionaries(
        {
            "DocEntry": some.integers(1, 40),
            "DocDate": some.sampled_from([*DAYS, None]),
            "UpdateTime": some.sampled_from(["09:00:30", "09:01:00", None]),
            "NumAtCard": some.sampled_from(["#1", "#2", None]),
            "DocumentStatus": some.sampled_from(["bost_Open", "bost_Close"]),
        }
    ),
    unique_by=lambda record: record["DocEntry"],
)
comparisons = some.one_of(
    some.tuples(some.just("DocEntry"), some.integers(0, 41).map(str)),
    some.tuples(some.just("DocDate"), some.sampled_from(DAYS).map(lambda day: f"'{day}'")),
    some.tuples(some.just("UpdateTime"), some.sampled_from(["'09:00:30'", "'09:01'"])),
    some.tuples(some.just("NumAtCard"), some.sampled_from(["'#1'", "'#3'"])),
    some.tuples(some.just("DocumentStatus"), some.sampled_from(["'O'", "'bost_Close'"])),
)
leaves = some.tuples(comparisons, some.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"])).map(
    lambda drawn: f"{drawn[0][0]} {drawn[1]} {drawn[0][1]}"
)
conditions = some.recursive(
    leaves,
    lambda inner: some.one_of(
        some.tuples(inner, some.sampled_from(["and", "or"]), inner).map(lambda d: f"({d[0]} {d[1]} {d[2]})"),
        inner.map(lambda condition: f"not ({condition})"),
    ),
    max_leaves=6,
)


def truth(node: filters.Node, record: dict[str, Any]) -> bool | None:
    """The plain meaning of a filter, without any index."""
    if isinstance(node, filters.Not):
        inner = truth(node.inner, record)
        return None if inner is None else not inner
    if isinstance(node, filters.Both | filters.Either):
        answers = {truth(node.left, record), truth(node.right, record)}
        decisive = isinstance(node, filters.Either)
        return decisive if decisive in answers else (None if None in answers else not decisive)
    assert isinstance(node, filters.Compare)
    value = record[node.name]
    if value is None:
        return None
    if node.name == "DocDate":
        value = f"{value}T00:00:00Z"
    if node.name == "UpdateTime":
        value = value[:5]
    order = (value > node.value) - (value < node.value)
    return {"eq": order == 0, "ne": order != 0, "gt": order > 0, "ge": order >= 0, "lt": order < 0, "le": order <= 0}[
        node.operator
    ]


@given(records, conditions, some.integers(1, 10), some.integers(0, 40))
def test_a_filter_selects_the_same_rows_through_every_index(
    held: list[Any], condition: str, size: int, indexed_after: int
) -> None:
    collection = Collection(ENTITY_SETS["Orders"])
    for place, record in enumerate(held):
        collection.put(record)
        if place == indexed_after:
            collection.index()
    node = filters.typed(filters.parse(condition), KINDS)
    expected = sorted(record["DocEntry"] for record in held if truth(node, record))
    query = Query(node, condition, (("DocEntry", False),), None, 0, None, False)
    selection = Selection()
    assert list(selection.page(collection, query, size)[0]) == expected[:size]
    assert list(selection.all(collection, query)) == expected


def test_a_read_beyond_a_key_starts_behind_it() -> None:
    collection = Collection(ENTITY_SETS["Orders"])
    for number in range(1000):
        collection.put({"DocEntry": number, "DocDate": DAYS[number % 5]})
    beyond = filters.typed(filters.parse("DocEntry gt 990 and DocDate ge '2026-01-01'"), KINDS)
    assert filters.bounds(beyond, "DocEntry") == (990, None)
    assert list(collection.keys_from(*filters.bounds(beyond, "DocEntry"))) == list(range(990, 1000))
    window = filters.parse("DocDate gt '2026-01-04' or (DocDate eq '2026-01-04' and UpdateTime ge '09:00:00')")
    assert filters.bounds(filters.typed(window, KINDS), "DocDate") == ("2026-01-04T00:00:00Z", None)
