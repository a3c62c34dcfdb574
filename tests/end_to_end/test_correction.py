"""One correction through its whole contract, against a channel that remembers what was written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.acting import ledger
from auditor.acting.action import Action, ActionState
from auditor.checking import record
from auditor.model import Finding, State
from auditor.sandbox.catalogue import Shop
from auditor.sandbox.failures import FailureKind
from auditor.sandbox.host import Sandbox
from auditor.sandbox.shops import SHOPIFY, SHOPS
from auditor.service.office import Office
from tests.end_to_end.conftest import BETWEEN, built, opened

CHECK = "tracking_not_on_channel"


@pytest.fixture
def company(tmp_path: Path) -> Iterator[tuple[Sandbox, Office]]:
    """A company in which this check has found what a correction can put right."""
    sandbox = built()
    with sandbox.serve(), opened(sandbox, tmp_path, [CHECK]) as office:
        office.audit()
        yield sandbox, office


def proposed(office: Office) -> Action:
    return office.store.read(lambda con: ledger.listed(con, ["proposed"]))[0]


def finding_of(office: Office, action: Action) -> Finding:
    return office.store.read(lambda con: record.load_current(con, finding_id=action.finding_id))[action.finding_id]


def test_a_tracking_number_is_approved_sent_read_again_and_proved(company: tuple[Sandbox, Office]) -> None:
    sandbox, office = company
    action = proposed(office)
    assert finding_of(office, action).check_id == CHECK
    assert office.executor.simulate(action.action_id)["still_holds"]

    assert office.approve(action.action_id, actor="olga", reason="checked").state is ActionState.APPROVED
    assert finding_of(office, action).state is State.IN_ACTION
    assert office.run_action(action.action_id, actor="olga").state is ActionState.CONFIRMED
    assert finding_of(office, action).state is State.AWAITING_VERIFICATION

    sandbox.advance(BETWEEN)
    office.audit()
    assert finding_of(office, action).state is State.RESOLVED
    assert office.executor.get(action.action_id).state is ActionState.VERIFIED


@pytest.mark.parametrize("kind", ["lost_answer", pytest.param("closed_connection", marks=pytest.mark.slow)])
def test_a_lost_answer_is_settled_by_a_look_at_the_store(company: tuple[Sandbox, Office], kind: FailureKind) -> None:
    sandbox, office = company
    action = proposed(office)
    office.approve(action.action_id, actor="olga", reason="checked")
    for write in ("AuditCreateFulfilment", "AuditUpdateTracking"):  # a parcel that is new, or known without its number
        sandbox.failures.inject(kind, system="shopify-uk", match=write)
    assert office.run_action(action.action_id, actor="olga").state is ActionState.UNKNOWN

    settled = office.run_action(action.action_id, actor="olga")
    if kind == "lost_answer":
        assert settled.state is ActionState.CONFIRMED
    else:
        assert settled.state is ActionState.APPROVED
        assert office.run_action(action.action_id, actor="olga").state is ActionState.CONFIRMED
    sandbox.advance(BETWEEN)
    office.audit()
    assert office.executor.get(action.action_id).state is ActionState.VERIFIED


@pytest.mark.slow
def test_what_somebody_else_put_right_meanwhile_is_refused(company: tuple[Sandbox, Office]) -> None:
    _, office = company
    action = proposed(office)
    office.approve(action.action_id, actor="olga", reason="checked")
    by_hand = office.executor
    writer = by_hand._writer_for(action.channel, action.kind)
    writer.send({**action.payload, "tracking_number": "BY-HAND"}, "another key")
    assert office.run_action(action.action_id, actor="olga").state is ActionState.REFUSED
    assert finding_of(office, action).state is State.OPEN


@pytest.mark.slow
@pytest.mark.parametrize("shop", [shop for shop in SHOPS if shop is not SHOPIFY], ids=lambda shop: shop.kind)
def test_every_other_channel_takes_its_tracking_numbers_and_proves_them(shop: Shop, tmp_path: Path) -> None:
    sandbox = Sandbox.build(seed=3, orders=80, shops=[shop])
    with sandbox.serve(), opened(sandbox, tmp_path, [CHECK]) as office:
        office.audit()
        action = proposed(office)
        assert action.channel == shop.id
        assert office.executor.simulate(action.action_id)["still_holds"]
        office.approve(action.action_id, actor="olga", reason="checked")
        assert office.run_action(action.action_id, actor="olga").state is ActionState.CONFIRMED
        sandbox.advance(BETWEEN)
        office.audit()
        assert finding_of(office, action).state is State.RESOLVED
        assert office.executor.get(action.action_id).state is ActionState.VERIFIED
