"""What each channel can prove: a table that fits a terminal, and for each no the reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from auditor.checking.library import load
from auditor.connectors.base import Stream
from auditor.service.proof_matrix import WIDTH, matrix
from tests.extract.fake import FakeSystem
from tests.workspace import CHANNEL, settings

DAY = timedelta(days=1)
SHOP = (
    "sales_order", "sales_order_line", "sales_order_shipping", "channel_stock", "refund", "refund_line", "shipment",
)  # fmt: skip
BOOKS = (
    "b1_order", "b1_invoice", "b1_delivery", "b1_credit_memo", "b1_return", "b1_draft", "b1_item", "b1_item_warehouse",
    "b1_journal", "b1_payment",
)  # fmt: skip


def system(name: str, *tables: str, **cannot: str) -> FakeSystem:
    fake = FakeSystem(system=name, streams=(Stream("all", tables, DAY),))
    fake.cannot = {key.replace("__", "."): why for key, why in cannot.items()}
    return fake


def told(*systems: FakeSystem, channels: tuple[str, ...] = (), **changes: Any) -> list[str]:
    others = tuple({"id": channel} for channel in channels)
    return list(matrix(settings(*others, channel=changes or None), [system("b1", *BOOKS), *systems], load()))


def test_a_shop_that_tells_everything_proves_everything() -> None:
    lines = told(system(CHANNEL, *SHOP, "payout", "payout_line"))
    assert lines[:2] == ["", "What each channel can prove:"]
    assert lines[2].split() == [CHANNEL]
    assert {line.split()[1] for line in lines[3:]} == {"yes"}
    checks = {check.check_id for check in load() if check.header.judges == "channel"}
    assert {line.split()[0] for line in lines[3:]} == checks


def test_what_it_cannot_tell_is_told_once_for_all_checks_that_need_it() -> None:
    lines = told(system(CHANNEL, *SHOP, "payout", "payout_line", sales_order__tax="UK orders come without VAT"))
    rows = {line.split()[0]: line.split()[1] for line in lines[3:20]}
    assert {check for check, cell in rows.items() if cell == "no"} == {"tax_amount_error", "tax_rounding_document"}
    assert " ".join(" ".join(lines[20:]).split()) == (
        f"no tax_amount_error, no tax_rounding_document: {CHANNEL} tells no tax of an order: "
        "UK orders come without VAT."
    )


def test_payouts_come_with_the_files_of_the_provider() -> None:
    shop = system(CHANNEL, *SHOP, payout="its provider tells them")
    without = " ".join(told(shop))
    assert "no payout_not_posted: shopify-uk tells no payout: the platform has none;" in without
    assert "name the files of its payment provider under" in " ".join(without.split())
    files = system(f"{CHANNEL}.settlements", "payout", "payout_line")
    assert "no payout" not in " ".join(told(shop, files))


def test_stock_of_a_channel_without_locations_can_be_compared_with_nothing() -> None:
    text = " ".join(" ".join(told(system(CHANNEL, *SHOP, "payout", "payout_line"), locations={})).split())
    assert "no stock_drift, no stock_oversell_exposure, no stock_source_unavailable, no stock_warehouse_subset" in text
    assert "no location of it is mapped to warehouses" in text


def test_many_channels_stand_in_several_tables_that_fit_a_terminal() -> None:
    names = tuple(f"a-channel-with-a-long-name-{number}" for number in range(5))
    lines = told(
        *(
            system(name, *SHOP, payout="its provider tells them, in files that are dropped into a folder")
            for name in (CHANNEL, *names)
        ),
        channels=names,
    )
    assert max(map(len, lines)) <= WIDTH
    heads = [name for line in lines for name in line.split() if name in {CHANNEL, *names} and line.startswith(" " * 20)]
    assert heads == [CHANNEL, *names]
