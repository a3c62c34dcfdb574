"""What commands print for people: amounts with currency, times in the company's zone, plain words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from auditor.clock import to_zone
from auditor.connectors.base import Diagnosis
from auditor.extract.progress import ExtractResult
from auditor.model import Finding, Owner
from auditor.model.finding import State
from auditor.money import ZERO, format_money
from auditor.service.pipeline import AuditReport

_LIVE = {State.OPEN, State.ACKNOWLEDGED, State.IN_ACTION, State.AWAITING_VERIFICATION}
_MARKS = {"ok": "[green]ok     [/]", "warning": "[yellow]warning[/]", "failed": "[red]failed [/]"}


def diagnosis(out: Console, line: Diagnosis) -> None:
    out.print(f"{_MARKS[line.outcome]} {line.subject}: {line.message}", highlight=False, soft_wrap=True)


def extracts(out: Console, results: Sequence[ExtractResult]) -> None:
    """One line for each feed that could not be read, and a sum of those that could."""
    complete = [result for result in results if result.status == "complete"]
    rows, new, calls = (sum(getattr(r, name) for r in complete) for name in ("rows_read", "rows_new", "calls"))
    out.print(
        f"Read {len(complete)} feeds: {rows:,} records, {new:,} new or changed, {calls:,} calls.", highlight=False
    )
    for result in results:
        if result.status != "complete":
            out.print(
                f"[yellow]{result.status}[/] {result.system} {result.stream}: {result.reason}",
                highlight=False,
                soft_wrap=True,
            )


def report(out: Console, audited: AuditReport) -> None:
    """The summary of an audit: per check count, money at risk and owner."""
    if audited.extracts:
        extracts(out, audited.extracts)
    live = [finding for finding in audited.findings if finding.state in _LIVE]
    pending = sum(finding.state is State.PENDING for finding in audited.findings)
    if live:
        out.print(_by_check(live, audited.titles, is_wide=out.width >= 110))
    else:
        out.print("No open findings.")
    if pending:
        out.print(
            f"{pending} more differences wait for a second reading before they are reported.",
            highlight=False,
            soft_wrap=True,
        )
    for outcome in audited.outcomes:
        if str(outcome.verdict) in ("not_judged", "broken"):
            word = "could not be judged" if str(outcome.verdict) == "not_judged" else "is broken"
            out.print(
                f"[yellow]{outcome.check_id}[/] ({outcome.channel}) {word}: {outcome.reason}",
                highlight=False,
                soft_wrap=True,
            )
    out.print(
        f"As of {moment(audited.known_at, audited.zone)}. {audited.opened} opened, {audited.resolved} resolved "
        f"in this audit ({audited.seconds:.1f} s).",
        highlight=False,
    )


def _by_check(live: Iterable[Finding], titles: Mapping[str, str], *, is_wide: bool) -> Table:
    table = Table(title="What was found", title_justify="left")
    table.add_column("check", no_wrap=True)
    if is_wide:
        table.add_column("what it means")
    table.add_column("findings", justify="right")
    table.add_column("money at risk", justify="right", no_wrap=True)
    table.add_column("owner")
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in live:
        groups.setdefault((finding.check_id, finding.owner.value, finding.currency or ""), []).append(finding)
    sums: dict[str, Decimal] = {}
    for (check, owner, currency), members in sorted(groups.items(), key=lambda item: -_money(item[1])):
        money = _money(members)
        if currency:
            sums[currency] = sums.get(currency, ZERO) + money
        shown = format_money(money, currency) if currency else "–"
        means = [titles.get(check, "")] if is_wide else []
        table.add_row(check, *means, str(len(members)), shown, Owner(owner).plain_name)
    table.add_section()
    for currency, money in sums.items():
        count = sum(len(members) for members in groups.values())
        table.add_row("together", *([""] if is_wide else []), str(count), format_money(money, currency), "")
    return table


def _money(members: Iterable[Finding]) -> Decimal:
    return sum((finding.money_at_risk for finding in members), ZERO)


def findings(out: Console, page: dict[str, Any]) -> None:
    """A list of findings, the worst first."""
    if not page["findings"]:
        out.print("Nothing to show. Run 'auditor audit' first, or look at --state all.")
        return
    table = Table()
    for name in ("id", "severity", "check", "what", "expected", "actual", "money at risk", "owner", "state"):
        table.add_column(name, justify="right" if name == "money at risk" else "left", overflow="fold")
    for row in page["findings"]:
        what = row["keys"].get("order_ref") or row["subject_id"]
        table.add_row(
            row["finding_id"], row["severity"], row["check_id"], what, row["expected"] or "–", row["actual"] or "–",
            format_money(Decimal(row["money_at_risk"]), row["currency"]) if row["currency"] else "–",
            Owner(row["owner"]).plain_name, row["state"].replace("_", " "),
        )  # fmt: skip
    out.print(table)
    if page["count"] > len(page["findings"]):
        out.print(
            f"{page['count'] - len(page['findings'])} more; use --limit, --check or --state.",
            highlight=False,
            soft_wrap=True,
        )


def finding(out: Console, one: dict[str, Any], zone: ZoneInfo) -> None:
    """One finding in full."""
    money = format_money(Decimal(one["money_at_risk"]), one["currency"])
    out.print(
        f"[bold]{one['check_id']}[/]  {one['subject_id']}  {money}  {one['state']}", highlight=False, soft_wrap=True
    )
    out.print(one["explanation"], highlight=False, soft_wrap=True)
    for document in one["evidence"].get("documents", []):
        out.print(f"\n[bold]{document.get('title', 'document')}[/]")
        for label, value in document.get("fields", {}).items():
            out.print(f"  {label}: {value}", highlight=False, soft_wrap=True)
    for event in one["events"]:
        at = moment(datetime.fromisoformat(event["happened_at"].rstrip("Z")), zone)
        out.print(f"{at}  {event['kind']}  {event['actor']}  {event['reason'] or ''}", highlight=False, soft_wrap=True)


def actions(out: Console, listed: Sequence[dict[str, Any]]) -> None:
    if not listed:
        out.print("No corrections are proposed; 'auditor audit' proposes them.")
        return
    table = Table()
    for name in ("id", "correction", "channel", "order", "money", "state"):
        table.add_column(name, overflow="fold")
    for row in listed:
        money = format_money(Decimal(row["money"]), row["currency"])
        order = row["payload"].get("order_ref") or row["payload"].get("order_id", "")
        table.add_row(row["action_id"], row["kind"], row["channel"], order, money, row["state"])
    out.print(table)


def action(out: Console, one: dict[str, Any]) -> None:
    out.print(f"[bold]{one['kind']}[/] {one['action_id']}: {one['state']}", highlight=False, soft_wrap=True)
    out.print("Will be written:")
    out.print_json(data=one["payload"])
    out.print("Based on:")
    out.print_json(data=one["before"])
    for event in one["events"]:
        out.print(
            f"{event['happened_at']}  {event['state']}  {event['actor']}  {event['reason'] or ''}", highlight=False
        )


def action_state(out: Console, one: dict[str, Any]) -> None:
    out.print(f"Action {one['action_id']} is now {one['state'].replace('_', ' ')}.", highlight=False, soft_wrap=True)


def simulation(out: Console, simulated: dict[str, Any]) -> None:
    out.print("Would be written (nothing was sent):")
    out.print_json(data=simulated["payload"])
    holds = simulated["still_holds"]
    out.print("What it rests on still holds." if holds else "What it rests on has changed; it would be refused.")


def people(out: Console, listed: Iterable[tuple[str, str, datetime, datetime | None]]) -> None:
    for name, role, since, revoked in listed:
        out.print(
            f"{name}: {role}, since {since:%Y-%m-%d}" + (", revoked" if revoked else ""),
            highlight=False,
            soft_wrap=True,
        )


def moment(at: datetime, zone: ZoneInfo) -> str:
    """An instant as the company reads it: `21 Nov 2026 19:42`."""
    return f"{to_zone(at, zone):%-d %b %Y %H:%M}"
