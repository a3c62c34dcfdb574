"""Every kind of system has its class; a channel's provider's files and the bank are systems of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from auditor.clock import FixedClock
from auditor.errors import UsageError
from auditor.model.channel import KIND_NAMES
from auditor.sandbox.host import Sandbox
from auditor.sandbox.shops import SHOPS
from auditor.service import connections
from auditor.settings import ChannelKind, Settings, load
from tests.checking.builders import NOON


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of the simulated company, which has every kind of channel."""
    sandbox = Sandbox.build(seed=3, orders=5)
    with sandbox.serve():
        return load(sandbox.write_settings(tmp_path_factory.mktemp("company")))


@pytest.fixture(scope="module")
def connectors(company: Settings) -> Any:
    made = connections.connect(company, FixedClock(NOON), {})
    yield made
    for connector in made:
        connector.close()


def test_every_kind_has_a_class_and_a_name() -> None:
    assert set(connections._CHANNELS) == set(KIND_NAMES) == set(get_args(ChannelKind))


def test_all_systems_of_a_company_are_there(company: Settings, connectors: Any) -> None:
    systems = {connector.system: connector.channel_id for connector in connectors}
    assert systems["b1"] is None
    for channel in company.channel:
        assert systems[channel.id] == channel.id
        if channel.settlements is not None:
            assert systems[f"{channel.id}.settlements"] == channel.id
    assert ("bank" in systems) == (company.bank is not None)
    assert any(name.endswith(".settlements") for name in systems)


@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.kind)
def test_every_channel_can_be_told_a_tracking_number(shop: Any, connectors: Any) -> None:
    connector = next(one for one in connectors if one.system == shop.id)
    assert connections.writer(connector, "push_tracking").kind == "push_tracking"


@pytest.mark.parametrize(("system", "kind"), [("shopify-uk", "push_price"), ("b1", "push_tracking")])
def test_what_a_system_cannot_do_is_refused(system: str, kind: str, connectors: Any) -> None:
    connector = next(one for one in connectors if one.system == system)
    with pytest.raises(UsageError, match=f"{kind} cannot be sent to {system}"):
        connections.writer(connector, kind)


def test_a_column_that_a_connector_cannot_tell_exists(company: Settings, connectors: Any, tmp_path: Path) -> None:
    from auditor.store.select_text import canonical_columns

    for claim in connections.cannot_tell(company, connectors):
        table, _, column = claim.name.partition(".")
        assert table in canonical_columns(), claim
        assert not column or column in canonical_columns()[table], claim
        assert not claim.why.endswith("."), claim
