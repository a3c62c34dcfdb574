"""Every exception to a default has a reason, and a misspelt one is refused."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from auditor.checking import library, policy
from auditor.checking.library import Library
from auditor.errors import ConfigError
from tests.checking.builders import CHANNEL, HEADER, SELECT, write_check

PARAMS = """[params]
tolerance = {type = "decimal", default = 0.02, why = "two pennies"}
units = {type = "int", default = 1, why = "one unit"}
---*/
"""


@pytest.fixture
def checks(tmp_path: Path) -> Library:
    text = HEADER.replace("---*/\n", PARAMS) + SELECT.replace(
        "WHERE", "WHERE o.total > $tolerance AND o.total > $units AND"
    )
    write_check(tmp_path / "checks", "my_check", text)
    return library.load(shipped=tmp_path / "checks")


def load(checks: Library, tmp_path: Path, *texts: str) -> policy.Policy:
    files = []
    for number, text in enumerate(texts):
        files.append(tmp_path / f"{number}.toml")
        files[-1].write_text(text, encoding="utf-8")
    return policy.load(checks, [CHANNEL, "shopify-de"], *files)


def test_a_channels_value_goes_before_a_checks_and_that_before_the_default(checks: Library, tmp_path: Path) -> None:
    loaded = load(
        checks,
        tmp_path,
        '[my_check.params]\ntolerance = {value = 0.05, why = "a"}\nunits = {value = 2, why = "b"}\n'
        '[my_check.channel."shopify-uk"]\ntolerance = {value = 1, why = "c"}\n',
    )
    check = checks["my_check"]
    assert loaded.values(check, CHANNEL) == {"tolerance": Decimal(1), "units": 2}
    assert loaded.values(check, "shopify-de") == {"tolerance": Decimal("0.05"), "units": 2}
    assert loaded.reasons(check, CHANNEL) == {"tolerance": "c", "units": "b"}


def test_a_companys_own_file_replaces_single_values(checks: Library, tmp_path: Path) -> None:
    loaded = load(
        checks,
        tmp_path,
        '[my_check.params]\ntolerance = {value = 0.05, why = "a"}\nunits = {value = 2, why = "b"}\n',
        '[my_check.params]\nunits = {value = 9, why = "ours"}\n',
    )
    assert loaded.values(checks["my_check"], CHANNEL) == {"tolerance": Decimal("0.05"), "units": 9}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[my_chek.params]\nunits = {value = 1, why = "x"}', "no check 'my_chek'; did you mean 'my_check'"),
        ('[my_check.params]\nunit = {value = 1, why = "x"}', r"sets 'unit'; did you mean 'units'"),
        (
            '[my_check.parms]\nunits = {value = 1, why = "x"}',
            "'my_check.parms' .* did you mean 'params'",
        ),
        ('[my_check.channel."shopify-uc"]\nunits = {value = 1, why = "x"}', "names 'shopify-uc'; did you mean"),
        ("[my_check.params]\nunits = {value = 1}", 'has no reason; add why = "..."'),
        ('[my_check.params]\nunits = {value = 1, why = " "}', "has no reason"),
        ('[my_check.params]\nunits = {value = "1", why = "x"}', "needs a value of type int"),
        ('[my_check.params]\nunits = {value = 1, why = "x", wy = 1}', "'my_check.params.units.wy' is not a known key"),
        ("[my_check.params]\nunits = 1", "must be a table"),
        ("[my_check", "is not valid TOML"),
    ],
)
def test_a_wrong_policy_is_refused_with_the_nearest_word(
    checks: Library, tmp_path: Path, text: str, sentence: str
) -> None:
    with pytest.raises(ConfigError, match=sentence):
        load(checks, tmp_path, text)


def test_the_shipped_policy_fits_the_shipped_checks() -> None:
    shipped = library.load()
    assert policy.load(shipped, [], library.shipped_folder() / policy.FILE).entries is not None
