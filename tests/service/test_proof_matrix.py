"""What each channel can prove: a table that fits a terminal, and for each no the reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from auditor.checking.library import load
from auditor.connectors.base import Stream
from auditor.service.proof_matrix import WIDTH, matrix
from auditor.store.select_text import canonical_tables
from tests.extract.fake import FakeSystem
from tests.workspace import CHANNEL, settings

DAY = timedelta(days=1)
PAID_OUT = ("payout", "payout_line")
BOOKS = tuple(sorted(name for name in canonical_tables() if name.startswith("b1_")))
BANK = ("bank_balance", "bank_line")
MIDDLEWARE = ("sync_event",)
SHOP = tuple(sorted(canonical_tables() - {*PAID_OUT, *BOOKS, *BANK, *MIDDLEWARE}))
CHECKS = [check for check in load() if check.header.judges == "channel"]


def system(name: str, *tables: str, **cannot: str) -> FakeSystem:
    fake = FakeSystem(system=name, streams=(Stream("all", tables, DAY),))
    fake.cannot = {key.replace("__", "."): why for key, why in cannot.items()}
    return fake


def told(*systems: FakeSystem, channels: tuple[str, ...] = (), **changes: Any) -> list[str]:
    others = tuple({"id": channel} for channel in channels)
    company = [system("b1", *BOOKS), system("bank", *BANK), system("middleware", *MIDDLEWARE)]
    return list(matrix(settings(*others, channel=changes or None), [*company, *systems], load()))


def cells(lines: list[str]) -> dict[str, str]:
    """Check -> yes or no, of the table of one channel."""
    return {line.split()[0]: line.split()[1] for line in lines[3 : 3 + len(CHECKS)]}


def reasons(lines: list[str]) -> str:
    """What stands below that table, as one text."""
    return " ".join(" ".join(lines[3 + len(CHECKS) :]).split())


def needing(*names: str) -> set[str]:
    """Checks that cannot judge without one of these canonical names."""
    return {check.check_id for check in CHECKS if {f"canonical.{name}" for name in names} & set(check.header.needs)}


def said_no(lines: list[str]) -> set[str]:
    return {check for check, cell in cells(lines).items() if cell == "no"}


def test_a_shop_that_tells_everything_proves_everything() -> None:
    lines = told(system(CHANNEL, *SHOP, *PAID_OUT))
    assert lines[:2] == ["", "What each channel can prove:"]
    assert lines[2].split() == [CHANNEL]
    assert cells(lines) == {check.check_id: "yes" for check in CHECKS}
    assert len(lines) == 3 + len(CHECKS)


def test_what_it_cannot_tell_is_told_once_for_all_checks_that_need_it() -> None:
    lines = told(system(CHANNEL, *SHOP, *PAID_OUT, sales_order__tax="UK orders come without VAT"))
    assert said_no(lines) == needing("sales_order.tax") >= {"tax_amount_error", "tax_rounding_document"}
    assert reasons(lines) == (
        f"{', '.join(f'no {check}' for check in cells(lines) if check in said_no(lines))}: "
        f"{CHANNEL} tells no tax of an order: UK orders come without VAT."
    )


def test_payouts_come_with_the_files_of_the_provider() -> None:
    shop = system(CHANNEL, *SHOP, payout="its provider tells them")
    without = told(shop)
    assert {"payout_not_posted", "payout_failed"} <= said_no(without)
    whole = f"{CHANNEL} tells no payout: the platform has none; name the files of its payment provider under"
    assert whole in reasons(without)
    assert not said_no(told(shop, system(f"{CHANNEL}.settlements", *PAID_OUT)))


def test_stock_of_a_channel_without_locations_can_be_compared_with_nothing() -> None:
    lines = told(system(CHANNEL, *SHOP, *PAID_OUT), locations={})
    assert {"stock_drift", "stock_oversell_exposure", "stock_undersell"} <= said_no(lines)
    assert said_no(lines) == needing(
        "channel_stock.available", "channel_stock.on_hand", "channel_source_stock.quantity"
    )
    assert "no location of it is mapped to warehouses" in reasons(lines)


def test_without_a_middleware_what_only_its_events_show_is_not_proved() -> None:
    books = [system("b1", *BOOKS), system("bank", *BANK), system(CHANNEL, *SHOP, *PAID_OUT)]
    lines = list(matrix(settings(), books, load()))
    assert said_no(lines) == {
        check.check_id
        for check in CHECKS
        if any(need.startswith("canonical.sync_event") for need in check.header.needs)
    }
    assert f"{CHANNEL} tells no sync event: nothing that is read from it holds any." in reasons(lines)


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
