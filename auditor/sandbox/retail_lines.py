"""Order lines of a file: read, checked, shifted, and told apart by what each line is.

The file has the columns of the UCI *Online Retail* data set. Not every line is a sale: postage, discounts, bank
charges, marketplace fees, charity commissions, samples, bad debt and write-offs are written into the same list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from auditor.clock import from_zone, local_day
from auditor.errors import ConfigError
from auditor.sandbox.basics import TIMEZONE

COLUMNS = ("invoice_no", "line_no", "stock_code", "description", "quantity", "invoice_ts", "unit_price", "customer_id",
           "country")  # fmt: skip
_ZONE = ZoneInfo(TIMEZONE)
_POSTAGE = frozenset({"POST", "DOT", "C2"})
_LEDGER = {
    "BANK CHARGES": ("bank charges", "7901"),
    "AMAZONFEE": ("marketplace fees", "6460"),
    "CRUK": ("charity commission", "6210"),
    "S": ("samples", "6220"),
    "B": ("bad debt", "8100"),
}
_VOUCHER = re.compile(r"GIFT_\d+_\d+")


class Kind(StrEnum):
    """What a line is by itself; what becomes of it also depends on its document."""

    PRODUCT = "product"
    MANUAL = "manual"
    VOUCHER = "voucher"
    POSTAGE = "postage"
    DISCOUNT = "discount"
    LEDGER = "ledger"


@dataclass(frozen=True, slots=True)
class FileLine:
    code: str
    """The SKU in capitals without blanks: the file writes some in two ways."""
    title: str
    quantity: int
    price: Decimal
    kind: Kind

    @property
    def value(self) -> Decimal:
        return self.price * self.quantity


@dataclass(frozen=True, slots=True)
class FileDocument:
    """An invoice (`100001`), a credit note (`C100001`) or an adjustment of the ledger (`A100001`)."""

    number: str
    at: datetime
    customer: int | None
    country: str
    lines: tuple[FileLine, ...]

    @property
    def is_credit(self) -> bool:
        return self.number.startswith("C")

    @property
    def is_adjustment(self) -> bool:
        return self.number.startswith("A")


def ledger_account(line: FileLine) -> tuple[str, str]:
    """What a ledger line is called, and the account it is booked on."""
    return _LEDGER.get(line.code, ("adjustment", "8200"))


def kind_of(code: str) -> Kind:
    if code in _POSTAGE:
        return Kind.POSTAGE
    if code in _LEDGER:
        return Kind.LEDGER
    if code == "D":
        return Kind.DISCOUNT
    if code == "M":
        return Kind.MANUAL
    return Kind.VOUCHER if _VOUCHER.fullmatch(code) else Kind.PRODUCT


def load(path: Path) -> pl.DataFrame:
    """The file's lines in order. Raises `ConfigError` when it is not there, not Parquet, or lacks a column."""
    if not path.is_file():
        raise ConfigError(f"There is no file {path}; give the path of a Parquet file of order lines.")
    try:
        known = set(pl.read_parquet_schema(path))
    except (OSError, pl.exceptions.PolarsError) as error:
        raise ConfigError(f"{path} cannot be read as Parquet: {str(error).splitlines()[0]}") from None
    missing = [name for name in COLUMNS if name not in known]
    if missing:
        raise ConfigError(
            f"{path} has no column {', '.join(missing)}; order lines need the columns {', '.join(COLUMNS)}."
        )
    try:
        lines = pl.read_parquet(path, columns=list(COLUMNS)).select(
            pl.col("invoice_no").cast(pl.String).str.strip_chars(),
            pl.col("line_no").cast(pl.Int64),
            pl.col("stock_code").cast(pl.String).str.strip_chars().str.to_uppercase(),
            pl.col("description").cast(pl.String).str.strip_chars(),
            pl.col("quantity").cast(pl.Int64),
            pl.col("invoice_ts").cast(pl.Datetime("us")),
            pl.col("unit_price").cast(pl.Decimal(14, 3)),
            pl.col("customer_id").cast(pl.Int64),
            pl.col("country").cast(pl.String),
        )
    except pl.exceptions.PolarsError as error:
        raise ConfigError(f"{path} has a column of another type: {str(error).splitlines()[0]}") from None
    wrong = lines.filter(pl.any_horizontal(pl.col("invoice_no", "stock_code", "quantity", "invoice_ts",
                                                  "unit_price").is_null()))  # fmt: skip
    if not lines.height:
        raise ConfigError(f"{path} holds no lines.")
    if wrong.height:
        raise ConfigError(f"{path}: {wrong.height} lines lack a number, a code, a quantity, a time or a price.")
    return lines


def documents(lines: pl.DataFrame, now: datetime) -> Iterator[FileDocument]:
    """Documents by time, shifted by whole days so that the last one is of yesterday; times become UTC."""
    times: list[datetime] = lines["invoice_ts"].to_list()
    shift = local_day(now, _ZONE) - timedelta(days=1) - max(times).date()
    titles = _titles(lines)
    first = (
        lines.with_columns(pl.col("invoice_ts").min().over("invoice_no").alias("at"))
        .sort("at", "invoice_no", "line_no", maintain_order=True)
        .select("invoice_no", "at", "customer_id", "country", "stock_code", "quantity", "unit_price")
    )
    kinds = {code: kind_of(code) for code in titles}
    prices: dict[Decimal, Decimal] = {}
    for number, rows in groupby(first.iter_rows(), key=lambda row: str(row[0])):
        held = list(rows)
        _, at, customer, country, *_ = held[0]
        yield FileDocument(
            number,
            from_zone(at + shift, _ZONE),
            customer,
            country or "Unspecified",
            tuple(
                FileLine(code, titles[code], quantity, prices.setdefault(price, price), kinds[code])
                for _, _, _, _, code, quantity, price in held
            ),
        )


def _titles(lines: pl.DataFrame) -> dict[str, str]:
    """The description each code carries most often; the code itself where there is none."""
    counted = (
        lines.filter(pl.col("description").is_not_null() & (pl.col("unit_price") > 0))
        .group_by("stock_code", "description")
        .len()
        .sort("len", "description", descending=[True, False])
        .unique("stock_code", keep="first", maintain_order=True)
    )
    known = dict(zip(counted["stock_code"], counted["description"], strict=True))
    return {code: known.get(code) or code for code in lines["stock_code"].unique().sort()}
