"""A small company served over loopback, and an office that audits it with a clock that only moves when told.

An audit takes seconds however small the company is, so what needs a company that was audited already starts from a
copy of one store: `audited` for tests that only look, `resume` for those that change the company or its findings.
What needs a few checks only asks for these.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest

from auditor import settings as settings_file
from auditor.checking import library
from auditor.sandbox.host import Sandbox
from auditor.sandbox.shops import SHOPIFY
from auditor.service.office import Office
from auditor.service.pipeline import AuditReport
from auditor.settings import Maintenance

BETWEEN = timedelta(minutes=36)


@contextmanager
def opened(
    sandbox: Sandbox, folder: Path, checks: Collection[str] = (), maintenance: Sequence[Maintenance] = ()
) -> Iterator[Office]:
    """An office over a served sandbox, with the whole library or some checks of it."""
    settings = settings_file.load(sandbox.write_settings(folder))
    settings = settings.model_copy(update={"maintenance": [*settings.maintenance, *maintenance]})
    shipped = library.from_settings(settings)
    with Office(settings, sandbox.clock, library=shipped.only(checks) if checks else shipped) as office:
        yield office


def built() -> Sandbox:
    """The company of this folder's tests; the same each time."""
    return Sandbox.build(seed=3, orders=80, shops=(SHOPIFY,))


@dataclass(frozen=True, slots=True)
class Baseline:
    """A company that was audited until nothing is pending any more.

    store: a file that holds what was known after the last audit; at: when that was.
    """

    sandbox: Sandbox
    office: Office
    reports: Sequence[AuditReport]
    store: Path
    at: datetime


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    sandbox = built()
    with sandbox.serve():
        yield sandbox


@pytest.fixture(scope="session")
def baseline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Baseline]:
    """Audited three times, so that differences in stock are open too; what is audited here must only be looked at."""
    sandbox, folder = built(), tmp_path_factory.mktemp("audited")
    with sandbox.serve(), opened(sandbox, folder) as office:
        reports = [office.audit()]
        sandbox.advance(BETWEEN)
        reports.append(office.audit())
        sandbox.failures.clear()  # the warehouse that the sandbox itself lets fall silent answers again
        sandbox.advance(BETWEEN)
        reports.append(office.audit())
        store = folder / "baseline.duckdb"
        office.store.backup(store)
        yield Baseline(sandbox, office, reports, store, sandbox.clock.now())


@pytest.fixture(scope="session")
def audited(baseline: Baseline) -> tuple[Sandbox, Office]:
    """The audited company, for tests that only look at it."""
    return baseline.sandbox, baseline.office


class Resume(Protocol):
    def __call__(self, *checks: str) -> tuple[Sandbox, Office]: ...


@pytest.fixture
def resume(baseline: Baseline, tmp_path: Path) -> Iterator[Resume]:
    """Makes the company once more as it stood after its last audit, with a store of its own."""
    with ExitStack() as held:

        def resumed(*checks: str) -> tuple[Sandbox, Office]:
            sandbox = built()
            held.enter_context(sandbox.serve())
            store = settings_file.load(sandbox.write_settings(tmp_path)).store_path
            sandbox.advance(baseline.at - sandbox.clock.now())
            sandbox.failures.clear()
            store.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(baseline.store, store)
            return sandbox, held.enter_context(opened(sandbox, tmp_path, checks))

        yield resumed
