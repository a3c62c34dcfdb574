"""Sync events: the closed schema, what is kept out of them, dropped files and posted batches, up to the table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from auditor.clock import FixedClock
from auditor.connectors.drop_folder import ASIDE
from auditor.connectors.middleware import MiddlewareConnector
from auditor.connectors.middleware.clean import REMOVED, clean
from auditor.connectors.middleware.event import NoEvent, read_event, read_text
from auditor.errors import ConfigError, Incomplete, UsageError
from auditor.service.arrivals import take
from auditor.store import landing
from tests.connectors.dropping import NOW, Company, drop, said, wrong
from tests.workspace import CHANNEL, settings

GIVEN: dict[str, Any] = {
    "event_id": "run-1", "source": "flow", "flow": "orders", "kind": "run", "channel": CHANNEL, "status": "ok",
    "started_at": "2026-11-21T11:00:00Z", "finished_at": "2026-11-21T11:00:50Z", "records_due": 3, "records_moved": 3,
}  # fmt: skip


def event(**more: Any) -> dict[str, Any]:
    return {key: value for key, value in {**GIVEN, **more}.items() if value is not None}


def line(**more: Any) -> str:
    return json.dumps(event(**more))


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def connector(tmp_path: Path, clock: FixedClock) -> MiddlewareConnector:
    return MiddlewareConnector(settings(folder=tmp_path, middleware={"events": "events/*.jsonl"}), clock)


@pytest.fixture
def company(connector: MiddlewareConnector, clock: FixedClock) -> Iterator[Company]:
    found = Company(connector, clock)
    yield found
    found.close()


def test_an_event_becomes_a_row_with_exact_amounts_and_instants_in_utc(company: Company, tmp_path: Path) -> None:
    text = line(
        kind="queue", flow="refunds", started_at=None, finished_at="2026-11-21T13:00:00+02:00", queued=4, value=129.9,
        currency="GBP", oldest_at="2026-11-21T10:00:00Z", doc_entry=77, b1_object="credit_memo", status="Partly",
    )  # fmt: skip
    drop(tmp_path, "events/1.jsonl", text + "\n")
    company.read()
    (row,) = company.rows("sync_event")
    assert row["finished_at"] == datetime(2026, 11, 21, 11)
    assert (row["value"], row["currency"], row["queued"], row["doc_entry"]) == (Decimal("129.9"), "GBP", 4, 77)
    assert (row["status"], row["source_status"]) == ("unknown", "Partly")


def test_a_file_counts_once_whatever_it_is_called_and_a_later_word_on_an_event_replaces_the_earlier(
    company: Company, tmp_path: Path
) -> None:
    drop(tmp_path, "events/1.jsonl", line(status="running", finished_at=None, records_moved=None) + "\n")
    company.read()
    drop(tmp_path, "events/copy.jsonl", line(status="running", finished_at=None, records_moved=None) + "\n")
    assert [result.rows_new for result in company.read()] == [0]
    drop(tmp_path, "events/2.jsonl", line() + "\n")
    assert [result.rows_new for result in company.read()] == [1]
    assert [(row["status"], row["records_moved"]) for row in company.rows("sync_event")] == [("ok", 3)]


def test_only_new_files_are_read_but_all_where_one_may_stand_behind_another(company: Company, tmp_path: Path) -> None:
    def dropped(name: str, number: int, minute: int) -> list[int]:
        finished_at = f"2026-11-21T11:{minute}:00Z"
        drop(tmp_path, f"events/{name}.jsonl", line(event_id=f"run-{number}", finished_at=finished_at) + "\n")
        return [result.rows_read for result in company.read()]

    assert dropped("1", 1, 10) == [1]
    assert [result.rows_read for result in company.read()] == [0]
    assert dropped("2", 2, 20) == [1]
    assert dropped("late", 1, 15) == [3]
    # of an event that comes twice the later file's word counts, also when the earlier one was dropped after it
    assert dropped("later", 1, 25) == [1]
    assert dropped("behind", 1, 12) == [5]
    assert {row["event_id"]: row["finished_at"].minute for row in company.rows("sync_event")} == {
        "run-1": 25,
        "run-2": 20,
    }


WRONG = {
    "an unknown key": (event(order_reff="1001"), "'order_reff' is not a known key; did you mean 'order_ref'?"),
    "a customer": (event(customer_email="ann@example.com"), "'customer_email' is not a known key"),
    "no id": (event(event_id=None), "'event_id' is missing"),
    "another flow": (event(flow="invoices"), "'flow' is wrong: it must be one of 'orders'"),
    "no time": (event(started_at=None, finished_at=None), "it says of no time"),
    "money without currency": (event(value="12.00"), "a value without a currency"),
    "a channel that is none": (event(channel="shopify"), f"no channel 'shopify' in auditor.toml; known are {CHANNEL}"),
    "an address as order": (event(order_ref="ann@example.com"), "personal data is not taken here"),
    "a count that is none": (event(records_moved=-1), "'records_moved' is wrong: it must be at least 0"),
    "another century": (event(finished_at="1970-01-01T00:00:00Z"), "an instant of this century"),
    "no object": ([1], "an event is a JSON object"),
}  # fmt: skip


@pytest.mark.parametrize(("given", "said_so"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_with_an_event_is_said_in_one_sentence(given: Any, said_so: str) -> None:
    with pytest.raises(NoEvent) as problem:
        read_event(given, [CHANNEL])
    assert said_so in str(problem.value)
    assert "\n" not in str(problem.value)
    assert "ann@example.com" not in str(problem.value)


def test_text_that_is_no_json_or_endless_is_refused() -> None:
    for text in ("{", "[" * 19_000, '{"event_id": "' + "x" * 30_000 + '"}'):
        with pytest.raises(NoEvent):
            read_text(text, [CHANNEL])


SECRETS = {
    "mail ann.o'hara+x@example.co.uk bounced": "o'hara",
    "GET https://api.example.com/o?token=abc123&name=Ann failed": "abc123",
    "GET https://user:pass@api.example.com/o failed": "pass",
    "Authorization: Bearer abcdef1234567890": "abcdef1234567890",
    "password='s3cr3t' is wrong": "s3cr3t",
    "shpat_0123456789abcdef0123456789abcdef is revoked": "shpat_",
    "call +44 7700 900123 please": "7700",
    "the phone 07700 900123 is no number": "07700",
    "card 4111 1111 1111 1111 was declined": "4111",
    "postcode SW1A 1AA is not served": "SW1A",
    "jwt eyJhbGciOi.eyJzdWIi.c2ln expired": "eyJ",
}


@pytest.mark.parametrize(("message", "hidden"), SECRETS.items())
def test_errors_are_kept_without_what_is_secret_or_personal(message: str, hidden: str) -> None:
    if hidden == "o'hara":
        assert "example.co.uk" not in clean(message)
    else:
        assert hidden not in clean(message)
    assert REMOVED in clean(message)


@pytest.mark.parametrize(
    "message",
    ["Item HP-0042 is not known", "Order 577100000000100199: quantity falls into negative inventory (-5002)",
     "Lock timeout on OITW after 30 s", "Sales order 4711 of 2026-11-21 is closed"],
)  # fmt: skip
def test_ordinary_errors_are_kept_as_they_are(message: str) -> None:
    assert clean(message + "\n  at Service.post()") == message


def test_a_file_with_a_wrong_line_is_set_aside_with_the_line_and_the_rest_is_read(
    company: Company, tmp_path: Path, connector: MiddlewareConnector
) -> None:
    drop(tmp_path, "events/1.jsonl", line() + "\n")
    drop(tmp_path, "events/2.jsonl", line(event_id="a") + "\n\n" + line(event_id="b", kind="batch") + "\n")
    assert [result.status for result in company.read()] == ["complete"]
    assert [row["event_id"] for row in company.rows("sync_event")] == ["run-1"]
    note = (tmp_path / "events" / ASIDE / "2.jsonl.note.txt").read_text(encoding="utf-8")
    assert "line 3: 'kind' is wrong: it must be one of 'run', 'message'" in note
    assert any("was set aside" in message for message in wrong(said(connector)))


def test_a_file_that_is_still_arriving_belongs_to_the_next_reading(
    company: Company, tmp_path: Path, connector: MiddlewareConnector
) -> None:
    drop(tmp_path, "events/1.jsonl", line()[:60], at=NOW - timedelta(minutes=1))
    company.read()
    assert company.rows("sync_event") == []
    assert any("is still arriving" in message for message in wrong(said(connector)))
    drop(tmp_path, "events/1.jsonl", line() + "\n", at=NOW - timedelta(minutes=1))
    company.read()
    assert len(company.rows("sync_event")) == 1


def test_a_damaged_file_that_cannot_be_moved_makes_the_feed_incomplete(
    connector: MiddlewareConnector, tmp_path: Path
) -> None:
    drop(tmp_path, "events/1.jsonl", "{}\n")
    (tmp_path / "events" / ASIDE).write_text("in the way", encoding="utf-8")
    from auditor.connectors.base import Window

    with pytest.raises(Incomplete, match=r"1\.jsonl cannot be read and could not be set aside: line 1"):
        list(connector.read(connector.stream, Window(None, NOW)))


def test_the_feed_is_as_fresh_as_the_newest_event_and_never_from_the_future(company: Company, tmp_path: Path) -> None:
    def watermark() -> datetime | None:
        return company.store.read(lambda con: landing.last_watermark(con, "middleware", "sync_events"))

    company.read()
    assert watermark() == NOW + timedelta(seconds=1) - timedelta(days=90), "nothing was ever heard"
    drop(tmp_path, "events/1.jsonl", line() + "\n")
    company.read()
    assert watermark() == datetime(2026, 11, 21, 11, 0, 50)
    company.read()
    assert watermark() == datetime(2026, 11, 21, 11, 0, 50), "a middleware that falls silent makes its feed stale"
    drop(tmp_path, "events/2.jsonl", line(event_id="x", finished_at="2026-11-22T11:00:00Z") + "\n")
    company.read()
    assert watermark() == company.clock.now()


def test_what_is_posted_waits_on_the_disk_and_lands_with_the_next_reading(
    company: Company, connector: MiddlewareConnector, tmp_path: Path
) -> None:
    assert take([connector], {"events": [event(), event(event_id="run-2")]}) == 2
    assert take([connector], {"events": [event(), event(event_id="run-2")]}) == 2, "sent again after a lost answer"
    assert len(list((tmp_path / "var" / "arrived").iterdir())) == 1
    assert [result.rows_new for result in company.read()] == [2]
    assert list((tmp_path / "var" / "arrived").iterdir()) == []
    assert [row["event_id"] for row in company.rows("sync_event")] == ["run-1", "run-2"]
    assert take([connector], {"events": [event()]}) == 1
    assert [result.rows_new for result in company.read()] == [0]


def test_of_a_batch_with_a_wrong_event_nothing_is_kept(connector: MiddlewareConnector, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^Event 2 of the batch: 'colour' is not a known key"):
        take([connector], {"events": [event(), event(event_id="run-2", colour="red")]})
    wrong_batches: list[Any] = [{"event": []}, {"events": []}, [], {"events": [event()] * 1001}]
    for batch in wrong_batches:
        with pytest.raises(UsageError, match=r"^The batch is wrong: "):
            take([connector], batch)
    assert not (tmp_path / "var" / "arrived").exists()


def test_without_a_word_in_auditor_toml_nothing_is_taken(clock: FixedClock) -> None:
    with pytest.raises(UsageError, match=r"has no \[middleware\]"):
        take([], {"events": [event()]})
    with pytest.raises(ConfigError, match=r"has no \[middleware\]"):
        MiddlewareConnector(settings(), clock)


def test_without_a_folder_doctor_says_that_events_are_posted(tmp_path: Path, clock: FixedClock) -> None:
    posted = MiddlewareConnector(settings(folder=tmp_path, middleware={}), clock)
    assert [outcome for _, outcome, _ in said(posted)] == ["ok"]
