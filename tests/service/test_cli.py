"""Commands that cannot work: each says in one sentence what is wrong, where, and what mends it. No system is needed."""

from __future__ import annotations

import socket
import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from auditor.clock import FixedClock
from auditor.service.init_file import TEMPLATE
from auditor.store.owner import Store
from tests.service.command import auditor, program

NOW = datetime(2026, 3, 2, 12)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the auditor.toml of `auditor init` and its secrets in the environment."""
    monkeypatch.setenv("B1_PASSWORD", "not-used")
    monkeypatch.setenv("SHOPIFY_TOKEN", "not-used")
    monkeypatch.delenv("AUDITOR_CONFIG", raising=False)
    (tmp_path / "auditor.toml").write_text(TEMPLATE, encoding="utf-8")
    return tmp_path


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def change(folder: Path, old: str, new: str) -> None:
    """Another auditor.toml."""
    path = folder / "auditor.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("audit --channel tiktok", "There is no channel 'tiktok' in auditor.toml; known are: shopify-uk."),
        ("extract --channel tiktok", "There is no channel 'tiktok' in auditor.toml; known are: shopify-uk."),
        ("audit --as-of yesterday", "'yesterday' is not a moment such as 2026-10-31T23:59:59Z."),
        ("check --as-of 2026-13-01", "'2026-13-01' is not a moment such as 2026-10-31T23:59:59Z."),
        ("check --as-of 9999-01-01", "9999-01-01T00:00:00Z has not come yet; name a moment in the past."),
        (
            "audit --as-of 2026-01-01 --channel shopify-uk",
            "--as-of judges everything that was known at that moment; leave out --channel.",
        ),
        ("audit --fail-on severe", "'severe' is not a severity; known are: info, low, medium, high, critical."),
        (
            "explain order_missing",
            "'order_missing' is neither a check nor a finding; did you mean 'order_missing_in_b1'?",
        ),
        ("explain 0f0f", "'0f0f' is neither a check nor a finding; 'auditor findings' lists the findings."),
        ("findings --check stok_drift", "There is no check 'stok_drift'; did you mean 'stock_drift'?"),
        ("actions show nope", "There is no action nope; 'auditor actions list' shows them."),
        (
            "access grant joe --role god",
            "'god' is not a role; known are: viewer, operator, approver, admin, middleware.",
        ),
        ("bridge october", "'october' is not a month; write it as 2026-10."),
        ("bridge 2026-13", "'2026-13' is not a month; write it as 2026-10."),
        ("bridge --channel tiktok", "There is no channel 'tiktok' in auditor.toml; known are: shopify-uk."),
        ("access revoke joe", "Nobody called joe has access; 'auditor access list' shows who has."),
        (
            "findings --config nope.toml",
            "There is no configuration at nope.toml; write one with 'auditor init' or use --config.",
        ),
        ("doctor --colour", "No such option: --colour; 'auditor doctor --help' shows what it takes."),
        ("doctr", "No such command 'doctr'. Did you mean 'doctor'? 'auditor --help' shows what it takes."),
        ("explain", "Missing argument 'check_id'; 'auditor explain --help' shows what it takes."),
        ("dashboard --api nonsense", "--api is wrong: 'nonsense' is not an address such as https://b1.example.com:50000."),
        (
            "init",
            "auditor.toml exists already and was left as it is; name another: auditor init FILE.",
        ),
        (
            "init no/such/folder.toml",
            "no/such/folder.toml cannot be written: No such file or directory; name a file in a folder that can.",
        ),
        (
            "demo --orders lines.parquet",
            "There is no file lines.parquet; give a Parquet file of order lines or a number of orders.",
        ),
        ("demo --folder .", ". holds something that no demo put there; name another with --folder."),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_told_in_one_sentence(folder: Path, words: str, told: str) -> None:
    ended = auditor(*words.split(), folder=folder)
    assert (ended.sentence, ended.code, ended.out) == (told, 2, "")
    assert (folder / "auditor.toml").read_text(encoding="utf-8") == TEMPLATE


@pytest.mark.parametrize(
    "words", ["findings --state opne", "findings --state opne --json", "actions list --state opne"]
)
def test_a_state_that_there_is_not_is_told_with_those_that_there_are(folder: Path, words: str) -> None:
    ended = auditor(*words.split(), folder=folder)
    assert ended.code == 2
    assert ended.sentence.startswith("'opne' is not a state of a ")
    assert "confirmed" in ended.sentence or "acknowledged" in ended.sentence


def test_without_a_configuration_a_misspelt_check_is_still_recognised(tmp_path: Path) -> None:
    assert auditor("explain", "stock_drift", folder=tmp_path).code == 0
    ended = auditor("explain", "stok_drift", folder=tmp_path)
    assert (ended.code, ended.sentence) == (2, "There is no check 'stok_drift'; did you mean 'stock_drift'?")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("currency =", "curency =", "'company.curency' is not a known key; did you mean 'currency'?"),
        ("= 1\n", '= "one"\n', "'booking.price_list' is wrong: it must be a whole number."),
        (
            '{ env = "B1_PASSWORD" }',
            '"hunter2"',
            "'b1.password' is wrong: a secret never stands here; name where it is kept, such as { env = \"NAME\" }.",
        ),
        (
            'kind        = "shopify"',
            'kind = "shopware"',
            "'channel[1].kind' is wrong: it must be one of 'shopify', 'bigcommerce', 'magento', 'john_lewis' or "
            "'tiktok_shop'.",
        ),
    ],
)
def test_a_wrong_auditor_toml_is_told_with_the_place(folder: Path, old: str, new: str, told: str) -> None:
    change(folder, old, new)
    for command in ("doctor", "audit", "findings"):
        ended = auditor(command, folder=folder)
        assert (ended.sentence, ended.code, ended.out) == (f"auditor.toml: {told}", 2, "")
    assert not (folder / "var").exists()


def test_a_broken_toml_is_told_with_its_line(folder: Path) -> None:
    change(folder, 'currency = "GBP"', "currency = ")
    ended = auditor("audit", folder=folder)
    assert ended.code == 2
    assert ended.sentence.startswith("auditor.toml is not valid TOML: ")
    assert "line 7" in ended.sentence


def test_a_secret_that_is_not_there_is_missed_before_anything_is_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHOPIFY_TOKEN")
    for command in ("extract", "audit", "serve"):
        ended = auditor(command, folder=folder)
        told = "The environment variable SHOPIFY_TOKEN is not set; set it or change the reference."
        assert (ended.sentence, ended.code, ended.out) == (told, 2, "")
    assert auditor("findings", folder=folder).code == 0  # what was read before needs no secret


@pytest.mark.parametrize("command", ["audit", "check", "findings"])
def test_credentials_of_another_kind_of_channel_are_told(folder: Path, command: str) -> None:
    change(folder, 'kind        = "shopify"', 'kind = "john_lewis"')
    ended = auditor(command, folder=folder)
    assert ended.code == 2
    assert "shopify-uk" in ended.sentence
    assert "api_key" in ended.sentence


def test_doctor_tells_what_is_wrong_in_the_folder_before_it_calls_anybody(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(folder, 'kind        = "shopify"', 'kind = "john_lewis"')
    change(folder, "# [maps] ", '[maps]\nskus = "skus.csv"\n#')
    monkeypatch.delenv("B1_PASSWORD")
    ended = auditor("doctor", folder=folder)
    failed = [line for line in ended.out.splitlines() if line.startswith("failed")]
    assert [line.split(":")[0] for line in failed] == [
        "failed  maps",
        "failed  secret b1 password",
        "failed  connections",
    ]
    assert "[maps]" in failed[0]
    assert (ended.sentence, ended.code) == (
        "3 things failed, maps first; mend it as its line says and look again.", 2
    )  # fmt: skip


CHECK = """/*---
title = "Mine"
severity = "low"
owner = "FIN"
subject = "order"
reads = ["canonical.sales_order"]
why = "w"
look = "l"
fix = "f"
---*/
"""
SELECT = (
    "SELECT order_id AS subject_id, currency, total AS expected, total AS actual, total AS money_at_risk, "
    "placed_at AS occurred_at FROM canonical.sales_order WHERE channel = $channel ORDER BY order_id"
)


def own_check(folder: Path, sql: str) -> Path:
    path = folder / "own" / "mine.sql"
    path.parent.mkdir()
    path.write_text(CHECK + sql, encoding="utf-8")
    change(folder, "[service]", '[checks]\nown = ["own"]\n\n[service]')
    return path


def test_an_own_check_with_two_statements_is_refused_wherever_checks_are_used(folder: Path) -> None:
    path = own_check(folder, f"{SELECT}; DROP TABLE raw.record")
    told = f"{path}, below line 10: the check holds 2 statements; a check is exactly one SELECT."
    for words in ("check", "audit", "findings", "explain stock_drift"):
        ended = auditor(*words.split(), folder=folder)
        assert (ended.sentence, ended.code) == (told, 2)
    assert f"failed  checks: {told}" in auditor("doctor", folder=folder).out


def test_an_own_check_is_explained_like_any_other(folder: Path) -> None:
    own_check(folder, SELECT)
    ended = auditor("explain", "mine", folder=folder)
    assert ended.code == 0
    assert ended.out.startswith("mine  Mine")


def test_what_stands_in_brackets_is_text(folder: Path) -> None:
    (folder / "own").mkdir()
    own_check_text = CHECK.replace('"Mine"', '"Mine [bold] :smile: [/nonsense]"') + SELECT
    (folder / "own" / "mine.sql").write_text(own_check_text, encoding="utf-8")
    change(folder, "[service]", '[checks]\nown = ["own"]\n\n[service]')
    assert "Mine [bold] :smile: [/nonsense]" in auditor("explain", "mine", folder=folder).out


# --- the store


def make_store(folder: Path) -> Path:
    path = folder / "var" / "auditor.duckdb"
    with Store.open(path, clock=FixedClock(NOW)):
        pass
    return path


def test_a_damaged_store_is_told_and_left_as_it_is(folder: Path) -> None:
    path = make_store(folder)
    body = bytearray(path.read_bytes())
    for place in range(4096, 12_288):
        body[place] ^= 0xFF
    path.write_bytes(body)
    for words in ("findings", "check", "audit"):
        ended = auditor(*words.split(), folder=folder)
        assert ended.code == 2
        assert ended.sentence.startswith(f"The store {path} is damaged (")
        assert ended.sentence.endswith("); restore its last backup (folder backup beside it), or begin a new file.")
    assert path.read_bytes() == body


def test_a_store_without_an_audit_has_neither_causes_nor_a_bridge(folder: Path) -> None:
    make_store(folder)
    causes = auditor("findings", "--causes", folder=folder)
    assert (causes.code, causes.out) == (0, "Nothing to show. Run 'auditor audit' first.\n")
    bridge = auditor("bridge", folder=folder)
    assert (bridge.code, bridge.out) == (0, "There is no bridge for any month. Run 'auditor audit' first.\n")


def test_a_store_of_a_newer_program_is_refused(folder: Path) -> None:
    path = make_store(folder)
    with Store.open(path, clock=FixedClock(NOW)) as store:
        store.write(
            lambda con: con.execute("INSERT INTO meta.migration VALUES (9999, 'later', 'x', $now)", {"now": NOW})
        )
    ended = auditor("audit", folder=folder)
    assert ended.code == 2
    assert f"The store {path} was written by a newer version of this program (schema 9999" in ended.sentence
    assert ended.sentence.endswith("; install the newer version.")


def test_a_file_that_is_no_store_is_told_and_left_as_it_is(folder: Path) -> None:
    path = folder / "var" / "auditor.duckdb"
    path.parent.mkdir()
    path.write_text("minutes of the meeting", encoding="utf-8")
    ended = auditor("audit", folder=folder)
    told = f"The file {path} is not a store of this program; name another file under [store] path."
    assert (ended.sentence, ended.code) == (told, 2)
    assert path.read_text(encoding="utf-8") == "minutes of the meeting"


def test_a_file_where_the_stores_folder_should_be_is_told(folder: Path) -> None:
    (folder / "var").write_text("in the way", encoding="utf-8")
    ended = auditor("findings", folder=folder)
    told = f"{folder / 'var'} is a file, not a folder for the store; change path under [store]."
    assert (ended.sentence, ended.code) == (told, 2)


def test_a_folder_that_cannot_be_written_is_told(folder: Path) -> None:
    change(folder, 'path = "var/auditor.duckdb"', 'path = "/proc/auditor/auditor.duckdb"')
    ended = auditor("findings", folder=folder)
    assert ended.code == 2
    assert ended.sentence.startswith("The folder /proc/auditor of the store and its log cannot be written: ")
    assert ended.sentence.endswith("; change its rights or path under [store].")


# --- ports, folders and files of others


def test_a_taken_port_is_told_before_anything_is_begun(folder: Path, taken: int) -> None:
    for words in (
        f"serve --port {taken}",
        f"demo --port {taken} --folder new",
        f"dashboard --api http://localhost/api --port {taken}",
    ):
        ended = auditor(*words.split(), folder=folder)
        told = f"Port {taken} on 127.0.0.1 is taken; choose another with --port."
        assert (ended.sentence, ended.code, ended.out) == (told, 2, "")
    assert not (folder / "new").exists()
    assert not (folder / "var" / "service.json").exists()


def test_an_address_of_another_machine_is_told(folder: Path) -> None:
    ended = auditor("serve", "--host", "192.0.2.1", folder=folder)
    assert ended.code == 2
    assert ended.sentence.startswith("192.0.2.1:8571 cannot be listened on: ")


def test_a_file_that_holds_no_order_lines_is_told(folder: Path) -> None:
    import polars as pl

    pl.DataFrame({"invoice_no": ["1"], "quantity": [2]}).write_parquet(folder / "lines.parquet")
    ended = auditor("demo", "--once", "--orders", "lines.parquet", "--folder", "new", folder=folder)
    assert ended.code == 2
    assert "lines.parquet has no column line_no, stock_code" in ended.sentence
    assert ended.sentence.endswith("unit_price, customer_id, country.")


# --- the real program


def test_the_program_writes_a_configuration_that_it_accepts(tmp_path: Path) -> None:
    wrote = program("init", folder=tmp_path)
    assert (wrote.code, wrote.err) == (0, "")
    assert wrote.out == "Wrote auditor.toml. Fill in your systems, then run: auditor doctor\n"
    assert stat.S_ISREG((tmp_path / "auditor.toml").stat().st_mode)
    again = program("init", folder=tmp_path)
    assert (again.code, again.out) == (2, "")
    assert again.sentence.startswith("auditor.toml exists already")


def test_something_unexpected_is_one_sentence_too_and_its_details_are_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from auditor.service import show

    def break_down(*_: object) -> None:
        raise RuntimeError("the cable was pulled")

    monkeypatch.setattr(show, "findings", break_down)
    ended = auditor("findings", folder=folder)
    log = folder / "var" / "auditor.log"
    told = f"Something unexpected went wrong (RuntimeError); the details are in {log}."
    assert (ended.sentence, ended.code, ended.out) == (told, 2, "")
    assert "the cable was pulled" in log.read_text(encoding="utf-8")
