"""A small company served over loopback, and an office that audits it with a clock that only moves when told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from auditor import settings as settings_file
from auditor.checking import library
from auditor.sandbox.host import Sandbox
from auditor.sandbox.shops import SHOPIFY
from auditor.service.office import Office

BETWEEN = timedelta(minutes=36)


@contextmanager
def opened(sandbox: Sandbox, folder: Path) -> Iterator[Office]:
    """An office over a served sandbox."""
    settings = settings_file.load(sandbox.write_settings(folder))
    with Office(settings, sandbox.clock, library=library.from_settings(settings)) as office:
        yield office


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    built = Sandbox.build(seed=3, orders=80, shops=(SHOPIFY,))
    with built.serve():
        yield built


@pytest.fixture
def office(sandbox: Sandbox, tmp_path: Path) -> Iterator[Office]:
    with opened(sandbox, tmp_path) as office:
        yield office


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, Office]]:
    """A company that was audited twice, so that differences in stock are open too; shared by the tests of a module."""
    built = Sandbox.build(seed=3, orders=80, shops=(SHOPIFY,))
    with built.serve(), opened(built, tmp_path_factory.mktemp("audited")) as office:
        office.audit()
        built.advance(BETWEEN)
        office.audit()
        built.failures.clear()  # the warehouse that the sandbox itself lets fall silent answers again
        built.advance(BETWEEN)
        office.audit()
        yield built, office
