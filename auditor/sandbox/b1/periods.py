"""Posting periods: the rows of OFPR, the refusal of dates in them, and the two service calls that list them."""

from __future__ import annotations

from datetime import date
from typing import Any

from auditor.sandbox.b1.body import storable
from auditor.sandbox.b1.errors import Refused
from auditor.sandbox.b1.state import B1State

_STATUS = {"N": "ltUnlocked", "S": "ltUnlockedExceptSales", "C": "ltPeriodClosing", "Y": "ltLocked"}


def _day(value: Any) -> str:
    """`20260301` from a date, from `20260301` or from `2026-03-01...`."""
    return f"{value:%Y%m%d}" if isinstance(value, date) else str(value).replace("-", "")[:8]


def check(state: B1State, posting_day: str, *, is_sale: bool) -> None:
    """Refuses a posting in a locked period (-4013) or outside all periods. A company without periods allows all."""
    rows = state.sql_rows.get("OFPR", [])
    if not rows:
        return
    day = _day(posting_day)
    period = next((row for row in rows if _day(row["F_RefDate"]) <= day <= _day(row["T_RefDate"])), None)
    if period is None:
        raise Refused(400, -10, "Date deviates from permissible range [ORIN.DocDate]")
    if period["PeriodStat"] == "Y" or (period["PeriodStat"] == "S" and is_sale):
        raise Refused(400, -4013, "Posting period locked; specify an alternative date")


def categories(state: B1State) -> list[dict[str, Any]]:
    """PeriodCategoryParams of every fiscal year."""
    numbers = dict.fromkeys(int(row.get("Category") or 1) for row in state.sql_rows.get("OFPR", []))
    return [{"AbsoluteEntry": number} for number in numbers]


def finance_periods(state: B1State, category: int) -> list[dict[str, Any]]:
    """FinancePeriod records of one fiscal year."""
    return [
        {
            "AbsoluteEntry": int(row["AbsEntry"]),
            "PeriodCode": row.get("Code"),
            "PeriodName": row.get("Name"),
            "PostingDateFrom": _iso(row, "F_RefDate"),
            "PostingDateTo": _iso(row, "T_RefDate"),
            "ValueDateFrom": _iso(row, "F_DueDate", "F_RefDate"),
            "ValueDateTo": _iso(row, "T_DueDate", "T_RefDate"),
            "TaxDateFrom": _iso(row, "F_TaxDate", "F_RefDate"),
            "TaxDateTo": _iso(row, "T_TaxDate", "T_RefDate"),
            "Locked": "tYES" if row["PeriodStat"] == "Y" else "tNO",
            "PeriodIndicator": row.get("Indicator"),
            "SubNum": int(row.get("SubNum") or 1),
            "PeriodStatus": _STATUS[row["PeriodStat"]],
        }
        for row in state.sql_rows.get("OFPR", [])
        if int(row.get("Category") or 1) == category
    ]


def _iso(row: dict[str, Any], *columns: str) -> str:
    day = _day(next(row[column] for column in columns if row.get(column)))
    return str(storable(date(int(day[:4]), int(day[4:6]), int(day[6:]))))
