"""What `auditor doctor` says about the bank's statements. It moves nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from auditor.connectors.bank.shown_twice import told_twice
from auditor.connectors.bank.statement import BankFile, Statement
from auditor.connectors.base import Diagnosis
from auditor.connectors.shelf import Look, Shelf, of_folder


def diagnose(shelf: Shelf[BankFile]) -> Iterator[Diagnosis]:
    """One line each, problems with their mend. Never raises `RemoteError`."""
    look = shelf.look(may_move=False)
    yield from of_folder(shelf, look)
    if not look.taken:
        return
    counted = Counter(taken.summary.format for taken in look.taken)
    files = ", ".join(f"{count} {kind}" for kind, count in sorted(counted.items()))
    accounts = _accounts(look)
    days = [statement.closed_on for found in accounts.values() for statement in found if statement.closed_on]
    last = f"; the newest is of {max(days)}" if days else ""
    yield Diagnosis("files", "ok", f"{len(look.taken)} file(s) read ({files}), {len(accounts)} account(s){last}.")
    for sentence in told_twice(look.taken):
        yield Diagnosis("formats", "failed", sentence)
    for account, statements in sorted(_accounts(look, only_whole=True).items()):
        for overlap in _overlaps(statements):
            yield Diagnosis(
                "overlap", "warning", f"account {account}: {overlap}; keep statements that follow each other."
            )
    for account, statements in sorted(accounts.items()):
        for gap in _gaps(statements):
            yield Diagnosis("gap", "warning", f"account {account}: {gap}; fetch the statements between.")


def _accounts(look: Look[BankFile], *, only_whole: bool = False) -> dict[str, list[Statement]]:
    """The statements of each account that tell both balances, each once, in the order of their days."""
    found: dict[str, dict[str, Statement]] = {}
    for taken in look.taken:
        for statement in taken.summary.statements if taken.summary.is_whole or not only_whole else ():
            found.setdefault(statement.account, {})[statement.statement_id] = statement
    return {
        account: sorted(known.values(), key=lambda each: (str(each.closed_on), each.number or 0, each.statement_id))
        for account, known in found.items()
    }


def _overlaps(statements: list[Statement]) -> Iterator[str]:
    """Statements that tell of the same days: their bookings have ids of the statement, so they would count twice."""
    told = sorted((each for each in statements if each.days is not None), key=lambda each: each.days or ())
    for before, after in pairwise(told):
        if before.days is not None and after.days is not None and after.days[0] < before.days[1]:
            yield f"{before.statement_id} and {after.statement_id} both tell of {after.days[0]} and may count it twice"


def _gaps(statements: list[Statement]) -> Iterator[str]:
    """Where one statement does not begin as the one before ended."""
    whole = [each for each in statements if each.opening is not None and each.closing is not None]
    for before, after in pairwise(whole):
        jumps = before.number is not None and after.number is not None and after.number > before.number + 1
        # CSV exports overlap as people choose their days; only statements follow each other.
        follows = before.closed_on is not None and after.opened_on is not None and after.opened_on >= before.closed_on
        if jumps or (follows and before.closing != after.opening):
            yield (
                f"{before.statement_id} closes at {before.closing} and {after.statement_id} opens at {after.opening}"
                + (f" ({before.number} and {after.number} by the bank's count)" if jumps else "")
            )
