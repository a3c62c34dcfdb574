"""What really happened -> the provider's file -> connector -> shape.sql: every payout again, to the penny."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from auditor.clock import FixedClock
from auditor.connectors.bank import BankConnector
from auditor.connectors.bank.recognise import understand as understand_bank
from auditor.connectors.settlements import SettlementsConnector
from auditor.connectors.settlements.paypal_chain import chain_of
from auditor.connectors.settlements.recognise import understand
from auditor.connectors.settlements.report import Report
from auditor.money import ZERO
from auditor.sandbox.catalogue import Shop
from auditor.sandbox.payout import BalanceRow, Payout
from auditor.sandbox.sale import Payment, Sale
from auditor.sandbox.settlements import (
    adyen_csv,
    adyen_name,
    camt053,
    charge_id,
    mt940,
    paypal_days,
    paypal_name,
    paypal_stl,
    psp_reference,
    refund_id,
    stripe_csv,
    transfers_of,
)
from auditor.sandbox.shops import BIGCOMMERCE, MAGENTO
from auditor.settings import Bank
from tests.connectors.dropping import NOW, Company, Row, drop, said, wrong
from tests.workspace import settings

Status = Literal["PAID", "SCHEDULED", "FAILED", "CANCELED"]
START = datetime(2026, 10, 23, 22, 30)  # over the autumn night, and over midnight in London
numbers = count(1)


def sale(shop: Shop, number: int, amount: Decimal, at: datetime) -> Sale:
    found = Sale(
        number=number, order_id=number, placed_at=at, location=shop.locations[0], lines=[], shipping=ZERO,
        shipping_rate=ZERO, shipping_id=1, customer=1, gateway=shop.provider, shop=shop,
    )  # fmt: skip
    found.payments.append(Payment(9_000_000 + number, "SALE", "SUCCESS", shop.provider, amount, at))
    return found


def charge(shop: Shop, amount: str | Decimal, fee: str | Decimal, at: datetime = START) -> BalanceRow:
    number = next(numbers)
    sold = sale(shop, shop.first_number + number, Decimal(amount), at)
    return BalanceRow(660_000_000 + number, "CHARGE", at, Decimal(amount), Decimal(fee), sold, sold.payments[0].number)


def refund(of: BalanceRow, amount: str, at: datetime) -> BalanceRow:
    number = next(numbers)
    return BalanceRow(
        660_000_000 + number, "REFUND", at, -Decimal(amount), ZERO, of.sale, 9_500_000 + number, source="REFUND"
    )


def payout(shop: Shop, rows: list[BalanceRow], *, status: Status = "PAID") -> Payout:
    return Payout(shop, 110_700_000 + next(numbers), datetime(2026, 11, 6, 4, 30), rows, status)


def some(shop: Shop) -> list[Payout]:
    """Payouts of every kind that the sandbox plants."""

    def rows() -> list[BalanceRow]:
        first = charge(shop, "44.98", "1.55")
        return [
            first,
            charge(shop, "0.01", "0.00", START + timedelta(hours=3)),
            refund(first, "19.99", START + timedelta(days=1, hours=2, minutes=15)),
        ]

    plain, low, lost, doubled, dear = (payout(shop, rows()) for _ in range(5))
    low.told_net = low.net - 5
    lost.told_rows = lost.rows[1:]
    doubled.told_rows = [*doubled.rows, charge(shop, "44.98", "1.55")]
    dear.rows[0].shown_fee = dear.rows[0].fee + Decimal("0.20")
    nothing = payout(shop, rows())
    number = next(numbers)
    nothing.rows.append(BalanceRow(number, "ADJUSTMENT", START, -nothing.net, source="ADJUSTMENT"))
    negative = payout(shop, [BalanceRow(next(numbers), "ADJUSTMENT", START, Decimal("-35.40"), source="ADJUSTMENT")])
    odd = payout(shop, rows())
    odd.rows.append(BalanceRow(next(numbers), "SHIPPING_LABEL", START, Decimal("-3.20"), source="ADJUSTMENT"))
    dispute = BalanceRow(next(numbers), "DISPUTE_WITHDRAWAL", START, Decimal("-6.00"), Decimal("1.50"))
    odd.rows.append(dispute)
    return [plain, low, lost, doubled, dear, nothing, negative, odd, payout(shop, rows(), status="FAILED")]


def company(folder: Path, shop: Shop, files: dict[str, str]) -> Company:
    clock = FixedClock(NOW)
    chosen = settings(folder=folder, channel={"id": shop.id, "settlements": "drop/*"})
    for name, text in files.items():
        drop(folder / "drop", name, text)
    return Company(SettlementsConnector(chosen, chosen.channel[0], clock), clock)


def check(found: Company, payouts: list[Payout], transaction: Callable[[BalanceRow], str | None]) -> None:
    assert [result.status for result in found.read()] == ["complete", "complete"]
    told = {row["payout_id"]: row for row in found.rows("payout")}
    assert set(told) == {payout.key for payout in payouts}
    lines: dict[str, list[Row]] = {}
    for line in found.rows("payout_line"):
        if line["kind"] != "transfer":
            lines.setdefault(line["payout_id"], []).append(line)
    for payout in payouts:
        row = told[payout.key]
        assert row["net"] == payout.shown_net
        assert row["status"] == ("failed" if payout.status == "FAILED" else "paid")
        assert row["issued_at"].date() == payout.issued_at.date()
        shown = sorted((one.amount, one.told_fee, one.net, one.at) for one in payout.shown_rows)
        assert sorted((x["gross"], x["fee"], x["net"], x["processed_at"]) for x in lines[payout.key]) == shown
        orders = sorted(one.sale.ref for one in payout.shown_rows if one.sale)
        assert sorted(line["order_ref"] for line in lines[payout.key] if line["order_ref"]) == orders
        known = {transaction(one) for one in payout.shown_rows if one.kind in ("CHARGE", "REFUND")}
        assert known <= {line["transaction_id"] for line in lines[payout.key]}
    unknown = [line for part in lines.values() for line in part if line["source_type"].upper() == "SHIPPING_LABEL"]
    assert [line["kind"] for line in unknown] == ["other"]


def test_stripe(tmp_path: Path) -> None:
    payouts = some(BIGCOMMERCE)
    waiting = charge(BIGCOMMERCE, "12.00", "0.43")
    found = company(tmp_path, BIGCOMMERCE, {"stripe.csv": stripe_csv(payouts, [waiting])})
    failed = next(each for each in payouts if each.status == "FAILED")

    def transaction(row: BalanceRow) -> str:
        assert row.transaction is not None
        return refund_id(row.transaction) if row.kind == "REFUND" else charge_id(row.transaction)

    check(found, payouts, transaction)
    rest = [line for line in found.rows("payout_line") if line["payout_id"] is None]
    assert sorted((line["kind"], line["net"]) for line in rest) == [
        ("adjustment", failed.net), ("charge", Decimal("11.57")),
    ]  # fmt: skip
    assert [message for message in wrong(said(found.connector)) if "not known here" not in message] == []
    found.close()


def test_adyen(tmp_path: Path) -> None:
    payouts = some(MAGENTO)
    found = company(tmp_path, MAGENTO, {adyen_name(payout): adyen_csv(payout) for payout in payouts})

    def transaction(row: BalanceRow) -> str:
        assert row.transaction is not None
        return psp_reference(row.transaction)

    check(found, payouts, transaction)
    found.close()


def test_paypal(tmp_path: Path) -> None:
    rows = [charge(BIGCOMMERCE, "20.00", "0.93", START + timedelta(hours=7 * n)) for n in range(20)]
    rows.append(refund(rows[3], "5.00", START + timedelta(hours=50)))
    days = paypal_days(rows, keep=Decimal("7.00"), every=3)
    found = company(tmp_path, BIGCOMMERCE, {paypal_name(day): paypal_stl(day) for day in days})
    found.read()
    told = {row["payout_id"]: row["net"] for row in found.rows("payout")}
    assert told == {day.withdrawal_id: day.withdrawal for day in days if day.withdrawal}
    assert len(told) == 2
    lines = found.rows("payout_line")
    for payout_id, net in told.items():
        mine = [line for line in lines if line["payout_id"] == payout_id]
        assert sum(line["net"] for line in mine if line["kind"] != "transfer") == net
    assert sum(line["gross"] for line in lines if line["kind"] == "charge") == 400
    assert {line["order_ref"] for line in lines if line["kind"] == "charge"} == {
        row.sale.ref for row in rows if row.sale
    }
    assert wrong(said(found.connector)) == []
    found.close()


@pytest.mark.parametrize("write", [camt053, mt940])
def test_the_bank_gets_what_the_payouts_say(tmp_path: Path, write: Callable[..., str]) -> None:
    payouts = [each for each in some(BIGCOMMERCE) if each.net or each.told_net]
    transfers = transfers_of(payouts)
    text = write(transfers, opened_on=date(2026, 11, 6), closed_on=date(2026, 11, 9), opening=Decimal("250.00"))
    drop(tmp_path / "bank", "statement", text)
    clock = FixedClock(NOW)
    found = Company(BankConnector(settings(folder=tmp_path, bank={"statements": "bank/*"}), clock), clock)
    assert [result.status for result in found.read()] == ["complete"]
    shown = {each.key: each.shown_net for each in payouts if each.status == "PAID" and each.shown_net}
    assert {line["reference"].split()[-1]: line["amount"] for line in found.rows("bank_line")} == shown
    (balance,) = found.rows("bank_balance")
    assert (balance["opening"], balance["closing"]) == (250, 250 + sum(shown.values()))
    found.close()


# Laws -----------------------------------------------------------------------------------------------------------------

pennies = st.integers(min_value=-(10**14), max_value=10**14).map(lambda cents: Decimal(cents).scaleb(-2))
bookings = st.integers(min_value=-(10**12), max_value=10**12).map(lambda cents: Decimal(cents).scaleb(-2))
fees = st.integers(min_value=0, max_value=10**10).map(lambda cents: Decimal(cents).scaleb(-2))
moments = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2026, 12, 30)).map(
    lambda moment: moment.replace(microsecond=0)
)
rows_of_a_payout = st.lists(st.tuples(pennies, fees, moments), min_size=1, max_size=6)
quick = hypothesis_settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def made(shop: Shop, drawn: list[tuple[Decimal, Decimal, datetime]]) -> Payout:
    rows = []
    for amount, fee, at in drawn:
        row = charge(shop, abs(amount), fee, at)
        row.kind, row.amount = ("CHARGE", amount) if amount > 0 else ("REFUND", amount)
        rows.append(row)
    return payout(shop, rows)


def amounts(report: Report) -> list[tuple[Decimal, ...]]:
    """Gross, fee and net as they stand in the bodies."""
    bodies = [line.body() for unit in report.units for line in unit.lines if line.kind != "transfer"]
    return sorted(tuple(Decimal(body[name]) for name in ("gross", "fee", "net")) for body in bodies)


@quick
@given(rows_of_a_payout)
def test_amounts_and_times_survive_stripe_exactly(drawn: list[tuple[Decimal, Decimal, datetime]]) -> None:
    paid = made(BIGCOMMERCE, drawn)
    report = understand(stripe_csv([paid]).encode(), settings().company.zone)
    assert amounts(report) == sorted((row.amount, row.fee, row.net) for row in paid.rows)
    assert report.transfers[0].told == report.transfers[0].summed == paid.net
    times = sorted(line.processed_at for unit in report.units for line in unit.lines if line.kind != "transfer")
    assert times == sorted(row.at for row in paid.rows)


@quick
@given(rows_of_a_payout)
def test_amounts_and_times_survive_adyen_exactly(drawn: list[tuple[Decimal, Decimal, datetime]]) -> None:
    paid = made(MAGENTO, drawn)
    report = understand(adyen_csv(paid).encode(), settings().company.zone)
    assert amounts(report) == sorted((row.amount, row.fee, row.net) for row in paid.rows)
    assert report.transfers[0].told == report.transfers[0].summed == paid.net
    times = sorted(line.processed_at for unit in report.units for line in unit.lines if line.kind != "transfer")
    assert times == sorted(row.at for row in paid.rows)


@quick
@given(
    st.lists(st.tuples(fees, fees, st.integers(min_value=0, max_value=9 * 24)), min_size=1, max_size=8),
    fees,
    st.integers(min_value=1, max_value=4),
)
def test_every_withdrawal_of_paypal_adds_up(
    drawn: list[tuple[Decimal, Decimal, int]], keep: Decimal, every: int
) -> None:
    rows = [charge(BIGCOMMERCE, amount + 1, min(fee, amount), START + timedelta(hours=at)) for amount, fee, at in drawn]
    days = paypal_days(rows, keep=keep, every=every)
    reports = [understand(paypal_stl(day).encode(), settings().company.zone) for day in days]
    chain = chain_of(section for report in reports for section in report.sections)
    assert {transfer.payout_id: transfer.told for transfer in chain.transfers} == {
        day.withdrawal_id: day.withdrawal for day in days if day.withdrawal
    }
    assert all(transfer.told == transfer.summed for transfer in chain.transfers)
    found = sorted(
        line.net for report in reports for unit in report.units for line in unit.lines if line.kind == "charge"
    )
    assert found == sorted(row.net for row in rows)
    assert not chain.gaps


@quick
@given(st.lists(bookings.filter(bool), min_size=1, max_size=6), bookings, st.sampled_from([camt053, mt940]))
def test_amounts_survive_the_bank_exactly(drawn: list[Decimal], opening: Decimal, write: Callable[..., str]) -> None:
    payouts = [payout(BIGCOMMERCE, [charge(BIGCOMMERCE, amount, ZERO)]) for amount in drawn]
    transfers = transfers_of(payouts)
    days = {"opened_on": date(2026, 11, 6), "closed_on": date(2026, 11, 9)}
    text = write(transfers, opening=opening, **days)
    (statement,) = understand_bank(text.encode(), Bank(statements="*"), "GBP").statements
    bodies = [json.loads(json.dumps(line.body())) for line in statement.lines]
    assert sorted(Decimal(body["amount"]) for body in bodies) == sorted(drawn)
    assert (statement.opening, statement.closing) == (opening, opening + sum(drawn, ZERO))
