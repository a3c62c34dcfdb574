"""Commands against a small company: the whole way once, and what happens when a system or the machine gives way."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import socket
import stat
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from auditor.checking import library
from auditor.clock import SystemClock
from auditor.sandbox.configuration import PASSWORD
from auditor.sandbox.host import Sandbox
from auditor.sandbox.shopify.front import ACCESS_TOKEN
from auditor.sandbox.shops import SHOPIFY
from tests.service.command import Ended, auditor, program, running

CHANNEL = "shopify-uk"
IN_THE_DOCUMENT = {
    "id", "check", "area", "channel", "subject", "keys", "state", "severity", "owner", "currency", "expected", "actual",
    "difference", "money_at_risk", "first_seen_at", "last_seen_at", "occurred_at", "cause", "explanation", "evidence",
}  # fmt: skip


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    built = Sandbox.build(seed=3, orders=80, clock=SystemClock(), shops=(SHOPIFY,), granted_calls=20)
    with built.serve():
        yield built


@pytest.fixture(scope="module")
def first(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Ended]]:
    """A folder in which everything was read and judged, command by command, and how the commands ended."""
    folder = tmp_path_factory.mktemp("company")
    sandbox.write_settings(folder)
    ended = {words: auditor(*words.split(), folder=folder) for words in ("doctor", "extract", "check", "audit")}
    return folder, ended


@pytest.fixture
def folder(first: tuple[Path, dict[str, Ended]], tmp_path: Path) -> Path:
    """A copy of the audited company's folder."""
    shutil.copytree(first[0], tmp_path, dirs_exist_ok=True)
    return tmp_path


def findings(folder: Path) -> dict[str, Any]:
    """id -> finding, of all that are known."""
    ended = auditor("findings", "--json", "--state", "all", folder=folder)
    assert (ended.code, ended.err) == (0, "")
    return {one["id"]: one for one in json.loads(ended.out)["findings"]}


def is_documented(ended: Ended) -> None:
    """What `--json` prints is the document of the design, and nothing else stands on stdout."""
    document = json.loads(ended.out)
    assert document["schema"] == 1
    assert document["as_of"].endswith("Z")
    assert document["findings"]
    for one in document["findings"]:
        assert set(one) >= IN_THE_DOCUMENT
        assert all(isinstance(value, str) for value in one["keys"].values())
        assert isinstance(one["money_at_risk"], str)


def change(folder: Path, old: str, new: str) -> None:
    path = folder / "auditor.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


# --- the whole way, once


def test_a_healthy_company_passes_the_doctor(first: tuple[Path, dict[str, Ended]]) -> None:
    doctor = first[1]["doctor"]
    assert (doctor.code, doctor.err) == (0, "")
    lines, _, proofs = doctor.out.partition("\n\nWhat each channel can prove:\n")
    assert len(lines.splitlines()) > 40
    assert {line.split()[0] for line in lines.splitlines()} == {"ok"}
    judged = [check.check_id for check in library.load() if check.header.judges == "channel"]
    head, *rows = proofs.splitlines()[: 1 + len(judged)]
    assert head.split() == [CHANNEL]
    assert [row.split()[0] for row in rows] == judged
    # Shopify has one figure per location and none per source, and the doctor says so below the table.
    assert {row.split()[0] for row in rows if row.split()[1] != "yes"} == {"stock_reservation_leak"}
    assert f"no stock_reservation_leak: {CHANNEL} tells no quantity of a channel source stock: " in proofs
    lines = lines.splitlines()
    for subject in ("auditor.toml", "maps.skus", "checks", "B1 login", "B1 Orders", f"{CHANNEL} scope read_orders"):
        assert any(line.startswith(f"ok      {subject}: ") for line in lines), subject


def test_reading_and_judging_apart_find_what_is_wrong(first: tuple[Path, dict[str, Ended]]) -> None:
    ended = first[1]
    assert [(one.code, one.err) for one in ended.values()] == [(0, "")] * 4
    read = [line.split()[0] for line in ended["extract"].out.splitlines() if line.endswith("records, complete")]
    assert {"b1", CHANNEL, "bank", "middleware"} <= set(read)
    assert f"Read {len(read)} feeds: " in ended["extract"].out
    assert "order_line_mismatch" in ended["check"].out
    assert "0 resolved in this audit" in ended["check"].out


def test_what_is_said_to_be_missing_waits_until_an_audit_has_asked_for_it(first: tuple[Path, dict[str, Ended]]) -> None:
    check, audit = (first[1][words].out for words in ("check", "audit"))
    assert re.search(r"[1-9]\d* more differences wait for a second reading before they are reported\.", check)
    for told in ("order_missing_in_b1", "tracking_not_on_channel"):
        assert (told in check, told in audit) == (False, True)


def test_findings_print_the_documented_json(folder: Path) -> None:
    ended = auditor("findings", "--json", folder=folder)
    is_documented(ended)
    assert len({one["check"] for one in json.loads(ended.out)["findings"]}) >= 14
    only = json.loads(auditor("findings", "--json", "--check", "order_missing_in_b1", folder=folder).out)
    assert {one["check"] for one in only["findings"]} == {"order_missing_in_b1"}


@pytest.mark.slow
def test_a_check_and_a_finding_are_explained(folder: Path) -> None:
    check = auditor("explain", "order_missing_in_b1", folder=folder)
    assert check.code == 0
    for heading in ("Why it matters", "Where to look", "How to mend"):
        assert heading in check.out
    known = findings(folder)
    missing = next(one for one in known.values() if one["check"] == "order_missing_in_b1")
    finding = auditor("explain", missing["id"], folder=folder)
    assert finding.code == 0
    assert missing["explanation"] in finding.out
    assert re.search(r"  Total: £[\d,]+\.\d\d\n", finding.out)
    assert re.search(r"  Placed: \d+ \w{3} \d{4} \d\d:\d\d\n", finding.out)
    assert "What happened" in finding.out
    for one in {one["subject"]: one for one in known.values()}.values():  # whatever it is about
        assert auditor("explain", one["id"], folder=folder).code == 0


def test_findings_above_a_severity_end_with_1(folder: Path) -> None:
    ended = auditor("check", "--fail-on", "high", folder=folder)
    assert (ended.code, ended.err) == (1, "")
    assert "What was found" in ended.out


@pytest.mark.slow
def test_a_correction_goes_from_proposal_to_proof(folder: Path, sandbox: Sandbox) -> None:
    listed = auditor("actions", "list", "--state", "proposed", folder=folder)
    action_id = listed.out.splitlines()[1].split()[0]
    assert auditor("actions", "show", action_id, folder=folder).out.startswith(f"push_tracking {action_id}: proposed")
    early = auditor("actions", "run", action_id, folder=folder)
    assert (early.code, early.sentence) == (
        2, f"Action {action_id} is proposed; only an approved one can be run."
    )  # fmt: skip
    dry = auditor("actions", "run", action_id, "--dry-run", folder=folder)
    assert dry.code == 0
    assert "nothing was sent" in dry.out
    assert "What it rests on still holds." in dry.out
    approved = auditor("actions", "approve", action_id, "--reason", "checked", folder=folder)
    assert approved.out == f"Action {action_id} is now approved.\n"
    ran = auditor("actions", "run", action_id, folder=folder)
    assert ran.out == f"Action {action_id} is now confirmed.\n"
    audited = auditor("audit", "--json", folder=folder)
    assert audited.code == 0
    is_documented(audited)
    assert f"push_tracking {action_id}: verified" in auditor("actions", "show", action_id, folder=folder).out


# --- a system that does not play along


def test_a_wrong_password_is_told_once_and_loses_nothing(folder: Path) -> None:
    before = findings(folder)
    (folder / "secrets" / "b1_password").write_text("guessed", encoding="utf-8")
    ended = auditor("audit", folder=folder)
    assert ended.code == 4
    assert ended.sentence.startswith("21 feeds were not read completely, b1 warehouses first: B1 refuses the login of ")
    assert ended.sentence.endswith("under [b1], and the password in the file secrets/b1_password.")
    assert "guessed" not in ended.out + ended.err
    assert len([line for line in ended.out.splitlines() if line.startswith("failed b1")]) == 1
    assert {one: each["state"] for one, each in findings(folder).items() if one in before} == {
        one: each["state"] for one, each in before.items()
    }
    doctor = auditor("doctor", folder=folder)
    assert (doctor.code, doctor.sentence) == (
        4, "1 thing failed, B1 login first; mend it as its line says and look again."
    )  # fmt: skip


@pytest.mark.slow
def test_an_unreachable_host_is_told_with_its_address(folder: Path, sandbox: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    before = set(findings(folder))
    address = json.dumps(sandbox_b1(folder))
    change(folder, address, f'"http://127.0.0.1:{port}"')
    ended = auditor("extract", folder=folder)
    assert ended.code == 4
    assert ended.sentence == (
        f"21 feeds were not read completely, b1 warehouses first: B1 at 127.0.0.1:{port} cannot be reached; "
        "check base_url, that the service runs, and the firewall."
    )
    assert before <= set(findings(folder))


def sandbox_b1(folder: Path) -> str:
    """B1's address in auditor.toml."""
    text = (folder / "auditor.toml").read_text(encoding="utf-8")
    return text.split("[b1]")[1].split('base_url = "')[1].split('"')[0]


def test_the_doctor_tells_a_missing_scope_what_b1_refuses_and_an_unmapped_location(
    folder: Path, sandbox: Sandbox
) -> None:
    scopes = sandbox.shopify.scopes
    lines = (folder / "auditor.toml").read_text(encoding="utf-8").splitlines()
    change(folder, next(line for line in lines if line.startswith('"gid://shopify/Location/')), "")
    sandbox.shopify.scopes = scopes - {"read_inventory", "write_inventory"}
    sandbox.b1.behaviour.sql_permitted = False
    sandbox.b1.behaviour.refused_names["CreditNotes"] = {"DocTotal"}
    try:
        ended = auditor("doctor", folder=folder)
    finally:
        sandbox.shopify.scopes = scopes
        sandbox.b1.behaviour.sql_permitted = True
        sandbox.b1.behaviour.refused_names.clear()
    told = [line for line in ended.out.splitlines() if not line.startswith("ok")]
    for subject, words in {
        f"{CHANNEL} scope read_inventory": "stock cannot be read; grant it to the app.",
        f"{CHANNEL} locations": "is mapped to no warehouse, so its stock is not compared",
        "B1 query AUD_BATCH_STOCK": "batch or serial stock is not judged",
    }.items():
        assert any(line.startswith(f"warning {subject}: ") and words in line for line in told), (subject, told)
    assert any(line.startswith("failed  B1 CreditNotes: B1 refuses DocTotal of CreditNotes") for line in told)
    assert (ended.code, ended.sentence) == (
        4, "1 thing failed, B1 CreditNotes first; mend it as its line says and look again."
    )  # fmt: skip


# --- a machine that does not play along


def test_findings_are_shown_under_what_they_come_from(folder: Path) -> None:
    shown = auditor("findings", "--causes", folder=folder)
    assert (shown.code, shown.err) == (0, "")
    grouped = json.loads(auditor("findings", "--causes", "--json", folder=folder).out)
    listed = json.loads(auditor("findings", "--json", folder=folder).out)["findings"]
    live = [one for one in listed if one["state"] != "inhibited"]  # what is muted is shown beside its cause only
    assert grouped["total"]["count"] == len(live)
    assert grouped["covered"]["count"] + grouped["alone"]["count"] == len(live)
    at_risk = sum(Decimal(one["money_at_risk"]) for one in live)
    assert [Decimal(one["money_at_risk"]) for one in grouped["total"]["money"]] == [at_risk]
    assert grouped["causes"]
    told = f"{grouped['covered']['count']} findings come from {len(grouped['causes'])} causes; "
    assert f"{told}{grouped['alone']['count']} stand alone" in shown.out


def test_the_money_of_a_month_is_bridged(folder: Path) -> None:
    newest = json.loads(auditor("bridge", "--json", folder=folder).out)
    assert newest["period"] == max(newest["periods"])
    for period in newest["periods"]:
        ended = auditor("bridge", period, "--channel", CHANNEL, folder=folder)
        assert (ended.code, ended.err) == (0, "")
        assert f"{CHANNEL}, {period}" in ended.out
        assert "Unexplained: £0.00. Money at risk: £" in ended.out
    assert auditor("bridge", "1999-01", folder=folder).out.startswith(
        "There is no bridge for 1999-01. There is one for "
    )


@pytest.mark.slow
@pytest.mark.parametrize("room", [20_000, 400_000])
def test_a_full_disk_ends_in_one_sentence_and_loses_no_finding(folder: Path, room: int) -> None:
    """With little room the reading stops; with more of it only the closing of the store does."""
    before = findings(folder)
    ended = program(
        "audit", folder=folder, before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    )
    assert ended.code == 2
    assert ended.sentence.startswith(f"The disk that holds {folder / 'var' / 'auditor.duckdb'} is full; ")
    assert ended.sentence.endswith((": free some space and repeat it.", ": free some space and use the store again."))
    assert set(before) <= set(findings(folder))


def test_commands_work_through_the_service_that_holds_the_store(folder: Path) -> None:
    said = folder / "var" / "service.json"
    with running("serve", "--port", "0", folder=folder) as service:
        assert service.stdout is not None
        line = service.stdout.readline()
        assert line.startswith("Dashboard: http://127.0.0.1:"), service.communicate()
        granted = _once_it_answers("access", "grant", "joe", "--role", "operator", folder=folder)
        assert granted.out.startswith("joe is operator. Their token, shown only now:\n")
        assert stat.S_IMODE(said.stat().st_mode) == 0o600
        assert json.loads(said.read_text(encoding="utf-8"))["api"] == line.split()[1] + "/api"

        for words in ("audit", "extract", "check", "serve --port 0"):
            ended = auditor(*words.split(), folder=folder)
            assert ended.code == 3
            assert ended.sentence.startswith(
                f"The store {folder / 'var' / 'auditor.duckdb'} is held by process {service.pid} ("
            )
        known = findings(folder)
        assert known
        assert auditor("explain", next(iter(known)), folder=folder).code == 0
        assert auditor("explain", "0f0f", folder=folder).sentence == (
            "'0f0f' is neither a check nor a finding; 'auditor findings' lists the findings."
        )
        action_id = auditor("actions", "list", "--state", "proposed", folder=folder).out.splitlines()[1].split()[0]
        assert auditor("actions", "show", action_id, folder=folder).code == 0
        assert auditor("actions", "reject", action_id, "--reason", "by hand", folder=folder).out == (
            f"Action {action_id} is now withdrawn.\n"
        )
        assert auditor("access", "list", folder=folder).out.startswith("joe: operator, since ")
        assert auditor("access", "revoke", "joe", folder=folder).code == 0

        service.terminate()
        out, err = service.communicate(timeout=30)
        assert (service.returncode, out, err) == (0, "", "")
    assert not said.exists()
    assert auditor("access", "list", folder=folder).out.rstrip().endswith("revoked " + _today())


def _once_it_answers(*words: str, folder: Path) -> Ended:
    """A service that has said its address begins to answer a moment later."""
    clock = SystemClock()
    end = clock.monotonic() + 30
    while (ended := auditor(*words, folder=folder)).code and clock.monotonic() < end:
        clock.sleep(0.1)
    return ended


def _today() -> str:
    return f"{SystemClock().now():%Y-%m-%d}"


def test_a_service_that_died_leaves_nothing_in_the_way(folder: Path) -> None:
    (folder / "var" / "service.json").write_text('{"api": "http://127.0.0.1:9/api", "token": "old"}', encoding="utf-8")
    assert auditor("findings", folder=folder).code == 0


def test_no_secret_reaches_the_screen_or_the_log(folder: Path, first: tuple[Path, dict[str, Ended]]) -> None:
    (folder / "secrets" / "shopify-uk_token").write_text("shpat_wrong_but_secret", encoding="utf-8")
    shown = [auditor("extract", folder=folder), auditor("doctor", folder=folder), *first[1].values()]
    texts = [one.out + one.err for one in shown]
    for place in (folder / "var", first[0] / "var"):
        texts += [path.read_text(encoding="utf-8") for path in place.glob("auditor.log*")]
    assert any("command ended with an error" in text for text in texts)
    for text in texts:
        assert ACCESS_TOKEN not in text
        assert "shpat_wrong_but_secret" not in text
        assert f'"{PASSWORD}"' not in text
        assert f"{PASSWORD}\n" not in text
    assert os.environ.get("B1_PASSWORD") is None or os.environ["B1_PASSWORD"] not in "".join(texts)


@pytest.mark.slow
def test_planted_faults_are_reported_by_the_checks_that_own_them(folder: Path) -> None:
    before = findings(folder)
    ended = auditor("prove", folder=folder)
    assert ended.code == 0, ended.out
    assert " 0 missed, 0 told wrongly." in ended.out
    assert re.search(r"order_missing_in_b1 +shopify-uk", ended.out)
    assert findings(folder) == before


@pytest.mark.slow
def test_a_policy_is_tried_on_the_past_and_changes_nothing(folder: Path) -> None:
    before = findings(folder)
    tried = folder / "tried.toml"
    lenient = '[order_cancelled_still_open_b1.params]\ngrace_minutes = {value = 999999, why = "yearly is enough"}\n'
    tried.write_text(lenient, encoding="utf-8")
    ended = auditor("check", "--policy", str(tried), "--compare", folder=folder)
    assert ended.code == 0, ended.err
    assert "order_cancelled_still_open_b1 on shopify-uk: 0 as before" in ended.out
    assert re.search(r"raised +0\n", ended.out)
    assert re.search(r"dropped +[1-9]", ended.out)
    assert findings(folder) == before
    shutil.copy(Path(library.shipped_folder()) / "policy.toml", tried)
    same = auditor("check", "--policy", str(tried), "--compare", folder=folder)
    assert (same.code, "changes nothing" in same.err) == (2, True)
    alone = auditor("check", "--compare", folder=folder)
    assert (alone.code, "belong together" in alone.err) == (2, True)


@pytest.mark.slow
def test_a_close_control_is_tried_on_the_past_with_the_findings_that_stood_then(folder: Path) -> None:
    tried = folder / "tried.toml"
    eager = '[unposted_documents.params]\nclose_day = {value = -60, why = "the month under way is looked at too"}\n'
    tried.write_text(eager, encoding="utf-8")
    ended = auditor("check", "--policy", str(tried), "--compare", folder=folder)
    assert ended.code == 0, ended.err
    assert re.search(r"unposted_documents on shopify-uk: \d+ as before", ended.out)
    assert re.search(r"raised +[1-9]", ended.out)
    assert re.search(r"dropped +0\n", ended.out)
