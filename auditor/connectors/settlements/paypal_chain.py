"""PayPal's payouts: a withdrawal to the bank, and the rows of the account since the one before.

PayPal pays out of a running balance, so a withdrawal rarely equals the rows before it. What remains is carried:

    carried in  +  rows since the last withdrawal  −  carried out  =  withdrawal

Carried in is what was left after the last withdrawal, or the begin balance of the first section that follows without a
gap. Carried out is counted back from the end balance that PayPal tells, so that the equation fails exactly where rows
and balances do not agree. Both stand as lines of kind 'reserve'. Rows after the last withdrawal have no payout yet.
A deposit from the bank is a payout of a negative amount.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from auditor.connectors.settlements.paypal import PROVIDER
from auditor.connectors.settlements.report import Line, Section, Transfer, Unit, fee_of_transfer

ADJOINING = timedelta(seconds=1)
"""A window ends at 23:59:59 and the next begins at 00:00:00."""
BROUGHT, CARRIED = "balance brought forward", "balance carried forward"


@dataclass(slots=True)
class Chain:
    """What all sections together say."""

    transfers: list[Transfer] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    """The lines that stand in no file: balances carried, and what a withdrawal cost."""
    payout_of: dict[str, list[str | None]] = field(default_factory=dict)
    """unit of a section -> the payout of each of its moves."""
    gaps: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    """Sections whose next file has not come."""


@dataclass(slots=True)
class _Piece:
    """A move on its place in the account's history."""

    unit: str
    position: int
    amount: Decimal
    line: Line | None


def chain_of(sections: Iterable[Section]) -> Chain:
    """Payouts of all accounts and currencies. Of sections with the same unit the last one counts."""
    chain = Chain()
    latest = {section.unit: section for section in sections}
    chain.payout_of = {unit: [None] * len(section.moves) for unit, section in latest.items()}
    windows: dict[str, set[tuple[datetime, datetime]]] = {}
    books: dict[tuple[str, str], list[Section]] = {}
    for section in latest.values():
        windows.setdefault(section.account, set()).add((section.since, section.until))
        books.setdefault((section.account, section.currency), []).append(section)
    breaks = {account: _breaks(account, found, chain) for account, found in windows.items()}
    for (account, _), found in sorted(books.items()):
        _follow(sorted(found, key=lambda each: (each.since, each.sequence)), breaks[account], chain)
    return chain


def _breaks(account: str, windows: set[tuple[datetime, datetime]], chain: Chain) -> set[datetime]:
    """Where a window begins after days that are not there."""
    found: set[datetime] = set()
    end: datetime | None = None
    for since, until in sorted(windows):
        if end is not None and since - end > ADJOINING:
            found.add(since)
            chain.gaps.append(f"account {account}: nothing from {end:%Y-%m-%d %H:%M} to {since:%Y-%m-%d %H:%M}")
        end = until if end is None else max(end, until)
    return found


def _follow(sections: list[Section], breaks: set[datetime], chain: Chain) -> None:
    carried: Decimal | None = None
    last: datetime | None = None
    waiting: list[_Piece] = []
    for since in sorted({section.since for section in sections}):
        pieces = [section for section in sections if section.since == since]
        begin = next((piece.begin for piece in pieces if piece.begin is not None), None)
        end = next((piece.end for piece in reversed(pieces) if piece.end is not None), None)
        if begin is None or end is None:
            chain.waiting.append(f"account {pieces[0].account}, {since:%Y-%m-%d}, {pieces[0].currency}")
            carried, waiting = None, []
            continue
        if carried is None or any(last is not None and last < cut <= since for cut in breaks):
            carried, waiting = begin, []
        last = since
        moves = [
            _Piece(piece.unit, position, move.amount, move.line)
            for piece in pieces
            for position, move in enumerate(piece.moves)
        ]
        rest = end - sum((move.amount for move in moves), Decimal(0))
        # `rest` is what the balance was before the section, counted back from its end; from here on it is led forward.
        for move in moves:
            rest += move.amount
            if move.line is None:
                waiting.append(move)
                continue
            _pay_out(move, waiting, carried, rest, chain)
            carried, waiting = rest, []


def _pay_out(move: _Piece, before: list[_Piece], carried_in: Decimal, carried_out: Decimal, chain: Chain) -> None:
    line = move.line
    assert line is not None
    payout_id = str(line.transaction_id)
    for piece in (*before, move):
        chain.payout_of[piece.unit][piece.position] = payout_id
    extra = [_carried(line, BROUGHT, carried_in, payout_id), _carried(line, CARRIED, -carried_out, payout_id)]
    if line.fee:
        fee = fee_of_transfer(line)
        fee.payout_id = payout_id
        extra.append(fee)
    extra = [each for each in extra if each.net]
    chain.units.append(Unit(f"{line.line_id}/balance", extra))
    transfer = Transfer(payout_id, PROVIDER, line.currency, line.processed_at, -line.gross)
    transfer.summed = sum([piece.amount for piece in before] + [each.net for each in extra], Decimal(0))
    transfer.source_status = line.source_type
    transfer.trace_id = line.more.get("bank_reference_id")
    chain.transfers.append(transfer)


def _carried(line: Line, word: str, amount: Decimal, payout_id: str) -> Line:
    return Line(
        line_id=f"{line.line_id}/{word.replace(' ', '_')}",
        kind="reserve",
        source_type=word,
        currency=line.currency,
        gross=amount,
        fee=Decimal(0),
        net=amount,
        processed_at=line.processed_at,
        payout_id=payout_id,
    )
