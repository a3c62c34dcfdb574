"""The company's bank account: what the providers transfer, as CAMT.053 and MT940 statements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from auditor.money import ZERO
from auditor.sandbox.basics import CURRENCY
from auditor.sandbox.payout import Payout

IBAN = "GB33BUKB20201555555555"
PAYERS = {
    "shopify_payments": "SHOPIFY", "stripe": "STRIPE", "adyen": "ADYEN", "mirakl": "JOHN LEWIS", "tiktok": "TIKTOK",
    "paypal": "PAYPAL",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class BankTransfer:
    """Money that came in (positive) or went out."""

    booked_on: date
    amount: Decimal
    reference: str
    end_to_end_id: str
    bank_reference: str


def transfers_of(payouts: Iterable[Payout]) -> list[BankTransfer]:
    """The transfers of payouts that reached the bank, as a rule the day after they were issued."""
    payouts = list(payouts)
    brought: dict[int, Decimal] = {}
    for payout in payouts:
        if payout.arrival.within is not None:
            number = payout.arrival.within.number
            brought[number] = brought.get(number, ZERO) + payout.shown_net
    found = [
        BankTransfer(
            payout.issued_at.date() + timedelta(days=payout.arrival.days),
            payout.shown_net + brought.get(payout.number, ZERO) - payout.arrival.deducted,
            f"{PAYERS[payout.payer]} {payout.arrival.text or payout.key}",
            f"E2E{payout.number}{copy}",
            f"B{payout.number}{copy}",
        )
        for payout in payouts
        if payout.status == "PAID" and payout.shown_net and not payout.arrival.is_lost and not payout.arrival.within
        for copy in (["", "X"] if payout.arrival.is_twice else [""])
    ]
    return sorted(found, key=lambda transfer: (transfer.booked_on, transfer.bank_reference))


def camt053(
    transfers: Iterable[BankTransfer], *, opened_on: date, closed_on: date, opening: Decimal = ZERO, number: int = 1
) -> str:
    """A statement (version 001.08) over these transfers."""
    entries = list(transfers)
    closing = opening + sum((entry.amount for entry in entries), ZERO)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">\n<BkToCstmrStmt>\n'
        f"<GrpHdr><MsgId>M{closed_on:%Y%m%d}{number}</MsgId><CreDtTm>{closed_on}T23:55:00Z</CreDtTm></GrpHdr>\n"
        f"<Stmt><Id>S{closed_on:%Y%m%d}{number}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb>"
        f"<CreDtTm>{closed_on}T23:55:00Z</CreDtTm>\n"
        f"<Acct><Id><IBAN>{IBAN}</IBAN></Id><Ccy>{CURRENCY}</Ccy></Acct>\n"
        f"{_camt_balance('OPBD', opening, opened_on)}{_camt_balance('CLBD', closing, closed_on)}"
        f"{''.join(map(_camt_entry, entries))}"
        "</Stmt>\n</BkToCstmrStmt>\n</Document>\n"
    )


def _camt_balance(code: str, amount: Decimal, day: date) -> str:
    return f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{_camt_amount(amount)}<Dt><Dt>{day}</Dt></Dt></Bal>\n"


def _camt_amount(amount: Decimal) -> str:
    side = "DBIT" if amount < 0 else "CRDT"
    return f'<Amt Ccy="{CURRENCY}">{abs(amount):.2f}</Amt><CdtDbtInd>{side}</CdtDbtInd>'


def _camt_entry(entry: BankTransfer) -> str:
    return (
        f"<Ntry><NtryRef>{entry.bank_reference}</NtryRef>{_camt_amount(entry.amount)}<Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{entry.booked_on}</Dt></BookgDt><ValDt><Dt>{entry.booked_on}</Dt></ValDt>"
        f"<AcctSvcrRef>{entry.bank_reference}</AcctSvcrRef>"
        "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
        f"<NtryDtls><TxDtls><Refs><EndToEndId>{entry.end_to_end_id}</EndToEndId></Refs>{_camt_amount(entry.amount)}"
        f"<RmtInf><Ustrd>{entry.reference}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>\n"
    )


def mt940(
    transfers: Iterable[BankTransfer], *, opened_on: date, closed_on: date, opening: Decimal = ZERO, number: int = 1
) -> str:
    """A statement over these transfers."""
    entries = list(transfers)
    closing = opening + sum((entry.amount for entry in entries), ZERO)
    lines = [":20:STARTUMS", f":25:{IBAN}", f":28C:{number:05d}/001", f":60F:{_mt_balance(opening, opened_on)}"]
    for entry in entries:
        side, amount = ("D" if entry.amount < 0 else "C"), _mt_amount(entry.amount)
        day = entry.booked_on
        lines += [
            f":61:{day:%y%m%d}{day:%m%d}{side}{amount}NTRF{entry.end_to_end_id}//{entry.bank_reference}",
            f":86:166?00GUTSCHRIFT?20{entry.reference}",
        ]
    lines += [f":62F:{_mt_balance(closing, closed_on)}", "-"]
    return "\r\n".join(lines) + "\r\n"


def _mt_balance(amount: Decimal, day: date) -> str:
    return f"{'D' if amount < 0 else 'C'}{day:%y%m%d}{CURRENCY}{_mt_amount(amount)}"


def _mt_amount(amount: Decimal) -> str:
    return f"{abs(amount):.2f}".replace(".", ",")
