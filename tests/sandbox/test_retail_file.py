"""A company made from a file: each line is treated as what it is, and none is lost."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from auditor.errors import ConfigError
from auditor.money import ZERO
from auditor.sandbox.host import Sandbox
from auditor.sandbox.retail_file import read
from auditor.sandbox.shops import SHOPIFY, SHOPS, TIKTOK

NOW = datetime(2026, 11, 20, 12)
HOME = "United Kingdom"


def line(number: str, code: str, quantity: int, price: str, at: str, customer: int | None = 17, **more: Any) -> Any:
    return {
        "invoice_no": number, "stock_code": code, "description": more.get("title", f"THING {code}"),
        "quantity": quantity, "invoice_ts": datetime.fromisoformat(at), "unit_price": Decimal(price),
        "customer_id": customer, "country": more.get("country", HOME),
    }  # fmt: skip


def write(path: Path, lines: list[Any]) -> Path:
    numbers: dict[str, int] = {}
    for one in lines:
        numbers[one["invoice_no"]] = numbers.get(one["invoice_no"], 0) + 1
        one["line_no"] = numbers[one["invoice_no"]]
    schema = {"unit_price": pl.Decimal(12, 3), "customer_id": pl.Int32, "quantity": pl.Int32, "line_no": pl.Int32}
    pl.DataFrame(lines, schema_overrides=schema, infer_schema_length=None).write_parquet(path)
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(
        tmp_path / "orders.parquet",
        [
            line("536001", "22001", 4, "2.500", "2011-11-01T10:00:00"),
            line("536001", "22001A", 2, "1.250", "2011-11-01T10:00:00"),
            line("536001", "POST", 1, "3.000", "2011-11-01T10:00:00"),
            line("536001", "22002", 1, "0.000", "2011-11-01T10:00:00"),
            line("536002", "22001a", 6, "1.250", "2011-11-02T10:00:00", 18, country="Germany"),
            line("536002", "gift_0001_10", 1, "8.330", "2011-11-02T10:00:00", 18),
            line("536003", "22003", 80, "1.000", "2011-11-03T09:00:00", 19),
            line("C536004", "22003", -80, "1.000", "2011-11-03T09:12:00", 19),
            line("C536005", "22001", -1, "2.500", "2011-11-05T10:00:00"),
            line("C536005", "POST", -1, "3.000", "2011-11-05T10:00:00"),
            line("C536005", "22009", -3, "4.000", "2011-11-05T10:00:00"),
            line("C536006", "D", -1, "1.500", "2011-11-06T10:00:00"),
            line("536007", "22001", -7, "0.000", "2011-11-07T10:00:00", None, title=None),
            line("C536008", "BANK CHARGES", -1, "12.000", "2011-11-08T10:00:00", None),
            line("A536009", "B", 1, "-100.000", "2011-11-08T11:00:00", None),
            line("536010", "POST", 2, "5.000", "2011-11-09T12:00:00", 20),
        ],
    )


def test_every_line_is_accounted_for(file: Path) -> None:
    _, summary = read(file, NOW, shops=(SHOPIFY,))
    assert summary.lines == 16
    assert dict(summary.fates) == {
        "sold": 4, "shipping": 1, "free gifts": 1, "gift cards": 1, "refunded": 2, "refunded shipping": 1,
        "refunded as goodwill": 1, "credited, sold before the file begins": 1, "stock movement": 1,
        "journal (bank charges)": 1, "journal (bad debt)": 1, "journal (postage invoiced alone)": 1,
        "left out (quantity or price of the wrong sign)": 0,
    }  # fmt: skip


def test_it_ends_yesterday_at_the_minute_of_the_file(file: Path) -> None:
    business, _ = read(file, NOW, shops=(SHOPIFY,))
    assert business.journals[-1].at == datetime(2026, 11, 19, 12)
    assert min(sale.placed_at for sale in business.sales).date() == date(2026, 11, 11)


def test_postage_is_shipping_and_a_free_gift_costs_nothing(file: Path) -> None:
    business, _ = read(file, NOW, shops=(SHOPIFY,))
    sale = business.sales[0]
    assert (sale.number, sale.shipping, sale.total) == (536001, Decimal("3.00"), Decimal("15.50"))
    assert [line.gross for line in sale.lines] == [Decimal("10.00"), Decimal("2.50"), Decimal("0.00")]


def test_one_code_in_two_spellings_is_one_item_and_goods_leave_the_country_untaxed(file: Path) -> None:
    business, _ = read(file, NOW, shops=(SHOPIFY,))
    abroad = business.sales[1]
    assert [line.sku for line in abroad.lines] == ["22001A", "GIFTCARD"]
    assert abroad.tax == 0


def test_a_credit_note_becomes_the_refund_of_an_earlier_sale(file: Path) -> None:
    business, _ = read(file, NOW, shops=(SHOPIFY,))
    refunds = business.sales[0].refunds
    assert [(refund.total, refund.shipping, refund.adjustment) for refund in refunds] == [
        (Decimal("5.50"), Decimal("3.00"), 0),
        (Decimal("1.50"), 0, Decimal("1.50")),
    ]
    assert all(refund.at > business.sales[0].parcels[0].shipped_at for refund in refunds)


def test_bought_and_given_back_within_minutes_is_called_off(file: Path) -> None:
    business, _ = read(file, NOW, shops=(SHOPIFY,))
    sale = business.sales[2]
    assert sale.cancelled_at is not None
    assert not sale.parcels
    assert sale.refunded == sale.total == Decimal("80.00")


def test_what_was_sold_before_the_file_begins_is_a_credit_memo_in_b1_only(file: Path) -> None:
    sandbox = Sandbox.build(7, 0, NOW, file, with_faults=False, shops=(SHOPIFY,))
    memos = [memo for memo in sandbox.b1.all("CreditNotes") if not memo.get("U_RefundId")]
    assert [(memo["NumAtCard"], memo["DocTotal"]) for memo in memos] == [("100001", Decimal("12.00"))]
    assert sandbox.business.stock_moves == {"22001": -7}
    booked = {journal["Memo"] for journal in sandbox.b1.all("JournalEntries")}
    assert len(sandbox.business.journals) == 3
    assert {journal.memo for journal in sandbox.business.journals} <= booked


def test_a_customer_keeps_to_a_shop_that_can_show_what_was_bought(file: Path) -> None:
    business, _ = read(file, NOW, shops=SHOPS)
    shops = {sale.number: sale.shop for sale in business.sales}
    assert "free_lines" in shops[536001].can
    assert {"gift_cards", "exports"} <= shops[536002].can
    assert {sale.shop for sale in read(file, NOW, shops=SHOPS)[0].sales} == set(shops.values())
    assert all(sale.gateway in (sale.shop.provider, "paypal") for sale in business.sales)


def test_what_a_shop_cannot_give_back_is_credited_in_b1_alone(file: Path) -> None:
    business, summary = read(file, NOW, shops=(TIKTOK,))
    first = business.sales[0]
    assert [(refund.total, refund.shipping, refund.adjustment) for refund in first.refunds] == [
        (Decimal("5.50"), Decimal("3.00"), ZERO)
    ]
    assert summary.fates["credited without a sale (money only)"] == 1
    assert business.old_credits[-1].goodwill == Decimal("1.50")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"There is no file .*nowhere\.parquet"):
        read(tmp_path / "nowhere.parquet", NOW)


def test_a_file_that_is_no_parquet_is_named(tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    path.write_text("invoice_no,quantity\n1,2\n")
    with pytest.raises(ConfigError, match=r"orders\.parquet cannot be read as Parquet"):
        read(path, NOW)


def test_a_missing_column_is_named(tmp_path: Path, file: Path) -> None:
    path = tmp_path / "less.parquet"
    pl.read_parquet(file).drop("unit_price", "country").write_parquet(path)
    with pytest.raises(ConfigError, match="has no column unit_price, country; order lines need"):
        read(path, NOW)


def test_a_line_without_a_price_is_refused(tmp_path: Path, file: Path) -> None:
    path = tmp_path / "nulls.parquet"
    pl.read_parquet(file).with_columns(pl.lit(None, pl.Decimal(12, 3)).alias("unit_price")).write_parquet(path)
    with pytest.raises(ConfigError, match="16 lines lack"):
        read(path, NOW)
