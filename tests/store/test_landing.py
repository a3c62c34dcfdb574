"""Landing: bodies exactly as they came, each version once, rows and watermark in one step."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.clock import FixedClock
from auditor.connectors.base import Record, Window
from auditor.errors import Incomplete, StoreError
from auditor.store import landing, leftovers
from auditor.store.landing import Landed
from auditor.store.owner import Store
from auditor.store.staging import Staging

START = datetime.fromisoformat("2026-03-02T12:00:00")
WINDOW = Window(None, START)


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.in_memory(FixedClock(START)) as opened:
        yield opened


def begin(store: Store, *pages: dict[str, str], stream: str = "orders") -> int:
    extract_id = landing.begin(store, "b1", stream, WINDOW, START)
    for page in pages:
        landing.stage(store, extract_id, [Record(key, body.encode()) for key, body in page.items()])
    return extract_id


def commit(store: Store, extract_id: int, *, snapshot: bool = False) -> Landed:
    mode: Literal["delta", "snapshot"] = "snapshot" if snapshot else "delta"
    return landing.commit(store, extract_id, mode=mode, watermark=START, calls=3, at=START)


def versions(store: Store) -> list[tuple[str, str | None]]:
    return store.read(
        lambda con: con.sql("SELECT record_key, body FROM raw.record ORDER BY record_key, extract_id").fetchall()
    )


def extracts(store: Store) -> list[tuple[object, ...]]:
    return store.read(
        lambda con: con.sql(
            "SELECT status, watermark, rows_read, rows_new, calls, reason FROM raw.extract ORDER BY extract_id"
        ).fetchall()
    )


@pytest.mark.parametrize(
    "body", ['{"Total": 1.10}', '{ "a" :\t"ÄÖ 漢 \\u0000" }\n', "", '{"a": 12345678901234567890.1}']
)
def test_a_body_is_kept_to_the_last_byte(store: Store, body: str) -> None:
    commit(store, begin(store, {"1": body}))
    ((kept, sha256),) = store.read(lambda con: con.sql("SELECT body, sha256 FROM raw.record").fetchall())
    assert kept == body
    assert sha256 == hashlib.sha256(body.encode()).hexdigest()


def test_nothing_is_visible_before_the_commit_and_all_of_it_after(store: Store) -> None:
    extract_id = begin(store, {"1": "a"}, {"2": "b"})
    assert versions(store) == []
    assert extracts(store) == [("running", None, 0, 0, 0, None)]
    assert commit(store, extract_id) == Landed(extract_id, rows_read=2, rows_new=2)
    assert versions(store) == [("1", "a"), ("2", "b")]
    assert extracts(store) == [("complete", START, 2, 2, 3, None)]


def test_a_body_seen_before_is_not_stored_twice(store: Store) -> None:
    commit(store, begin(store, {"1": "a", "2": "b"}))
    assert commit(store, begin(store, {"1": "a", "2": "changed"})).rows_new == 1
    assert versions(store) == [("1", "a"), ("2", "b"), ("2", "changed")]


def test_a_body_that_returns_to_an_earlier_version_is_a_new_version(store: Store) -> None:
    for body in ("a", "b", "a"):
        commit(store, begin(store, {"1": body}))
    assert versions(store) == [("1", "a"), ("1", "b"), ("1", "a")]


def test_of_a_key_read_twice_the_later_record_counts(store: Store) -> None:
    landed = commit(store, begin(store, {"1": "early", "2": "b"}, {"1": "late"}))
    assert (landed.rows_read, landed.rows_new) == (3, 2)
    assert versions(store) == [("1", "late"), ("2", "b")]


def test_the_same_key_in_another_stream_or_system_is_another_record(store: Store) -> None:
    commit(store, begin(store, {"1": "a"}))
    assert commit(store, begin(store, {"1": "a"}, stream="invoices")).rows_new == 1
    assert commit(store, begin(store, {"2": "b"}, stream="invoices"), snapshot=True).rows_new == 2
    assert versions(store) == [("1", "a"), ("1", "a"), ("1", None), ("2", "b")]


def test_in_a_full_read_a_key_that_is_not_there_is_gone_once_and_may_come_back(store: Store) -> None:
    commit(store, begin(store, {"1": "a", "2": "b"}), snapshot=True)
    assert commit(store, begin(store, {"1": "a"}), snapshot=True).rows_new == 1
    assert commit(store, begin(store, {"1": "a"}), snapshot=True).rows_new == 0
    assert commit(store, begin(store, {"1": "a", "2": "b"}), snapshot=True).rows_new == 1
    assert versions(store) == [("1", "a"), ("2", "b"), ("2", None), ("2", "b")]


def test_a_full_read_of_nothing_means_that_everything_is_gone(store: Store) -> None:
    commit(store, begin(store, {"1": "a"}), snapshot=True)
    assert commit(store, begin(store), snapshot=True).rows_new == 1
    assert versions(store) == [("1", "a"), ("1", None)]


def test_a_delta_never_says_that_anything_is_gone(store: Store) -> None:
    commit(store, begin(store, {"1": "a"}))
    assert commit(store, begin(store)).rows_new == 0
    assert versions(store) == [("1", "a")]


def test_an_abandoned_extract_leaves_only_its_reason(store: Store) -> None:
    extract_id = begin(store, {"1": "a"})
    landing.abandon(store, extract_id, "incomplete", "page 2 is missing", START, calls=2)
    assert versions(store) == []
    assert extracts(store) == [("incomplete", None, 1, 0, 2, "page 2 is missing")]
    assert store.read(lambda con: landing.last_watermark(con, "b1", "orders")) is None


def test_an_extract_that_has_ended_takes_nothing_more(store: Store) -> None:
    extract_id = begin(store, {"1": "a"})
    commit(store, extract_id)
    with pytest.raises(StoreError, match="is not running"):
        landing.stage(store, extract_id, [Record("2", b"b")])
    with pytest.raises(StoreError, match="is not running"):
        commit(store, extract_id)
    with pytest.raises(StoreError, match="is not running"):
        landing.abandon(store, extract_id, "failed", "late", START)


def test_the_watermark_is_that_of_the_newest_complete_extract(store: Store) -> None:
    for hours in (1, 2):
        extract_id = begin(store)
        at = START + timedelta(hours=hours)
        landing.commit(store, extract_id, mode="delta", watermark=at, calls=0, at=at)
    landing.abandon(store, begin(store), "failed", "no answer", START)
    assert store.read(lambda con: landing.last_watermark(con, "b1", "orders")) == START + timedelta(hours=2)


def test_a_body_that_is_not_text_is_refused_with_its_key(store: Store) -> None:
    extract_id = begin(store)
    with pytest.raises(Incomplete, match="record 17 is not UTF-8"):
        landing.stage(store, extract_id, [Record("16", b"a"), Record("17", b"\xff\xfe")])


def test_what_a_killed_process_left_running_has_failed_when_the_store_opens(tmp_path: Path) -> None:
    path = tmp_path / "store.duckdb"
    store = Store.open(path, clock=FixedClock(START))
    begin(store, {"1": "a"})
    store.close()
    with Store.open(path, clock=FixedClock(START + timedelta(hours=1))) as again:
        assert extracts(again) == [("failed", None, 0, 0, 0, leftovers.ENDED_EARLY)]
        assert versions(again) == []


def test_more_than_fits_into_memory_goes_through_a_nameless_file(tmp_path: Path) -> None:
    staging = Staging(tmp_path, in_memory=100)
    for number in range(20):
        staging.add([Record(str(number), b"x" * 30)])
    assert [key for frame in staging.frames() for key in frame["record_key"]] == [str(number) for number in range(20)]
    assert staging.keys()["position"].to_list() == list(range(20))
    assert list(tmp_path.iterdir()) == []
    staging.close()


@pytest.mark.parametrize(
    ("rows", "largest", "portions"),
    [
        (4, 1_000, [4, 4, 4, 4]),
        (5, 1_000, [5, 5, 5, 1]),
        (100, 1_000, [16]),
        (4, 1, [3, 4, 3, 1, 4, 1]),
        (1, 1, [1] * 16),
    ],
)
def test_rows_are_handed_over_by_full_row_groups_and_none_is_lost_or_moved(
    rows: int, largest: int, portions: list[int]
) -> None:
    frames = [
        pl.DataFrame({"body": [f"{page} {row}" for row in range(size)]}) for page, size in enumerate((3, 7, 1, 5))
    ]
    handed = list(landing.row_groups(frames, rows, largest))
    assert [frame.height for frame in handed] == portions
    assert pl.concat(handed).equals(pl.concat(frames))


def test_a_folder_that_takes_no_pages_is_named(tmp_path: Path) -> None:
    staging = Staging(tmp_path / "missing", in_memory=10)
    with pytest.raises(StoreError, match="cannot be kept in"):
        staging.add([Record("1", b"x" * 30)])


SYSTEMS = itertools.count()
READS = st.lists(
    st.tuples(
        st.booleans(), st.lists(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("123")), max_size=4))
    ),
    max_size=5,
)


@pytest.fixture(scope="module")
def shared_store() -> Iterator[Store]:
    with Store.in_memory(FixedClock(START)) as opened:
        yield opened


@settings(max_examples=25, deadline=None)
@given(reads=READS)
def test_after_any_reads_the_newest_versions_are_what_the_source_showed(
    shared_store: Store, reads: list[tuple[bool, list[list[tuple[str, str]]]]]
) -> None:
    system = f"system {next(SYSTEMS)}"
    shown: dict[str, str] = {}
    for snapshot, pages in reads:
        extract_id = landing.begin(shared_store, system, "orders", WINDOW, START)
        if snapshot:
            shown.clear()
        for page in pages:
            landing.stage(shared_store, extract_id, [Record(key, body.encode()) for key, body in page])
            shown.update(page)
        commit(shared_store, extract_id, snapshot=snapshot)
    newest = shared_store.read(
        lambda con: con.sql(
            "SELECT record_key, arg_max(COALESCE(body, 'gone'), extract_id) FROM raw.record "
            "WHERE system = $system GROUP BY record_key",
            params={"system": system},
        ).fetchall()
    )
    repeated = shared_store.read(
        lambda con: con.sql(
            "SELECT count(*) FROM (SELECT sha256, lag(sha256) OVER (PARTITION BY record_key ORDER BY extract_id) "
            "AS previous FROM raw.record WHERE system = $system) WHERE sha256 = previous",
            params={"system": system},
        ).fetchall()
    )
    assert {key: body for key, body in newest if body != "gone"} == shown
    assert repeated == [(0,)]
