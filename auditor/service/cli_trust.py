"""Commands by which people come to trust the checks: planted faults, and a policy tried on the past."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from rich.console import Console
from rich.table import Table

from auditor.checking import policy as policies
from auditor.money import ZERO, format_money
from auditor.service.office import Office
from auditor.service.policy_compare import Comparison, Difference, compare
from auditor.service.prove import Proofs, Proved
from auditor.service.show import line
from auditor.settings import Settings

SPAN = timedelta(days=30)
_NAMED = 5


def compared(office: Office, settings: Settings, file: Path) -> Comparison:
    """The policy in a file against the one in force, over the last 30 days."""
    channels = [channel.id for channel in settings.channel]
    after = policies.load(office.library, channels, policies.shipped_file(), file)
    return compare(office.workbench, policies.from_settings(settings, office.library), after, SPAN)


def show_comparison(out: Console, comparison: Comparison) -> None:
    """Per check and channel how many findings the policy would have added and taken away, the dearest by name."""
    days = len(comparison.days)
    line(out, f"Tried on {days} day{'' if days == 1 else 's'} on which something was judged; nothing was changed.")
    for one in comparison.differences:
        line(out, (one.check_id, "bold"), f" on {one.channel}: {one.unchanged} as before")
        _some(out, "raised ", one, raised=True)
        _some(out, "dropped", one, raised=False)


def _some(out: Console, word: str, one: Difference, *, raised: bool) -> None:
    found = one.raised if raised else one.dropped
    sums: dict[str | None, Decimal] = {}
    for candidate in found:
        sums[candidate.currency] = sums.get(candidate.currency, ZERO) + candidate.money_at_risk
    money = ", ".join(format_money(amount, currency) for currency, amount in sums.items() if amount)
    line(out, f"  {word} {len(found):>6,}", f"  {money}" if money else "")
    for candidate in found[:_NAMED]:
        amount = format_money(candidate.money_at_risk, candidate.currency)
        line(out, f"          {candidate.keys.get('order_ref') or candidate.subject_id}  {amount}")
    if len(found) > _NAMED:
        line(out, f"          and {len(found) - _NAMED:,} more")


def show_proofs(out: Console, proofs: Proofs, checks: int) -> None:
    """Coverage first, then a line for each fault that was not reported rightly, then what could not be tried."""
    counted = proofs.count()
    line(
        out,
        (f"{len(proofs.proved_checks)} of {checks} checks proved", "bold"),
        f": {counted[Proved.PROVED]} planted faults reported with the right owner and money, "
        f"{counted[Proved.MISSED]} missed, {counted[Proved.WRONG]} told wrongly.",
    )
    for proof in proofs.failed:
        line(out, (proof.outcome.value, "red"), f"  {proof.reason}")
    table = Table(box=None, pad_edge=False)
    for name in ("check", "proved on", "not tried on"):
        table.add_column(name, overflow="fold")
    for check_id in sorted({proof.check_id for proof in proofs.proofs}):
        own = [proof for proof in proofs.proofs if proof.check_id == check_id]
        proved = dict.fromkeys(proof.channel for proof in own if proof.outcome is Proved.PROVED)
        others = dict.fromkeys(
            f"{proof.channel} ({'no victim' if proof.outcome is Proved.NO_VICTIM else 'not judged'})"
            for proof in own
            if proof.outcome in (Proved.NO_VICTIM, Proved.NOT_JUDGED)
        )
        table.add_row(check_id, ", ".join(proved), ", ".join(others))
    out.print(table)
    if proofs.without:
        line(out, f"Without a plant: {', '.join(proofs.without)}.")
