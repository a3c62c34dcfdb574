"""All files of a folder together: the payouts they tell of, and their lines, each once.

Of files that tell of the same thing (a row at Stripe, a batch at Adyen, a section at PayPal) the later one counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from auditor.connectors.base import Page, Record
from auditor.connectors.settlements import adyen, paypal, stripe
from auditor.connectors.settlements.paypal_chain import Chain, chain_of
from auditor.connectors.settlements.report import Line, Report, Transfer, Unit, line_records
from auditor.connectors.shelf import Look, Shelf, Taken
from auditor.errors import Incomplete

NOT_ITEMISED = "not_itemised"


class Book:
    """What one look at the folder says."""

    def __init__(self, system: str, shelf: Shelf[Report], look: Look[Report]) -> None:
        self._system = system
        self._shelf = shelf
        self._taken: Sequence[Taken[Report]] = look.taken
        self.chain: Chain = chain_of(section for taken in look.taken for section in taken.summary.sections)

    def payouts(self) -> list[Transfer]:
        """Every payout once. Raises `Incomplete` where two accounts count their payouts with the same number."""
        found: dict[str, Transfer] = {transfer.payout_id: transfer for transfer in self.chain.transfers}
        uncertain: set[str] = set()
        returned: dict[str, str] = {}
        for taken in self._taken:
            returned |= taken.summary.returned
            for transfer in taken.summary.transfers:
                before = found.get(transfer.payout_id)
                if before is None:
                    found[transfer.payout_id] = replace(transfer)
                elif transfer.provider == stripe.PROVIDER:
                    found[transfer.payout_id] = _joined(before, transfer)
                    uncertain.add(transfer.payout_id)
                else:
                    self._same_account(before, transfer)
                    found[transfer.payout_id] = replace(transfer)
        self._add_up(found, uncertain)
        for payout_id, word in returned.items():
            if payout_id in found:
                found[payout_id].status, found[payout_id].source_status = "failed", word
        return list(found.values())

    def lines(self) -> Iterator[Page]:
        """Every line once, file by file, the latest first."""
        not_itemised = self._not_itemised()  # first, because it also finds out whether payouts can be told apart
        seen: set[str] = set()
        unpaid: dict[str, Unit] = {}
        for taken in reversed(self._taken):
            report = self._shelf.all_of(taken)
            page: list[Record] = []
            for unit in report.units:
                if unit.key in seen:
                    continue
                if report.provider == stripe.PROVIDER and unit.lines[0].payout_id is None:
                    # Rows at Stripe do not change but for the payout they come into, so a file that knows it counts.
                    unpaid.setdefault(unit.key, unit)
                    continue
                seen.add(unit.key)
                self._assign(unit)
                page.extend(line_records(unit.key, unit.lines))
            yield page
        rest = [unit for key, unit in unpaid.items() if key not in seen] + self.chain.units + not_itemised
        yield [record for unit in rest for record in line_records(unit.key, unit.lines)]

    def _assign(self, unit: Unit) -> None:
        """PayPal's rows learn of their payout from the withdrawal that follows."""
        payouts = self.chain.payout_of.get(unit.key)
        if payouts is not None:
            for line, place in zip(unit.lines, paypal.places(unit.lines), strict=True):
                line.payout_id = payouts[place]

    def _not_itemised(self) -> list[Unit]:
        """Of a manual payout Stripe tells no rows: one line stands for all of them."""
        return [
            Unit(f"{payout.payout_id}/{NOT_ITEMISED}", [_whole(payout)])
            for payout in self.payouts()
            if payout.provider == stripe.PROVIDER and payout.source_status == stripe.MANUAL and not payout.rows
        ]

    def _add_up(self, found: dict[str, Transfer], uncertain: set[str]) -> None:
        """Sums of payouts that several files tell of, each row counted once; only where nothing else tells them."""
        wanted = {payout_id for payout_id in uncertain if found[payout_id].told is None or found[payout_id].is_unsigned}
        if not wanted:
            return
        seen: set[str] = set()
        for payout_id in wanted:
            found[payout_id].summed = Decimal(0)
        for taken in reversed(self._taken):
            if not any(transfer.payout_id in wanted and transfer.rows for transfer in taken.summary.transfers):
                continue
            for unit in self._shelf.all_of(taken).units:
                line = unit.lines[0]
                if line.payout_id in wanted and unit.key not in seen and line.kind != "transfer":
                    seen.add(unit.key)
                    found[line.payout_id].summed += line.net

    def _same_account(self, before: Transfer, transfer: Transfer) -> None:
        if before.account != transfer.account:
            raise Incomplete(
                f"{self._system}: batch {transfer.payout_id} is there for the accounts {before.account} and "
                f"{transfer.account}; give each merchant account a folder and a channel of its own."
            )

    def gaps(self) -> list[str]:
        """Batches that are missing between the first and the last, days that no section covers."""
        missing: list[str] = []
        batches: dict[str, set[int]] = {}
        for taken in self._taken:
            for transfer in taken.summary.transfers:
                if transfer.provider == adyen.PROVIDER and transfer.payout_id.isdigit():
                    batches.setdefault(transfer.account or "", set()).add(int(transfer.payout_id))
        for account, numbers in sorted(batches.items()):
            lack = sorted(set(range(min(numbers), max(numbers))) - numbers)
            if lack:
                shown = ", ".join(map(str, lack[:5])) + (" ..." if len(lack) > 5 else "")
                missing.append(f"account {account}: batch {shown} is missing ({len(lack)} in all)")
        return missing + self.chain.gaps


def _joined(one: Transfer, other: Transfer) -> Transfer:
    """The same payout from two of Stripe's reports: its rows, its own row, the list of payouts."""
    rowed = one if one.rows else other
    told = next((each for each in (other, one) if each.told is not None and not each.is_unsigned), None)
    told = told or next((each for each in (other, one) if each.told is not None), None)
    listed = other if other.is_unsigned else one if one.is_unsigned else rowed
    return replace(
        rowed,
        told=told.told if told else None,
        is_unsigned=told.is_unsigned if told else False,
        status=listed.status,
        source_status=stripe.AUTOMATIC
        if stripe.AUTOMATIC in (one.source_status, other.source_status)
        else (listed.source_status),
        trace_id=one.trace_id or other.trace_id,
        rows=one.rows + other.rows,
    )


def _whole(payout: Transfer) -> Line:
    return Line(
        line_id=f"{payout.payout_id}/{NOT_ITEMISED}",
        kind="other",
        source_type=NOT_ITEMISED,
        currency=payout.currency,
        gross=payout.net,
        fee=Decimal(0),
        net=payout.net,
        processed_at=payout.issued_at,
        payout_id=payout.payout_id,
    )
