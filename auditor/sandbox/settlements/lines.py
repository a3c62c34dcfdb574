"""CSV text, and what rows of the provider's account have in common."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from auditor.sandbox.payout import BalanceRow

Field = str | int | Decimal | None


def csv_text(rows: Iterable[Sequence[Field]], *, end: str = "\r\n", quoting: int = csv.QUOTE_MINIMAL) -> str:
    """Lines of fields as text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=end, quoting=quoting)  # type: ignore[arg-type]  # stubs want a literal
    writer.writerows(rows)
    return out.getvalue()


def charge_number(row: BalanceRow) -> int | None:
    """The payment transaction that a row goes back to: its own, of a refund that of the order."""
    if row.kind == "CHARGE":
        return row.transaction
    return row.sale.payments[0].number if row.sale is not None and row.sale.payments else None
