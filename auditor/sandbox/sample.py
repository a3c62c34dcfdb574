"""sample_data: the small company that the demo runs on by default, described by its truth."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from auditor.money import format_money
from auditor.sandbox.host import Sandbox
from auditor.sandbox.shops import SHOPS
from auditor.sandbox.truth import LookAlike, Planted, Truth

SEED, ORDERS, NOW = 7, 600, datetime(2026, 11, 20, 12)
_HEAD = """# The small company

Harbour & Pine Ltd, the company that `make demo` invents, as it stands on {now:%d %B %Y} at {now:%H:%M} UTC: {orders}
orders of sixty days (seed {seed}) in {shops}, and what a middleware made of them in a simulated SAP Business One. The
demo makes the same company up to its own present, so numbers and days differ there; the faults are of the same kinds.

Nothing here is real: customers, items, tax, stock, payouts and fees are invented.

`truth.json` lists every planted fault with the check that must find it, its subject, its owner and the money at risk,
and every look-alike that no check may report. This page and that file are written by
`python -m auditor.sandbox --write-sample`; a test keeps them up to date.

## Planted faults: {planted}, {money} at risk

| check | channel | subject | owner | money at risk | what went wrong |
|---|---|---|---|---:|---|
"""
_MIDDLE = """
Faults marked † only show in a second audit half an hour later, when a warehouse has stopped answering; those marked ‡
in a third, because their channel does not tell when a level changed.

## Look-alikes: {count}

Each of these looks like a fault and is none.

| check that could be fooled | channel | subject | what it really is |
|---|---|---|---|
"""


def sample() -> Sandbox:
    return Sandbox.build(SEED, ORDERS, NOW, shops=SHOPS)


def write_sample(folder: Path) -> None:
    """Renew README.md and truth.json."""
    folder.mkdir(parents=True, exist_ok=True)
    truth = sample().truth
    (folder / "truth.json").write_text(truth.to_text(), encoding="utf-8")
    (folder / "README.md").write_text(page(truth), encoding="utf-8")


def page(truth: Truth) -> str:
    """README.md of sample_data."""
    planted = sorted(truth.planted, key=lambda fact: (fact.check, fact.channel, fact.note, fact.subject_id))
    alikes = sorted(truth.look_alikes, key=lambda fact: (fact.check, fact.channel, fact.note, fact.subject_id))
    money = format_money(sum((fact.money_at_risk for fact in planted), start=planted[0].money_at_risk * 0), "GBP")
    names = [shop.name for shop in SHOPS]
    shops = f"simulated channels ({', '.join(names)})"
    head = _HEAD.format(now=NOW, orders=ORDERS, seed=SEED, shops=shops, planted=len(planted), money=money)
    rows = "\n".join(_row(fact) for fact in planted)
    middle = _MIDDLE.format(count=len(alikes))
    return f"{head}{rows}\n{middle}" + "\n".join(_lines(alikes)) + "\n"


def _row(fact: Planted) -> str:
    mark = {1: "", 2: " †"}.get(fact.audit, " ‡")
    money = format_money(fact.money_at_risk, "GBP")
    return f"| {fact.check}{mark} | {fact.channel} | `{fact.subject_id}` | {fact.owner} | {money} | {fact.note} |"


def _lines(alikes: Iterable[LookAlike]) -> Iterable[str]:
    for fact in alikes:
        yield f"| {fact.check} | {fact.channel} | `{fact.subject_id}` | {fact.note} |"
