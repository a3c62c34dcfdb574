"""`python -m tests.truth`: do two audits of the sandbox find exactly what was planted, and nothing else?

For each seed: build the sandbox, serve it, audit three times through the real pipeline with more than half an hour
between (a first reading of stock is never believed alone, and where a channel does not tell when a level changed, only
after it stood for some time), and compare the findings that are open with the sandbox's truth.
Prints per check and channel what was planted and found, missed, false, of wrong owner or money; ends with 1 on any
deviation.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from auditor import settings as settings_file
from auditor.checking import library
from auditor.checking.abilities import UNREAD
from auditor.model import CheckOutcome
from auditor.sandbox.host import Sandbox
from auditor.sandbox.shops import shops_named
from auditor.sandbox.truth import LookAlike, Planted, Truth, bare
from auditor.service.office import Office

NOW = datetime(2026, 11, 20, 12)
BETWEEN = timedelta(minutes=36)
AUDITS = 3
GRANTED = 20
"""Times the published ceilings for a file: waiting for a year of calls takes the clock past what happens meanwhile."""
# Feeds that stop before the last audit: promised every 15 minutes, and no other check reads them. Magento, John
# Lewis and TikTok Shop have none.
STOPPED = (
    ("shopify-uk", "shop", "Shop"),
    ("bigcommerce-uk", "settings", "/v2/order_statuses"),
)
PARTIAL = ("expense_types", "AdditionalExpenses")
"""A feed of B1 that then answers with less than it counts."""
_SILENT = frozenset({"pending", "inhibited", "resolved"})
_COLUMNS = ("planted", "found", "missed", "false", "owner", "money", "cause")


@dataclass(frozen=True, slots=True)
class Seen:
    """A finding as far as it is compared."""

    check: str
    channel: str
    subject_id: str
    owner: str
    currency: str | None
    money_at_risk: Decimal
    cause: str | None = None


@dataclass(slots=True)
class Verdict:
    """The comparison of one sandbox: counts per check and channel, and a sentence for each deviation."""

    counts: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    sentences: list[str] = field(default_factory=list)

    def count(self, fact: Planted | Seen, what: str) -> None:
        self.counts.setdefault((fact.check, fact.channel), Counter())[what] += 1

    def deviate(self, fact: Planted | Seen, what: str, sentence: str) -> None:
        self.count(fact, what)
        self.sentences.append(f"{what:<6} {sentence}")


def audited(sandbox: Sandbox, folder: Path, audits: int = AUDITS) -> tuple[list[Seen], list[str]]:
    """What the last of some audits reports, and what it could not judge. The only place that knows the pipeline."""
    with sandbox.serve():
        settings = settings_file.load(sandbox.write_settings(folder))
        with Office(settings, sandbox.clock, library=library.from_settings(settings)) as office:
            for _ in range(audits - 1):
                office.audit()
                sandbox.advance(BETWEEN)
            for system, stream, match in STOPPED:
                if system == "b1" or system in sandbox.fronts:
                    sandbox.stop_feed(stream, match, system=system)
            sandbox.lose_pages(*PARTIAL)
            sandbox.disturb("b1")
            report = office.audit()
    seen = [
        Seen(f.check_id, f.channel, bare(f.subject_id), str(f.owner), f.currency, f.money_at_risk, f.cause)
        for f in report.findings
        if str(f.state) not in _SILENT
    ]
    unjudged = [
        f"{outcome.check_id} on {outcome.channel}: {outcome.verdict}, {outcome.reason}"
        for outcome in report.outcomes
        if not outcome.is_judged and not _is_beyond(outcome)
    ]
    stopped = {("b1", PARTIAL[0]), *((system, stream) for system, stream, _ in STOPPED)}
    unjudged += [
        f"{e.system}:{e.stream} was read {e.status}: {e.reason}"
        for e in report.extracts
        if e.reason and (e.system, e.stream) not in stopped
    ]
    return seen, unjudged


def _is_beyond(outcome: CheckOutcome) -> bool:
    """The check needs what the channel's connector says it has no word for, so that it rightly judges nothing there."""
    reason = outcome.reason or ""
    return reason.startswith(f"{outcome.channel} tells no ") and UNREAD not in reason


def compare(truth: Truth, seen: Iterable[Seen], audits: int = AUDITS) -> Verdict:
    """What is planted for so many audits against what was found, one to one by check, channel and subject."""
    verdict = Verdict()
    found = {(finding.check, finding.channel, finding.subject_id): finding for finding in seen}
    for planted in truth.planted:
        if planted.audit > audits:
            continue
        verdict.count(planted, "planted")
        finding = found.pop((planted.check, planted.channel, planted.subject_id), None)
        if finding is None:
            verdict.deviate(planted, "missed", _name(planted))
            continue
        verdict.count(planted, "found")
        if finding.owner != planted.owner:
            verdict.deviate(planted, "owner", f"{_name(planted)}: {finding.owner}, not {planted.owner}")
        # A finding without money need not name a currency.
        same_currency = finding.currency == planted.currency or not (finding.money_at_risk or finding.currency)
        if finding.money_at_risk != planted.money_at_risk or not same_currency:
            amount = f"{finding.money_at_risk} {finding.currency}, not {planted.money_at_risk} {planted.currency}"
            verdict.deviate(planted, "money", f"{_name(planted)}: {amount}")
        if planted.cause is not None and finding.cause != planted.cause:
            verdict.deviate(planted, "cause", f"{_name(planted)}: {finding.cause}, not {planted.cause}")
    for _, finding in sorted(found.items()):
        name = f"{finding.check} {finding.channel} {finding.subject_id}"
        verdict.deviate(finding, "false", f"{name} {finding.money_at_risk}{_look_alike(truth, finding)}")
    return verdict


def _name(planted: Planted) -> str:
    return f"{planted.check} {planted.channel} {planted.subject_id} ({planted.note})"


def _look_alike(truth: Truth, finding: Seen) -> str:
    """What the falsely reported subject really is, when the sandbox knows."""
    subject = finding.subject_id
    order = subject.partition(":")[0]
    alikes = [alike for alike in truth.look_alikes if alike.channel == finding.channel]
    for alike in alikes:
        prefix = alike.subject_id.removesuffix("*")
        if subject == alike.subject_id or (prefix != alike.subject_id and subject.startswith(prefix)):
            return f" ({'' if alike.check == finding.check else alike.check + ': '}{alike.note})"
    facts: list[LookAlike | Planted] = [*alikes, *truth.planted]
    same = (one for one in facts if (one.channel, one.subject_id.partition(":")[0]) == (finding.channel, order))
    return next((f" (order of {fact.check}: {fact.note})" for fact in same), "")


def table(verdicts: Sequence[Verdict]) -> str:
    """All seeds together: a row per check, and how many were planted and found in each channel.

    A channel's cell is `found/planted`, with the number of other deviations behind it where there are any.
    """
    sums: dict[tuple[str, str], Counter[str]] = {}
    for verdict in verdicts:
        for key, counts in verdict.counts.items():
            sums.setdefault(key, Counter()).update(counts)
    channels = sorted({channel for _, channel in sums})
    rows: dict[str, dict[str, Counter[str]]] = {}
    for (check, channel), counts in sums.items():
        for row in (check, "all"):
            rows.setdefault(row, {}).setdefault(channel, Counter()).update(counts)
    lines = [f"{'check':<30}" + "".join(f"{name:>9}" for name in _COLUMNS) + "".join(f"{c:>16}" for c in channels)]
    for check in [*sorted(rows.keys() - {"all"}), *(rows.keys() & {"all"})]:
        whole = sum(rows[check].values(), Counter())
        cells = "".join(f"{_cell(rows[check].get(channel)):>16}" for channel in channels)
        lines.append(f"{check:<30}" + "".join(f"{whole[name]:>9}" for name in _COLUMNS) + cells)
    return "\n".join(lines)


def _cell(counts: Counter[str] | None) -> str:
    if counts is None:
        return "-"
    others = counts["false"] + counts["owner"] + counts["money"] + counts["cause"]
    return f"{counts['found']}/{counts['planted']}" + (f" !{others}" if others else "")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.truth", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7, 11, 2026])
    parser.add_argument("--orders", type=int, default=3000)
    parser.add_argument("--channels", nargs="+", default=[], help="kinds or ids; default: all")
    parser.add_argument("--audits", type=int, default=AUDITS)
    parser.add_argument("--now", type=datetime.fromisoformat, default=NOW, help="the sandbox's present, UTC")
    parser.add_argument("--orders-file", type=Path, help="a Parquet file of order lines instead of invented orders")
    parser.add_argument("--verbose", type=int, default=40, help="how many deviations are printed in words")
    given = parser.parse_args(arguments)
    verdicts: list[Verdict] = []
    failed = False
    for seed in given.seeds:
        started = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="auditor-truth-") as folder:
            sandbox = Sandbox.build(
                seed,
                given.orders,
                given.now,
                given.orders_file,
                shops=shops_named(given.channels),
                granted_calls=GRANTED if given.orders_file else 1,
            )
            built = time.perf_counter() - started
            seen, unjudged = audited(sandbox, Path(folder), given.audits)
        verdict = compare(sandbox.truth, seen, given.audits)
        verdicts.append(verdict)
        seconds = time.perf_counter() - started
        deviations = len(verdict.sentences)
        failed = failed or bool(deviations) or bool(unjudged)
        print(
            f"seed {seed}: {len(sandbox.business.sales)} orders, {len(sandbox.truth.planted)} faults and "
            f"{len(sandbox.truth.look_alikes)} look-alikes planted; {deviations} deviations "
            f"(built in {built:.1f} s, {given.audits} audits in {seconds - built:.1f} s)",
            flush=True,
        )
        for sentence in [*unjudged, *verdict.sentences[: given.verbose]]:
            print(f"  {sentence}")
    print(table(verdicts))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
