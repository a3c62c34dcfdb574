"""A whole judgement: outcomes with money counted once, severity, the documents side by side and the reason in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from auditor.checking import library
from auditor.checking.feeds import FeedSpec
from auditor.checking.judge import Judgement, judge
from auditor.checking.library import Library
from auditor.checking.life_cycle import advance
from auditor.checking.open_hours import OpenHours
from auditor.checking.policy import Policy
from auditor.clock import FixedClock
from auditor.maintenance import Closing
from auditor.matching.settings_tables import fill_settings
from auditor.model import Candidate, Severity, State, Verdict, identity_of
from auditor.store.connection import Connection
from auditor.store.owner import Store
from tests.checking.builders import CHANNEL, HEADER, HOUR, NOON, put, put_extract, store, write_check
from tests.workspace import settings

QUARTER = timedelta(minutes=15)
SPECS = [
    FeedSpec(CHANNEL, CHANNEL, "orders", ("sales_order", "sales_order_line", "sales_order_shipping"), QUARTER),
    FeedSpec(CHANNEL, CHANNEL, "refunds", ("refund",), timedelta(hours=1)),
    FeedSpec(CHANNEL, CHANNEL, "stock", ("channel_stock",), QUARTER),
    FeedSpec("b1", None, "orders", ("b1_order", "b1_order_line"), QUARTER),
    FeedSpec("b1", None, "stock", ("b1_item_warehouse",), QUARTER),
    FeedSpec("b1", None, "credit_memos", ("b1_credit_memo",), QUARTER),
]
ORDER = {
    "channel": CHANNEL, "order_id": "7", "order_ref": "#1007", "currency": "GBP", "placed_at": NOON - 5 * HOUR,
    "total": Decimal("126.00"), "tax": Decimal("21.00"), "shipping": Decimal("6.00"), "is_tax_included": True,
    "payment_status": "paid",
}  # fmt: skip
BOOKED = {
    "doc_entry": 42, "doc_num": 1042, "reference": "1007", "currency": "GBP", "total": Decimal("120.00"),
    "tax": Decimal("20.00"), "status": "open", "is_cancelled": False, "doc_on": NOON.date(),
}  # fmt: skip
SHIPPING = {"channel": CHANNEL, "order_id": "7", "shipping_id": "1", "net": Decimal(5), "gross": Decimal(6)}


def header(*reads: str, **values: str) -> str:
    tables = ", ".join(f'"canonical.{table}"' for table in reads)
    text = HEADER.replace('"canonical.sales_order"', tables)
    for name, value in values.items():
        text = text.replace("---*/", f"{name} = {value}\n---*/")
    return text


TOTAL = header("sales_order", "b1_order") + (
    "SELECT o.order_id AS subject_id, o.currency, o.total AS expected, b.total AS actual, "
    "ABS(o.total - b.total) AS money_at_risk, o.placed_at AS occurred_at, o.order_id, o.order_ref, "
    "'order' AS b1_object, b.doc_entry, b.doc_num, 'twelve' AS note_lines_compared "
    "FROM canonical.sales_order AS o JOIN canonical.b1_order AS b ON CONCAT('#', b.reference) = o.order_ref "
    "WHERE o.channel = $channel AND o.total <> b.total ORDER BY 1"
)
MISSING = header("sales_order", "b1_order").replace("---*/", 'grace = "order"\n---*/') + (
    "SELECT o.order_id AS subject_id, o.currency, o.total AS expected, NULL AS actual, o.total AS money_at_risk, "
    "o.placed_at AS occurred_at, o.order_id, o.order_ref FROM canonical.sales_order AS o "
    "LEFT JOIN canonical.b1_order AS b ON CONCAT('#', b.reference) = o.order_ref "
    "WHERE o.channel = $channel AND b.doc_entry IS NULL ORDER BY 1"
)
REFUND = header("refund", "b1_credit_memo") + (
    "SELECT r.refund_id AS subject_id, r.currency, r.total AS expected, NULL AS actual, r.total AS money_at_risk, "
    "r.processed_at AS occurred_at, r.order_id, r.refund_id FROM canonical.refund AS r WHERE r.channel = $channel "
    "ORDER BY 1"
)
DRIFT = header("channel_stock", "b1_item_warehouse") + (
    "SELECT CONCAT(s.sku, '@', s.location) AS subject_id, 'GBP' AS currency, CAST(34 AS DECIMAL(19,6)) AS expected, "
    "s.available AS actual, 10.00 AS money_at_risk, s.updated_at AS occurred_at, s.sku, s.location "
    "FROM canonical.channel_stock AS s WHERE s.channel = $channel ORDER BY 1"
)


@pytest.fixture
def opened() -> Iterator[Store]:
    with store() as one:
        one.write(lambda con: [put_extract(con, n, system=s.system, stream=s.stream) for n, s in enumerate(SPECS)])
        yield one


def checks(folder: Path, **texts: str) -> Library:
    areas = {"order": "orders", "refun": "refunds", "stock": "stock"}
    for check_id, text in texts.items():
        write_check(folder, check_id, text, area=areas[check_id[:5]])
    return library.load(shipped=folder)


def judged(opened: Store, checks: Library, rows: dict[str, list[dict[str, Any]]], **changes: Any) -> Judgement:
    def land(con: Connection) -> None:
        for table, given in rows.items():
            put(con, table, *given)

    opened.write(land)
    with opened.workspace(NOON) as con:
        fill_settings(con, settings(channel={"locations": {"L1": ["01", "02"]}}))
        options: dict[str, Any] = {
            "policy": Policy(), "specs": SPECS, "channels": [CHANNEL], "known_at": NOON, "clock": FixedClock(NOON),
            "previous": {},
        } | changes  # fmt: skip
        return judge(con, checks, **options)


def only(judgement: Judgement) -> Candidate:
    (found,) = [candidate for outcome in judgement.outcomes for candidate in outcome.candidates]
    return found


def test_both_documents_stand_side_by_side_with_their_watermarks_and_the_arithmetic(
    opened: Store, tmp_path: Path
) -> None:
    rows = {"sales_order": [ORDER], "sales_order_shipping": [SHIPPING], "b1_order": [BOOKED]}
    found = only(judged(opened, checks(tmp_path, order_total_mismatch=TOTAL), rows))
    channel, b1 = found.evidence["documents"]
    assert (channel["side"], channel["title"], channel["found"]) == ("channel", "Order #1007", True)
    assert channel["fields"]["Total"] == "126.00 GBP"
    assert channel["fields"]["Placed"] == "2026-03-02T07:00:00Z"
    assert channel["fields"]["Prices include tax"] == "yes"
    assert (b1["side"], b1["system"], b1["title"]) == ("b1", "SAP Business One", "Sales order 1042")
    assert b1["fields"]["Total"] == "120.00 GBP"
    assert b1["fields"]["Date"] == "2026-03-02"
    assert [each["feed"] for each in found.evidence["watermarks"]] == ["shopify-uk orders", "b1 orders"]
    assert {each["watermark"] for each in found.evidence["watermarks"]} == {"2026-03-02T12:00:00Z"}
    assert found.evidence["arithmetic"] == ["lines compared: twelve", "£126.00 - shipping £6.00 = £120.00"]
    assert found.evidence["as_of"] == "2026-03-02T12:00:00Z"


def test_hours_that_do_not_count_stand_beside_the_watermarks(opened: Store, tmp_path: Path) -> None:
    nights = [Closing(NOON - hours * HOUR, NOON - hours * HOUR + HOUR / 2) for hours in (9, 5, 4, 3, 2)]
    hours = OpenHours({"b1": nights, "shopify-de": [Closing(NOON - HOUR, NOON)]})
    rows = {"sales_order": [ORDER], "sales_order_shipping": [SHIPPING], "b1_order": [BOOKED]}
    found = only(judged(opened, checks(tmp_path, order_total_mismatch=TOTAL), rows, hours=hours))
    assert [(each["system"], each["closed_at"][11:16]) for each in found.evidence["closed"]] == [
        ("b1", "08:00"), ("b1", "09:00"), ("b1", "10:00"),
    ]  # fmt: skip


def test_the_paragraph_names_both_figures_and_the_cause(opened: Store, tmp_path: Path) -> None:
    rows = {"sales_order": [ORDER], "sales_order_shipping": [SHIPPING], "b1_order": [BOOKED]}
    found = only(judged(opened, checks(tmp_path, order_total_mismatch=TOTAL), rows))
    assert found.cause == "shipping_left_out"
    assert found.explanation == (
        "Order #1007 comes to £126.00 on shopify-uk and to £120.00 in SAP Business One; they differ by £6.00, and not "
        "because single lines or the tax differ. "
        "Cause: the shipping charge was left out (£126.00 - shipping £6.00 = £120.00)."
    )


def test_when_nothing_explains_it_the_paragraph_says_so(opened: Store, tmp_path: Path) -> None:
    rows = {"sales_order": [ORDER], "b1_order": [BOOKED | {"total": Decimal("119.37")}]}
    found = only(judged(opened, checks(tmp_path, order_total_mismatch=TOTAL), rows))
    assert found.cause is None
    assert found.explanation.endswith("None of the usual causes explains the difference.")


def test_a_side_that_was_read_and_holds_nothing_says_so(opened: Store, tmp_path: Path) -> None:
    found = only(judged(opened, checks(tmp_path, order_missing_in_b1=MISSING), {"sales_order": [ORDER]}))
    nothing = found.evidence["documents"][1]
    assert (nothing["side"], nothing["found"]) == ("b1", False)
    assert nothing["title"] == "Nothing found in SAP Business One"
    assert found.evidence["grace"] == "60 minutes"
    assert "£126.00" in found.explanation


def test_what_is_about_no_record_shows_the_feeds_it_rests_on(opened: Store, tmp_path: Path) -> None:
    text = MISSING.replace(", o.order_id, o.order_ref FROM", ", 'orders' AS flow FROM")
    found = only(judged(opened, checks(tmp_path, order_missing_in_b1=text), {"sales_order": [ORDER]}))
    shown = found.evidence["documents"]
    assert {document["side"] for document in shown} == {"channel", "b1"}
    assert all(document["found"] and set(document["fields"]) == {"Feed", "Promised every"} for document in shown)


def test_severity_follows_the_money_unless_the_check_says_no(opened: Store, tmp_path: Path) -> None:
    rows = {"sales_order": [ORDER]}
    assert only(judged(opened, checks(tmp_path, order_missing_in_b1=MISSING), rows)).severity is Severity.MEDIUM
    fixed = MISSING.replace("---*/", "ladder = false\n---*/")
    assert only(judged(opened, checks(tmp_path, order_missing_in_b1=fixed), {})).severity is Severity.LOW


def test_a_refund_of_a_missing_order_is_muted_and_says_why(opened: Store, tmp_path: Path) -> None:
    refund = {
        "channel": CHANNEL, "order_id": "7", "refund_id": "r1", "currency": "GBP", "total": Decimal("126.00"),
        "processed_at": NOON - HOUR,
    }  # fmt: skip
    both = checks(tmp_path, order_missing_in_b1=MISSING, refund_without_credit_memo=REFUND)
    judgement = judged(opened, both, {"sales_order": [ORDER], "refund": [refund]})
    missing, muted = (outcome.candidates[0] for outcome in judgement.outcomes)
    assert muted.inhibited_by == identity_of("order_missing_in_b1", CHANNEL, "7")
    assert (missing.money_at_risk, muted.money_at_risk) == (Decimal("126.00"), Decimal(0))
    assert "muted because the order itself is missing" in muted.explanation
    states = {finding.check_id: finding.state for finding, _ in advance({}, judgement.outcomes, NOON, 1)}
    assert states == {"order_missing_in_b1": State.OPEN, "refund_without_credit_memo": State.INHIBITED}


def test_stock_shows_every_mapped_warehouse_and_names_the_wrong_figure(opened: Store, tmp_path: Path) -> None:
    held = [
        {"item_code": "A", "warehouse": "01", "on_hand": Decimal(30), "committed": Decimal(5), "ordered": Decimal(0)},
        {"item_code": "A", "warehouse": "02", "on_hand": Decimal(10), "committed": Decimal(1), "ordered": Decimal(0)},
        {"item_code": "A", "warehouse": "77", "on_hand": Decimal(99), "committed": Decimal(0), "ordered": Decimal(0)},
    ]
    level = {"channel": CHANNEL, "location": "L1", "sku": "A", "available": Decimal(40), "updated_at": NOON - HOUR}
    rows = {"b1_item_warehouse": held, "channel_stock": [level]}
    found = only(judged(opened, checks(tmp_path, stock_drift=DRIFT), rows))
    assert [document["title"] for document in found.evidence["documents"]] == [
        "Stock of A",
        "Warehouse 01",
        "Warehouse 02",
    ]
    assert found.evidence["documents"][1]["fields"]["On hand"] == "30"
    assert found.cause == "on_hand_instead_of_available"
    assert "shows 40 of A at L1, more than the 34" in found.explanation


def test_a_feed_that_is_not_fresh_leaves_its_checks_unjudged_and_the_others_judged(
    opened: Store, tmp_path: Path
) -> None:
    opened.write(
        lambda con: put_extract(
            con, 99, system=CHANNEL, stream="refunds", status="failed", reason="429, too many calls"
        )
    )
    both = checks(tmp_path, order_missing_in_b1=MISSING, refund_without_credit_memo=REFUND)
    verdicts = {each.check_id: each for each in judged(opened, both, {"sales_order": [ORDER]}).outcomes}
    assert verdicts["order_missing_in_b1"].verdict is Verdict.FAILED
    unjudged = verdicts["refund_without_credit_memo"]
    assert unjudged.verdict is Verdict.NOT_JUDGED
    assert "429, too many calls" in (unjudged.reason or "")


def test_evidence_is_plain_json_and_the_same_data_a_moment_later_is_no_news(opened: Store, tmp_path: Path) -> None:
    rows = {"sales_order": [ORDER], "sales_order_shipping": [SHIPPING], "b1_order": [BOOKED]}
    library_of_one = checks(tmp_path, order_total_mismatch=TOTAL)
    first = judged(opened, library_of_one, rows)
    evidence = dict(only(first).evidence)
    assert orjson.loads(orjson.dumps(evidence)) == evidence
    findings = {finding.finding_id: finding for finding, _ in advance({}, first.outcomes, NOON, 1)}
    opened.write(
        lambda con: [
            put_extract(con, 50 + n, system=s.system, stream=s.stream, finished_at=NOON, watermark=NOON + QUARTER)
            for n, s in enumerate(SPECS)
        ]
    )
    hours = OpenHours({"b1": [Closing(NOON - 3 * HOUR, NOON - 2 * HOUR)]})
    second = judged(opened, library_of_one, {}, previous=findings, hours=hours)
    (change,) = advance(findings, second.outcomes, NOON + QUARTER, 2)
    assert change[1] is None
    assert change[0].seen_count == 2


def test_each_of_many_findings_shows_its_own_document(opened: Store, tmp_path: Path) -> None:
    orders = [ORDER | {"order_id": str(number), "order_ref": f"#{number}"} for number in range(300)]
    judgement = judged(opened, checks(tmp_path, order_missing_in_b1=MISSING), {"sales_order": orders})
    titles = [each.evidence["documents"][0]["title"] for each in judgement.outcomes[0].candidates]
    assert sorted(titles) == sorted(f"Order #{number}" for number in range(300))
