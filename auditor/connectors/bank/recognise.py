"""Which format a bank's file is in: by what it says, whatever its name is."""

from __future__ import annotations

from auditor.connectors.bank import camt, mt940, ofx, sheet
from auditor.connectors.bank.statement import BankFile
from auditor.connectors.delimited import text_of
from auditor.connectors.drop_folder import Damaged
from auditor.settings import Bank

# Banks write texts, not amounts, in their country's old code page.
CODE_PAGE = "cp1252"


def understand(content: bytes, bank: Bank, currency: str) -> BankFile:
    """What a file says. Raises `Damaged` for one that nobody recognises or that is not whole."""
    if ofx.is_ofx(content):
        return ofx.read(content)
    if camt.is_xml(content):
        return camt.read(content)
    text = text_of(content, fallback=CODE_PAGE)
    if mt940.is_mt940(text):
        return mt940.read(text)
    if bank.columns is not None:
        return sheet.read(text, bank, currency)
    raise Damaged(
        1,
        "this is no CAMT.053, MT940 or OFX statement",
        "drop one of these, or for a CSV export describe it in auditor.toml under [bank.columns]",
    )
