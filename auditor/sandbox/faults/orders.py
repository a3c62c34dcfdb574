"""All cases of the checks on orders that have a file of their own here, as the plan deals them."""

from __future__ import annotations

from auditor.sandbox.faults.blocked import BLOCKED, NOT_BLOCKED
from auditor.sandbox.faults.case import Case
from auditor.sandbox.faults.delays import CALLED_OFF_LATE, RIGHTLY_STOPPED
from auditor.sandbox.faults.edits import EDITED, RIGHTLY_EDITED
from auditor.sandbox.faults.money import RIGHT_MONEY, WRONG_MONEY
from auditor.sandbox.faults.orphans import NO_ORPHANS, ORPHANS

ORDER_FAULTS: tuple[type[Case], ...] = (*ORPHANS, *BLOCKED, *EDITED, *WRONG_MONEY, *CALLED_OFF_LATE)
ORDER_LOOK_ALIKES: tuple[type[Case], ...] = (*NO_ORPHANS, *NOT_BLOCKED, *RIGHTLY_EDITED, *RIGHT_MONEY, *RIGHTLY_STOPPED)
