"""The plan of failures."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from auditor.sandbox.failures import Failures


def test_an_empty_plan_lets_everything_work() -> None:
    assert Failures().next_for("b1", "GET Orders") is None


def test_a_failure_waits_for_its_call_and_happens_as_often_as_planned() -> None:
    failures = Failures()
    failures.inject("bad_gateway_html", system="b1", match="Orders", after=1, times=2)
    answers = [failures.next_for("b1", "GET Orders") for _ in range(4)]
    assert [answer.kind if answer else None for answer in answers] == [
        None,
        "bad_gateway_html",
        "bad_gateway_html",
        None,
    ]
    assert failures.happened("bad_gateway_html") == 2


def test_another_system_and_another_call_are_not_meant() -> None:
    failures = Failures()
    failures.inject("throttle", system="shopify-uk", match="AuditOrdersDelta")
    assert failures.next_for("b1", "AuditOrdersDelta") is None
    assert failures.next_for("shopify-uk", "AuditShop") is None
    assert failures.next_for("shopify-uk", "AuditOrdersDelta") is not None


def test_details_reach_the_simulation() -> None:
    failures = Failures()
    failures.inject("warehouse_silent", system="b1", match="Items", times=None, warehouse="02")
    for _ in range(3):
        failure = failures.next_for("b1", "GET Items")
        assert failure is not None
        assert failure.detail["warehouse"] == "02"
    failures.clear()
    assert failures.next_for("b1", "GET Items") is None


def test_the_failure_that_names_the_call_most_closely_goes_first() -> None:
    failures = Failures()
    failures.inject("warehouse_silent", system="b1", times=None, warehouse="02")
    failures.inject("server_error", system="b1", match="Drafts", times=None)
    kinds = [failure.kind for call in ("GET Drafts", "GET Items") if (failure := failures.next_for("b1", call))]
    assert kinds == ["server_error", "warehouse_silent"]


def test_threads_share_one_count() -> None:
    failures = Failures()
    failures.inject("closed_connection", system="b1", times=50)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: failures.next_for("b1", "GET Orders"), range(200)))
    assert sum(answer is not None for answer in answers) == 50


def test_an_unknown_kind_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'earthquake' is not a kind of failure"):
        Failures().inject("earthquake", system="b1")  # type: ignore[arg-type]  # that is the point
