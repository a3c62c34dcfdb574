"""A check file is refused before it runs, with one sentence that says what to mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.checking import library
from auditor.errors import ConfigError
from auditor.model import Owner, Severity
from tests.checking.builders import HEADER, SELECT, write_check


def refusal(folder: Path, text: str) -> str:
    path = write_check(folder, "my_check", text)
    with pytest.raises(ConfigError) as caught:
        library.load_file(path)
    assert str(path) in str(caught.value)
    return str(caught.value).removeprefix(str(path))


def test_a_good_check_says_what_it_reads_and_uses(tmp_path: Path) -> None:
    check = library.load_file(write_check(tmp_path, "my_check", HEADER + SELECT))
    assert (check.check_id, check.area) == ("my_check", "orders")
    assert (check.header.severity, check.header.owner) == (Severity.LOW, Owner.FIN)
    assert check.tables == ("canonical.sales_order",)
    assert check.uses == {"channel"}


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("severity = ", "sevrity  = ", "line 3: 'sevrity' is not a known key; did you mean 'severity'?"),
        ('"low"', '"lowish"', "line 3: 'severity' is wrong: 'lowish' is not a severity"),
        ('"FIN"', '"FINN"', "line 4: 'FINN' is not an owner; did you mean 'FIN'?"),
        ('why      = "Because."\n', "", "line 1: 'why' is missing from the header; add it."),
        ('why      = "Because."', "why = Because", "the header is not valid TOML: "),
        ("canonical.sales_order", "canonical.sale_order", "did you mean 'sales_order'?"),
        ("canonical.sales_order", "raw.record", "reads names 'raw.record'; write schema.table"),
        ("/*---", "/*", "line 1: a check begins with its header"),
        ("---*/", "*/", "line 1: the header is not closed"),
        ("---*/", "[params]\nchannel = {type = 'int', default = 1, why = 'x'}\n---*/", "is given by the runner"),
        ("---*/", "[params]\nn = {type = 'int', default = '1', why = 'x'}\n---*/", "line 11: 'params.n' is wrong"),
        ("---*/", "[params]\nn = {type = 'int', defalt = 1, why = 'x'}\n---*/", "did you mean 'default'?"),
        ("---*/", "[params]\nn = {type = 'int', default = 1, why = 'x'}\n---*/", "the SELECT does not use"),
    ],
)
def test_a_wrong_header_is_refused_with_its_line(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    header = HEADER.replace(old, new)
    assert header != HEADER
    assert sentence in refusal(tmp_path, header + SELECT)


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        ("SELECT 1; SELECT 2", "holds 2 statements; a check is exactly one SELECT"),
        ("", "holds 0 statements"),
        ("DELETE FROM canonical.sales_order", "holds DELETE where a check is exactly one SELECT"),
        ("WITH d AS (DELETE FROM canonical.sales_order RETURNING *) SELECT 1 FROM d", "writes inside a WITH clause"),
        ("SELEC 1", 'is not valid SQL: syntax error at or near "SELEC"'),
        ("SELECT * FROM 'secrets.csv'", "reads 'secrets.csv' without its schema"),
        ("SELECT * FROM read_csv('/etc/passwd')", "reads from the function read_csv()"),
        ("SELECT * FROM glob('*')", "reads from the function glob()"),
        ("SELECT * FROM raw.record", "it reads raw.record; a check reads only the schemas"),
        ("SELECT * FROM store.raw.record", "reads store.raw.record in another database"),
        ("SELECT * FROM information_schema.tables", "it reads information_schema.tables; a check reads only"),
        ("SELECT * FROM canonical.refund", "it reads canonical.refund, which its header does not name under reads"),
        ("PRAGMA database_list", "holds PRAGMA"),
        ("SHOW TABLES", "uses SHOW, DESCRIBE, SUMMARIZE or PIVOT"),
        ("ATTACH 'x.db'", "holds ATTACH"),
        ('SELECT (WITH "a.csv" AS (SELECT 1) SELECT 1) FROM "a.csv"', "letters, digits and underscores"),
        ("SELECT (WITH a AS (SELECT 1) SELECT 1) FROM a", "reads 'a' without its schema"),
        (SELECT.replace("o.order_ref", "getenv('HOME') AS note_home"), "it uses the function getenv()"),
        (SELECT.replace("o.order_ref", "current_setting('x') AS note_x"), "it uses the function current_setting()"),
        (SELECT.replace("o.order_ref", "now() AS note_now"), "it uses the function now()"),
        (SELECT.replace("o.order_ref", "upperr('x') AS note_x"), "did you mean 'upper'?"),
        (SELECT.replace("$channel", "$chanel"), "it uses the parameter $chanel, which nobody sets"),
        (SELECT.replace("$channel", "?"), "parameters have names, such as $channel"),
        (SELECT.replace("AS money_at_risk", "AS money"), "gives no column 'money_at_risk'"),
        (SELECT.replace("o.order_ref", "o.order_ref AS order_reff"), "did you mean 'order_ref'?"),
        (SELECT.replace("o.order_ref", "o.order_ref AS order_id"), "gives the column 'order_id' twice"),
    ],
)
def test_anything_but_one_plain_select_over_its_tables_is_refused(tmp_path: Path, sql: str, sentence: str) -> None:
    assert sentence in refusal(tmp_path, HEADER + sql)


def test_a_check_of_channels_must_say_which_records_its_facts_come_from(tmp_path: Path) -> None:
    header = HEADER.replace("canonical.sales_order", "fact.orders")
    sql = SELECT.replace("canonical.sales_order", "fact.orders")
    assert "reads names no canonical table" in refusal(tmp_path, header + sql)
    path = write_check(tmp_path, "my_check", header.replace("look ", 'judges = "system"\nlook ') + sql)
    assert library.load_file(path).header.judges == "system"


def test_with_queries_and_subqueries_are_plain_sql(tmp_path: Path) -> None:
    sql = "WITH big AS (SELECT * FROM canonical.sales_order WHERE total > 1), same AS (SELECT * FROM big)\n" + (
        SELECT.replace("canonical.sales_order", "same")
    )
    assert library.load_file(write_check(tmp_path, "my_check", HEADER + sql)).tables == ("canonical.sales_order",)


def test_a_users_checks_are_loaded_beside_the_shipped_ones(tmp_path: Path) -> None:
    shipped, own = tmp_path / "checks", tmp_path / "own"
    write_check(shipped, "first", HEADER + SELECT)
    write_check(own, "second", HEADER + SELECT, area=".")
    loaded = library.load(own, shipped=shipped)
    assert [(check.check_id, check.area) for check in loaded] == [("first", "orders"), ("second", "own")]
    assert "second" in loaded
    assert [check.check_id for check in loaded.only(["second"])] == ["second"]


def test_two_checks_may_not_share_an_id(tmp_path: Path) -> None:
    shipped, own = tmp_path / "checks", tmp_path / "own"
    write_check(shipped, "first", HEADER + SELECT)
    write_check(own, "first", HEADER + SELECT)
    with pytest.raises(ConfigError, match="there is a check 'first' already in"):
        library.load(own, shipped=shipped)


def test_a_folder_that_is_no_area_is_named_with_the_nearest(tmp_path: Path) -> None:
    write_check(tmp_path, "first", HEADER + SELECT, area="order")
    with pytest.raises(ConfigError, match="'order' is not an area of checks; did you mean 'orders'"):
        library.load(shipped=tmp_path)


def test_a_missing_folder_and_an_unknown_check_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="There is no folder"):
        library.load(tmp_path / "nowhere", shipped=tmp_path)
    write_check(tmp_path, "stock_drift", HEADER + SELECT, area="stock")
    with pytest.raises(ConfigError, match="no check 'stok_drift'; did you mean 'stock_drift'"):
        library.load(shipped=tmp_path).named("stok_drift")


def test_a_file_name_that_cannot_be_an_id_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the file's name is the check's id"):
        library.load_file(write_check(tmp_path, "My-Check", HEADER + SELECT))
