"""A first audit of N orders on five channels over HTTP, and the next one, after one per cent of everything has changed.

The simulated systems are served by this process; each audit is a process of its own, which prints what its parts took.
The simulations answer in some milliseconds, so the ratio is an upper bound: with real providers the first load waits.
An export of the simulated John Lewis takes 15 seconds however small it is, in the first audit and in the next.
"""

from __future__ import annotations

import multiprocessing
import tempfile
from pathlib import Path
from random import Random

from auditor import settings as settings_file
from auditor.checking import library
from auditor.clock import SystemClock
from auditor.extract.progress import Silent
from auditor.sandbox.host import Sandbox
from auditor.sandbox.life import refund
from auditor.service.office import Office
from tests.benchmarks.landing import NOTHING, Spent

GRANTED = 200
"""How many times the published ceilings: nobody waits for minutes, nor asks a thousand times whether it is done."""
EVERY = 100
"""One of so many orders and documents has changed."""
_PARTS = ("reading and landing", "shaping", "judging")
_DOCUMENTS = ("Orders", "DeliveryNotes", "Invoices", "CreditNotes")


def run(orders: int) -> None:
    with tempfile.TemporaryDirectory(prefix="next-audit-") as name:
        sandbox = Sandbox.build(orders=orders, clock=SystemClock(), granted_calls=GRANTED)
        with sandbox.serve():
            config = sandbox.write_settings(Path(name))
            first = _audit(config)
            changed = _change(sandbox)
            later = _audit(config)
    print(f"   {changed:,} orders and documents of B1 have changed")
    print(f"   {'':<22} {'first':>9} {'next':>9}")
    for part, one, other in zip((*_PARTS, "together"), (*first, _sum(first)), (*later, _sum(later)), strict=True):
        print(
            f"   {part:<22} {one.wall:>7.2f} s {other.wall:>7.2f} s  {other.wall / one.wall:.3f} wall, "
            f"{other.cpu / one.cpu:.3f} cpu"
        )


def _change(sandbox: Sandbox) -> int:
    """Somebody returns a unit of each hundredth order, and each hundredth document of B1 is saved again."""
    now, changed = sandbox.clock.now(), 0
    ids, chance = sandbox.business.ids, Random(1)
    for sale in sandbox.business.sales[::EVERY]:
        line = next((line for line in sale.lines if line.kind == "product" and line.kept), None)
        if line is not None and sale.payments:
            refund(sale, now, [(line, 1)], ids, chance)
            sandbox.fronts[sale.shop.id].put_sale(sale, now)
            changed += 1
    local = sandbox.b1.now()
    for entity_set in _DOCUMENTS:
        for document in list(sandbox.b1.all(entity_set))[::EVERY]:
            document["UpdateDate"] = f"{local:%Y-%m-%d}T00:00:00Z"
            document["UpdateTime"] = f"{local:%H:%M:%S}"
            sandbox.b1.put(entity_set, document)
            changed += 1
    return changed


def _audit(config: Path) -> list[Spent]:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_parts, (config,))


def _parts(config: Path) -> list[Spent]:
    """What the parts of an audit took, in the order of `_PARTS`."""
    settings = settings_file.load(config)
    with Office(settings, SystemClock(), library=library.from_settings(settings)) as office:
        auditor = office.auditor
        spent: list[Spent] = []
        for part in (lambda: auditor.extract(Silent()), auditor.shape, lambda: auditor.check(ask=True)):
            began = Spent.until_now()
            result = part()
            spent.append(Spent.until_now() - began)
            for reason in (one.reason for one in result if one.reason) if isinstance(result, list) else ():
                print(f"   {reason}")
        return spent


def _sum(parts: list[Spent]) -> Spent:
    return sum(parts, NOTHING)
