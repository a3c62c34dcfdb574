"""The connector against the simulation over loopback: both must mean the same contract."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from auditor import settings
from auditor.clock import FixedClock
from auditor.connectors.base import Record, Window
from auditor.connectors.sap_b1.connector import B1Connector
from auditor.errors import Incomplete
from auditor.sandbox.b1 import B1State
from auditor.sandbox.failures import FailureKind, Failures
from tests.sandbox.b1.company import order
from tests.sandbox.b1.conftest import B1

CONFIGURATION = """
[company]
name = "Harbour & Pine Ltd"
currency = "GBP"
timezone = "Europe/London"
[store]
path = "auditor.duckdb"
[b1]
base_url = "{address}"
company_db = "HARBOURPINE"
username = "auditor"
password = {{ file = "password" }}
[[channel]]
id = "shopify-uk"
kind = "shopify"
base_url = "https://example.myshopify.com"
credentials = {{ access_token = {{ file = "password" }} }}
card_code = "C-SHOPIFY"
reference = {{ field = "NumAtCard", prefix = "#" }}
locations = {{ "gid://shopify/Location/1" = ["01", "02"] }}
"""


@pytest.fixture
def connector(stranger: B1, state: B1State, clock: FixedClock, tmp_path: Path) -> Iterator[B1Connector]:
    for doc_entry in range(1, 451):
        state.put("Orders", order(doc_entry))
    (tmp_path / "password").write_text("sandbox")
    file = tmp_path / "auditor.toml"
    file.write_text(CONFIGURATION.format(address=str(stranger.http.base_url).rstrip("/")))
    connector = B1Connector(settings.load(file), clock)
    yield connector
    connector.close()


def read(connector: B1Connector, name: str, clock: FixedClock, days: int | None = None) -> list[Record]:
    stream = next(stream for stream in connector.streams if stream.name == name)
    since = None if days is None else clock.now() - timedelta(days=days)
    return [record for page in connector.read(stream, Window(since, clock.now())) for record in page]


def test_doctor_finds_nothing_that_fails(connector: B1Connector) -> None:
    assert [line for line in connector.diagnose() if line.outcome == "failed"] == []


def test_every_stream_is_read_in_full_and_as_a_delta(connector: B1Connector, clock: FixedClock) -> None:
    whole = {stream.name: len(read(connector, stream.name, clock)) for stream in connector.streams}
    assert (whole["orders"], whole["stock"], whole["batch_stock"], whole["periods"], whole["tax_codes"]) == (
        450, 6, 1, 3, 1,
    )  # fmt: skip
    for stream in connector.streams:
        assert len(read(connector, stream.name, clock, days=1)) <= whole[stream.name]


@pytest.mark.parametrize("kind", ["bad_gateway_html", "session_expired", "truncated_body", "throttle", "server_error"])
def test_a_passing_failure_is_overcome(
    connector: B1Connector, clock: FixedClock, failures: Failures, kind: FailureKind
) -> None:
    failures.inject(kind, system="b1", match="GET Orders", after=2)
    assert len({record.key for record in read(connector, "orders", clock)}) == 450
    assert failures.happened() == 1


def test_a_lost_page_makes_the_read_incomplete(connector: B1Connector, clock: FixedClock, failures: Failures) -> None:
    read(connector, "orders", clock)  # by now it knows which user fields this company lacks
    failures.inject("lost_page", system="b1", match="GET Orders", after=1)
    with pytest.raises(Incomplete):
        read(connector, "orders", clock)


def test_fields_that_are_gone_make_the_read_incomplete(
    connector: B1Connector, clock: FixedClock, failures: Failures
) -> None:
    failures.inject("fields_gone", system="b1", match="GET Orders", times=None, names=["LineTotal"])
    with pytest.raises(Incomplete):
        read(connector, "orders", clock)


def test_a_silent_warehouse_has_no_rows_in_a_complete_read(
    connector: B1Connector, clock: FixedClock, failures: Failures
) -> None:
    failures.inject("warehouse_silent", system="b1", times=None, warehouse="02")
    assert [record.key for record in read(connector, "stock", clock)] == ["BOWL|01", "JAM|01", "MUG|01"]
