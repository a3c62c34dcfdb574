"""The sandbox as a whole: served, configured, and going on after its first moment."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from auditor import settings
from auditor.clock import SystemClock
from auditor.sandbox.host import Sandbox
from auditor.sandbox.shops import SHOPIFY
from auditor.sandbox.stock import FALLS_SILENT

NOW = datetime(2026, 11, 20, 12)


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return Sandbox.build(9, 150, NOW, shops=(SHOPIFY,))


def test_both_systems_answer_and_the_settings_lead_to_them(sandbox: Sandbox, tmp_path: Path) -> None:
    with sandbox.serve() as addresses:
        loaded = settings.load(sandbox.write_settings(tmp_path))
        assert loaded.b1.base_url == addresses.b1
        channel = loaded.channel_named("shopify-uk")
        login = {
            "CompanyDB": loaded.b1.company_db,
            "UserName": loaded.b1.username,
            "Password": loaded.b1.password.resolve(loaded.folder),
        }
        assert httpx.post(f"{addresses.b1}/b1s/v2/Login", json=login).status_code == 200
        token = {"X-Shopify-Access-Token": channel.credentials["access_token"].resolve(loaded.folder)}
        answer = httpx.post(
            f"{addresses.channels['shopify-uk']}/admin/api/2026-10/graphql.json",
            json={"query": "{ shop { currencyCode } }"},
            headers=token,
        )
        assert answer.json()["data"] == {"shop": {"currencyCode": "GBP"}}
        assert channel.stock.share == Decimal("0.9")
        assert channel.locations["gid://shopify/Location/1"] == ["01", "02"]


def test_the_settings_need_the_ports(sandbox: Sandbox) -> None:
    with pytest.raises(RuntimeError, match="not served"):
        sandbox.settings_toml()


def test_the_middleware_goes_on_when_time_does() -> None:
    sandbox = Sandbox.build(9, 150, NOW, shops=(SHOPIFY,))
    recent = [alike.subject_id for alike in sandbox.truth.look_alikes if alike.note.startswith("placed minutes ago")]
    order, *_ = [sale for sale in sandbox.business.sales if str(sale.order_id) in recent]
    assert not [doc for doc in sandbox.b1.all("Orders") if doc["NumAtCard"] == order.ref]
    sandbox.advance(timedelta(minutes=36))
    assert [doc["DocTotal"] for doc in sandbox.b1.all("Orders") if doc["NumAtCard"] == order.ref] == [order.total]


def test_a_warehouse_falls_silent_before_the_second_audit() -> None:
    sandbox = Sandbox.build(9, 60, NOW, shops=(SHOPIFY,))
    assert sandbox.failures.next_for("b1", "POST SQLQueries('X')/List") is None
    sandbox.advance(timedelta(minutes=36))
    failure = sandbox.failures.next_for("b1", "POST SQLQueries('X')/List")
    assert failure is not None
    assert failure.detail == {"warehouse": FALLS_SILENT}


def test_a_running_clock_cannot_be_moved() -> None:
    sandbox = Sandbox.build(9, 20, None, with_faults=False, clock=SystemClock(), shops=(SHOPIFY,))
    with pytest.raises(TypeError):
        sandbox.advance(timedelta(minutes=1))


def test_a_stopped_feed_joins_the_truth() -> None:
    sandbox = Sandbox.build(9, 20, NOW, with_faults=False, shops=(SHOPIFY,))
    sandbox.stop_feed("shipping_types", "ShippingTypes")
    assert [fact.subject_id for fact in sandbox.truth.of("feed_stale")] == ["b1:shipping_types"]
    failure = sandbox.failures.next_for("b1", "GET ShippingTypes")
    assert failure is not None
    assert failure.kind == "server_error"


def test_the_command_serves_in_its_own_process_and_says_where(tmp_path: Path) -> None:
    port_file = tmp_path / "ports.json"
    command = [sys.executable, "-m", "auditor.sandbox", "--seed", "9", "--orders", "20", "--folder", str(tmp_path)]
    child = subprocess.Popen([*command, "--port-file", str(port_file)], stderr=subprocess.PIPE)
    try:
        clock = SystemClock()
        deadline = clock.monotonic() + 60
        while not port_file.exists() and child.poll() is None and clock.monotonic() < deadline:
            clock.sleep(0.05)
        said = json.loads(port_file.read_text(encoding="utf-8"))
        assert httpx.get(f"{said['b1_url']}/ping/").text.startswith("pong")
        assert settings.load(Path(said["config"])).company.name == "Harbour & Pine Ltd"
        assert json.loads(Path(said["truth"]).read_text(encoding="utf-8"))["planted"]
    finally:
        child.terminate()
        child.wait(timeout=20)


def test_the_command_refuses_a_file_that_is_not_there(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "auditor.sandbox", "--orders-file", str(tmp_path / "no.parquet")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert "There is no file" in ended.stderr
