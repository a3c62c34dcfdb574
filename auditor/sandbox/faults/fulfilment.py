"""All faults and look-alikes of dispatch and delivery, mixed so that a small company gets some of each."""

from __future__ import annotations

from itertools import zip_longest

from auditor.sandbox.faults.case import Case
from auditor.sandbox.faults.dispatch import DISPATCH_CASES, DISPATCH_LOOK_ALIKES
from auditor.sandbox.faults.overdue import NOT_OVERDUE, OVERDUE
from auditor.sandbox.faults.unbooked import BOOKED, UNBOOKED


def _mixed(*lists: tuple[type[Case], ...]) -> tuple[type[Case], ...]:
    return tuple(case for row in zip_longest(*lists) for case in row if case is not None)


FULFILMENT_FAULTS = _mixed(DISPATCH_CASES, OVERDUE, UNBOOKED)
FULFILMENT_LOOK_ALIKES = _mixed(DISPATCH_LOOK_ALIKES, NOT_OVERDUE, BOOKED)
