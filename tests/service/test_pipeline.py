"""The pipeline over systems that are not there: what it reads when a channel is named, and what a run keeps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from auditor.checking import library
from auditor.checking.policy import Policy
from auditor.clock import FixedClock
from auditor.connectors.base import Stream
from auditor.errors import ConfigError
from auditor.extract.progress import Silent
from auditor.model import Verdict
from auditor.service.pipeline import Auditor
from auditor.store.owner import Store
from tests.checking.builders import NOON
from tests.extract.fake import FakeSystem
from tests.workspace import CHANNEL, remember, settings

FILES = f"{CHANNEL}.settlements"
SYSTEMS = ("b1", CHANNEL, FILES, "other-shop", "bank")


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.in_memory(FixedClock(NOON)) as opened:
        yield opened


def auditor(store: Store, *systems: str, **company: Any) -> Auditor:
    stream = Stream("everything", ("channel_stock",), cadence=timedelta(hours=1))
    connectors = [FakeSystem(system=name, streams=(stream,)) for name in systems]
    told = settings({"id": "other-shop"}, **company)
    return Auditor(told, FixedClock(NOON), store, connectors, library.load(), Policy())


def test_a_named_channel_is_read_with_the_files_of_its_provider_and_b1(store: Store) -> None:
    read = [result.system for result in auditor(store, *SYSTEMS).extract(Silent(), [CHANNEL])]
    assert read == ["b1", CHANNEL, FILES]


def test_without_a_name_everything_is_read(store: Store) -> None:
    assert [result.system for result in auditor(store, *SYSTEMS).extract(Silent())] == list(SYSTEMS)


def test_by_itself_nothing_is_read_from_a_closed_system(store: Store) -> None:
    closed = [{"system": "b1", "closes": "11:00", "opens": "13:00"}]
    one = auditor(store, *SYSTEMS, maintenance=closed)
    by_itself = [result.system for result in one.extract(Silent(), only_due=True)]
    assert by_itself == [system for system in SYSTEMS if system != "b1"]
    assert "b1" in [result.system for result in one.extract(Silent())]  # whoever asks by hand is obeyed


def test_the_files_of_a_provider_are_no_channel_to_be_named(store: Store) -> None:
    with pytest.raises(ConfigError, match="no channel"):
        auditor(store, *SYSTEMS).extract(Silent(), [FILES])


def test_every_system_is_judged_for_its_feeds(store: Store) -> None:
    outcomes = auditor(store, *SYSTEMS).check().outcomes
    assert [one.channel for one in outcomes if one.check_id == "feed_stale"] == list(
        dict.fromkeys(("b1", CHANNEL, "other-shop", *SYSTEMS))
    )


def test_what_cannot_be_told_is_not_judged(store: Store) -> None:
    outcomes = {one.check_id: one for one in auditor(store, "b1", CHANNEL).check().outcomes if one.channel == CHANNEL}
    payout = outcomes["payout_not_posted"]
    assert payout.verdict is Verdict.NOT_JUDGED
    assert payout.reason is not None
    assert payout.reason.startswith(f"{CHANNEL} tells no payout: the platform has none")


def test_a_run_keeps_the_words_that_it_did_not_know(store: Store) -> None:
    remember(store, {"sales_order": [{"channel": CHANNEL, "status": "unknown", "source_status": "frozen"}]})
    one = auditor(store, "b1", CHANNEL)
    report = one.check()
    assert [str(word) for word in report.unknown_words] == [f"{CHANNEL} sales order status: 'frozen' (1 record)"]
    assert one.check_as_of(report.known_at).unknown_words == report.unknown_words
    kept = store.read(lambda con: con.sql("SELECT summary FROM audit.run").fetchall())
    assert json.loads(kept[0][0])["unknown_words"] == [
        {"channel": CHANNEL, "table": "sales_order", "column": "status", "word": "frozen", "records": 1}
    ]
