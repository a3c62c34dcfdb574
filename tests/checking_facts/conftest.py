"""Companies of a few rows, one after the other in one workspace: for laws that are tried on many of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any

import pytest

from auditor.clock import FixedClock
from auditor.matching import fill_settings, match
from auditor.store.connection import Connection
from auditor.store.owner import Store
from tests.checks.defaults import complete
from tests.workspace import remember, settings

NOW = datetime(2026, 3, 20, 12)
Rows = dict[str, list[dict[str, Any]]]
Company = Callable[[Rows], AbstractContextManager[Connection]]


@pytest.fixture(scope="module")
def company() -> Iterator[Company]:
    """The company of these rows is known and matched for as long as its block lasts."""
    with Store.in_memory(FixedClock(NOW)) as store, store.workspace(NOW) as con:
        fill_settings(con, settings())

        @contextmanager
        def made(tables: Rows) -> Iterator[Connection]:
            known = complete(tables, NOW)
            remember(store, known)
            con.execute("BEGIN")
            try:
                match(con)
                yield con
            finally:
                con.execute("ROLLBACK")
                store.write(lambda writer: writer.execute("; ".join(f"DELETE FROM history.{name}" for name in known)))

        yield made
