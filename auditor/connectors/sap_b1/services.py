"""What B1 answers through service calls rather than entity sets: posting periods and the company's settings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from auditor.connectors.base import Record
from auditor.connectors.sap_b1.client import B1Client
from auditor.connectors.sap_b1.entities import names
from auditor.connectors.sap_b1.pages import page_of
from auditor.errors import Rejected

# The settings that explain amounts; the rest of these objects is accounts and addresses.
ADMIN_INFO = names(
    "LocalCurrency SystemCurrency TotalsAccuracy AccuracyofQuantities PriceAccuracy RateAccuracy PercentageAccuracy "
    "RoundTaxAmounts RoundingMethod EnableSeparatePriceMode EnableApprovalProcedureInDI BlockStockNegativeQuantity "
    "DisplayRoundingRemark TaxRateDetermination"
)
COMPANY_INFO = names("Version Localization GroupLinesInVATCalculation TaxCalculationSystem BlockStockNegativeQuantity")
PERIOD_MUST = ("PeriodCode", "PostingDateFrom", "PostingDateTo", "PeriodStatus")
PERIOD_KEEP = ("PeriodName", "Locked", "PeriodIndicator")
_NULL = msgspec.Raw(b"null")


class _Category(msgspec.Struct):
    AbsoluteEntry: int


_Period = msgspec.defstruct(
    "FinancePeriod",
    [
        ("AbsoluteEntry", int),
        *((name, msgspec.Raw) for name in PERIOD_MUST),
        *((name, msgspec.Raw, _NULL) for name in PERIOD_KEEP),
    ],
    omit_defaults=True,
)


def periods(client: B1Client) -> Iterator[list[Record]]:
    """All posting periods, a page for each financial year."""
    years: Any = client.query("CompanyService_GetPeriods", page_of(_Category))
    for year in years.value:
        wanted = {"PeriodCategoryParams": {"AbsoluteEntry": year.AbsoluteEntry}}
        answer: Any = client.query("CompanyService_GetFinancePeriods", page_of(_Period), json=wanted)
        yield [Record(str(period.AbsoluteEntry), msgspec.json.encode(period)) for period in answer.value]


def company(client: B1Client) -> list[Record]:
    """Settings of the administration and of the company, one record each."""
    return [
        Record("AdminInfo", _settings(client, "CompanyService_GetAdminInfo", ADMIN_INFO)),
        Record("CompanyInfo", _settings(client, "CompanyService_GetCompanyInfo", COMPANY_INFO)),
    ]


def _settings(client: B1Client, call: str, wanted: tuple[str, ...]) -> bytes:
    kind: Any = msgspec.defstruct(call, [(name, msgspec.Raw, _NULL) for name in wanted], omit_defaults=True)
    try:
        return msgspec.json.encode(client.get(call, kind))
    except Rejected as error:
        if error.status not in {400, 404, 405}:
            raise
        # Older patch levels take this read as POST only.
        return msgspec.json.encode(client.query(call, kind))
