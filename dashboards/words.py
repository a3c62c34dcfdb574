"""Plain words for people: amounts with currency, times in the company's zone, names of owners and states."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from auditor.model import Owner
from auditor.money import format_money

_AMOUNT = re.compile(r"-?\d+\.\d\d")
SEVERITIES = ["critical", "high", "medium", "low", "info"]
SEVERITY_COLOURS = {"critical": "#8b1a1a", "high": "#c8553d", "medium": "#d99a2b", "low": "#5b8c5a", "info": "#7a8b99"}
STATES = ["live", "open", "acknowledged", "in_action", "awaiting_verification", "pending", "accepted", "snoozed",
          "inhibited", "resolved", "all"]  # fmt: skip


def money(amount: str | None, currency: str | None) -> str:
    """`£1,234.50`; a dash where no money is involved."""
    if amount is None or currency is None:
        return "–"
    return format_money(Decimal(amount), currency)


def figure(value: str | None, currency: str | None) -> str:
    """Expected or actual: `£280.78` for an amount of money, the text itself for anything else."""
    if value is None:
        return "–"
    if currency and _AMOUNT.fullmatch(value):
        return money(value, currency)
    return value


def count(number: int, noun: str) -> str:
    """`1 finding`, `1,234 findings`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def system(name: str) -> str:
    """What people call a system that feeds are read from: `SAP Business One`, `provider's files of magento-uk`."""
    channel, _, part = name.partition(".")
    if part == "settlements":
        return f"Payment provider's files of {channel}"
    names = {"b1": "SAP Business One", "bank": "Bank statements", "middleware": "Middleware"}
    return names.get(name, name)


def owner(code: str) -> str:
    return Owner(code).plain_name


def state(name: str) -> str:
    """`awaiting verification`."""
    return {"live": "needs somebody", "all": "everything"}.get(name, name.replace("_", " "))


def moment(text: str | None, zone: str) -> str:
    """An ISO instant in UTC as the company reads it: `21 Nov 2026, 19:42`."""
    if not text:
        return "–"
    at = datetime.fromisoformat(text.rstrip("Z")).replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    return f"{at:%-d %b %Y, %H:%M}"


def age(text: str | None, now: str) -> str:
    """`3 h ago`, `2 days ago`; for feeds and findings."""
    if not text:
        return "never"
    seconds = (datetime.fromisoformat(now.rstrip("Z")) - datetime.fromisoformat(text.rstrip("Z"))).total_seconds()
    if seconds < 90:
        return "just now"
    if seconds < 5400:
        return f"{round(seconds / 60)} min ago"
    if seconds < 129600:
        return f"{round(seconds / 3600)} h ago"
    return f"{round(seconds / 86400)} days ago"


def grouped(rows: list[dict[str, Any]], *names: str) -> dict[tuple[Any, ...], list[dict[str, Any]]]:
    """Rows by the values of some columns, in the order in which these first appear."""
    found: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(tuple(row[name] for name in names), []).append(row)
    return found


def sums(title: str, rows: list[tuple[str, dict[str, Any]]]) -> str:
    """A Markdown table of named rows with count and money, a line for each name; currencies are not added up."""
    lines = [f"| {title} | findings | money at risk |", "|---|---:|---:|"]
    for name in dict.fromkeys(name for name, _ in rows):
        own = [row for other, row in rows if other == name]
        amounts = [money(row["money_at_risk"], row["currency"]) for row in own if row["currency"]]
        # A name may hold hyphens; without these it would break there.
        shown = name.replace("-", "\u2011")
        lines.append(f"| {shown} | {sum(row['count'] for row in own):,} | {', '.join(amounts) or '–'} |")
    return "\n".join(lines)


def amounts(money: list[dict[str, str]]) -> str:
    """`£1,234.50, €20.00`; a dash where no money is involved."""
    return ", ".join(format_money(Decimal(one["money_at_risk"]), one["currency"]) for one in money) or "–"


def tail(identifier: str) -> str:
    """`9` of gid://shopify/Refund/9."""
    return identifier.rsplit("/", 1)[-1]


def cause(one: dict[str, Any]) -> str:
    """What a cause is called: the finding's title, of a shared one what it means."""
    meaning = one["meaning"]
    if one["kind"] == "finding" or not meaning:
        return str(one["title"])
    return f"{meaning[0].upper()}{meaning[1:]}"


def apart(one: dict[str, Any]) -> str:
    """What sets a cause apart from others of its kind: `tax code O1`, `location London`, the order's name."""
    if one["kind"] == "finding":
        return subject(one)
    keys = one["keys"]
    named = keys | {"location": one["location_name"] or keys["location"]} if "location" in keys else keys
    return ", ".join(f"{name.replace('_', ' ')} {tail(text)}" for name, text in named.items()) or "–"


def subject(row: dict[str, Any]) -> str:
    """What people call the thing: the order's name, the SKU, `HP-0134 at London`, the payout's number."""
    keys = row["keys"]
    if keys.get("order_ref"):
        return str(keys["order_ref"])
    if keys.get("location"):
        place = row["location_name"] or tail(keys["location"])
        thing = keys.get("sku") or (f"warehouse {keys['warehouse']}" if keys.get("warehouse") else None)
        return f"{thing} at {place}" if thing else place
    if keys.get("sku") and str(row["subject_id"]).startswith(keys["sku"]):
        return str(keys["sku"])
    return tail(str(row["subject_id"]))
