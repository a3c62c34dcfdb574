"""Nothing is said on data that is missing, incomplete or stale; the sentence says which feed, since when, why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.checking import feeds, library
from auditor.checking.feeds import Feeds, FeedSpec, NotJudged
from auditor.checking.library import Check
from auditor.checking.open_hours import OpenHours
from auditor.maintenance import Closing
from auditor.store.connection import Connection
from auditor.store.owner import Store
from tests.checking.builders import CHANNEL, HEADER, HOUR, NOON, SELECT, put_extract, store, write_check

QUARTER = timedelta(minutes=15)
SPECS = [
    FeedSpec(CHANNEL, CHANNEL, "orders", ("sales_order", "sales_order_line"), QUARTER),
    FeedSpec("shopify-de", "shopify-de", "orders", ("sales_order", "sales_order_line"), QUARTER),
    FeedSpec("b1", None, "orders", ("b1_order", "b1_order_line"), QUARTER),
    FeedSpec("b1", None, "invoices", ("b1_invoice",), QUARTER),
]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    reads = '["canonical.sales_order", "canonical.b1_order"]'
    return library.load_file(
        write_check(tmp_path, "my_check", HEADER.replace('["canonical.sales_order"]', reads) + SELECT)
    )


@pytest.fixture
def opened() -> Iterator[Store]:
    with store() as one:
        yield one


def known(opened: Store) -> Feeds:
    with opened.workspace(NOON) as con:
        return feeds.fill(con, SPECS, NOON)


def test_the_oldest_watermark_behind_a_check_is_its_as_of(opened: Store, check: Check) -> None:
    def land(con: Connection) -> None:
        put_extract(con, 1, watermark=NOON - timedelta(minutes=4))
        put_extract(con, 2, system="b1", watermark=NOON - timedelta(minutes=9))

    opened.write(land)
    assert known(opened).judge(check, CHANNEL, NOON) == NOON - timedelta(minutes=9)


CLOSED = OpenHours({"b1": [Closing(NOON - 3 * HOUR, NOON - HOUR / 2)]})


def test_what_is_closed_is_not_stale(opened: Store, check: Check) -> None:
    def land(con: Connection) -> None:
        put_extract(con, 1)
        put_extract(con, 2, system="b1", watermark=NOON - 3 * HOUR)

    opened.write(land)
    with opened.workspace(NOON) as con:
        stale = feeds.fill(con, SPECS[:3], NOON)
        assert isinstance(stale.judge(check, CHANNEL, NOON), NotJudged)
        fresh = feeds.fill(con, SPECS[:3], NOON, hours=CLOSED)
        assert fresh.judge(check, CHANNEL, NOON) == NOON - 3 * HOUR
        minutes = con.sql("SELECT closed_minutes FROM fact.feed WHERE system = 'b1' AND stream = 'orders'").fetchall()
        assert minutes == [(150,)]


def test_while_it_is_caught_up_with_a_closing_the_moment_is_held_back(opened: Store, check: Check) -> None:
    def land(con: Connection) -> None:
        put_extract(con, 1)
        put_extract(con, 2, system="b1")

    opened.write(land)
    with opened.workspace(NOON) as con:
        held = feeds.fill(con, SPECS[:3], NOON, hours=CLOSED)
        # half an hour has passed since it opened
        assert held.judge(check, CHANNEL, NOON) == NOON - 3 * HOUR + HOUR / 2
        other = feeds.fill(con, SPECS[:3], NOON, hours=OpenHours({"shopify-de": CLOSED.closed["b1"]}))
        assert other.judge(check, CHANNEL, NOON) == NOON
        frozen = feeds.fill(con, SPECS[:3], NOON, hours=OpenHours({"middleware": CLOSED.closed["b1"]}))
        assert frozen.judge(check, CHANNEL, NOON) == NOON - 3 * HOUR + HOUR / 2


def judged(opened: Store, check: Check, *extracts: dict[str, Any]) -> str | None:
    """Why the check is not judged when these extracts of the channel's orders are known; None when it is judged."""

    def land(con: Connection) -> None:
        put_extract(con, 1, system="b1")
        for number, extract in enumerate(extracts):
            put_extract(con, number + 2, **extract)

    opened.write(land)
    standing = known(opened).judge(check, CHANNEL, NOON)
    return standing.reason if isinstance(standing, NotJudged) else None


def test_a_fresh_complete_feed_is_judged(opened: Store, check: Check) -> None:
    assert judged(opened, check, {}) is None


def test_a_feed_that_was_never_read_is_named(opened: Store, check: Check) -> None:
    assert judged(opened, check) == "The feed shopify-uk orders has never been read completely."


def test_a_feed_that_only_ever_failed_says_why(opened: Store, check: Check) -> None:
    reason = judged(opened, check, {"status": "failed", "reason": "The password was refused."})
    assert reason == "The feed shopify-uk orders has never been read completely: The password was refused."


def test_after_a_failed_attempt_nothing_is_judged_although_older_data_is_there(opened: Store, check: Check) -> None:
    reason = judged(
        opened,
        check,
        {"finished_at": NOON - 2 * QUARTER, "watermark": NOON - 2 * QUARTER},
        {"status": "failed", "finished_at": NOON - QUARTER, "reason": "time-out"},
        {"status": "incomplete", "finished_at": NOON, "reason": "page 3 was empty"},
    )
    since = "2026-03-02T11:45:00Z"
    assert reason == f"The feed shopify-uk orders has not been read completely since {since}: page 3 was empty."


def test_a_feed_is_stale_after_twice_its_cadence_and_not_a_moment_earlier(opened: Store, check: Check) -> None:
    assert judged(opened, check, {"watermark": NOON - 2 * QUARTER}) is None


def test_a_stale_feed_is_named_with_its_newest_data(opened: Store, check: Check) -> None:
    reason = judged(opened, check, {"watermark": NOON - 2 * QUARTER - timedelta(seconds=1)})
    assert reason is not None
    assert reason.startswith("The feed shopify-uk orders is stale: its newest data is from 2026-03-02T11:29:59Z")


def test_what_is_read_but_not_shaped_yet_is_not_judged(opened: Store, check: Check) -> None:
    assert "never been read completely" in (judged(opened, check, {"is_shaped": False}) or "")


def test_what_ended_after_the_runs_moment_is_not_known(opened: Store, check: Check) -> None:
    assert "never" in (judged(opened, check, {"finished_at": NOON + timedelta(seconds=1)}) or "")


def test_another_channel_that_fails_mutes_nothing_here(opened: Store, check: Check) -> None:
    assert judged(opened, check, {}, {"system": "shopify-de", "status": "failed"}) is None


def test_a_feed_that_the_check_does_not_read_mutes_nothing(opened: Store, check: Check) -> None:
    assert judged(opened, check, {}, {"system": "b1", "stream": "invoices", "status": "failed"}) is None


def test_a_table_the_run_computed_is_traced_back_to_its_sources(opened: Store, tmp_path: Path) -> None:
    reads = '["canonical.sales_order", "fact.order_value"]'
    check = library.load_file(
        write_check(tmp_path, "derived", HEADER.replace('["canonical.sales_order"]', reads) + SELECT)
    )

    def land(con: Connection) -> None:
        put_extract(con, 1)
        put_extract(con, 2, system="b1", stream="invoices", status="failed", reason="locked")

    opened.write(land)
    derived = {"fact.order_value": ["matching.order_link"], "matching.order_link": ["canonical.b1_invoice"]}
    with opened.workspace(NOON) as con:
        assert feeds.fill(con, SPECS, NOON).judge(check, CHANNEL, NOON) == NOON
        standing = feeds.fill(con, SPECS, NOON, derived).judge(check, CHANNEL, NOON)
    assert standing == NotJudged("The feed b1 invoices has never been read completely: locked.")


def test_a_channel_from_which_nothing_is_read_is_not_judged(opened: Store, check: Check) -> None:
    opened.write(lambda con: put_extract(con, 1, system="b1"))
    standing = known(opened).judge(check, "shopify-fr", NOON)
    assert standing == NotJudged("Nothing that my_check needs is read from shopify-fr.")


def test_a_check_about_feeds_is_always_judged(opened: Store, tmp_path: Path) -> None:
    text = HEADER.replace("look ", 'judges = "system"\nlook ').replace("canonical.sales_order", "fact.feed") + (
        SELECT.replace("canonical.sales_order", "fact.feed")
    )
    check = library.load_file(write_check(tmp_path, "feed_check", text, area="health"))
    assert known(opened).judge(check, "b1", NOON) == NOON


def test_the_workspace_shows_every_feed_and_its_tables(opened: Store) -> None:
    opened.write(lambda con: put_extract(con, 1, watermark=NOON - HOUR))
    with opened.workspace(NOON) as con:
        feeds.fill(con, SPECS, NOON)
        shown = con.sql("SELECT * FROM fact.feed ORDER BY system, stream").fetchall()
        tables = con.sql("SELECT table_name FROM fact.feed_table WHERE system = 'b1' ORDER BY 1").fetchall()
    assert shown[-1] == (CHANNEL, CHANNEL, "orders", 15, NOON - HOUR, "complete", None, NOON, True, 0)
    assert shown[0] == ("b1", None, "invoices", 15, None, None, None, None, False, 0)
    assert tables == [("b1_invoice",), ("b1_order",), ("b1_order_line",)]
