"""All faults and look-alikes of dispatch and delivery, mixed so that a small company gets some of each."""

from __future__ import annotations

from itertools import zip_longest

from auditor.sandbox.faults.carriers import KNOWN_CARRIERS, UNKNOWN_CARRIERS
from auditor.sandbox.faults.case import Case
from auditor.sandbox.faults.dispatch import DISPATCH_CASES, DISPATCH_LOOK_ALIKES
from auditor.sandbox.faults.numbers import RIGHT_NUMBERS, WRONG_NUMBERS
from auditor.sandbox.faults.overdue import NOT_OVERDUE, OVERDUE
from auditor.sandbox.faults.packages import KEPT_PACKAGES, PACKAGES
from auditor.sandbox.faults.quantities import CUTOFFS, NO_CUTOFFS, QUANTITIES, RIGHT_QUANTITIES
from auditor.sandbox.faults.unbooked import BOOKED, UNBOOKED


def _mixed(*lists: tuple[type[Case], ...]) -> tuple[type[Case], ...]:
    return tuple(case for row in zip_longest(*lists) for case in row if case is not None)


FULFILMENT_FAULTS = _mixed(
    DISPATCH_CASES, OVERDUE, UNBOOKED, WRONG_NUMBERS, UNKNOWN_CARRIERS, PACKAGES, QUANTITIES, CUTOFFS,
)  # fmt: skip
FULFILMENT_LOOK_ALIKES = _mixed(
    DISPATCH_LOOK_ALIKES, NOT_OVERDUE, BOOKED, RIGHT_NUMBERS, KNOWN_CARRIERS, KEPT_PACKAGES, RIGHT_QUANTITIES,
    NO_CUTOFFS,
)  # fmt: skip
