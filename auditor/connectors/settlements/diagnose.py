"""What `auditor doctor` says about a folder of settlement files. It moves nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from auditor.connectors.base import Diagnosis
from auditor.connectors.settlements.book import Book
from auditor.connectors.settlements.report import Report
from auditor.connectors.shelf import Look, Shelf, of_folder
from auditor.errors import RemoteError

SUBJECT = "files"


def diagnose(system: str, shelf: Shelf[Report]) -> Iterator[Diagnosis]:
    """One line each, problems with their mend. Never raises `RemoteError`."""
    look = shelf.look(may_move=False)
    yield from of_folder(shelf, look)
    if not look.taken:
        return
    counted = Counter(taken.summary.provider for taken in look.taken)
    files = ", ".join(f"{count} of {provider}" for provider, count in sorted(counted.items()))
    book = Book(system, shelf, look)
    try:
        payouts = book.payouts()
    except RemoteError as error:
        yield Diagnosis("payouts", "failed", str(error))
        return
    newest = max((payout.issued_at for payout in payouts), default=None)
    last = f"; the newest is of {newest:%Y-%m-%d}" if newest else ""
    yield Diagnosis(SUBJECT, "ok", f"{len(look.taken)} file(s) read ({files}): {len(payouts)} payout(s){last}.")
    unproved = [payout.payout_id for payout in payouts if payout.told is None]
    if unproved:
        yield Diagnosis(
            "payouts",
            "warning",
            f"no file tells what {_some(unproved)} amounted to, so their rows prove nothing; export Stripe's report of "
            "payouts (payouts.itemized) into the same folder.",
        )
    for gap in book.gaps():
        yield Diagnosis("gap", "warning", f"{gap}; fetch the files of it.")
    for waiting in book.chain.waiting:
        yield Diagnosis("gap", "warning", f"the section of {waiting} goes on in a file that is not here; fetch it.")
    yield from _words(look)


def _words(look: Look[Report]) -> Iterator[Diagnosis]:
    unknown = sorted({word for taken in look.taken for word in taken.summary.unknown})
    if unknown:
        yield Diagnosis(
            "row types", "warning", f"{', '.join(unknown)} is not known here; such rows count and are kept as 'other'."
        )
    for note in sorted({note for taken in look.taken for note in taken.summary.notes}):
        yield Diagnosis("amounts", "warning", f"{note}; compare one with the provider's site.")


def _some(ids: list[str]) -> str:
    return ", ".join(sorted(ids)[:3]) + (f" and {len(ids) - 3} more" if len(ids) > 3 else "")
