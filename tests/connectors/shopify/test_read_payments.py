"""Payouts, their rows and disputes: rolling windows without a time of the last change."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from auditor.clock import FixedClock
from auditor.connectors.base import Window
from auditor.connectors.shopify import ShopifyConnector
from auditor.connectors.shopify.streams import PAYOUT_SETTLES, ROW_SETTLES
from auditor.errors import Incomplete, Rejected
from tests.connectors.shopify.bodies import gid
from tests.connectors.shopify.fake import FakeShopify
from tests.connectors.shopify.shaping import NOW
from tests.connectors.shopify.shop import bodies, connect, dispute, payout, payout_row, read, stream

FIRST = NOW - timedelta(days=90)


@pytest.fixture(autouse=True)
def account(shop: FakeShopify) -> None:
    assert shop.account is not None
    shop.account |= {
        "activated": True,
        "defaultCurrency": "GBP",
        "payouts": [payout(number, days_ago=number) for number in range(1, 121)],
        "balanceTransactions": [payout_row(number, number / 2, 1) for number in range(1, 401)],
        "disputes": [dispute(1, 10), dispute(2, 100)],
    }


def rows(shop: FakeShopify) -> list[dict[str, object]]:
    assert shop.account is not None
    found: list[dict[str, object]] = shop.account["balanceTransactions"]
    return found


def test_payouts_of_the_window_come_and_those_of_the_future_too(shop: FakeShopify, connector: ShopifyConnector) -> None:
    assert shop.account is not None
    shop.account["payouts"].append(payout(999, days_ago=-2))
    found = read(connector, "payouts", FIRST)
    assert len(found) == 91
    assert gid("ShopifyPaymentsPayout", 999) in {record.key for record in found}


def test_rows_begin_earlier_than_the_payouts_they_belong_to(shop: FakeShopify, connector: ShopifyConnector) -> None:
    """Otherwise the oldest payouts of the history would not be the sum of their rows."""
    assert len(read(connector, "balance_transactions", FIRST)) == 2 * (90 + 45)


def test_rows_are_read_in_bulk_and_page_by_page_where_that_is_refused(
    shop: FakeShopify, connector: ShopifyConnector
) -> None:
    in_bulk = {record.key: record.body for record in read(connector, "balance_transactions", FIRST)}
    assert (shop.count("BulkStart"), shop.count("AuditBalanceTransactions")) == (1, 0)
    shop.refuses_bulk = True
    paged = {record.key: record.body for record in read(connector, "balance_transactions", FIRST)}
    assert shop.count("AuditBalanceTransactions") >= 9
    assert paged == in_bulk


def test_rows_are_read_page_by_page_where_a_bulk_operation_fails(
    shop: FakeShopify, connector: ShopifyConnector
) -> None:
    shop.bulk_change = lambda operation: operation.update(status="FAILED", errorCode="INTERNAL_SERVER_ERROR")
    assert len(read(connector, "balance_transactions", FIRST)) == 2 * (90 + 45)


def test_a_row_that_learns_its_payout_later_is_read_again(shop: FakeShopify, connector: ShopifyConnector) -> None:
    late = rows(shop)[40]  # 20.5 days old
    late["associatedPayout"] = {"id": None, "status": "PENDING"}
    window = Window(NOW - timedelta(days=1) - ROW_SETTLES, NOW)
    first = [record for page in connector.read(stream(connector, "balance_transactions"), window) for record in page]
    late["associatedPayout"] = {"id": gid("ShopifyPaymentsPayout", 7), "status": "PAID"}
    again = [record for page in connector.read(stream(connector, "balance_transactions"), window) for record in page]
    assert bodies(first)[str(late["id"])]["associatedPayout"]["id"] is None
    assert bodies(again)[str(late["id"])]["associatedPayout"]["id"] == gid("ShopifyPaymentsPayout", 7)


def test_what_settles_late_lies_within_what_is_read_again(connector: ShopifyConnector) -> None:
    assert stream(connector, "payouts").lookback == PAYOUT_SETTLES >= timedelta(days=30)
    assert stream(connector, "disputes").lookback >= timedelta(days=120)


@pytest.mark.parametrize("name", ["payouts", "balance_transactions", "disputes"])
def test_a_lost_page_is_noticed_by_reading_backwards(shop: FakeShopify, connector: ShopifyConnector, name: str) -> None:
    operation = {
        "payouts": "AuditPayouts",
        "balance_transactions": "AuditBalanceTransactions",
        "disputes": "AuditDisputes",
    }[name]
    shop.refuses_bulk = True
    shop.lose = {(operation, 0)}
    with pytest.raises(Incomplete, match=r"read backwards show [0-9]+ more; a page was lost"):
        read(connector, name, FIRST)


def test_long_windows_are_read_in_slices_without_gap(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.refuses_bulk = True
    found = read(connector, "balance_transactions", FIRST)
    queries = sorted({entry["query"] for entry in shop.variables if "first" in entry})
    assert len(queries) == 9
    assert len({record.key for record in found}) == len(found)
    assert "<" not in queries[-1]


def test_disputes_come_with_their_order(connector: ShopifyConnector) -> None:
    (body,) = bodies(read(connector, "disputes", FIRST)).values()
    assert body["order"] == {"id": gid("Order", 501)}


@pytest.mark.parametrize("name", ["payouts", "balance_transactions", "disputes"])
def test_rows_are_the_same_bytes_when_looked_up(connector: ShopifyConnector, name: str) -> None:
    listed = read(connector, name, NOW - timedelta(days=20))
    looked_up = connector.look_up(stream(connector, name), [record.key for record in listed])
    assert looked_up == listed


def test_a_shop_without_shopify_payments_has_no_payouts(shop: FakeShopify, connector: ShopifyConnector) -> None:
    shop.account = None
    assert read(connector, "payouts", FIRST) == []


def test_an_app_that_may_not_see_the_account_is_not_told_that_there_is_none(
    shop: FakeShopify, clock: FixedClock, tmp_path: Path
) -> None:
    """Shopify answers null in both cases."""
    shop.account = None
    shop.scopes = ("read_orders",)
    with pytest.raises(Rejected, match="payouts cannot be read; grant the app one of: read_shopify_payments_accounts"):
        read(connect(shop, clock, tmp_path), "payouts", FIRST)
