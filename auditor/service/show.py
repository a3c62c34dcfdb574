"""What commands print for people: amounts with currency, times in the company's zone, plain words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from auditor.canonical.shape import ShapeResult
from auditor.clock import is_iso, to_zone
from auditor.connectors.base import Diagnosis
from auditor.extract.progress import ExtractResult
from auditor.model import Finding, Owner
from auditor.model.finding import State
from auditor.money import ZERO, format_kept, format_money
from auditor.service.pipeline import AuditReport

_Key = TypeVar("_Key")
_LIVE = {State.OPEN, State.ACKNOWLEDGED, State.IN_ACTION, State.AWAITING_VERIFICATION}
_MARKS = {"ok": ("ok     ", "green"), "warning": ("warning", "yellow"), "failed": ("failed ", "red")}
_NAMED_AT_MOST = 3
WIDE = 140


def line(out: Console, *parts: str | tuple[str, str]) -> None:
    """One line, however long, of parts with or without a style. What stands in brackets is text, never markup."""
    out.print(Text.assemble(*parts), soft_wrap=True)


def diagnosis(out: Console, one: Diagnosis) -> None:
    line(out, _MARKS[one.outcome], f" {one.subject}: {one.message}")


def extracts(out: Console, results: Sequence[ExtractResult], shapes: Sequence[ShapeResult]) -> None:
    """A sum of the feeds that could be read, and one line for each reason why others could not."""
    complete = [result for result in results if result.status == "complete"]
    rows, new, calls = (sum(getattr(r, name) for r in complete) for name in ("rows_read", "rows_new", "calls"))
    line(out, f"Read {len(complete)} feeds: {rows:,} records, {new:,} new or changed, {calls:,} calls.")
    for (system, status, reason), names in _grouped(
        ((result.system, result.status, result.reason or ""), result.stream.replace("_", " "))
        for result in results
        if result.status != "complete"
    ):
        line(out, (status, "yellow"), f" {system} {_some(names)}: {reason}")
    for shape in shapes:
        if shape.reason is not None:
            line(out, ("unreadable", "yellow"), f" {shape.system} {shape.stream.replace('_', ' ')}: {shape.reason}")


def report(out: Console, audited: AuditReport) -> None:
    """The summary of an audit: per check count, money at risk and owner."""
    if audited.extracts:
        extracts(out, audited.extracts, audited.shapes)
    live = [finding for finding in audited.findings if finding.state in _LIVE]
    pending = sum(finding.state is State.PENDING for finding in audited.findings)
    if live:
        out.print(_by_check(live, audited.titles, is_wide=out.width >= WIDE))
        if len({finding.channel for finding in live}) > 1:
            out.print(_by_channel(live))
    else:
        line(out, "No open findings.")
    if pending:
        line(out, f"{pending} more differences wait for a second reading before they are reported.")
    unjudged = [outcome for outcome in audited.outcomes if str(outcome.verdict) in ("not_judged", "broken")]
    for (word, where, reason), names in _grouped(
        ((_UNJUDGED[str(outcome.verdict)], outcome.channel, outcome.reason or ""), outcome.check_id)
        for outcome in unjudged
    ):
        line(out, (", ".join(names), "yellow"), f" ({where}) {word}: {reason}")
    for unknown in audited.unknown_words:
        line(out, ("unknown", "yellow"), f" {unknown}")
    line(
        out,
        f"As of {moment(audited.known_at, audited.zone)}. {audited.opened} opened, {audited.resolved} resolved "
        f"in this audit ({audited.seconds:.1f} s).",
    )


_UNJUDGED = {"not_judged": "could not be judged", "broken": "is broken"}


def _grouped(pairs: Iterable[tuple[_Key, str]]) -> Iterable[tuple[_Key, list[str]]]:
    """The names that share a key, in the order in which the keys first come."""
    groups: dict[_Key, list[str]] = {}
    for key, name in pairs:
        groups.setdefault(key, []).append(name)
    return groups.items()


def _some(names: Sequence[str]) -> str:
    """`orders, invoices, returns and 18 more`."""
    shown, more = names[:_NAMED_AT_MOST], len(names) - _NAMED_AT_MOST
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


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


def _by_channel(live: Iterable[Finding]) -> Table:
    """Findings and money of each channel, and of what concerns the whole company under the system's name."""
    table = Table(title="Where", title_justify="left")
    table.add_column("channel", no_wrap=True)
    table.add_column("findings", justify="right")
    table.add_column("checks", justify="right")
    table.add_column("money at risk", justify="right", no_wrap=True)
    groups: dict[str, list[Finding]] = {}
    for finding in live:
        groups.setdefault(finding.channel, []).append(finding)
    for channel, members in sorted(groups.items()):
        currencies = sorted({one.currency for one in members if one.currency})
        money = [format_money(_money(one for one in members if one.currency == each), each) for each in currencies]
        checks = len({one.check_id for one in members})
        table.add_row(channel, str(len(members)), str(checks), ", ".join(money) or "–")
    return table


def _money(members: Iterable[Finding]) -> Decimal:
    return sum((finding.money_at_risk for finding in members), ZERO)


def findings(out: Console, page: dict[str, Any]) -> None:
    """A list of findings, the worst first."""
    if not page["findings"]:
        line(out, "Nothing to show. Run 'auditor audit' first, or look at --state all.")
        return
    is_wide = out.width >= WIDE
    table = Table(box=None, pad_edge=False)
    for name in ("id", "severity", "check"):
        table.add_column(name, no_wrap=True)
    table.add_column("what", overflow="fold")
    if is_wide:
        table.add_column("expected", overflow="fold")
        table.add_column("actual", overflow="fold")
    table.add_column("money at risk" if is_wide else "money", justify="right", no_wrap=True)
    if is_wide:
        table.add_column("owner")
        table.add_column("state")
    for row in page["findings"]:
        what = row["keys"].get("order_ref") or row["subject_id"]
        money = format_money(Decimal(row["money_at_risk"]), row["currency"]) if row["currency"] else "–"
        cells = [row["finding_id"], row["severity"], row["check_id"], what]
        if is_wide:
            values = [row["expected"] or "–", row["actual"] or "–", money]
            cells += [*values, Owner(row["owner"]).plain_name, row["state"].replace("_", " ")]
        else:
            cells.append(money)
        table.add_row(*cells)
    out.print(table)
    if page["count"] > len(page["findings"]):
        line(out, f"{page['count'] - len(page['findings'])} more; use --limit, --check or --state.")


def bridges(out: Console, shown: dict[str, Any]) -> None:
    """Each channel's way from its net sales to what is paid out, line by line."""
    if not shown["bridges"]:
        known = (
            f" There is one for {', '.join(shown['periods'])}." if shown["periods"] else " Run 'auditor audit' first."
        )
        line(out, f"There is no bridge for {shown['period'] or 'any month'}.{known}")
        return
    for one in shown["bridges"]:
        currency = one["currency"]
        table = Table(title=f"{one['channel']}, {shown['period']}", title_justify="left")
        table.add_column("step", overflow="fold")
        table.add_column("amount", justify="right", no_wrap=True)
        table.add_column("findings", justify="right")
        table.add_column("money at risk", justify="right", no_wrap=True)
        for each in one["lines"]:
            is_level = each["kind"] == "level"
            money = format_money(Decimal(each["money_at_risk"]), currency) if Decimal(each["money_at_risk"]) else ""
            amount = "" if each["kind"] == "beside" else format_money(Decimal(each["amount"]), currency)
            count = str(each["findings"]) if each["check_id"] else ""
            table.add_row(_step(each), amount, count, money, style="bold" if is_level else _STYLES.get(each["kind"]))
            if is_level:
                table.add_section()
        out.print(table)
        unexplained = format_money(Decimal(one["unexplained"]), currency)
        line(
            out,
            f"Unexplained: {unexplained}. Money at risk: {format_money(Decimal(one['money_at_risk']), currency)}.\n",
        )


_STYLES = {"unexplained": "red", "timing": "dim"}


def _step(each: Mapping[str, Any]) -> str:
    """What a line of the bridge is called."""
    if each["kind"] == "beside":
        return f"{each['words']}: {each['title'] or each['check_id']}"
    if each["kind"] == "finding":
        return f"  {each['words']}: {each['title'] or each['check_id']}"
    known = {"tolerated": " (within tolerance)", "unexplained": " (unexplained)", "timing": " (timing)"}
    return f"{'' if each['kind'] == 'level' else '  '}{each['words']}{known.get(each['kind'], '')}"


def causes(out: Console, grouped: dict[str, Any]) -> None:
    """What the findings come from, the worst first, and how many stand alone."""
    if not grouped["total"]["count"]:
        line(out, "Nothing to show. Run 'auditor audit' first.")
        return
    table = Table(box=None, pad_edge=False)
    for name in ("severity", "cause", "where", "findings", "money at risk", "owner"):
        table.add_column(name, overflow="fold", justify="right" if name in ("findings", "money at risk") else "left")
    for one in grouped["causes"]:
        told = one["title"] if one["kind"] == "finding" else f"{one['title']}: {one['meaning']}"
        keys = one["keys"] if one["kind"] == "shared" else {"": one["keys"].get("order_ref") or one["subject_id"]}
        apart = (f"{name.replace('_', ' ')} {text}".strip() for name, text in keys.items())
        where = ", ".join([one["channel"], *apart])
        muted = f" + {one['muted']} muted" if one["muted"] else ""
        owner = Owner(one["owner"]).plain_name
        table.add_row(one["severity"], told, where, f"{one['count']}{muted}", _amounts(one["money"]), owner)
    out.print(table)
    alone = grouped["alone"]
    covered = grouped["covered"]["count"]
    line(
        out,
        f"{covered:,} findings come from {len(grouped['causes']):,} causes; {alone['count']:,} stand alone"
        f"{_with_money(alone['money'])}. Together: {_amounts(grouped['total']['money'])}.",
    )


def _amounts(money: Iterable[Mapping[str, str]]) -> str:
    """`£1,234.50, €20.00`; a dash where no money is involved."""
    return ", ".join(format_money(Decimal(one["money_at_risk"]), one["currency"]) for one in money) or "–"


def _with_money(money: Sequence[Mapping[str, str]]) -> str:
    return f" with {_amounts(money)}" if money else ""


def finding(out: Console, one: dict[str, Any], zone: ZoneInfo) -> None:
    """One finding in full."""
    money = format_money(Decimal(one["money_at_risk"]), one["currency"]) if one["currency"] else "–"
    line(out, (one["check_id"], "bold"), f"  {one['subject_id']}  {money}  {one['state'].replace('_', ' ')}")
    line(out, one["explanation"])
    for document in one["evidence"].get("documents", []):
        line(out, "\n", (document.get("title", "document"), "bold"))
        for label, value in document.get("fields", {}).items():
            line(out, f"  {label}: {_at(value, zone) if is_iso(value) else format_kept(value)}")
    line(out, "\n", ("What happened", "bold"))
    for event in one["events"]:
        line(out, f"  {_at(event['happened_at'], zone)}  {event['kind']}  {event['actor']}  {event['reason'] or ''}")


def runbook(out: Console, shown: dict[str, Any]) -> None:
    """What a check compares, why it matters, where to look, how to put it right and how to keep it right."""
    line(out, (shown["check"], "bold"), f"  {shown['title']}")
    owner = Owner(shown["owner"]).plain_name
    line(out, f"Area {shown['area']} · owner {owner} · severity at least {shown['severity']}\n")
    for label, name in (
        ("What it means", "means"),
        ("Why it matters", "why"),
        ("Where to look", "look"),
        ("How to mend", "fix"),
        ("How to prevent", "prevent"),
    ):
        if shown[name]:
            line(out, (f"{label:<16}", "bold"), shown[name])
    for cause, meaning in shown["causes"].items():
        line(out, (f"{'Cause':<16}", "bold"), f"{cause.replace('_', ' ')}: {meaning}")
    for name, why in shown["parameters"].items():
        line(out, (f"{'Parameter':<16}", "bold"), f"{name}: {why}")


def actions(out: Console, listed: Sequence[dict[str, Any]]) -> None:
    if not listed:
        line(out, "There are no such corrections; 'auditor audit' proposes them.")
        return
    table = Table(box=None, pad_edge=False)
    for name in ("id", "correction", "channel", "order", "money", "state"):
        table.add_column(name, overflow="fold", no_wrap=name == "id")
    for row in listed:
        money = format_money(Decimal(row["money"]), row["currency"])
        order = row["payload"].get("order_ref") or row["payload"].get("order_id", "")
        table.add_row(row["action_id"], row["kind"], row["channel"], order, money, row["state"].replace("_", " "))
    out.print(table)


def action(out: Console, one: dict[str, Any], zone: ZoneInfo) -> None:
    line(out, (one["kind"], "bold"), f" {one['action_id']}: {one['state'].replace('_', ' ')}")
    line(out, "Will be written:")
    out.print_json(data=one["payload"])
    line(out, "Based on:")
    out.print_json(data=one["before"])
    for event in one["events"]:
        line(out, f"{_at(event['happened_at'], zone)}  {event['state']}  {event['actor']}  {event['reason'] or ''}")


def action_state(out: Console, one: dict[str, Any]) -> None:
    line(out, f"Action {one['action_id']} is now {one['state'].replace('_', ' ')}.")


def simulation(out: Console, simulated: dict[str, Any]) -> None:
    line(out, "Would be written (nothing was sent):")
    out.print_json(data=simulated["payload"])
    holds = simulated["still_holds"]
    line(out, "What it rests on still holds." if holds else "What it rests on has changed; it would be refused.")


def people(out: Console, listed: Iterable[dict[str, Any]]) -> None:
    """Everybody who has or had access."""
    for person in listed:
        ended = "" if person["revoked_at"] is None else f", revoked {person['revoked_at'][:10]}"
        line(out, f"{person['name']}: {person['role']}, since {person['created_at'][:10]}{ended}")


def _at(text: str, zone: ZoneInfo) -> str:
    return moment(datetime.fromisoformat(text.rstrip("Z")), zone)


def moment(at: datetime, zone: ZoneInfo) -> str:
    """An instant as the company reads it: `21 Nov 2026 19:42`."""
    return f"{to_zone(at, zone):%-d %b %Y %H:%M}"
